// Package simseries makes series of dumps of one simulated PHP process, whose
// truth is known: to measure how often an analysis of growth misses a leak, and
// how often it cries wolf.
//
// A process has the life of a worker: a background of configuration, services,
// caches and requests, and one or two planted behaviours that leak or do not.
// What it allocates and frees between two dumps goes through an allocator, so
// addresses and handles are used again as in a real series. Dumps are small, 100
// to 3,500 items, and come in php-meminfo's layout.
//
// Whether a series can be judged at all is a matter of luck too: see
// [Truth.Ambiguous].
package simseries

import (
	"hash/fnv"
	"math/rand/v2"
)

// A Scenario is a kind of series.
type Scenario struct {
	Name    string
	Verdict Verdict
	// plant puts the behaviour into a process that is about to start.
	plant func(w *world)
	// wide: among thousands of other items.
	wide bool
	// silent: nothing else varies.
	silent bool
}

// Scenarios lists all kinds of series.
func Scenarios() []Scenario {
	var all []Scenario
	for _, part := range []struct {
		verdict   Verdict
		scenarios []Scenario
	}{
		{Leak, growingContainers}, {Leak, growingShapes}, {Leak, growingUnsteadily},
		{Clean, bounded}, {Clean, settling}, {Clean, headers}, {Invisible, hidden},
	} {
		for _, s := range part.scenarios {
			s.Verdict = part.verdict
			all = append(all, s)
		}
	}
	return all
}

// Find gives the scenario of a name.
func Find(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}

// A Series is what a process shows of itself, at equal intervals.
type Series struct {
	Scenario string
	Seed     uint64
	Dumps    [][]byte
	Truth    Truth
}

// Series runs a process and dumps it so many times, at least three. Equal
// arguments give equal bytes.
func (s Scenario) Series(seed uint64, dumps int) Series {
	w := s.start(seed, dumps)
	series := Series{Scenario: s.Name, Seed: seed}
	for i := range w.dumps {
		w.interval(i)
		series.Dumps = append(series.Dumps, w.dump())
	}
	series.Truth = w.truth(s.Verdict)
	return series
}

// Truth is that of the Series, without its dumps.
func (s Scenario) Truth(seed uint64, dumps int) Truth {
	w := s.start(seed, dumps)
	for i := range w.dumps {
		w.interval(i)
	}
	return w.truth(s.Verdict)
}

func (s Scenario) start(seed uint64, dumps int) *world {
	name := fnv.New64a()
	name.Write([]byte(s.Name))
	w := newWorld(rand.New(rand.NewPCG(seed, name.Sum64())), max(dumps, 3), s)
	s.plant(w)
	return w
}
