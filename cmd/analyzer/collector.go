package main

import (
	"runtime"
	"runtime/metrics"
	"sync"
)

// A collectorPace says how much garbage there may be, in percent of the heap,
// while a command works on a graph. The columns of a graph are a large heap that
// has no pointers: the collector has nothing to do with them, so a small percentage
// costs little and keeps garbage from growing as large as they are. Where the heap
// has pointers, as with a million classes, each collection follows all of them, and
// many would take longer than the command. So the percentage is the part of the
// heap that the collector has to look at: it then looks at about a byte for each
// that is allocated, as it does by default. It is never less than the floor, unless
// that lets more garbage lie around than is worth a collection. Next to a small heap
// there may be a few megabytes: dumps of a thousand items would otherwise be collected
// ten times each.
type collectorPace struct {
	mu      sync.Mutex
	set     func(percent int) int // see app.collector
	floor   int
	percent int
	old     int // to be restored
	stopped bool
}

// paceCollector makes a pace that holds until it is stopped.
func paceCollector(set func(int) int, floor int) *collectorPace {
	p := &collectorPace{set: set, floor: floor}
	p.percent = p.fitting()
	p.old = set(p.percent)
	p.afterNext()
	return p
}

// lower lowers the floor.
func (p *collectorPace) lower(floor int) {
	p.mu.Lock()
	p.floor = min(p.floor, floor)
	p.mu.Unlock()
	p.adapt()
}

func (p *collectorPace) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopped {
		p.stopped = true
		p.set(p.old)
	}
}

// afterNext adapts the pace behind the next collection, and so on: a cleanup runs
// when its object is collected.
func (p *collectorPace) afterNext() {
	runtime.AddCleanup(new(collectorToken), func(p *collectorPace) {
		if p.adapt() {
			p.afterNext()
		}
	}, p)
}

// collectorToken is larger than what the runtime puts together in one block.
type collectorToken struct{ _ [4]uintptr }

// adapt sets the percentage for the heap as it is; false once the pace is stopped.
func (p *collectorPace) adapt() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return false
	}
	// A change stops the program for a moment.
	const worthIt = 5
	percent := p.fitting()
	if percent < p.percent && percent <= p.floor || percent-p.percent >= worthIt || p.percent-percent >= worthIt {
		p.percent = percent
		p.set(percent)
	}
	return true
}

// Bounds, in bytes.
const (
	// mostGarbage is how much there may be next to a heap that has no pointers: memory
	// that is touched for the first time costs more than to collect it.
	mostGarbage = 48 << 20
	// leastGarbage is how much there may be next to any heap.
	leastGarbage = 8 << 20
)

// fitting is the percentage for the heap as it is.
func (p *collectorPace) fitting() int {
	const smallest = 4 << 20 // a heap that the collector looks at, by default
	scanned, live := heapInUse()
	garbage := max(leastGarbage, min(uint64(p.floor)*live/100, mostGarbage), min(scanned, live))
	live = max(live, smallest)
	return int(max((garbage*100+live/2)/live, 1)) // the nearest: 14.99 is 15
}

// heapInUse is how many bytes of the heap have pointers, and how many are in use, as
// the last collection found.
func heapInUse() (scanned, live uint64) {
	samples := []metrics.Sample{{Name: "/gc/scan/heap:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(samples)
	for _, s := range samples {
		if s.Value.Kind() != metrics.KindUint64 {
			return 0, 0 // a Go that does not tell
		}
	}
	return samples[0].Value.Uint64(), samples[1].Value.Uint64()
}
