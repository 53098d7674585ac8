package query

import (
	"cmp"
	"math"
	"slices"

	"memtrail/analysis/retain"
	"memtrail/graph"
)

// Holder is what the objects of a class have of a group's items.
type Holder struct {
	Class string // or what stands for one, see below
	// Count is the number of items of the group that the objects dominate, and no
	// object nearer to them: those that another item of the group dominates are
	// left out. RetainedBytes is what they retain.
	Count, RetainedBytes uint64
}

// What stands for the class of a holder where no object dominates an item.
const (
	HeldByVariables = "(variables, statics)"
	HeldByMany      = "(several holders)"
	HeldByNone      = graph.UnreachableLabel
)

// mostHolders are the holders of a group that are told apart.
const mostHolders = 8

// What the walk hands down: one of these, or the number of a class behind them.
const (
	fromTop uint32 = iota // nothing: right below all roots
	fromVariable
	fromMany
	fromNone
	fromClass
)

// holding sums up what each class has of each group.
type holding struct {
	g       *graph.Graph
	classes []graph.NameID // by number
	byKind  []uint32       // of objects, what they hand down; else 0
	sums    map[[2]uint32]*Holder
	recent  []recentHolder // by group
}

type recentHolder struct {
	from uint32
	sum  *Holder
}

func newHolding(g *graph.Graph, groups int) *holding {
	h := &holding{g: g, byKind: make([]uint32, len(g.Kinds())), sums: map[[2]uint32]*Holder{}, recent: make([]recentHolder, groups)}
	numbers := map[graph.NameID]uint32{}
	for k, kind := range g.Kinds() {
		if g.Name(kind.Type) != "object" {
			continue
		}
		number, ok := numbers[kind.Class]
		if !ok {
			number = fromClass + uint32(len(h.classes))
			numbers[kind.Class] = number
			h.classes = append(h.classes, kind.Class)
		}
		h.byKind[k] = number
	}
	return h
}

// down is what a node hands to those that it dominates.
func (h *holding) down(n graph.NodeID, handed uint32) uint32 {
	if n == graph.Unreachable {
		return fromNone
	}
	if own := h.byKind[h.g.KindID(n)]; own != 0 && !h.g.Missing(n) {
		return own
	}
	return h.from(n, handed)
}

// from tells what a node was handed where nothing stands above it.
func (h *holding) from(n graph.NodeID, handed uint32) uint32 {
	if handed != fromTop {
		return handed
	}
	if _, ok := h.g.Root(n); ok {
		return fromVariable
	}
	return fromMany
}

// add counts a node.
func (h *holding) add(n graph.NodeID, group, handed uint32, bytes uint64) {
	from := h.from(n, handed)
	recent := &h.recent[group]
	if recent.sum == nil || recent.from != from {
		key := [2]uint32{group, from}
		sum, ok := h.sums[key]
		if !ok {
			sum = &Holder{Class: h.name(from)}
			h.sums[key] = sum
		}
		*recent = recentHolder{from, sum}
	}
	recent.sum.Count++
	recent.sum.RetainedBytes += bytes
}

func (h *holding) name(from uint32) string {
	switch from {
	case fromVariable:
		return HeldByVariables
	case fromMany:
		return HeldByMany
	case fromNone:
		return HeldByNone
	}
	return h.g.Name(h.classes[from-fromClass])
}

// sumRetained fills in what the items of each group retain between them, and who
// holds them.
func (s *Summary) sumRetained(r *retain.Retention, group func(graph.NodeID) uint32) {
	g := r.Graph
	h := newHolding(g, len(s.Groups))
	for i := range s.Groups {
		s.Groups[i].Held = &Held{}
	}
	set := func(n graph.NodeID) uint32 {
		if g.Missing(n) {
			return math.MaxUint32
		}
		return group(n)
	}
	r.Children().EachTopmost(set, len(s.Groups), h.down, func(n graph.NodeID, group, handed uint32) {
		h.add(n, group, handed, r.Of(n))
	})
	for key, sum := range h.sums {
		t := &s.Groups[key[0]]
		t.RetainedBytes += sum.RetainedBytes
		t.Held.By = append(t.Held.By, *sum)
	}
	for i := range s.Groups {
		s.Groups[i].Held.cut()
	}
}

// cut sorts the holders, and sums up those that are not told apart.
func (h *Held) cut() {
	slices.SortFunc(h.By, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(b.RetainedBytes, a.RetainedBytes), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Class, b.Class))
	})
	for _, x := range h.By[min(len(h.By), mostHolders):] {
		h.More++
		h.Rest.Count += x.Count
		h.Rest.RetainedBytes += x.RetainedBytes
	}
	h.By = slices.Clip(h.By[:len(h.By)-h.More])
}
