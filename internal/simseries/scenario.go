// Package simseries makes series of dumps of one simulated PHP process, whose
// truth is known: to measure how often an analysis of growth misses a leak, and
// how often it cries wolf.
//
// A process has the life of a worker: a background of configuration, services,
// caches and requests, and one or two planted behaviours that leak or do not.
// They come in families: containers that grow in all ways, caches that are
// flushed or are not, WeakMaps, slots that are filled, recursion, memory that no
// item shows, and so on. Of each it is known what it holds, by class, how many
// bytes that retains, and which members stay (see [Container]).
//
// What it allocates and frees between two dumps goes through an allocator, so
// addresses and handles are used again as in a real series. Dumps are small, 100
// to 4,000 items, and come in php-meminfo's layout.
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
	Name string
	// Family is what it puts to the test, for a table of rates.
	Family  string
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
		family    string
		scenarios []Scenario
	}{
		{"containers", growingContainers}, {"shapes", growingShapes}, {"unsteady", growingUnsteadily},
		{"bounded", as(Clean, bounded)}, {"settling", as(Clean, settling)},
		{"headers", as(Clean, headers)}, {"hidden", as(Unexplained, hidden)},
		{"flushed", as(Clean, flushed)}, {"not flushed", notFlushed},
		{"heavy keys", heavyKeys}, {"null to object", nullToObject}, {"mixed classes", mixedClasses},
		{"ephemerons", ephemerons}, {"recursion", recursion}, {"reuse", reuse}, {"unexplained", hiddenGrowth},
	} {
		for _, s := range part.scenarios {
			s.Family = part.family
			all = append(all, s)
		}
	}
	return all
}

// as gives scenarios the verdict that they have in common. Without one they leak.
func as(v Verdict, all []Scenario) []Scenario {
	to := make([]Scenario, len(all))
	for i, s := range all {
		s.Verdict = v
		to[i] = s
	}
	return to
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
	// Memory is what memory_usage consists of, by dump. It is not part of the
	// Truth, as dumps add to it.
	Memory []Memory
	// Matched is, of each container, Truth.Leaks first and then Truth.Bounded,
	// how many of its members have handle, class and address of one that the
	// dump before has, for each interval. Those above Stayed do so by chance.
	Matched [][]int
}

// Series runs a process and dumps it so many times, at least three. Equal
// arguments give equal bytes.
func (s Scenario) Series(seed uint64, dumps int) Series {
	w := s.start(seed, dumps)
	series := Series{Scenario: s.Name, Seed: seed}
	for i := range w.dumps {
		w.interval(i)
		m := w.memory()
		series.Dumps = append(series.Dumps, w.dump())
		m.Lost = m.Items - w.dumper.shown
		series.Memory = append(series.Memory, m)
	}
	series.Truth = w.truth(s.Verdict)
	for _, leak := range []bool{true, false} {
		for _, t := range w.tracked {
			if t.leak == leak {
				series.Matched = append(series.Matched, t.matched)
			}
		}
	}
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
