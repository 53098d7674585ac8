package leaks

import (
	"cmp"
	"memtrail/analysis"
	"memtrail/analysis/lost"
	"memtrail/analysis/origin"
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/profile"
	"slices"
)

// Options says what is a suspect.
type Options struct {
	Threshold float64 // share of the explained memory that makes one, in (0, 1]
	Limit     int     // suspects to keep; 0: all
	// Profile is one of the process that the dump is of, or nil, and ProfileName what
	// to call it.
	Profile     *profile.Profile
	ProfileName string
}

// Need is what [Find] takes beside a graph, with the sizes that it works on.
var Need = graph.Need{Node: 25}

// Find looks for what keeps much memory alive in the shape of a leak. What is
// retained must be known. It works in these steps:
//
//  1. The items that retain at least the threshold form the top of the dominator
//     tree, with fewer leaves than 1 ÷ threshold (findBig).
//  2. A chain of items of one class, each of which holds the next, is one place
//     (findChains).
//  3. Memory accumulates where that tree ends or thins out: at an item that
//     retains the threshold without those of its children that retain it, too;
//     from there on down to where no child has most of it. If the item does not
//     hold its dominated children itself, they have several holders, and their
//     root paths tell where these are (findPoints, judgePoints).
//  4. What is left may be many items of one class in many places. Then the
//     suspect is what their paths have in common (findScattered).
//  5. Suspects that are one thing are joined: parts of one tree, containers that
//     hold the same members (merge).
func Find(r *retain.Retention, o Options) *Leaks {
	l := &Leaks{Source: analysis.GraphSource(r.Graph, r.Info), Caveats: r.Caveats(), Reported: r.Reported}
	l.Threshold = max(1, uint64(o.Threshold*float64(l.Explained)))
	if r.Retained.Unreachable > 0 || r.Info.Capture != nil { // else roots lead to all
		l.Lost = lost.Of(&l.Source, r.Graph, r.Info, r.Own, lost.Nothing)
	}
	s := newSuspector(r, l)
	if o.Profile != nil {
		l.Profile, s.origin = origin.New(o.ProfileName, o.Profile, origin.Alive(r.Graph))
	}
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
// shapes that leaks rarely have.
func suspicion(s *Suspect) float64 {
	weight := 1.0
	for _, r := range s.Reasons {
		switch r.Kind {
		case ReasonFew:
			weight *= 0.3
		case ReasonScalars:
			weight *= 0.5
		case ReasonNamed:
			weight *= 0.6
			if s.Holds.Keys.Kind == ClassKeys {
				weight *= 0.5
			}
		}
	}
	return weight * float64(s.Retained)
}

// A suspector looks for suspects. It takes 4 bytes a node, and 9 more while it
// finds the ways to them.
type suspector struct {
	declarations *analysis.Declarations
	r            *retain.Retention
	g            *graph.Graph
	out          *Leaks
	threshold    uint64
	origin       *origin.Join // nil without a profile, or with one of another program

	heaviest []graph.NodeID          // by node: the dominated child that retains most; None
	big      []graph.NodeID          // nodes that retain the threshold, dominators first
	beside   map[graph.NodeID]uint64 // by parent: what those of them retain that are not its heaviest child
	chain    []uint16                // by node: the number of the chain that it is in, from 1; nil for no chains
	kinds    []graph.KindID          // by kind: the first one of the same type and class
	folded   []bool                  // by kind: classes differ by what # stands for
	objects  []bool                  // by kind
	perKind  []uint64                // items of the dump, by kind

	points []*point
	traced int // groups
	found  []*candidate
	paths  *paths.Paths

	unreliable []uint64 // references by the suspect that they lead from or to, see cover; of the suspects found at last
}

// A candidate is a suspect before it is described.
type candidate struct {
	kind      SuspectKind
	shared    bool           // no single node keeps the members alive
	at        graph.NodeID   // the accumulation point; graph.None where it is no node
	pattern   string         // expression of what is no node
	container graph.NodeID   // whose keys the members are under; graph.None
	also      []graph.NodeID // parallel containers, and companions of the same width
	retained  uint64
	holds     group
	others    uint64         // items of other kinds
	lost      uint64         // items that it names, but the dump does not have
	members   []graph.NodeID // some of those held, evenly chosen
}

func newSuspector(r *retain.Retention, l *Leaks) *suspector {
	s := &suspector{
		r: r, g: r.Graph, out: l, threshold: l.Threshold, beside: map[graph.NodeID]uint64{}, perKind: make([]uint64, len(r.Graph.Kinds())),
	}
	s.declarations = analysis.DeclarationsOf(r.Info.Capture)
	s.foldKinds()
	return s
}

// foldKinds finds the kinds that are one. There may be a million: only classes whose
// names can be those of others, but for numbers, are looked up by name.
func (s *suspector) foldKinds() {
	kinds := s.g.Kinds()
	s.kinds, s.folded, s.objects = s.g.KindsAlike(), make([]bool, len(kinds)), make([]bool, len(kinds))
	first := map[analysis.Kind]graph.KindID{}
	for k, kind := range kinds {
		typ, class := s.g.Name(kind.Type), s.g.Name(kind.Class)
		s.objects[k] = typ == "object"
		if alike := s.kinds[k]; int(alike) != k {
			s.kinds[k] = s.kinds[alike]
			continue
		}
		if !paths.Foldable(class) {
			continue
		}
		name := analysis.Kind{Type: typ, Class: paths.Fold(class)}
		if id, ok := first[name]; ok {
			s.kinds[k], s.folded[id] = id, true
		} else {
			first[name] = graph.KindID(k)
		}
	}
}

// kindOf is a node's kind, the same for all of one type and class: kinds of
// the graph differ by the fields that the dump has, too. Generated classes that
// differ by a number or a hash in their names are one.
func (s *suspector) kindOf(n graph.NodeID) graph.KindID { return s.kinds[s.g.KindID(n)] }

// mixed is the kind of a group of objects of many classes.
const mixed = ^graph.KindID(1)

// isOf reports whether a node belongs to a group of a kind.
func (s *suspector) isOf(n graph.NodeID, kind graph.KindID) bool {
	if kind == mixed {
		return s.objects[s.g.KindID(n)]
	}
	return s.kindOf(n) == kind
}

// name is a kind's type and class; # stands for what differs.
func (s *suspector) name(kind graph.KindID) analysis.Kind {
	if kind == mixed {
		return analysis.Kind{Type: "object"}
	}
	k := s.g.Kinds()[kind]
	name := analysis.Kind{Type: s.g.Name(k.Type), Class: s.g.Name(k.Class)}
	if s.folded[kind] {
		name.Class = paths.Fold(name.Class)
	}
	return name
}
