package query

import (
	"memtrail/analysis"
	"memtrail/graph"
)

// Grouping is what a summary's rows stand for.
type Grouping string

// The groupings of a summary.
const (
	ByClass     Grouping = "class"     // php-meminfo's: the class of an object, else the type
	ByType      Grouping = "type"      // object, array, string, …
	ByNamespace Grouping = "namespace" // the namespace of an object's class, else the type
	ByFrame     Grouping = "frame"     // the frame or static that reaches the item first
)

// Summary counts the items of a dump in groups.
type Summary struct {
	analysis.Source
	Columns
	GroupedBy Grouping
	Groups    []Group // sorted, cut to the limit
	Cut       int     // groups that the limit left out
	// Lost is what nothing of the program's holds; of ByFrame only.
	Lost analysis.Lost
}

// Group is one row of a summary.
type Group struct {
	Name           string
	Kind           string // type of its items: object, array, string, …; "mixed" where they differ
	Count          uint64
	ReportedBytes  uint64 // sum of the dump's own size field
	AllocatedBytes uint64 // what PHP's allocator spent for the items; see Summary.Columns
	RetainedBytes  uint64 // what the items keep alive between them; see Summary.Columns

	Held *Held // who keeps them alive; nil without RetainedBytes, and for ByFrame
}

// Held tells the classes whose objects keep a group's items alive, those that
// retain most first. What they have, the rest included, sums to RetainedBytes.
type Held struct {
	By   []Holder
	More int    // further holders
	Rest Holder // what they have, without a class
}

// Columns says which sizes beside the reported one a result has.
type Columns struct {
	Allocated bool // what PHP's allocator spent, by the model of package zend
	Retained  bool // what would be freed if the items went
}

// TopChildren lists the widest containers, widest first.
type TopChildren struct {
	analysis.Source
	Columns
	Containers []Container
	WithPaths  bool // Type, Class and Path of the containers are filled in
}

// Container is an item with children.
type Container struct {
	ID       string
	Type     string
	Class    string // "" for arrays
	Children uint64
	Path     string // expression of its shortest root path; "" when no root reaches it

	Allocated uint64 // bytes; see TopChildren.Columns
	Retained  uint64
}

// Query is what matched a query.
type Query struct {
	analysis.Source
	Matched uint64
	Items   []analysis.Item // the first ones in dump order, up to the limit
}

// RefPaths are the ways by which roots reach an item.
type RefPaths struct {
	analysis.Source
	Item          analysis.Item
	RootsReaching int    // roots that reach it by edges that are not weak
	Paths         []Path // shortest per root, in the order in which a search back from the item meets the roots
	Cut           int    // paths that the limit left out
	WeakOnly      bool   // no root reaches it but by weak edges; Paths are then these
	WeakRoots     int    // further roots that reach it, but by weak edges only

	// Entries are the entries of WeakMaps by which the paths lead, one of each
	// map and keeper.
	Entries []EntryStep

	// Dominators are the items without which the item would be freed, the
	// topmost first and the item itself last; nil unless asked for. Of very many
	// they are those at both ends: see [RefPaths.EachDominator].
	Dominators []Dominator
	// DominatorsLeft is the number of those left out: see RefPathOptions.Steps.
	// They come behind as many of Dominators as DominatorsBefore says.
	DominatorsLeft, DominatorsBefore int

	chain     []graph.NodeID // dominators that are spelled out when asked for, behind DominatorsBefore of them
	dominator func(graph.NodeID) Dominator
}

// EachDominator gives all dominators but those left out, in order.
func (r *RefPaths) EachDominator(yield func(int, *Dominator) bool) {
	i := 0
	next := func(d *Dominator) bool {
		i++
		return yield(i-1, d)
	}
	for k := range r.Dominators {
		if k == r.DominatorsBefore {
			for _, n := range r.chain {
				if d := r.dominator(n); !next(&d) {
					return
				}
			}
		}
		if !next(&r.Dominators[k]) {
			return
		}
	}
}

// EntryStep is a step to the value of a WeakMap's entry.
type EntryStep struct {
	Expression string // of the step: "=>WeakMap" or "[17]"
	MapID      string
	MapPath    string // expression of a shortest path to the map
	Keeper     EntryKeeper
}

// EntryKeeper says what keeps the value of a WeakMap's entry alive.
type EntryKeeper string

// The keepers: see the ones of package graph.
const (
	KeptByKey   EntryKeeper = "key"
	KeptByValue EntryKeeper = "value"
	KeptByMap   EntryKeeper = "map"
)

// Dominator is an item through which all paths to another one lead.
type Dominator struct {
	Item       analysis.Item // with its sizes, without children
	Expression string        // of a shortest path to it
}

// Path is one way from a root to an item.
type Path struct {
	// Expression writes the path, of a long one the ends with … between them.
	Expression string
	// Steps begin with the root and end with the item itself. Of a long path they
	// are those at both ends: [Path.Step] has them all, but for those left out.
	Steps    []Step
	Reliable bool   // no step uses an edge that address reuse made up
	Weak     bool   // some step is weak
	Left     int    // steps that were left out: see RefPathOptions.Steps and Path.Gap
	Rank     int    // 0: the shortest from its root; 1…: the next, disjoint ones
	Instead  string // where not Reliable: expression of the shortest reliable path from the same root, if any

	root graph.NodeID
	left int // number of the step that stands for what was left out; 0: none

	between []graph.EdgeID // those of Steps, behind at of them, that are spelled out when asked for
	at      int
	speller *speller
	hidden  bool // see [RefPaths.HideKeys]
}

// Root is the node that the path begins at.
func (p *Path) Root() graph.NodeID { return p.root }

// Len is the number of steps that [Path.Step] has.
func (p *Path) Len() int { return len(p.Steps) + len(p.between) }

// Total is the number of steps, those left out included.
func (p *Path) Total() int {
	if p.Left == 0 {
		return p.Len()
	}
	return p.Len() - 1 + p.Left
}

// Step is a step of a path, by its number. The caller may keep it.
func (p *Path) Step(i int) *Step {
	switch {
	case len(p.between) == 0 || i < p.at:
		return &p.Steps[i]
	case i < p.at+len(p.between):
		e := p.between[i-p.at]
		s := p.speller.step(e)
		if p.hidden {
			s.hide(p.speller.typeOf(p.speller.g.Source(e)))
		}
		return &s
	}
	return &p.Steps[i-len(p.between)]
}

// Gap is the number of the step that stands for those left out; false if none are.
// It has the item of the last of them, which the next step goes on from.
func (p *Path) Gap() (step int, ok bool) { return p.left, p.Left > 0 }

// Edge is the edge that leads to the item of one of Steps; false for the root, and
// for the step that stands for what was left out.
func (p *Path) Edge(step int) (graph.EdgeID, bool) {
	return p.Steps[step].edge, step > 0 && (step != p.left || p.Left == 0)
}

// Step is one item on a path.
type Step struct {
	Item     analysis.Item // without children
	Key      string        // key by which the previous step refers to it; "" for the root
	Reliable bool          // of the edge that leads here
	Weak     bool
	Entry    bool // it is none of the dump: it is the value of a WeakMap's entry

	edge graph.EdgeID // that leads here; of no meaning for the root, and for what was left out
}
