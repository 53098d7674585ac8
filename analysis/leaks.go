package analysis

import (
	"cmp"
	"slices"

	"memtrail/graph"
)

// LeaksOptions says what is a suspect.
type LeaksOptions struct {
	Threshold float64 // share of the explained memory that makes one, in (0, 1]
	Limit     int     // suspects to keep; 0: all
}

// Leaks looks for what keeps much memory alive in the shape of a leak. What is
// retained must be known.
//
// The items that retain at least the threshold form the top of the dominator
// tree, with fewer leaves than 1 ÷ threshold. Memory accumulates where the
// tree ends or thins out: at an item that retains the threshold without those
// of its children that retain it, too; from there on down to where no child
// has most of it. Where the item does not hold its dominated children itself,
// they have several holders, and their root paths tell where those stand. A
// chain of items of one class is one place. What is left may still be many
// items of one class all over the place: then what their paths have in common
// is the suspect.
func (r *Retention) Leaks(o LeaksOptions) *Leaks {
	l := &Leaks{Source: graphSource(r.g, r.info), Doubt: r.doubt(), Reported: r.reported}
	l.Threshold = max(1, uint64(o.Threshold*float64(l.Explained)))
	s := newSuspector(r, l)
	s.findBig()
	s.findChains()
	s.findPoints()
	s.judgePoints()
	s.findScattered()
	s.merge()
	for _, c := range s.found {
		l.Suspects = append(l.Suspects, s.describe(c))
	}
	slices.SortStableFunc(l.Suspects, func(a, b Suspect) int {
		return cmp.Or(cmp.Compare(innocentRank(&a), innocentRank(&b)), cmp.Compare(suspicion(&b), suspicion(&a)))
	})
	if o.Limit > 0 && len(l.Suspects) > o.Limit {
		l.Cut = len(l.Suspects) - o.Limit
		l.Suspects = l.Suspects[:o.Limit]
	}
	return l
}

func innocentRank(s *Suspect) int {
	if s.Innocent != "" {
		return 1
	}
	return 0
}

// suspicion is what suspects are ranked by: the bytes they retain, less for
// shapes that leaks hardly have.
func suspicion(s *Suspect) float64 {
	weight := 1.0
	for _, r := range s.Reasons {
		switch r.Kind {
		case ReasonFew:
			weight *= 0.3
		case ReasonScalars:
			weight *= 0.5
		}
	}
	return weight * float64(s.Retained)
}

// A suspector looks for suspects. It takes 4 bytes a node, and 9 more while it
// finds the ways to them.
type suspector struct {
	r         *Retention
	g         *graph.Graph
	out       *Leaks
	threshold uint64

	heaviest []graph.NodeID          // by node: the dominated child that retains most; None
	big      []graph.NodeID          // nodes that retain the threshold, dominators first
	beside   map[graph.NodeID]uint64 // by parent: what those of them retain that are not its heaviest child
	chained  bits                    // nodes of chains, those between the links included
	walked   bits                    // nodes that are known to be in no chain, or in one already found
	kinds    []graph.KindID          // by kind: the first one of the same type and class
	perKind  []uint64                // items of the dump, by kind

	points []*point
	found  []*candidate
	paths  *Paths

	covered    []uint8  // see cover; of the suspects found at last
	unreliable []uint64 // references by the suspect that they lead from or to
}

// A candidate is a suspect before it is described.
type candidate struct {
	kind      SuspectKind
	shared    bool           // no single node keeps the members alive
	at        graph.NodeID   // the accumulation point; graph.None where it is no node
	pattern   string         // expression of what is no node
	container graph.NodeID   // whose keys the members are under; graph.None
	also      []graph.NodeID // parallel containers
	retained  uint64
	holds     group
	others    uint64         // items of other kinds
	members   []graph.NodeID // some of those held, evenly chosen
	next      graph.NodeID   // of a chain: its second link
}

func newSuspector(r *Retention, l *Leaks) *suspector {
	n := r.g.Len()
	s := &suspector{
		r: r, g: r.g, out: l, threshold: l.Threshold, beside: map[graph.NodeID]uint64{},
		chained: newBits(n), walked: newBits(n), perKind: make([]uint64, len(r.g.Kinds())),
	}
	type name struct{ typ, class graph.NameID }
	first := map[name]graph.KindID{}
	for k, kind := range r.g.Kinds() {
		id, ok := first[name{kind.Type, kind.Class}]
		if !ok {
			id = graph.KindID(k)
			first[name{kind.Type, kind.Class}] = id
		}
		s.kinds = append(s.kinds, id)
	}
	return s
}

// kindOf is a node's kind, the same for all of one type and class: kinds of
// the graph differ by the fields that the dump has, too.
func (s *suspector) kindOf(n graph.NodeID) graph.KindID { return s.kinds[s.g.KindID(n)] }
