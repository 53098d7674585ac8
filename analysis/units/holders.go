package units

import (
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/changes"
	"memtrail/analysis/growth"
	"memtrail/analysis/paths"
	"memtrail/dump"
	"memtrail/graph"
)

// Least is what a holder must have gained, in bytes, to be looked at. PHP's own
// tables grow by less.
const Least = 512

// PairOptions are those for the growth of a pair of dumps.
func PairOptions() growth.Options {
	const any = 1 << 40 // by bytes alone: one item may be large
	return growth.Options{MinCount: any, MinBytes: Least, MaxUnexplained: growth.DefaultMaxUnexplained, Explicit: true}
}

// Sorter sorts what grows by what it is. It is made for the later dump.
type Sorter struct {
	g        *graph.Graph
	code     *dump.Code
	declared *analysis.Declarations
	outside  *paths.Paths // ways that lead through nothing of the runner's
	reached  []bool       // by node: whether there is one
}

// NewSorter makes a sorter for a dump; it takes 5 bytes a node.
func NewSorter(g *graph.Graph, info *dump.Info) *Sorter {
	s := &Sorter{g: g}
	if info.Capture != nil {
		s.code, s.declared = info.Capture.Code, analysis.DeclarationsOf(info.Capture)
	}
	s.outside, s.reached = waysOutside(g)
	return s
}

// Holders gives what has become more from the first dump of a growth to its
// last, most bytes first.
func (s *Sorter) Holders(g *growth.Growth) []Holder {
	var all []Holder
	for i := range g.Growing {
		if h, ok := s.holder(&g.Growing[i]); ok {
			all = append(all, h)
		}
	}
	return all
}

func (s *Sorter) holder(w *growth.GrowingPlace) (Holder, bool) {
	h := Holder{Path: w.Path, Fingerprint: w.Fingerprint, Holds: w.Holds, Trace: w.Trace, Changes: w.Changes, Declared: w.Declared}
	h.Count, h.Bytes = gained(w.Counts), gained(w.Bytes)
	if h.Bytes < Least {
		return h, false
	}
	h.What = s.what(w, &h)
	s.countMembers(w, &h)
	return h, true
}

// countMembers counts what an array holds that is there for the first time: that
// is what the place has gained, not the array.
func (s *Sorter) countMembers(w *growth.GrowingPlace, h *Holder) {
	if len(w.Counts) < 2 || w.Counts[0] > 0 || len(w.Trace) == 0 || h.Holds.Type != "array" {
		return
	}
	if last := &w.Trace[len(w.Trace)-1]; last.Item.Type == "array" && last.Node != graph.None {
		s.countElements(h, last.Node)
	}
}

// countElements counts what an array has most of.
func (s *Sorter) countElements(h *Holder, a graph.NodeID) {
	from, to := s.g.Children(a)
	kinds := map[graph.KindID]int{}
	most := graph.KindID(0)
	for e := from; e < to; e++ {
		k := s.g.KindID(s.g.Target(e))
		if kinds[k]++; kinds[k] > kinds[most] {
			most = k
		}
	}
	if to > from {
		k := s.g.Kinds()[most]
		h.Count, h.Holds = uint64(to-from), analysis.Kind{Type: s.g.Name(k.Type), Class: s.g.Name(k.Class)}
	}
}

func gained(n []uint64) uint64 {
	if len(n) < 2 || n[len(n)-1] < n[0] {
		return 0
	}
	return n[len(n)-1] - n[0]
}

// what tells what a place is.
func (s *Sorter) what(w *growth.GrowingPlace, h *Holder) What {
	switch {
	case w.Cycle != "":
		return Garbage
	case isCode(w):
		return Code
	case strings.HasPrefix(w.Path, nativeStack), strings.HasPrefix(w.Path, uncollected):
		return Garbage
	case w.Path == growth.OutsidePlace || w.Path == growth.PinnedPlace:
		return OfRunner // of no program's variables
	case w.Path == growth.ManyPlaces || len(w.Trace) == 0:
		return Held
	}
	n := w.Trace[len(w.Trace)-1].Node
	if n == graph.None || int(n) >= len(s.reached) {
		return Held
	}
	if !s.reached[n] {
		if throughTest(w.Trace) {
			return OfTest
		}
		return OfRunner
	}
	if ofRunner(&w.Trace[0].Item) || throughRunner(w.Trace) {
		s.goRound(h, n)
	}
	if s.fills(w, h, n) {
		if w.Counts[0] == 0 {
			h.Begun = s.begun(h, n)
		}
		return FirstUse
	}
	return Held
}

// goRound describes a place by a way that does not lead through the runner.
func (s *Sorter) goRound(h *Holder, n graph.NodeID) {
	way := paths.Writer{Graph: s.g, Paths: s.outside}
	h.Path, h.Trace = way.Expression(n), way.Steps(n)
	h.Changes = changes.At(h.Trace, false, s.code)
	h.Declared = s.declared.Place(h.Trace, h.Holds.Class)
}

// nativeStack is what only words on the C stack point at, some of which are left
// over from calls that have returned.
const nativeStack = "(native: stack)"

// Roots of a capture that no variable is: garbage, and code.
const (
	uncollected = "(uncollected)"
	codeGroup   = "(code)"
)

// isCode reports whether a place is compiled code, or a table of it.
func isCode(w *growth.GrowingPlace) bool {
	if strings.HasPrefix(w.Path, "code of ") || strings.HasPrefix(w.Path, codeGroup) {
		return true
	}
	for _, k := range []analysis.Kind{w.Kind, w.Holds} {
		switch k.Type {
		case "file", "class", "function":
			return true
		}
	}
	return false
}

// fills reports whether a place fills up once: it had no value, or what it has
// gained is for names of the program's code.
func (s *Sorter) fills(w *growth.GrowingPlace, h *Holder, n graph.NodeID) bool {
	container := w.Trace[len(w.Trace)-1].Item
	if container.Type == "array" && container.ChildrenCount > 0 || s.holdsElements(n) {
		if s.namesCode(n) {
			return true
		}
	}
	if len(w.Counts) < 2 || w.Counts[0] > 0 {
		return false
	}
	// It is there for the first time. An array that code adds to element by element
	// has begun to grow; one that is assigned as a whole, and any other value, fills
	// a slot.
	return h.Changes == nil || !addsElements(h.Changes.Adds)
}

// addsElements reports whether code adds single elements.
func addsElements(sites []analysis.Site) bool {
	for _, site := range sites {
		if site.Depth > 0 {
			return true
		}
	}
	return false
}

func (s *Sorter) holdsElements(n graph.NodeID) bool {
	from, to := s.g.Children(n)
	return to > from
}

// namesCode reports whether the keys are names of classes, functions or files:
// half of them are the program's, and the others may be PHP's own. A place that
// has none is not keyed by names.
func (s *Sorter) namesCode(n graph.NodeID) bool {
	from, to := s.g.Children(n)
	names, all := 0, 0
	for e := from; e < to; e++ {
		if _, number := s.g.IntKey(s.g.Label(e)); number {
			return false
		}
		all++
		switch key := s.g.Key(s.g.Label(e)); {
		case s.isName(key):
			names++
		case !likeClass(key):
			return false
		}
	}
	return names > 0 && 2*names >= all
}

// isName reports whether a key names code: a class, C::m, or a file of PHP's.
func (s *Sorter) isName(key string) bool {
	if strings.HasSuffix(key, ".php") {
		return true
	}
	class, _, _ := strings.Cut(key, "::")
	return s.declared.Named(class) != nil
}

// likeClass reports whether a key may be the name of a class that the program does
// not declare: PHP has some hundreds.
func likeClass(key string) bool {
	class, _, _ := strings.Cut(key, "::")
	for _, part := range strings.Split(strings.TrimPrefix(class, `\`), `\`) {
		if !paths.IsIdentifier(part) || part[0] < 'A' || part[0] > 'Z' {
			return false
		}
	}
	return true
}
