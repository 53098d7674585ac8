package simseries

import (
	"math"
	"strconv"
)

// What is emptied at times that have nothing to do with those of the dumps, so
// that these see it rise by chance. Its members do not stay.
var flushed = []Scenario{
	{Name: "flush_random", plant: func(w *world) {
		c := w.flushable()
		p := 1 / (float64(c.jobs) * w.intervals(0.15, 1.5))
		c.flushed = func() {
			if w.chance(p) {
				c.flush()
			}
		}
		c.works()
		c.stays()
	}},
	{Name: "flush_timer", plant: func(w *world) {
		c := w.flushable()
		every := max(2, int(float64(c.jobs)*w.intervals(0.2, 2.5)))
		c.finished = w.between(0, every-1)
		c.flushed = func() {
			if c.finished%every == 0 {
				c.flush()
			}
		}
		c.works()
		c.stays()
	}},
	{Name: "flush_full", plant: func(w *world) {
		c := w.flushable()
		full := c.pool + int(c.fresh*float64(c.jobs)*w.intervals(0.3, 2.5)) + 5
		c.flushed = func() {
			if c.live >= full {
				c.flush()
			}
		}
		c.works()
		c.stays()
	}},
	{Name: "flush_pool", plant: func(w *world) {
		// The same names come again after each flush.
		c := w.newCache(0)
		c.pool = w.between(40, 250)
		p := 1 / (float64(c.jobs) * w.intervals(0.3, 2))
		c.flushed = func() {
			if w.chance(p) {
				c.flush()
			}
		}
		c.works()
		c.stays()
	}},
	{Name: "fifo_full", plant: func(w *world) { w.limited(false) }},
	{Name: "lru_full", plant: func(w *world) { w.limited(true) }},
	{Name: "cache_saturates", plant: func(w *world) {
		// All names there are have been looked up when a part of the series is over.
		c := w.newCache(0)
		names := w.between(30, 300)
		draws := float64(names) * (math.Log(float64(names)) + 1)
		each := max(1, int(draws/w.intervals(0.5, float64(max(1, w.dumps-3)))))
		w.each(func(int) {
			for range each {
				c.lookup("type_" + strconv.Itoa(w.between(1, names)))
			}
		})
		c.stays()
	}},
	{Name: "backlog_walks", plant: backlogWalks},
	{Name: "backlog_returns", plant: backlogReturns},
	{Name: "load_ramps", plant: loadRamps},
	{Name: "request_table", plant: requestTable},
	{Name: "expired_on_read", plant: expiredOnRead},
}

// intervals picks a time, so that every doubling is as likely.
func (w *world) intervals(least, most float64) float64 {
	return least * math.Pow(max(1, most/least), w.rand.Float64())
}

func (w *world) flushable() *cache { return w.newCache(float64(w.logarithmic(10, 150))) }

// limited is a full cache whose members turn over.
func (w *world) limited(recent bool) {
	fresh := w.logarithmic(10, 100)
	c := w.newCache(float64(fresh))
	c.recent = recent
	c.limit = c.pool + w.between(20, 200)
	if w.chance(0.7) {
		for c.live < c.limit { // when the series begins
			c.lookup(w.generated("Old"))
		}
	}
	c.works()
	c.stays()
}

// queued is a list whose oldest members are served first.
func (w *world) queued(size func(i int) int, arrivals func() int) {
	m, l := w.objects(), w.anyList()
	keyed := w.chance(0.4)
	w.each(func(i int) {
		w.addAll(l.array, m, keyed, arrivals())
		to := size(i)
		if l.live < to {
			w.addAll(l.array, m, keyed, to-l.live)
		}
		w.unsetFirst(l.array, l.live-to)
	})
	w.bounded(l, m)
}

// backlogWalks is a random walk between none and a limit of the queue, which
// serves many times as much in an interval.
func backlogWalks(w *world) {
	most := float64(w.between(40, 200))
	x, step := most*w.rand.Float64(), most*(0.08+0.2*w.rand.Float64())
	w.queued(func(int) int {
		x = math.Abs(x + step*w.rand.NormFloat64())
		if x > most {
			x = max(0, 2*most-x)
		}
		return int(x)
	}, func() int { return w.between(int(most), int(most)*2) })
}

// backlogReturns is drawn back to its mean (AR(1)), slowly or fast.
func backlogReturns(w *world) {
	mean := float64(w.between(20, 120))
	keep := 0.3 + 0.6*w.rand.Float64()
	noise := 0.35 * mean * math.Sqrt(1-keep*keep)
	x := mean + noise*w.rand.NormFloat64()
	w.queued(func(int) int {
		x = mean + keep*(x-mean) + noise*w.rand.NormFloat64()
		return max(0, min(int(x), int(2.5*mean)))
	}, func() int { return w.between(int(mean), int(2*mean)) })
}

// loadRamps is what the jobs at hand take: more from dump to dump, as traffic
// comes back, and all of it new each time.
func loadRamps(w *world) {
	m, l := w.member(), w.anyList()
	least, most := w.between(5, 20), w.between(60, 500/m.items)
	full := max(2, min(w.dumps, 20)-w.between(1, 3))
	keyed := w.chance(0.5)
	w.each(func(i int) {
		w.empty(l.array)
		w.addAll(l.array, m, keyed, w.poisson(float64(least+(most-least)*min(i, full)/full)))
	})
	w.bounded(l, m)
}

// requestTable is emptied when a request begins, and seen in the midst of one.
func requestTable(w *world) {
	m, l := w.member(), w.anyList()
	most := w.between(20, 300/m.items)
	w.each(func(int) {
		for range w.between(1, 4) {
			w.empty(l.array)
			w.addAll(l.array, m, false, most)
		}
		w.empty(l.array)
		w.addAll(l.array, m, false, w.between(0, most))
	})
	w.bounded(l, m)
}

// expiredOnRead has entries with a time to live that are removed one by one, as
// they happen to be looked at.
func expiredOnRead(w *world) {
	m, l := w.cached(), w.anyList()
	rate := w.between(10, 60)
	p := 0.5 + 0.4*w.rand.Float64()
	w.each(func(i int) {
		for k := range l.buckets {
			if k < len(l.buckets) && l.buckets[k].val.typ != "" && w.chance(p) {
				w.unset(l.array, k)
			}
		}
		w.addAll(l.array, m, true, w.poisson(float64(rate)))
	})
	w.bounded(l, m)
}
