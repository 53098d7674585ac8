package simseries

// Keys that weigh more than the values.
var heavyKeys = []Scenario{
	{Name: "payload_keys", plant: func(w *world) {
		l, each := w.anyList(), w.between(1, 2)
		length := w.between(64<<10, 160<<10)
		w.growsBy(l, func(int) {
			for range each {
				w.set(l.array, w.longName(w.between(length*9/10, length)), flag())
			}
		})
	}},
	{Name: "class_name_keys", plant: func(w *world) {
		l, rate := w.anyList(), w.nameRate()
		w.growsBy(l, func(int) {
			for range w.poisson(float64(rate)) {
				w.set(l.array, w.className(), flag())
			}
		})
	}},
	{Name: "long_keys", plant: func(w *world) {
		// Serialized arguments, with a small result each.
		l, rate, m := w.anyList(), w.logarithmic(6, 24), w.cached()
		length := w.logarithmic(400, 3000)
		w.each(func(int) {
			for range w.poisson(float64(rate)) {
				w.set(l.array, w.longName(w.between(length/2, length)), m.make())
			}
		})
		w.leaks(Container{Paths: l.paths, Holds: m.holds}, elementsOf(l.array))
	}},
	{Name: "payload_keys_limited", Verdict: Clean, plant: func(w *world) {
		l, most, length := w.anyList(), w.between(3, 8), w.between(64<<10, 120<<10)
		w.each(func(int) {
			for range w.between(1, 2*most) {
				w.unsetFirst(l.array, l.live-most+1)
				w.set(l.array, w.longName(length), flag())
			}
		})
		w.bounded(l, member{holds: "bool"})
	}},
	{Name: "class_name_keys_flushed", Verdict: Clean, plant: func(w *world) {
		c := w.newCache(float64(w.between(40, 150)))
		c.value = member{"bool", 1, flag}
		p := 1 / (float64(c.jobs) * w.intervals(0.1, 0.6))
		c.flushed = func() {
			if w.chance(p) {
				c.flush()
			}
		}
		c.works()
		c.stays()
	}},
	{Name: "class_name_keys_all", Verdict: Clean, plant: func(w *world) {
		// Those of the program, each looked up once.
		l, names, settled := w.anyList(), w.between(60, 600), w.settledBy(0.5)
		w.each(func(i int) {
			for l.live < names*min(i+1, settled+1)/(settled+1) {
				w.set(l.array, w.className(), flag())
			}
		})
		w.bounded(l, member{holds: "bool"})
	}},
}

func flag() value { return value{typ: "bool"} }

// growsBy declares a set that grows.
func (w *world) growsBy(l list, step func(int)) {
	w.each(step)
	w.leaks(Container{Paths: l.paths, Holds: "bool"}, elementsOf(l.array))
}

// nameRate is how many names an interval adds to a set of them.
func (w *world) nameRate() int { return w.logarithmic(30, max(40, min(250, 2000/w.dumps))) }

// className is one that the program makes up: App\Dto\Type_3f09ab12….
func (w *world) className() string {
	name := w.generated(`App\Dto\Type_`)
	for range w.between(0, 3) {
		name = w.generated(name)
	}
	return name
}
