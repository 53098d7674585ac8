package growth

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/analysis/trend"
	"memtrail/dump"
)

// The paths of growth that memory_usage does not have, and captures tell.
const (
	// OutsidePlace is memory that C code takes outside PHP's allocator.
	OutsidePlace = "memory outside PHP's allocator"
	// PinnedPlace is memory that PHP's allocator cannot give back: each of its
	// chunks is nearly empty.
	PinnedPlace = "nearly empty chunks of PHP's heap"
)

const (
	// What a process takes by malloc varies with what it happens to do: less than
	// that, in bytes per interval, is no finding.
	leastOutside = 512 << 10
	// Nor is it where a chunk more or less is nearly empty.
	leastPinned = 2 << 20
)

// processPlaces finds growth of the process beside memory_usage: what extensions
// take by malloc, with the objects of theirs that become more; and chunks that few
// blocks keep, with what has these.
func (t *steps) processPlaces() []GrowingPlace {
	var list []GrowingPlace
	outside := func(c *dump.Capture) (uint64, uint64, bool) {
		sum := uint64(0)
		for _, o := range c.Process {
			if o.Name == dump.ProcessMalloc {
				sum += o.Bytes
			}
		}
		return 0, sum, len(c.Process) > 0
	}
	if w, ok := t.processPlace(OutsidePlace, leastOutside, outside); ok {
		w.PerClass = t.extensionObjects()
		list = append(list, w)
	}
	pinned := func(c *dump.Capture) (uint64, uint64, bool) {
		chunks, free := uint64(0), uint64(0)
		for _, chunk := range c.Heap.Chunks {
			if len(chunk.KeptBy) > 0 {
				chunks++
				free += chunkSize - min(chunk.Bytes, chunkSize)
			}
		}
		return chunks, free, true
	}
	if w, ok := t.processPlace(PinnedPlace, leastPinned, pinned); ok {
		w.PerClass = t.survivors()
		list = append(list, w)
	}
	return list
}

// chunkSize is that of PHP's allocator, in bytes.
const chunkSize = 2 << 20

// processPlace judges a measure of the captures by a limit in bytes per interval.
func (t *steps) processPlace(path string, limit float64, measure func(*dump.Capture) (count, bytes uint64, known bool)) (GrowingPlace, bool) {
	w := GrowingPlace{Path: path, Fingerprint: paths.Fingerprint(path), Places: 1, Confidence: analysis.Medium}
	for _, d := range t.s.dumps {
		if d.Capture == nil {
			return w, false
		}
		count, bytes, known := measure(d.Capture)
		if !known {
			return w, false
		}
		w.Counts, w.Bytes = append(w.Counts, count), append(w.Bytes, bytes)
	}
	x := t.judged(w.Bytes)
	const fewest = 3
	if len(x) < fewest || !exceeds(x, func(int) float64 { return limit }) {
		return w, false
	}
	w.Evidence, w.GrewIn, _ = trend.Grows(x, false)
	w.PerInterval = Rate{Bytes: trend.Mean(x)}
	return w, true
}

// extensionObjects are the objects of classes that the program does not declare,
// whose number grows in every interval: it may be they that have the memory.
func (t *steps) extensionObjects() []ClassGrowth {
	declared := analysis.DeclarationsOf(t.lastCapture())
	var list []ClassGrowth
	last := t.s.dumps[len(t.s.dumps)-1]
	for i := range t.s.shapes.All.Len() {
		k := t.s.shapes.All.At(i)
		if last.ofKind(i).Count == 0 {
			continue
		}
		plain := slices.Contains([]string{"Closure", "stdClass", "Generator", "WeakMap", "WeakReference"}, k.Class) || strings.Contains(k.Class, "@anonymous")
		if k.Type != "object" || plain || declared.Named(k.Class) != nil {
			continue
		}
		c := ClassGrowth{Kind: k}
		for _, d := range t.s.dumps {
			amount := d.ofKind(i)
			c.Counts, c.Bytes = append(c.Counts, amount.Count), append(c.Bytes, amount.Bytes)
		}
		x := t.judged(c.Counts)
		if least, _ := trend.Increments(x); least <= 0 {
			continue
		}
		c.PerInterval = Rate{trend.Mean(x), trend.Mean(t.judged(c.Bytes))}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b ClassGrowth) int {
		return cmp.Or(cmp.Compare(b.PerInterval.Count, a.PerInterval.Count), cmp.Compare(a.Class, b.Class))
	})
	return list
}

// survivors are the values that have the blocks in nearly empty chunks, by type
// and class.
func (t *steps) survivors() []ClassGrowth {
	at := map[analysis.Kind]*ClassGrowth{}
	var list []*ClassGrowth
	for i, d := range t.s.dumps {
		for _, chunk := range d.Capture.Heap.Chunks {
			for _, kept := range chunk.KeptBy {
				if kept.Owner != "" {
					continue
				}
				k := analysis.Kind{Type: kept.Type, Class: kept.Class}
				c := at[k]
				if c == nil {
					c = &ClassGrowth{Kind: k, Counts: make([]uint64, len(t.s.dumps)), Bytes: make([]uint64, len(t.s.dumps))}
					at[k] = c
					list = append(list, c)
				}
				c.Counts[i] += kept.Items
				c.Bytes[i] += kept.Bytes
			}
		}
	}
	var out []ClassGrowth
	for _, c := range list {
		x := t.judged(c.Counts)
		if c.PerInterval = (Rate{trend.Mean(x), trend.Mean(t.judged(c.Bytes))}); c.PerInterval.Bytes > 0 {
			out = append(out, *c)
		}
	}
	slices.SortFunc(out, func(a, b ClassGrowth) int {
		return cmp.Or(cmp.Compare(b.PerInterval.Bytes, a.PerInterval.Bytes), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Class, b.Class))
	})
	return out
}
