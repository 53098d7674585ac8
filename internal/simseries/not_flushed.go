package simseries

import (
	"hash/fnv"
	"math"
	"strings"
)

// The like of what is flushed, but something stays.
var notFlushed = []Scenario{
	{Name: "never_flushed", plant: func(w *world) {
		c := w.growingCache()
		c.works()
		c.leaks()
	}},
	{Name: "flush_spares_some", plant: func(w *world) {
		// What was made for a request goes, what a job has pinned does not.
		c := w.growingCache()
		pins := 0.4 + 0.5*w.rand.Float64()
		c.fresh /= pins
		p := 1 / (float64(c.jobs) * w.intervals(0.2, 1))
		c.flushed = func() {
			if !w.chance(p) {
				return
			}
			for i := range c.buckets {
				if i < len(c.buckets) && c.buckets[i].val.typ != "" && float64(hash(c.buckets[i].key.text)%100) >= 100*pins {
					c.remove(i)
				}
			}
		}
		c.works()
		c.leaks()
	}},
	{Name: "evicts_too_few", plant: func(w *world) {
		// The limit is looked at by every second job only, and one entry goes.
		c := w.growingCache()
		c.fresh = max(c.fresh, 1.2)
		every := max(2, int(2/c.fresh+0.5))
		c.flushed = func() {
			if c.finished%every == 0 && c.live > 10 {
				c.evict()
			}
		}
		c.works()
		c.leaks()
	}},
	{Name: "limit_of_another", plant: func(w *world) {
		// Two tables of one class: the first is limited by the entries that it
		// has, the second by those of the first, which is never full.
		full := w.newCache(float64(w.between(10, 40)))
		full.limit = full.pool + w.between(20, 80)
		full.works()
		full.stays()
		c := w.growingCache()
		c.works()
		c.leaks()
	}},
	{Name: "backlog_forgets", plant: backlogForgets},
	{Name: "request_table_kept", plant: requestTableKept},
}

// growingCache adds as much as a leak may, and has its warm-up behind it.
func (w *world) growingCache() *cache {
	m := w.cached()
	c := w.newCache(float64(w.rate(m, 10)))
	c.value = m
	return c
}

func hash(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()
}

// backlogForgets is a queue whose length wanders, and that loses sight of some
// jobs, which stay.
func backlogForgets(w *world) {
	m, l := w.objects(), w.anyList()
	rate := w.rate(m, 10)
	mean := float64(w.between(rate/2, rate))
	keep := 0.3 + 0.5*w.rand.Float64()
	noise := 0.3 * mean * math.Sqrt(1-keep*keep)
	x, forgotten := mean, 0
	w.each(func(int) {
		x = mean + keep*(x-mean) + noise*w.rand.NormFloat64()
		for n := l.live - forgotten; n > 0; n-- { // those that are done
			w.unsetLast(l.array, 1)
		}
		lost := w.poisson(float64(rate))
		forgotten += lost
		w.addAll(l.array, m, true, lost+max(0, int(x)))
	})
	w.leaks(Container{Paths: l.paths, Holds: m.holds}, elementsOf(l.array))
}

// requestTableKept is emptied for each request, but a static keeps some of what
// was in it.
func requestTableKept(w *world) {
	m, l, kept := w.objects(), w.anyList(), w.listAt(w.staticMember())
	rate := w.rate(m, 8)
	most := w.between(rate, 3*rate)
	w.each(func(int) {
		w.empty(l.array)
		w.addAll(l.array, m, false, w.between(rate, most))
		for i := range min(rate, l.live) {
			w.push(kept.array, valueOf(l.buckets[i].val.obj))
		}
	})
	w.bounded(l, m)
	w.leaks(Container{Paths: kept.paths, Holds: m.holds}, elementsOf(kept.array))
}

// longName is a text of n characters that has not occurred.
func (w *world) longName(n int) string {
	name := w.generated("body-")
	return name + strings.Repeat(name, n/len(name))[:max(0, n-len(name))]
}
