package workers

import (
	"memtrail/analysis/levels"
	"memtrail/analysis/trend"
	"memtrail/usage"
)

// worker is what is kept of a process.
type worker struct {
	pid         string
	life        int
	readings    uint64
	from, to    int64
	first, last levels.Level
	least, most uint64
	course      course
	high        uint64 // since the last tooth
	teeth       uint64
}

func (w *worker) add(r *usage.Reading) {
	level := levels.Level{Usage: r.Usage, Real: r.Real, Peak: r.Peak, RSS: r.RSS}
	if w.readings == 0 {
		w.first, w.from, w.least = level, r.Nanos, r.Usage
	}
	w.last, w.to = level, r.Nanos
	w.least, w.most = min(w.least, r.Usage), max(w.most, r.Usage)
	w.readings++
	w.course.add(r)
	if w.high = max(w.high, r.Usage); r.Usage < w.high-w.high/4 && w.high-r.Usage >= minRise {
		w.teeth++
		w.high = r.Usage
	}
}

const (
	// minSpans is the least number of spans that are judged: with fewer, a chance order
	// passes a rank test too often.
	minSpans = 8
	// minRise is the least that matters, in bytes: a chunk's worth of small things is
	// made while a worker warms up.
	minRise = 64 << 10
	// A rise in steps has most of it in at most maxJumps of the steps between floors.
	maxJumps, inJumps = 3, 0.8
	// warmUp is the part of a course that is not judged: caches fill, classes load.
	warmUp = 0.1
)

// judge says what a worker's memory does, by the floors of its spans: what is in
// use at the least, between requests or after the collector ran.
func (w *worker) judge() Worker {
	out := Worker{
		PID: w.pid, Life: w.life, Readings: w.readings, From: w.from, To: w.to, First: w.first, Last: w.last, Least: w.least, Most: w.most,
		Teeth: w.teeth, Spans: w.course.spans, Course: Short, P: 1,
		Kept: levels.KeptOf(levels.Lately(w.course.most()), nil),
	}
	floors := w.course.floors()
	skip := int(warmUp * float64(len(floors)))
	if floors = floors[skip:]; len(floors) < minSpans {
		return out
	}
	out.Outside = levels.RisesOutside(w.course.levels()[skip:])
	first, last := floors[0], floors[len(floors)-1]
	evidence, _, grows := trend.Grows(trend.Floors(floors, judged), false)
	out.P = evidence.P
	rise := last - first
	if rise > 0 {
		out.Rise = uint64(rise)
	}
	jumps, stepped := w.jumps(floors, skip)
	switch {
	case rise >= minRise && stepped:
		out.Course, out.Jumps = Steps, jumps
	case rise >= minRise && grows:
		out.Course = Rises
		out.Rate = trend.Of(floors).Slope / float64(w.course.each)
	case w.teeth >= 2:
		out.Course = Sawtooth
	default:
		out.Course = Flat
	}
	return out
}

// judged is how many floors a trend is judged by. Usage that is logged in whole
// megabytes stays the same over most of 64 spans and rises over nearly all of ten.
const judged = 10

// jumps finds the steps of a course, if a few are most of its rise and what was
// reached stays.
func (w *worker) jumps(floors []float64, skip int) (list []Jump, ok bool) {
	rise := floors[len(floors)-1] - floors[0]
	sum := 0.0
	for i := 1; i < len(floors); i++ {
		if step := floors[i] - floors[i-1]; step >= inJumps*rise/maxJumps && step > 0 {
			list = append(list, Jump{w.course.spans[skip+i].From, uint64(step)})
			sum += step
		}
	}
	return list, len(list) > 0 && len(list) <= maxJumps && sum >= inJumps*rise && sum <= rise/inJumps
}
