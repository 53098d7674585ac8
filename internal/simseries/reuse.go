package simseries

import "strconv"

// What is freed leaves its handle, its address and its key to something new, so
// that this looks like what was there before.
var reuse = []Scenario{
	{Name: "table_of_object_ids", Verdict: Clean, plant: func(w *world) {
		// Never cleaned, but ids are used again: it has as many entries as there
		// were ever objects at once.
		l, most, bursts := w.anyList(), w.between(20, 60), w.between(20, 100)
		c := w.class(`App\Http\Response`, "status", "headers")
		l.hashed = true
		has := map[int]bool{}
		w.each(func(int) {
			for range bursts {
				live := w.list()
				for range max(1, min(most, w.poisson(float64(most)/2))) {
					v := valueOf(w.object(c, number(), w.record(1)))
					w.push(live.arr, v)
					if id := v.obj.handle; !has[id] {
						has[id] = true
						w.insert(l.array, key{number: id}, w.text(w.between(3, 12)))
					}
				}
				w.drop(live)
			}
		})
		w.bounded(l, member{holds: "string"})
	}},
	{Name: "list_made_anew", Verdict: Clean, plant: func(w *world) {
		// Freed and made in the same order: each member finds a twin's place.
		m, l, size := w.objects(), w.anyList(), w.between(20, 150)
		w.each(func(int) {
			w.empty(l.array)
			w.addAll(l.array, m, false, w.between(size*9/10, size))
		})
		w.bounded(l, m)
	}},
	{Name: "index_made_anew", Verdict: Clean, plant: func(w *world) {
		// Under the same names each time.
		m, l, size := w.objects(), w.anyList(), w.between(20, 150)
		w.each(func(int) {
			w.empty(l.array)
			for i := range w.between(size*9/10, size) {
				w.set(l.array, "row_"+strconv.Itoa(i), m.make())
			}
		})
		w.bounded(l, m)
	}},
	{Name: "jobs_of_many_kinds", Verdict: Clean, plant: func(w *world) {
		l, kinds, work := w.anyList(), w.kinds(4), w.churn()
		keyed := w.chance(0.5)
		most := w.between(20, 100)
		w.each(func(int) {
			work(1)
			for l.live > 0 && w.chance(0.98) {
				w.unset(l.array, w.anywhere(l.array))
			}
			work(1)
			for range w.between(most/4, most) {
				w.add(l.array, pick(w, kinds), keyed)
				work(0.1)
			}
		})
		w.varies(classesIn(l.paths, kinds...), elementsOf(l.array))
	}},
	{Name: "leak_among_jobs", plant: func(w *world) {
		// What leaks takes the places of what jobs have freed.
		m, l, work := w.objects(), w.anyList(), w.churn()
		rate := w.rate(m, 8)
		w.each(func(int) {
			work(1)
			for range w.poisson(float64(rate)) {
				w.add(l.array, m, false)
				work(0.2)
			}
		})
		w.leaks(Container{Paths: l.paths, Holds: m.holds}, elementsOf(l.array))
	}},
	{Name: "leak_evicted_at_random", plant: func(w *world) {
		m, l, work := w.objects(), w.anyList(), w.churn()
		rate := w.rate(m, 14)
		gone := 0.2 + 0.3*w.rand.Float64() // of what comes
		w.each(func(int) {
			for range w.poisson(float64(rate) / (1 - gone)) {
				w.add(l.array, m, true)
				if l.live > 1 && w.chance(gone) {
					w.unset(l.array, w.anywhere(l.array))
				}
			}
			work(1)
		})
		w.leaks(Container{Paths: l.paths, Holds: m.holds}, elementsOf(l.array))
	}},
}

// churn makes a worker that makes and frees objects of all kinds, in any order,
// of which a few are there at any time. It does so many times its work.
func (w *world) churn() func(times float64) {
	l := w.listAt(w.home())
	kinds, jobs := w.kinds(5), w.between(30, 120)
	w.bounded(l, member{holds: "*"})
	return func(times float64) {
		for range int(times * float64(jobs)) {
			if l.live < 4 || l.live < 24 && w.chance(0.5) {
				w.add(l.array, pick(w, kinds), false)
			} else {
				w.unset(l.array, w.anywhere(l.array))
			}
		}
	}
}

// anywhere is the position of an element of an array, which has some.
func (w *world) anywhere(a *array) int {
	for {
		if i := w.rand.IntN(len(a.buckets)); a.buckets[i].val.typ != "" {
			return i
		}
	}
}
