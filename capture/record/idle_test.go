package record

import (
	"strings"
	"testing"
	"time"

	"memtrail/capture/watch"
)

// act is what a fake worker does for a while: it works, or waits in a place
// with some calls open.
type act struct {
	seconds float64
	place   uint64 // 0: it works
	depth   int
	usage   uint64
	between bool // no request runs
}

// play has a fake worker act, over and over until a time, and samples it ten
// times a second.
func play(until float64, once []act, loop ...act) []Sample {
	var all []Sample
	clock, ran, next := 0.0, 0.0, 0.0
	do := func(a act) {
		end := clock + a.seconds
		ran += 0.0001 // whoever begins to wait has run
		for clock < end-1e-9 && clock < until {
			if a.place == 0 {
				ran += 0.01
			}
			if clock >= next-1e-9 {
				s := Sample{At: time.Duration(clock * float64(time.Second)), Reading: watch.Reading{
					Found: true, Request: !a.between, Usage: a.usage, Ran: time.Duration(ran * float64(time.Second)),
				}}
				if a.place != 0 && !a.between {
					s.Wait = watch.Wait{Asleep: true, Place: a.place, Depth: a.depth}
				}
				all = append(all, s)
				next += 0.1
			}
			clock += 0.01
		}
	}
	for _, a := range once {
		do(a)
	}
	for clock < until && len(loop) > 0 {
		for _, a := range loop {
			do(a)
		}
	}
	return all
}

// places gives the places in which an engine orders idle dumps, "busy" for those
// that are no idle moment.
func places(t Triggers, samples []Sample) (places []string, at []float64) {
	e := NewEngine(t)
	names := map[uint64]string{0: "work", 1: "pop", 2: "query", 3: "boot", 4: "deeper"}
	for _, s := range samples {
		if o, due := e.Look(s); due {
			e.Taken(o)
			name := names[s.Wait.Place]
			if o.Reason == ForBusy {
				name = "busy"
			}
			places, at = append(places, name), append(at, s.At.Seconds())
		}
	}
	return places, at
}

func TestIdle(t *testing.T) {
	idle := Triggers{Idle: true, Count: 5}
	tests := []struct {
		name    string
		samples []Sample
		want    string
	}{
		// It reads its jobs from standard input, or from a socket.
		{"a worker that waits for jobs", play(30, nil, act{seconds: 0.07, usage: 9 * mb}, act{seconds: 0.24, place: 1, depth: 3, usage: mb}), "pop pop pop pop pop"},
		{"jobs that wait for a database", play(60, nil, act{seconds: 0.05, usage: 9 * mb}, act{seconds: 0.11, place: 2, depth: 20, usage: 9 * mb},
			act{seconds: 0.05, usage: 9 * mb}, act{seconds: 0.06, place: 1, depth: 3, usage: mb}), "pop pop pop pop pop"},
		{"it connects before", play(60, []act{{seconds: 0.4, place: 3, depth: 1}, {seconds: 0.1}}, act{seconds: 0.15, usage: 9 * mb}, act{seconds: 0.16, place: 1, depth: 3, usage: mb}), "pop pop pop pop pop"},
		{"it waits for long at once", play(60, nil, act{seconds: 0.3, usage: 9 * mb}, act{seconds: 20, place: 1, depth: 3, usage: mb}), "pop pop pop"},
		// The jobs are different: each takes more memory.
		{"a loop that calls itself", play(30, nil, act{seconds: 0.15}, act{seconds: 0.12, place: 1, depth: 3}, act{seconds: 0.15}, act{seconds: 0.12, place: 1, depth: 40}), "pop pop pop pop pop"},
		{"it has waited there for long", play(12, []act{{seconds: 1, usage: 9 * mb}, {seconds: 2, place: 1, depth: 3, usage: mb}, {seconds: 2, usage: 9 * mb}, {seconds: 0.2, place: 1, depth: 3, usage: mb}},
			act{seconds: 60, usage: 9 * mb}), "pop pop busy"},
		{"a worker that never waits", play(31, nil, act{seconds: 1, usage: mb}), "busy busy busy busy busy"},
		{"php-fpm between requests", play(30, nil, act{seconds: 1, between: true}), ""},
		{"php-fpm, where requests wait for a database", play(30, nil, act{seconds: 0.3, between: true}, act{seconds: 0.05}, act{seconds: 0.24, place: 2, depth: 9, usage: mb}),
			"query query query query query"},
		{"nothing to do", play(60, []act{{seconds: 0.3}, {seconds: 60, place: 1, depth: 3, usage: mb}}), "pop"},
	}
	for _, tt := range tests {
		got, _ := places(idle, tt.samples)
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, text, tt.want)
		}
	}
}

// A worker that finds its queue empty every second does not use up the series.
func TestPollingIsNoWork(t *testing.T) {
	poll := play(300, nil, act{seconds: 0.01, usage: mb}, act{seconds: 1, place: 1, depth: 3, usage: mb})
	for i := range poll {
		poll[i].Ran = time.Duration(i/10) * 200 * time.Microsecond // what a poll takes
	}
	if got, at := places(Triggers{Idle: true}, poll); len(got) > 7 {
		t.Errorf("%d dumps in 300 polls, at %v", len(got), at)
	}
}

// One that reads its jobs does not poll: a job need not take long, nor change
// memory_usage. A worker that is mended has as many dumps as before.
func TestShortJobsAreWork(t *testing.T) {
	jobs := play(30, nil, act{seconds: 0.01, usage: mb}, act{seconds: 1.5, place: 1, depth: 3, usage: mb})
	for i := range jobs {
		jobs[i].Ran = time.Duration(i/15) * 3 * time.Millisecond
	}
	if got, at := places(Triggers{Idle: true}, jobs); len(got) > 5 {
		t.Errorf("%d dumps of one that may poll, at %v", len(got), at)
	}
	for i := range jobs {
		jobs[i].Wait.Input = jobs[i].Wait.Asleep
	}
	if got, at := places(Triggers{Idle: true, Count: 15}, jobs); len(got) < 12 {
		t.Errorf("%d dumps of one that reads its jobs, at %v", len(got), at)
	}
}

// Places that were waited at a minute ago, and are no more, do not count.
func TestOldPlacesAreForgotten(t *testing.T) {
	samples := play(20, nil, act{seconds: 0.1}, act{seconds: 0.11, place: 1, depth: 3})
	then := play(400, nil, act{seconds: 0.1}, act{seconds: 0.11, place: 4, depth: 5})
	shift := samples[len(samples)-1]
	for i := range then {
		then[i].At += shift.At + Pace
		then[i].Ran += shift.Ran + time.Millisecond
	}
	got, _ := places(Triggers{Idle: true, Cooldown: 10 * time.Second}, append(samples, then...))
	if got[0] != "pop" || got[len(got)-1] != "deeper" {
		t.Errorf("%v", got)
	}
}
