package simseries

// What grows, and is done with it before the series ends.
var settling = []Scenario{
	{Name: "cache_fills", plant: func(w *world) {
		m := w.member()
		w.fills(w.anyList(), m, w.between(30, 900/m.items), w.settledBy(pick(w, []float64{0, 1. / 3, 0.5, 1})))
	}},
	{Name: "long_warmup", plant: longWarmup},
	{Name: "lazy_config", plant: lazyConfig},
	{Name: "late_classes", plant: lateClasses},
	{Name: "object_pool", plant: objectPool},
	{Name: "spread_fills", plant: spreadFills},
	{Name: "chain_fills", plant: func(w *world) {
		c, limit := w.chain(), w.between(30, 200)
		rate := float64(limit) / (float64(w.settledBy(0.5)) + 0.5)
		w.each(func(int) {
			c.add(max(1, w.poisson(rate)))
			c.removeOldest(len(c.nodes) - limit)
		})
		w.varies(c.Container, objects(&c.nodes))
	}},
	{Name: "string_fills", plant: func(w *world) {
		h := w.home()
		full, settled := w.logarithmic(8<<10, 200<<10), w.settledBy(0.5)
		n := 0
		w.each(func(i int) {
			n = full * min(i+1, settled+1) / (settled + 1)
			w.assign(h.slot, w.text(n))
		})
		w.varies(Container{Paths: []string{h.path}, Holds: "string"}, text(h.slot))
	}},
}

// settledBy is the dump at which something has stopped growing: after that part
// of the series, but so that three more dumps show it, or none shows it grow.
func (w *world) settledBy(part float64) int {
	return max(0, min(int(part*float64(w.dumps-1)+0.5), w.dumps-4))
}

// fills grows to its capacity up to a dump, and turns over from then on.
func (w *world) fills(l list, m member, full, settled int) {
	keyed := w.chance(0.6)
	w.each(func(i int) {
		if i > settled {
			n := w.between(0, full/4)
			w.unsetFirst(l.array, n)
		}
		w.resize(l.array, m, keyed, full*min(i+1, settled+1)/(settled+1))
	})
	w.bounded(l, m)
}

// longWarmup fills several caches, by less and less, in the first half.
func longWarmup(w *world) {
	half := w.dumps / 2
	for range w.between(1, 3) {
		m, l := w.member(), w.anyList()
		full := w.between(30, 400/m.items)
		settled := min(w.between(1, half), max(1, w.dumps-3))
		w.each(func(i int) {
			left := float64(max(0, settled-i)) / float64(settled+1)
			w.resize(l.array, m, true, int(float64(full)*(1-left*left)))
		})
		w.bounded(l, m)
	}
}

// lazyConfig loads a file of settings now and then, when one is first needed.
func lazyConfig(w *world) {
	l := w.listAt(w.home())
	last := max(1, w.dumps-3)
	loads := map[int]int{}
	for range w.between(1, 3) {
		loads[w.between(1, last)]++
	}
	w.each(func(i int) {
		for range loads[i] {
			section := w.process.list()
			for range w.between(5, 60) {
				w.set(section.arr, w.generated("setting_"), w.text(w.between(0, 30)))
			}
			w.set(l.array, w.generated("file_"), section)
		}
	})
	w.varies(Container{Paths: l.paths, Holds: "array"}, elementsOf(l.array))
}

// lateClasses is a part of the program that is used once in the series: its
// static members are there from then on.
func lateClasses(w *world) {
	at := w.between(1, w.dumps-1)
	w.each(func(i int) {
		if i != at {
			return
		}
		for n := range w.between(1, 8) {
			table := w.process.list()
			for range w.between(3, 30) {
				w.push(table.arr, w.record(2))
			}
			w.static(pick(w, []string{`App\Report\Pdf`, `App\Report\Csv`})+string(rune('A'+n)), "map", table)
		}
	})
}

// objectPool has as many objects as were ever needed at once.
func objectPool(w *world) {
	m, l := w.objects(), w.anyList()
	demand, most := float64(w.between(10, 60)), 0
	jobs := w.between(5, 40) // in an interval
	limit := int(demand * (1.1 + 0.4*w.rand.Float64()))
	w.each(func(int) {
		for range jobs {
			most = max(most, min(limit, w.poisson(demand)))
		}
		w.resize(l.array, m, false, most)
	})
	w.bounded(l, m)
}

// spreadFills has many objects whose small lists fill up.
func spreadFills(w *world) {
	rooms := w.listAt(w.home())
	room := w.class(`App\Chat\Room`, "title", "recent")
	m := w.entities(shapes[7])
	lists := make([]*array, w.between(8, 40))
	limits := make([]int, len(lists))
	settled := w.settledBy(0.5)
	for i := range lists {
		v := w.process.list()
		lists[i], limits[i] = v.arr, w.between(3, 10)
		w.set(rooms.array, w.newKey(), valueOf(w.object(room, w.text(10), v)))
	}
	w.each(func(i int) {
		for k, l := range lists {
			w.resize(l, m, false, limits[k]*min(i+1, settled+1)/(settled+1))
		}
	})
	p := rooms.paths[0]
	w.varies(Container{Paths: []string{p + "[*]->recent", p + "[*]", p}, Holds: m.holds}, elementsOf(lists...))
}
