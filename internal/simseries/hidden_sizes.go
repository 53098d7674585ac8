package simseries

import "math"

// Memory that no item shows, of each size relative to what a gate lets pass.
var hiddenGrowth = []Scenario{
	{Name: "hidden_below_limit", Verdict: Clean, plant: func(w *world) {
		w.hiddenGrowth(w.logarithmic(unexplainedLimit/20, unexplainedLimit*7/10), 0.1)
		w.unexplained.Grows = false // by so little
	}},
	{Name: "hidden_noisy", Verdict: Unexplained, plant: func(w *world) {
		// The level goes up and down besides.
		each := float64(w.logarithmic(unexplainedLimit*3/2, 8*unexplainedLimit))
		noise := each * (0.1 + 0.5*w.rand.Float64())
		w.unexplained.Grows = true
		w.each(func(i int) {
			w.hidden += uint64(max(0, 4*noise+each*float64(i)+noise*w.rand.NormFloat64()))
		})
	}},
	{Name: "hidden_late", Verdict: Unexplained, plant: func(w *world) {
		each, from := w.logarithmic(unexplainedLimit*3/2, 8*unexplainedLimit), w.between(0, w.dumps/4)
		w.unexplained.Grows = true
		w.each(func(i int) { w.hidden += uint64(each * max(0, i-from)) })
	}},
	{Name: "hidden_returns", Verdict: Clean, plant: func(w *world) {
		mean := float64(w.logarithmic(unexplainedLimit, 8*unexplainedLimit))
		keep := 0.2 + 0.6*w.rand.Float64()
		noise := 0.35 * mean * math.Sqrt(1-keep*keep)
		x := mean + noise*w.rand.NormFloat64()
		w.each(func(int) {
			x = mean + keep*(x-mean) + noise*w.rand.NormFloat64()
			w.hidden += uint64(max(0, min(x, 2*mean)))
		})
	}},
	{Name: "hidden_collected", Verdict: Clean, plant: func(w *world) {
		// Cycles that wait for the collector, which runs when there are enough.
		full := w.logarithmic(unexplainedLimit, 12*unexplainedLimit)
		each := float64(full) / w.intervals(0.2, 1.8)
		n := w.between(0, full)
		w.each(func(int) {
			n = (n + int(each*(0.8+0.4*w.rand.Float64()))) % full
			w.hidden += uint64(n)
		})
	}},
	{Name: "engine_callbacks", Verdict: Unexplained, plant: func(w *world) {
		// register_shutdown_function holds a Closure for each request, and what
		// that has captured; handles and the table of objects grow with them.
		job := w.class(`App\Job`, "payload", "rows")
		each := w.between(40, 120)
		rows := w.logarithmic(unexplainedLimit*3/2, 6*unexplainedLimit) / each
		w.unexplained.Grows = true
		w.each(func(int) {
			for range each {
				o := w.object(job, w.text(w.between(60, 160)), w.text(rows))
				w.unseen = append(w.unseen, w.closure(&binding{names: []string{"job"}, vals: []value{valueOf(o)}, param: "errno"}))
			}
		})
	}},
	{Name: "engine_reserves", Verdict: Unexplained, plant: func(w *world) {
		// Strings of 256 KiB that error handlers keep in reserve.
		each := w.between(2, 6)
		c := w.class(`yii\web\ErrorHandler`, "memoryReserve", "registered")
		w.unexplained.Grows = true
		w.each(func(int) {
			for range each {
				w.unseen = append(w.unseen, valueOf(w.object(c, w.text(unexplainedLimit), flag())))
			}
		})
	}},
	{Name: "leak_and_hidden", plant: func(w *world) {
		w.steadyLeak(w.anyList(), w.objects(), w.chance(0.3))
		w.hiddenGrowth(w.logarithmic(2*unexplainedLimit, 12*unexplainedLimit), 0.1)
	}},
	{Name: "leak_and_hidden_below_limit", plant: func(w *world) {
		w.steadyLeak(w.anyList(), w.member(), w.chance(0.3))
		w.hiddenGrowth(w.logarithmic(unexplainedLimit/20, unexplainedLimit*7/10), 0.1)
		w.unexplained.Grows = false
	}},
}
