package simseries

// Leaks that do not grow in every interval, or not by the same.
var growingUnsteadily = []Scenario{
	{Name: "noisy_leak", plant: func(w *world) { w.noisyLeak(w.anyList(), w.member()) }},
	{Name: "leak_with_evictions", plant: leakWithEvictions},
	{Name: "rising_sawtooth", plant: risingSawtooth},
	{Name: "late_leak", plant: lateLeak},
	{Name: "bursty_leak", plant: func(w *world) {
		m, l := w.member(), w.anyList()
		rate := w.rate(m, 12)
		w.grows(l, m, w.chance(0.3), 0, func(int) int {
			if w.chance(0.25) {
				return 0
			}
			return w.between(rate/2, rate*3/2)
		})
	}},
	{Name: "accelerating_leak", plant: func(w *world) {
		m, l := w.member(), w.anyList()
		last := 2 * w.rate(m, 8)
		w.grows(l, m, false, 0, func(i int) int { return max(3, last*(i+1)/w.dumps) })
	}},
	{Name: "leak_over_backlog", plant: func(w *world) {
		// What is done is removed, some of it is forgotten.
		m, l := w.objects(), w.anyList()
		rate := w.rate(m, 10)
		backlog, kept := 0, 0
		w.each(func(int) {
			kept += w.poisson(float64(rate))
			backlog = w.between(0, 2*rate)
			w.resize(l.array, m, true, kept+backlog)
		})
		w.leaks(Container{Paths: l.paths, Holds: m.holds}, elementsOf(l.array))
	}},
}

// leakWithEvictions drops a part every now and then, but less than it gains.
func leakWithEvictions(w *world) {
	m, l := w.member(), w.anyList()
	rate := w.rate(m, 12)
	keyed := w.chance(0.5)
	w.each(func(i int) {
		if i > 0 && w.chance(0.25) {
			w.unsetFirst(l.array, min(l.live/2, w.between(rate/2, rate*3/2)))
		}
		w.addAll(l.array, m, keyed, w.poisson(float64(rate)))
	})
	w.leaks(Container{Paths: l.paths, Holds: m.holds}, elementsOf(l.array))
}

// risingSawtooth is a buffer that is flushed when full, all but what sticks.
func risingSawtooth(w *world) {
	m, l := w.objects(), w.anyList()
	rate := w.rate(m, 10)
	tooth := w.between(rate, 3*rate)
	period := 1.5 + 2*w.rand.Float64() // intervals
	phase := w.rand.Float64()
	w.each(func(i int) {
		_, part := split(float64(i)/period + phase)
		w.resize(l.array, m, true, rate*(i+1)+int(part*float64(tooth)))
	})
	w.leaks(Container{Paths: l.paths, Holds: m.holds}, elementsOf(l.array))
}

func split(x float64) (whole int, part float64) {
	return int(x), x - float64(int(x))
}

// lateLeak starts when a third of the series is over.
func lateLeak(w *world) {
	m, l := w.member(), w.anyList()
	rate := w.rate(m, 10)
	from := max(1, w.dumps/3)
	keyed := w.chance(0.3)
	w.addAll(l.array, m, keyed, w.between(0, 3*rate))
	w.grows(l, m, keyed, from, func(i int) int {
		if i <= from {
			return 0
		}
		return w.poisson(float64(rate))
	})
}
