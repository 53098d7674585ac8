package simseries

// Memory that no item shows. A gate's limit for it is 256 KB in every interval.

// headers vary without a leak.
var headers = []Scenario{
	{Name: "header_jitter", plant: func(w *world) {
		w.each(func(int) { w.hidden += uint64(w.between(0, 100<<10)) })
	}},
	{Name: "header_settles", plant: func(w *world) {
		settled := w.settledBy(0.5)
		each := w.between(100<<10, 2<<20)
		w.each(func(i int) { w.hidden += uint64(each * min(i, settled)) })
	}},
	// The first dump makes a property table for each of hundreds of objects.
	{Name: "tables_once", silent: true, wide: true, plant: func(w *world) {
		l, m := w.anyList(), w.entities(shapes[7])
		w.addAll(l.array, m, false, w.between(300, 600))
	}},
}

// hidden grows by more than the limit in every interval.
var hidden = []Scenario{
	{Name: "hidden_growth", plant: func(w *world) { w.hiddenGrowth(w.logarithmic(320<<10, 4<<20), 0.05) }},
	{Name: "hidden_growth_bursty", plant: func(w *world) { w.hiddenGrowth(w.logarithmic(700<<10, 6<<20), 0.5) }},
	{Name: "hidden_growth_still", silent: true, plant: func(w *world) { w.hiddenGrowth(w.logarithmic(320<<10, 4<<20), 0) }},
	{Name: "hidden_growth_beside_plateau", plant: func(w *world) {
		w.fills(w.anyList(), w.objects(), w.between(30, 150), w.settledBy(0.5))
		w.hiddenGrowth(w.logarithmic(500<<10, 4<<20), 0.1)
	}},
	{Name: "hidden_growth_beside_buffer", plant: func(w *world) {
		w.flushedBuffer(w.anyList(), w.between(30, 120), 1.3+4*w.rand.Float64())
		w.hiddenGrowth(w.logarithmic(600<<10, 4<<20), 0.1)
	}},
}

// hiddenGrowth adds bytes in every interval, give or take a part of them.
func (w *world) hiddenGrowth(bytes int, spread float64) {
	part := int(float64(bytes) * spread)
	grown := uint64(0)
	w.unexplained.Grows = true
	w.each(func(int) {
		grown += uint64(w.between(bytes-part, bytes+part))
		w.hidden += grown
	})
}
