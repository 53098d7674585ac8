package growth

import (
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/dump"
)

// caveats notes why a series does not tell.
func (s *Series) caveats(g *Growth, o Options) {
	add := func(k CaveatKind, name string, n int) { g.Caveats = append(g.Caveats, Caveat{k, name, n}) }
	if n := len(s.dumps); n < 2 || n < 3 && !o.Explicit {
		add(TooFewDumps, "", n)
		g.Verdict = Inconclusive
	}
	seen := map[string]int{}
	restarted := false // the first time says it; those after it are below the same peak
	for i, d := range s.dumps {
		kind, ok := s.caveatOf(i, seen[d.Name], restarted)
		if ok {
			add(kind, d.Name, 0)
		}
		restarted = restarted || kind == Restarted
		seen[d.Name]++
	}
	if len(g.Caveats) == 0 && len(s.dumps) > 1 && s.allEqual() && !s.worked() {
		add(Equal, "", len(s.dumps))
	}
}

// caveatOf is what is wrong with a dump; false for nothing. seen is how many dumps
// before have its name; restarted: one before shows that the process did.
func (s *Series) caveatOf(i, seen int, restarted bool) (CaveatKind, bool) {
	d, first := s.dumps[i], s.dumps[0]
	switch {
	case seen > 1:
		return "", false
	case seen == 1:
		return Repeated, true
	case !d.Complete || d.damaged():
		return EndsEarly, true
	case d.Items == 0:
		return NoItems, true
	case lineage(d.Producer) != lineage(first.Producer) && first.Items > 0:
		return MixedProducers, true
	case i > 0 && s.foreign(i):
		return Shrunk, true
	case !restarted && s.restarted(i):
		return Restarted, true
	}
	return "", false
}

// damaged reports whether parts of a dump could not be read.
func (p *profile) damaged() bool { return p.Source.Verdict() == analysis.Damaged }

// lineage is a producer, but for a fork of php-meminfo: what tells that need not
// be in each of its dumps.
func lineage(producer string) string {
	if producer == analysis.ProducerFork {
		return analysis.ProducerMeminfo
	}
	return producer
}

// restarted reports whether a dump is of a process that began after an earlier
// one was taken, or the order is wrong: the peak of a process never falls, and is
// never below what the process has used.
func (s *Series) restarted(i int) bool {
	if i > 0 {
		if before, run := s.dumps[i-1].run(), s.dumps[i].run(); before != nil && run != nil {
			return before.PID != run.PID || before.Started != run.Started || run.CPU < before.CPU
		}
	}
	h := s.dumps[i].Header
	if h == nil {
		return false
	}
	for _, d := range s.dumps[:i] {
		if b := d.Header; b != nil && max(b.PeakMemoryUsage, b.MemoryUsage) > max(h.PeakMemoryUsage, h.MemoryUsage) {
			return true
		}
	}
	return false
}

// allEqual reports whether nothing differs between any two dumps. In a process
// that works something always does: the first dump makes PHP allocate the file
// that it is written to, and raises the peak.
func (s *Series) allEqual() bool {
	first := s.dumps[0]
	return !slices.ContainsFunc(s.dumps[1:], func(d *profile) bool {
		return (d.Header == nil) != (first.Header == nil) || d.Header != nil && *d.Header != *first.Header ||
			d.Items != first.Items || d.Explained != first.Explained || !sameColumn(d.count, first.count) || !sameColumn(d.text, first.text)
	})
}

// run is when in the life of its process a dump was taken; nil if that is not
// known.
func (p *profile) run() *dump.Run {
	if p.Capture == nil {
		return nil
	}
	return p.Capture.Run
}

// work is the CPU time between two dumps, in nanoseconds, from which on a process
// has done something. A process that sleeps spends none.
const work = 50_000

// worked reports whether the process is known to have worked in all intervals, or
// in two: then dumps are equal because nothing stays. Without those that follow
// on no work, the series is one of three dumps or more that judges itself.
func (s *Series) worked() bool {
	const least = 2
	intervals := 0
	for i := range s.dumps[1:] {
		before, run := s.dumps[i].run(), s.dumps[i+1].run()
		if before == nil || run == nil || run.PID != before.PID || run.Started != before.Started {
			return false
		}
		if run.CPU >= before.CPUAfter+work {
			intervals++
		}
	}
	return intervals >= min(least, len(s.dumps)-1)
}

// sameColumn compares columns, of which the later ones may be longer.
func sameColumn(a, b []uint64) bool {
	for id := range paths.ShapeID(max(len(a), len(b))) {
		if valueAt(a, id) != valueAt(b, id) {
			return false
		}
	}
	return true
}

const (
	// A series shrinks if it loses that share of its items.
	shrinksBy = 0.1
	// A peak so many times what is used was reached before the first dump. Then
	// it tells no order: else the dumps themselves, or the growth, raise it.
	longPast = 1.5
)

// shrinks reports whether a series looks like one of a leak in the wrong order:
// memory falls in every interval, read backwards something grows, and the peaks,
// which never fall, do not tell the order.
func (s *Series) shrinks(warmUp int, o Options) bool {
	judged := s.dumps[warmUp:]
	for i := 1; i < len(judged); i++ {
		a, b := judged[i-1].Header, judged[i].Header
		if a != nil && b != nil && (b.MemoryUsage >= a.MemoryUsage || b.PeakMemoryUsage != a.PeakMemoryUsage) || judged[i].Items >= judged[i-1].Items {
			return false
		}
	}
	first, last := judged[0], judged[len(judged)-1]
	if len(judged) < 2 || float64(last.Items) > (1-shrinksBy)*float64(first.Items) {
		return false
	}
	if h := first.Header; h != nil && float64(h.PeakMemoryUsage) < longPast*float64(h.MemoryUsage) || s.isFirst() {
		return false
	}
	back := *s
	back.dumps = slices.Clone(s.dumps)
	slices.Reverse(back.dumps)
	t := newSteps(&back, warmUp, o)
	t.find()
	return len(t.found) > 0
}

// isFirst reports whether the first dump shows that it is the first of its
// process: the dumps after it have the property tables that it made PHP build,
// and it has not.
func (s *Series) isFirst() bool {
	a, b := s.dumps[0], s.dumps[1]
	if a.Header == nil || b.Header == nil || b.Rebuilt == 0 {
		return false
	}
	unexplained := func(d *profile) int64 { return analysis.Signed(d.Header.MemoryUsage) - analysis.Signed(d.Explained) }
	return 2*(unexplained(b)-unexplained(a)) > analysis.Signed(b.Rebuilt)
}

// littleInCommon: two dumps are of one program if one in so many shapes is in both.
const littleInCommon = 20

// foreign reports whether a dump has hardly a shape in common with the one
// before, or not one variable but those that every program has: then it is
// another program's.
func (s *Series) foreign(i int) bool {
	variables := s.overlap(i, s.isOwnVariable)
	shapes := s.overlap(i, func(id paths.ShapeID) bool {
		return s.shapes.Nodes[id].Parent != paths.NoShape || s.isOwnVariable(id)
	})
	return shapes.both*littleInCommon < shapes.either() || variables.before > 0 && variables.after > 0 && variables.both == 0
}

// An overlap is the number of shapes that two dumps have.
type overlap struct{ before, after, both int }

func (o overlap) either() int { return o.before + o.after - o.both }

// overlap compares a dump with the one before.
func (s *Series) overlap(i int, counts func(paths.ShapeID) bool) (o overlap) {
	for id := paths.FirstShape; int(id) < len(s.shapes.Nodes); id++ {
		if !counts(id) {
			continue
		}
		before, after := valueAt(s.dumps[i-1].count, id) > 0, valueAt(s.dumps[i].count, id) > 0
		if before {
			o.before++
		}
		if after {
			o.after++
		}
		if before && after {
			o.both++
		}
	}
	return o
}

// isOwnVariable reports whether a shape is that of a variable which another program
// would hardly have: every program has an $i.
func (s *Series) isOwnVariable(id paths.ShapeID) bool {
	n := &s.shapes.Nodes[id]
	k := s.shapes.Kinds[n.Kind].Type
	return n.Parent == paths.NoShape && (k == "object" || k == "array") && !slices.Contains(everywhere, s.shapes.Names[n.Step])
}

// everywhere are the variables that every PHP program has.
var everywhere = []string{
	"$_GET", "$_POST", "$_COOKIE", "$_FILES", "$_SERVER", "$_ENV", "$_REQUEST", "$_SESSION", "$GLOBALS", "$argv", "$argc",
}
