package simseries

// Containers that grow steadily.
var growingContainers = []Scenario{
	{Name: "list_append", plant: func(w *world) { w.steadyLeak(w.anyList(), w.member(), false) }},
	{Name: "map_generated_keys", plant: func(w *world) { w.steadyLeak(w.anyList(), w.member(), true) }},
	{Name: "static_registry", plant: func(w *world) {
		w.steadyLeak(w.listAt(w.staticMember()), w.objects(), w.chance(0.5))
	}},
	{Name: "frame_local", plant: func(w *world) {
		w.steadyLeak(w.listAt(w.loopLocal()), w.member(), w.chance(0.3))
	}},
	{Name: "array_records", plant: func(w *world) {
		w.steadyLeak(w.anyList(), w.records(w.between(2, 6)), w.chance(0.3))
	}},
	{Name: "scalar_samples", plant: func(w *world) {
		w.steadyLeak(w.anyList(), member{"int", 1, number}, w.chance(0.3))
	}},
	{Name: "slow_leak", wide: true, plant: slowLeak},
	{Name: "two_leaks", plant: func(w *world) {
		w.steadyLeak(w.anyList(), w.objects(), false)
		w.noisyLeak(w.anyList(), w.member())
	}},
	{Name: "leak_beside_buffer", plant: func(w *world) {
		w.flushedBuffer(w.anyList(), w.between(40, 120), 1.3+4*w.rand.Float64())
		w.steadyLeak(w.anyList(), w.objects(), w.chance(0.3))
	}},
	{Name: "leak_beside_plateau", plant: func(w *world) {
		w.fills(w.anyList(), w.member(), w.between(50, 150), w.settledBy(0.5))
		w.steadyLeak(w.anyList(), w.objects(), w.chance(0.3))
	}},
	{Name: "copied_container", plant: func(w *world) {
		l := w.anyList()
		w.steadyLeak(l, w.member(), w.chance(0.3))
		w.each(func(int) { w.copied(l.array) })
	}},
	{Name: "spread_over_objects", plant: spreadOverObjects},
	{Name: "spread_over_lists", plant: spreadOverLists},
	{Name: "root_seen_twice", plant: rootSeenTwice},
}

// grows adds amount(i) members to a container in interval i, and says so.
func (w *world) grows(l list, m member, keyed bool, from int, amount func(i int) int) {
	w.each(func(i int) { w.addAll(l.array, m, keyed, amount(i)) })
	w.leaks(Container{Paths: l.paths, Holds: m.holds, From: from}, elementsOf(l.array))
}

func (w *world) steadyLeak(l list, m member, keyed bool) {
	rate := w.rate(m, 8)
	spread := 0
	if w.chance(0.5) {
		spread = rate / 8
	}
	w.addAll(l.array, m, keyed, w.between(0, 2*rate))
	w.grows(l, m, keyed, 0, func(int) int { return w.between(rate-spread, rate+spread) })
}

// noisyLeak has as many new members as a Poisson process has events.
func (w *world) noisyLeak(l list, m member) {
	rate := w.rate(m, 8)
	w.addAll(l.array, m, false, w.between(0, 2*rate))
	w.grows(l, m, false, 0, func(int) int { return w.poisson(float64(rate)) })
}

func slowLeak(w *world) {
	m := w.entities(shapes[w.rand.IntN(2)])
	l := w.anyList()
	keyed := w.chance(0.5)
	w.addAll(l.array, m, keyed, w.between(0, 60))
	w.grows(l, m, keyed, 0, func(int) int { return w.between(8, 12) })
}

// spreadOverObjects has many objects whose lists grow by little each.
func spreadOverObjects(w *world) {
	conns := w.listAt(w.home())
	conn := w.class(`App\Net\Connection`, "id", "peer", "onClose")
	callback := w.entities(shape{`App\Net\Callback`, []string{"name", "once"}, "sb"})
	keyed := w.chance(0.5)
	count := w.between(8, 40)
	lists := make([]*array, count)
	for i := range lists {
		v := w.process.list()
		lists[i] = v.arr
		o := valueOf(w.object(conn, number(), w.text(15), v))
		if keyed {
			w.set(conns.array, w.newKey(), o)
		} else {
			w.push(conns.array, o)
		}
	}
	// Of a count of 8 to 40, so many grow by one that there are ten or more.
	share := min(1, (10+10*w.rand.Float64())/float64(count))
	w.each(func(int) {
		for _, l := range lists {
			for range w.between(1, 2) {
				if w.chance(share) {
					w.push(l, callback.make())
				}
			}
		}
	})
	p := conns.paths[0]
	w.leaks(Container{Paths: []string{p + "[*]->onClose", p + "[*]", p}, Holds: callback.holds}, elementsOf(lists...))
}

// spreadOverLists has a list for each of a fixed number of keys.
func spreadOverLists(w *world) {
	outer := w.listAt(w.home())
	m := w.member()
	lists := make([]*array, w.between(5, 20))
	for i := range lists {
		v := w.process.list()
		lists[i] = v.arr
		w.set(outer.array, w.generated("tenant-"), v)
	}
	rate := w.rate(m, 10)
	w.each(func(int) {
		for range w.poisson(float64(rate)) {
			w.push(pick(w, lists), m.make())
		}
	})
	p := outer.paths[0]
	w.leaks(Container{Paths: []string{p + "[*]", p}, Holds: m.holds}, elementsOf(lists...))
}

// rootSeenTwice leaks in a service that some dumps find in a function's local
// first, others in the container of services only.
func rootSeenTwice(w *world) {
	h := w.service()
	l := w.listAt(h)
	o := w.services.buckets[len(w.services.buckets)-1].val.obj
	const frame = `App\Debug\Inspector->inspect()`
	w.callee(frame, "subject", o)
	prop := o.class.props[len(o.class.props)-1]
	l.paths = append(l.paths, frame+" $subject->"+prop)
	w.steadyLeak(l, w.objects(), w.chance(0.3))
}
