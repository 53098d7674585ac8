package query

import (
	"cmp"
	"math"
	"slices"

	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/slots"
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

// holding sums up what each class has of each group: there may be a million of both.
type holding struct {
	g       *graph.Graph
	classes []graph.NameID // by number
	byKind  []uint32       // of objects, what they hand down; else 0
	sums    []heldSum
	numbers slots.Table // of sums
	recent  []uint32    // by group, of sums, plus one
}

// heldSum is what one holder has of one group.
type heldSum struct {
	group, from  uint32
	count, bytes uint64
}

func newHolding(g *graph.Graph, groups int) *holding {
	h := &holding{g: g, byKind: make([]uint32, len(g.Kinds())), recent: make([]uint32, groups)}
	numbers := make([]uint32, g.Names())
	for k, kind := range g.Kinds() {
		if g.Name(kind.Type) != "object" {
			continue
		}
		if numbers[kind.Class] == 0 {
			numbers[kind.Class] = fromClass + uint32(len(h.classes))
			h.classes = append(h.classes, kind.Class)
		}
		h.byKind[k] = numbers[kind.Class]
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
	if *recent == 0 || h.sums[*recent-1].from != from {
		*recent = h.number(group, from) + 1
	}
	sum := &h.sums[*recent-1]
	sum.count++
	sum.bytes += bytes
}

// number finds or makes the sum of a group and a holder.
func (h *holding) number(group, from uint32) uint32 {
	// Both are met in the order of their numbers, mostly: eight slots are one line of
	// the cache.
	const near = 8
	hash := uint32((uint64(group/near)<<32|uint64(from/near))*0x9e3779b97f4a7c15>>32)&^(near-1) | (group+from)%near
	at := hash
	for i, ok := h.numbers.Next(&at, hash); ok; i, ok = h.numbers.Next(&at, hash) {
		if sum := &h.sums[i]; sum.group == group && sum.from == from {
			return i
		}
	}
	i := uint32(len(h.sums))
	h.numbers.Put(at, hash, i)
	h.sums = append(h.sums, heldSum{group: group, from: from})
	return i
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
	set := func(n graph.NodeID) uint32 {
		if g.Missing(n) {
			return math.MaxUint32
		}
		return group(n)
	}
	r.Children().EachTopmost(set, len(s.Groups), h.down, func(n graph.NodeID, group, handed uint32) {
		h.add(n, group, handed, r.Of(n))
	})
	slices.SortFunc(h.sums, func(a, b heldSum) int { return cmp.Compare(a.group, b.group) })
	held, holders := make([]Held, len(s.Groups)), make([]Holder, len(h.sums))
	for i, sum := range h.sums {
		holders[i] = Holder{Class: h.name(sum.from), Count: sum.count, RetainedBytes: sum.bytes}
		s.Groups[sum.group].RetainedBytes += sum.bytes
	}
	for i, next := 0, 0; i < len(held); i++ {
		from := next
		for next < len(h.sums) && h.sums[next].group == uint32(i) {
			next++
		}
		held[i].By = holders[from:next:next]
		held[i].cut()
		s.Groups[i].Held = &held[i]
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
