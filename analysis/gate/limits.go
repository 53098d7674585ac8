package gate

import (
	"cmp"
	"math"
	"slices"

	"memtrail/analysis/check"
	"memtrail/analysis/growth"
	"memtrail/analysis/paths"
)

// Limits say what growth a gate fails for.
type Limits struct {
	MinCount       float64 // items per interval, and
	MinBytes       float64 // bytes per interval: what grows by less than both is let pass
	MaxUnexplained uint64  // bytes per interval that memory may grow by unexplained
	Explicit       bool    // MinCount or MinBytes was given: two dumps are judged by them
	Rules          []Rule  // the first one that matches a place is the one for it
	// Suppressions let pass blocks without an owner, before any rule; may be nil.
	Suppressions *check.Suppressions
}

// DefaultLimits are those that apply unless others are given, without rules.
func DefaultLimits() Limits {
	return Limits{MinCount: growth.DefaultMinCount, MinBytes: growth.DefaultMinBytes, MaxUnexplained: growth.DefaultMaxUnexplained}
}

// Options are what the growth must be looked for with. Higher limits than the
// usual ones are for what is found: looked for with them, the growth of a place
// that is let pass would be found in what the place's members hold.
func (l *Limits) Options(memoryLimit uint64) growth.Options {
	o := growth.Options{
		MinCount: min(l.MinCount, growth.DefaultMinCount), MinBytes: min(l.MinBytes, growth.DefaultMinBytes),
		MaxUnexplained: l.MaxUnexplained, MemoryLimit: memoryLimit, Explicit: l.Explicit,
	}
	for i := range l.Rules {
		if r := &l.Rules[i]; r.Min != nil {
			o.MinCount, o.MinBytes = min(o.MinCount, r.Min.Count), min(o.MinBytes, r.Min.Bytes)
		}
	}
	return o
}

// Apply leaves out of a growth what the limits and the suppressions let pass,
// whatever rules say.
func (l *Limits) Apply(g *growth.Growth) {
	general := growth.Rate{Count: l.MinCount, Bytes: l.MinBytes}
	g.Growing = slices.DeleteFunc(g.Growing, func(w growth.GrowingPlace) bool {
		return w.PerInterval.Below(general) || l.Suppressions.Growth(&w) != ""
	})
	if g.Verdict == growth.Leaking {
		g.Verdict = verdictOn(len(g.Growing) > 0, g.Unexplained.Grows)
	}
}

func verdictOn(leaks, unexplained bool) growth.Verdict {
	switch {
	case leaks:
		return growth.Leaking
	case unexplained:
		return growth.Unexplained
	}
	return growth.CleanSeries
}

// Unlimited is a limit that is never reached.
const Unlimited = math.MaxFloat64

// Rule is what a gate makes of the places that it matches.
type Rule struct {
	Path paths.Glob // of the place; "" for any
	// Class is that of what accumulates there (its type where it is no object),
	// or of the object that has it; "" for any.
	Class paths.Glob
	// Spread: only growth in number of places, none of which has half of it.
	Spread bool

	Allow  bool         // let it pass, however much it grows
	Min    *growth.Rate // limits of its own; nil for the general ones
	Reason string       // why
}

// matches reports whether a rule is for a place.
func (r *Rule) matches(w *growth.GrowingPlace) bool {
	return (r.Path == "" || r.Path.Match(w.Path)) && (r.Class == "" || r.matchesClass(w)) && (!r.Spread || isSpread(w))
}

func (r *Rule) matchesClass(w *growth.GrowingPlace) bool {
	return r.Class.Match(cmp.Or(w.Holds.Class, w.Holds.Type)) || r.Class.Match(ownerOf(w))
}

// owner is the class of the object that accumulates, or of that which has the
// array or string; "" if not known.
func ownerOf(w *growth.GrowingPlace) string {
	if w.Class != "" {
		return w.Class
	}
	for i := len(w.Trace) - 1; i >= 0; i-- {
		if c := w.Trace[i].Item.Class; c != "" {
			return c
		}
	}
	return ""
}

// isSpread reports whether a place of a shape grows by there being more of
// them: the largest one has less than half of what was added. It needs the
// example.
func isSpread(w *growth.GrowingPlace) bool {
	if w.Places < 2 || w.Example.Item.ID == "" {
		return false
	}
	added := gain(w.Counts)
	largest := w.Example.Item.ChildrenCount
	switch {
	case added == 0:
		added, largest = gain(w.Bytes), w.Example.Item.Size
	case w.Kind == w.Holds && w.Counts[len(w.Counts)-1] <= w.Places:
		largest = 1 // the places are themselves what is counted
	}
	return 2*largest <= added
}

// gain is how much was added over a series.
func gain(x []uint64) uint64 {
	if len(x) == 0 || x[len(x)-1] < x[0] {
		return 0
	}
	return x[len(x)-1] - x[0]
}

// PHPUnitRules let pass what PHPUnit keeps until a run ends. Its list of tests
// has every test case from the beginning, and what a case stores in its
// properties, its fixtures, stays. So they pass where they are found by a
// variable of PHPUnit's own code, each case having a share of the growth: what
// grows in one case only, or in a static of its class, does not pass. And
// PHPUnit keeps records of its own: results, annotations read, events.
func PHPUnitRules() []Rule {
	const (
		fixtures = "PHPUnit keeps each test case, with its properties, until the run ends: unset them in tearDown()"
		records  = "PHPUnit's own records of the run"
	)
	return []Rule{
		{Path: `PHPUnit\*() $*->tests[*]->*`, Spread: true, Allow: true, Reason: fixtures},
		{Path: `PHPUnit\*() $*`, Class: `PHPUnit\*`, Allow: true, Reason: records},
		{Path: `PHPUnit\*::$*`, Class: `PHPUnit\*`, Allow: true, Reason: records},
	}
}
