package growth

import (
	"cmp"
	"slices"

	"memtrail/analysis/levels"
	"memtrail/analysis/trend"
	memprof "memtrail/profile"
)

// Options says what is reported of a series.
type Options struct {
	MinCount       float64 // items per interval, and
	MinBytes       float64 // bytes per interval: what grows by less than both is not reported
	MaxUnexplained uint64  // bytes per interval that memory may grow by unexplained
	MemoryLimit    uint64  // bytes; 0: none
	Explicit       bool    // the limits were given: two dumps are judged by them
	// Profile is one of the process, taken with the last dump, or nil, and ProfileName
	// what to call it.
	Profile     *memprof.Profile
	ProfileName string
}

// What is reported unless something else is said.
const (
	DefaultMinCount       = 5
	DefaultMinBytes       = 1 << 10
	DefaultMaxUnexplained = 256 << 10
)

// Growth finds what grows over the series. It works in these steps:
//
//  1. Each dump is counted by the shapes of its paths ([Series.Add]): how many
//     items there are of a shape, and what they take. Shapes are the same in all
//     dumps, addresses are not.
//  2. What a place holds is a step from its shape: [*] from an array, or a
//     property. The number of a step's items over the dumps is what is judged
//     (grows), from the roots down. Whatever is below a place that grows, grows
//     with it, and is not looked at (find).
//  3. Steps that do not grow alone are judged together: those that differ only
//     in the classes on the way (findSpread), and those of one object that is
//     reached in different ways from dump to dump (findMoved).
//  4. Findings that are one thing are joined: parallel containers, the sides of
//     a tree, the variables of a function that calls itself (merge, joinFrames).
//  5. Garbage that PHP's collector will free soon is no finding (leaveToCollector).
//  6. What is left is balanced: bytes that grow in many small places
//     (findSpreadBytes), and bytes that no item explains (unexplained).
func (s *Series) Growth(o Options) *Growth {
	g := &Growth{Reported: s.options.Reported}
	for _, d := range s.dumps {
		g.Snapshots = append(g.Snapshots, d.Snapshot)
	}
	if len(s.dumps) > 3 {
		g.WarmUp = 1
	}
	g.Intervals = max(0, len(s.dumps)-g.WarmUp-1)
	g.levels()
	s.caveats(g, o)
	if len(s.dumps) < 2 {
		return g
	}
	t := newSteps(s, g.WarmUp, o)
	t.find()
	t.findSpread()
	t.findMoved()
	t.merge()
	t.joinFrames()
	t.findLent()
	t.findSpreadBytes(o)
	t.leaveToCollector()
	t.findExamples()
	for _, f := range t.found {
		g.Growing = append(g.Growing, t.describe(f))
	}
	g.Growing = append(withoutParallel(g.Growing), t.processPlaces()...)
	slices.SortStableFunc(g.Growing, func(a, b GrowingPlace) int {
		return cmp.Or(cmp.Compare(b.PerInterval.Bytes, a.PerInterval.Bytes), cmp.Compare(b.PerInterval.Count, a.PerInterval.Count), cmp.Compare(a.Path, b.Path))
	})
	s.addOrigins(g, o)
	parts := t.balances()
	g.Balance = s.balanceOf(&parts, g.WarmUp)
	s.unexplained(g, &parts, o)
	g.Exhaustion = s.exhaustion(o.MemoryLimit, g.WarmUp)
	if usage, ok := s.usage(g.WarmUp); ok {
		g.UsageRate, g.HasUsage = trend.Mean(usage), true
	}
	if len(g.Growing) == 0 && s.shrinks(g.WarmUp, o) {
		g.Caveats = append(g.Caveats, Caveat{Kind: Shrinking})
	}
	switch {
	case len(g.Caveats) > 0:
		g.Verdict = Inconclusive
	case len(g.Growing) > 0:
		g.Verdict = Leaking
	case g.Unexplained.Grows:
		g.Verdict = Unexplained
	default:
		g.Verdict = CleanSeries
	}
	return g
}

// levels says what the process's own figures tell.
func (g *Growth) levels() {
	var judged []levels.Level
	for i := range g.Snapshots {
		s := &g.Snapshots[i]
		if i >= g.WarmUp {
			judged = append(judged, levels.Of(&s.Source))
		}
		if i == len(g.Snapshots)-1 {
			g.Kept = levels.KeptBy(&s.Source)
		}
	}
	g.Outside = levels.RisesOutside(judged)
}

// withoutParallel leaves out the places that another one names as growing with
// it: they hold the same members. What they take themselves, tables and keys, is
// counted at that one, so that the places add up. A place that was found twice, by its
// members and by its width, as another container leads to the members first, is told
// once.
func withoutParallel(list []GrowingPlace) []GrowingPlace {
	type place struct{ path, fingerprint string }
	namedBy := map[string]int{} // by path: the place in kept
	itself := map[place]int{}
	var kept []GrowingPlace
	slices.SortStableFunc(list, func(a, b GrowingPlace) int { return cmp.Compare(b.PerInterval.Bytes, a.PerInterval.Bytes) })
	for _, w := range list {
		i, named := namedBy[w.Path]
		if named {
			kept[i].takeFrom(&w)
			continue
		}
		same := place{w.Path, w.Fingerprint}
		if i, found := itself[same]; found && kept[i].Holds == w.Holds {
			kept[i].takeFrom(&w)
			joinCounts(&kept[i], &w)
			continue
		}
		itself[same] = len(kept)
		for _, also := range w.Also {
			if _, named := namedBy[also]; !named {
				namedBy[also] = len(kept)
			}
		}
		kept = append(kept, w)
	}
	return kept
}

// joinCounts counts the members of a place by a second finding of it, where that has
// more of them: those that another container led to first were not counted here.
func joinCounts(w, second *GrowingPlace) {
	for _, path := range second.Also {
		if !slices.Contains(w.Also, path) && path != w.Path {
			w.Also = append(w.Also, path)
		}
	}
	if len(w.Counts) != len(second.Counts) || slices.Equal(w.Counts, second.Counts) {
		return
	}
	for i, n := range second.Counts {
		if n < w.Counts[i] {
			return
		}
	}
	w.Counts, w.PerInterval.Count = second.Counts, second.PerInterval.Count
	w.GrewIn, w.Evidence, w.Confidence = second.GrewIn, second.Evidence, second.Confidence
	if len(w.PerClass) == 1 {
		c := &w.PerClass[0]
		c.Counts, c.Bytes, c.PerInterval = w.Counts, w.Bytes, w.PerInterval
	}
}

// takeFrom counts what a parallel place takes at this one, too.
func (w *GrowingPlace) takeFrom(other *GrowingPlace) {
	w.PerInterval.Bytes += other.PerInterval.Bytes
	w.Bytes = added(w.Bytes, other.Bytes)
	w.KeyBytes = added(w.KeyBytes, other.KeyBytes)
}

// added is the sum of two series, either of which may be nil.
func added(a, b []uint64) []uint64 {
	if len(a) == 0 {
		return b
	}
	sums := slices.Clone(a)
	for i := range min(len(a), len(b)) {
		sums[i] += b[i]
	}
	return sums
}
