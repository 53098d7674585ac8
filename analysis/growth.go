package analysis

import (
	"cmp"
	"math"
	"slices"
)

// GrowthOptions says what is reported of a series.
type GrowthOptions struct {
	MinCount    float64 // items per interval, and
	MinBytes    float64 // bytes per interval: what grows by less than both is not reported
	MaxUnseen   uint64  // bytes per interval that memory may grow by unexplained
	MemoryLimit uint64  // bytes; 0: none
	Explicit    bool    // the limits were given: two dumps are judged by them
}

// What is reported unless something else is said.
const (
	DefaultMinCount  = 5
	DefaultMinBytes  = 1 << 10
	DefaultMaxUnseen = 256 << 10
)

// Growth finds what grows over the series.
//
// What a place holds is a step from its shape: [*] from an array, or a
// property. The step's number of items over the dumps is what is judged (see
// grows), from the roots down; whatever is below a place that grows, grows
// with it, and is not looked at. A property that does not become more common
// may hold a string that grows.
func (s *Series) Growth(o GrowthOptions) *Growth {
	g := &Growth{Reported: s.options.Reported, Limit: o.MemoryLimit}
	for _, d := range s.dumps {
		g.Moments = append(g.Moments, d.Moment)
	}
	if len(s.dumps) > 3 {
		g.WarmUp = 1
	}
	g.Intervals = max(0, len(s.dumps)-g.WarmUp-1)
	s.doubt(g, o)
	if len(s.dumps) < 2 {
		return g
	}
	t := newSteps(s, g.WarmUp, o)
	t.find()
	t.findSpread()
	t.findMoved()
	t.merge()
	t.findExamples()
	for _, f := range t.found {
		g.Growing = append(g.Growing, t.describe(f))
	}
	slices.SortStableFunc(g.Growing, func(a, b Grower) int {
		return cmp.Or(cmp.Compare(b.PerInterval.Bytes, a.PerInterval.Bytes), cmp.Compare(b.PerInterval.Count, a.PerInterval.Count), cmp.Compare(a.Path, b.Path))
	})
	s.unseen(g, o)
	s.extrapolate(g)
	switch {
	case len(g.Doubts) > 0:
		g.Verdict = Inconclusive
	case len(g.Growing) > 0:
		g.Verdict = Leaking
	case g.Unseen.Grows:
		g.Verdict = Invisible
	default:
		g.Verdict = CleanSeries
	}
	return g
}

// doubt notes why a series does not tell.
func (s *Series) doubt(g *Growth, o GrowthOptions) {
	add := func(k DoubtKind, name string, n int) { g.Doubts = append(g.Doubts, SeriesDoubt{k, name, n}) }
	if n := len(s.dumps); n < 2 || n < 3 && !o.Explicit {
		add(TooFewDumps, "", n)
		g.Verdict = Inconclusive
	}
	for i, d := range s.dumps {
		switch {
		case !d.Complete || d.damaged():
			add(EndsEarly, d.Name, 0)
		case d.Items == 0:
			add(NoItems, d.Name, 0)
		case lineage(d.Producer) != lineage(s.dumps[0].Producer) && s.dumps[0].Items > 0:
			add(MixedProducers, d.Name, 0)
		case i > 0 && s.foreign(i):
			add(Shrunk, d.Name, 0)
		case i > 0 && s.restarted(i):
			add(Restarted, d.Name, 0)
		}
	}
}

// damaged reports whether parts of a dump could not be read.
func (p *profile) damaged() bool { return p.Source.Verdict() == Damaged }

// lineage is a producer, but for a fork of php-meminfo: what tells that need not
// be in each of its dumps.
func lineage(producer string) string {
	if producer == producerFork {
		return producerMeminfo
	}
	return producer
}

// restarted reports whether a dump is of a process that began after the one
// before was taken, or the order is wrong: the peak of a process never falls.
func (s *Series) restarted(i int) bool {
	a, b := s.dumps[i-1].Header, s.dumps[i].Header
	return a != nil && b != nil && b.PeakMemoryUsage < a.PeakMemoryUsage
}

// foreign reports whether a dump has hardly a shape in common with the one
// before, or not one variable but those that every program has: then it is
// another program's.
func (s *Series) foreign(i int) bool {
	both, either := 0, 0
	roots, common := [2]bool{}, false
	for id := firstShape; int(id) < len(s.shapes.nodes); id++ {
		a, b := of(s.dumps[i-1].count, id) > 0, of(s.dumps[i].count, id) > 0
		n := &s.shapes.nodes[id]
		if n.parent == noShape {
			if k := s.shapes.kinds[n.kind].Type; k != "object" && k != "array" || slices.Contains(everywhere, s.shapes.text[n.step]) {
				continue // every program has an $i
			}
			roots[0], roots[1] = roots[0] || a, roots[1] || b
			common = common || a && b
		}
		if a && b {
			both++
		}
		if a || b {
			either++
		}
	}
	return either > 0 && both*20 < either || roots[0] && roots[1] && !common
}

// everywhere are the variables that every PHP program has.
var everywhere = []string{
	"$_GET", "$_POST", "$_COOKIE", "$_FILES", "$_SERVER", "$_ENV", "$_REQUEST", "$_SESSION", "$GLOBALS", "$argv", "$argc",
}

// modelError is how far off the allocator model may be in what items grow by.
const modelError = 0.3

// unseen looks for memory that grows while the items do not: what memory_usage
// has beyond what they explain and beyond the property tables that the dumps
// themselves made PHP build.
func (s *Series) unseen(g *Growth, o GrowthOptions) {
	u := &g.Unseen
	u.Limit, u.Known = o.MaxUnseen, true
	var x []float64
	for i, d := range s.dumps {
		if d.Header == nil {
			*u = UnseenGrowth{Limit: o.MaxUnseen}
			return
		}
		v := signed(d.Header.MemoryUsage) - signed(d.Explained) - signed(d.Rebuilt)
		u.Bytes = append(u.Bytes, v)
		if i >= g.WarmUp {
			x = append(x, float64(v))
		}
	}
	if s.options.Reported {
		u.Known = false // the dumps' own sizes explain little
		return
	}
	u.PerInterval = trendOf(x).slope
	u.Grows = len(x) > 1
	for i := 1; i < len(x); i++ {
		// What the model gets wrong of the items grows with them.
		known := max(0, float64(s.dumps[g.WarmUp+i].Explained)-float64(s.dumps[g.WarmUp+i-1].Explained))
		u.Grows = u.Grows && x[i]-x[i-1] > float64(o.MaxUnseen)+modelError*known
	}
}

// extrapolate says when the memory limit will be reached by each grower.
func (s *Series) extrapolate(g *Growth) {
	last := s.dumps[len(s.dumps)-1]
	if g.Limit == 0 || last.Header == nil || last.Header.MemoryUsage >= g.Limit {
		return
	}
	for i := range g.Growing {
		if rate := g.Growing[i].PerInterval.Bytes; rate > 0 {
			g.Growing[i].Full = math.Floor(float64(g.Limit-last.Header.MemoryUsage) / rate)
		}
	}
}
