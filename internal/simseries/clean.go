package simseries

// What varies all the time, and does not grow.
var bounded = []Scenario{
	{Name: "still", silent: true, plant: func(*world) {}},
	{Name: "lru_turnover", plant: func(w *world) { w.turnover(w.logarithmic(20, 200)) }},
	{Name: "constant_churn", plant: constantChurn},
	{Name: "buffer_flush", plant: func(w *world) {
		w.flushedBuffer(w.anyList(), w.between(30, 250), 1.3+5*w.rand.Float64())
	}},
	{Name: "aliased_buffer", plant: aliasedBuffer},
	{Name: "string_buffer_flush", plant: stringBuffer},
	{Name: "rotated_log", plant: rotatedLog},
	{Name: "wandering_backlog", plant: wanderingBacklog},
	{Name: "count_jitter", plant: func(w *world) {
		m, l := w.member(), w.anyList()
		base := w.between(10, 120)
		w.each(func(int) { w.resize(l.array, m, true, w.poisson(float64(base))) })
		w.bounded(l, m)
	}},
	{Name: "spread_jitter", plant: spreadJitter},
	{Name: "expiring_cache", plant: expiringCache},
	{Name: "shrinking", plant: func(w *world) {
		m, l := w.member(), w.anyList()
		n := float64(w.between(100, 800/m.items))
		w.each(func(int) {
			w.resize(l.array, m, false, int(n))
			n *= 0.7 + 0.25*w.rand.Float64()
		})
		w.bounded(l, m)
	}},
	{Name: "copied_constant", plant: func(w *world) {
		m, l := w.member(), w.anyList()
		w.addAll(l.array, m, false, w.between(20, 150))
		w.each(func(int) { w.copied(l.array) })
		w.bounded(l, m)
	}},
	{Name: "listeners_detached", plant: func(w *world) {
		l, makeClosure := w.listeners()
		size := w.between(10, 100)
		w.each(func(int) {
			w.resize(l.array, member{"Closure", 5, makeClosure}, false, size)
			w.unsetFirst(l.array, w.between(0, size/2))
			w.resize(l.array, member{"Closure", 5, makeClosure}, false, size)
		})
		w.varies(Container{Paths: l.paths, Holds: "Closure"}, elementsOf(l.array))
	}},
	{Name: "generated_names_turnover", plant: generatedTurnover},
}

func (w *world) bounded(l list, m member) {
	w.varies(Container{Paths: l.paths, Holds: m.holds}, elementsOf(l.array))
}

// resize adds members, or removes the oldest.
func (w *world) resize(a *array, m member, keyed bool, n int) {
	if n < a.live {
		w.unsetFirst(a, a.live-n)
		return
	}
	w.addAll(a, m, keyed, n-a.live)
}

// constantChurn replaces all that it holds.
func constantChurn(w *world) {
	m, l := w.member(), w.anyList()
	size := w.between(10, 200)
	w.each(func(int) {
		w.empty(l.array)
		w.addAll(l.array, m, false, size)
	})
	w.bounded(l, m)
}

// flushedBuffer is emptied when it holds so many; that takes so many intervals.
func (w *world) flushedBuffer(l list, full int, intervals float64) {
	m := w.member()
	w.addAll(l.array, m, false, w.between(0, full-1))
	rest := 0.0
	w.each(func(int) {
		n, part := split(float64(full)/intervals + rest)
		rest = part
		for range n {
			if l.live >= full {
				w.empty(l.array)
			}
			w.add(l.array, m, false)
		}
	})
	w.bounded(l, m)
}

// aliasedBuffer is flushed nearly once, twice or three times an interval, so
// that the dumps see it rise or fall slowly over several of them.
func aliasedBuffer(w *world) {
	flushes := float64(w.between(1, 3))
	drift := 1 / (2.5 + 5.5*w.rand.Float64())
	if w.chance(0.3) {
		drift = -drift
	}
	w.flushedBuffer(w.anyList(), w.between(30, 200), 1/(flushes+drift))
}

// stringBuffer is one string that grows until it is written out.
func stringBuffer(w *world) {
	h := w.home()
	full := w.logarithmic(4<<10, 120<<10)
	n := w.between(0, full-1)
	each := int(float64(full) / (0.4 + 5*w.rand.Float64()))
	w.each(func(int) {
		n = (n + w.between(each*9/10, each*11/10)) % full
		w.assign(h.slot, w.text(n))
	})
	w.varies(Container{Paths: []string{h.path}, Holds: "string"}, text(h.slot))
}

// rotatedLog starts anew every few intervals.
func rotatedLog(w *world) {
	m, l := w.records(w.between(2, 4)), w.anyList()
	every := w.between(2, 5)
	offset := w.between(0, every-1)
	rate := w.between(8, 60)
	w.addAll(l.array, m, false, offset*rate)
	w.each(func(i int) {
		if (i+offset)%every == 0 {
			w.empty(l.array)
		}
		w.addAll(l.array, m, false, rate)
	})
	w.bounded(l, m)
}

// wanderingBacklog is a random walk that is drawn back to its mean.
func wanderingBacklog(w *world) {
	m, l := w.objects(), w.anyList()
	mean := float64(w.between(20, 120))
	pull := 0.4 + 0.4*w.rand.Float64()
	x := mean * (0.6 + 0.8*w.rand.Float64())
	w.each(func(int) {
		x += pull*(mean-x) + 0.25*mean*w.rand.NormFloat64()
		w.unsetFirst(l.array, w.between(0, l.live))
		w.resize(l.array, m, true, max(0, int(x)))
	})
	w.bounded(l, m)
}

// spreadJitter has many objects whose lists grow and shrink by chance.
func spreadJitter(w *world) {
	pools := w.listAt(w.home())
	pool := w.class(`App\Net\Pool`, "name", "idle")
	m := w.entities(shapes[7])
	lists := make([]*array, w.between(8, 40))
	for i := range lists {
		v := w.process.list()
		lists[i] = v.arr
		w.set(pools.array, w.newKey(), valueOf(w.object(pool, w.text(10), v)))
	}
	w.each(func(int) {
		for _, l := range lists {
			w.resize(l, m, false, w.between(0, 6))
		}
	})
	p := pools.paths[0]
	w.varies(Container{Paths: []string{p + "[*]->idle", p + "[*]", p}, Holds: m.holds}, elementsOf(lists...))
}

// expiringCache keeps what is younger than so many intervals.
func expiringCache(w *world) {
	m, l := w.member(), w.anyList()
	rate, life := w.between(10, 40), w.between(1, 4)
	var ages []int
	come := func() {
		n := w.poisson(float64(rate))
		w.addAll(l.array, m, true, n)
		if ages = append(ages, n); len(ages) > life {
			w.unsetFirst(l.array, ages[0])
			ages = ages[1:]
		}
	}
	for range life {
		come()
	}
	w.each(func(int) { come() })
	w.bounded(l, m)
}

// generatedTurnover holds a constant number of objects of classes that are
// made up, under properties that are made up.
func generatedTurnover(w *world) {
	h := w.home()
	o := w.object(w.class(`App\Context`))
	w.assign(h.slot, valueOf(o))
	o.dynamic = &array{hashed: true}
	size := w.between(10, 120)
	w.each(func(int) {
		w.unsetFirst(o.dynamic, w.between(0, size))
		for o.dynamic.live < size {
			c := &class{name: w.generated("Proxy_"), props: []string{"target"}}
			w.dynamicProperty(o, w.generated("p_"), valueOf(w.object(c, w.text(20))))
		}
	})
	w.varies(Container{Paths: []string{h.path, h.path + "->*"}, Holds: "Proxy_*"}, elementsOf(o.dynamic))
}
