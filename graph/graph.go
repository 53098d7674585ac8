package graph

import (
	"math"
	"sort"
	"strconv"

	"memtrail/dump"
)

// NodeID numbers the nodes: items first, in dump order, then the missing ones.
type NodeID uint32

// EdgeID numbers the edges by source node, and within it in dump order. Behind
// those that the dump has come those of [Graph.Held].
type EdgeID uint32

// NameID numbers the distinct names.
type NameID uint32

// KindID numbers the distinct combinations of type and class.
type KindID uint32

// None is the NodeID of no node.
const None NodeID = math.MaxUint32

// Kind is what nodes of one type and class have in common.
type Kind struct {
	Type, Class NameID
	Fields      dump.Fields // which of the fields are in the dump
}

// Root is a node that a frame's variable or a static holds.
type Root struct {
	Node          NodeID
	Frame, Symbol NameID // the empty name where the dump has none
}

// Label is the key of an edge, coded, with the edge's flags.
type Label uint32

const (
	labelWeak       Label = 1 << 31
	labelUnreliable Label = 1 << 30
	labelInt        Label = 1 << 29 // the key is the decimal number in the low bits
	labelValue            = labelInt - 1
)

// Weak reports whether the edge does not keep its target alive.
func (l Label) Weak() bool { return l&labelWeak != 0 }

// Unreliable reports whether the edge may not exist: its target's address was
// used again.
func (l Label) Unreliable() bool { return l&labelUnreliable != 0 }

// Graph is a dump as a graph. It is not changed once built, and may be read
// by any number of goroutines.
type Graph struct {
	address addresses
	kind    []KindID
	size    []uint32
	handle  handles
	first   []EdgeID // node's edges are target[first[n]:first[n+1]]
	target  []NodeID
	label   []Label
	alloc   []uint32 // nil unless the items have exact bytes

	items  NodeID
	kinds  []Kind
	names  *names
	roots  []Root // by node
	style  idStyle
	counts Counts

	// Of WeakMaps.
	entries []Entry
	holders []holder // by node
	holds   nodeSet  // of the holders
	held    bool     // there are some

	// What does not fit a column.
	bigSize   map[NodeID]uint64
	bigAlloc  map[NodeID]uint64
	oddHandle map[NodeID]string
	oddID     map[dump.Address]string
}

// Counts says how many oddities of the graph there are.
type Counts struct {
	Dangling   uint64 // edges to ids that no item has
	Duplicates uint64 // items whose id an earlier item has
	Unreliable uint64
	Weak       uint64
	Entries    uint64 // edges that the dump does not have: see Held
}

const (
	sizeElsewhere = math.MaxUint32
	noHandle      = math.MaxUint32
	oddHandle     = math.MaxUint32 - 1
)

// Len is the number of nodes, missing ones included.
func (g *Graph) Len() int { return len(g.kind) }

// Items is the number of nodes that are items of the dump.
func (g *Graph) Items() int { return int(g.items) }

// Edges is the number of edges, those of [Counts].Entries included.
func (g *Graph) Edges() int { return len(g.target) }

// Counts says how many oddities there are.
func (g *Graph) Counts() Counts { return g.counts }

// Missing reports whether a node is not an item of the dump but only named as
// a child.
func (g *Graph) Missing(n NodeID) bool { return n >= g.items }

// Address is a node's address.
func (g *Graph) Address(n NodeID) dump.Address { return g.address.at(n) }

// Kind is a node's type and class.
func (g *Graph) Kind(n NodeID) Kind { return g.kinds[g.kind[n]] }

// KindID is the number of a node's kind.
func (g *Graph) KindID(n NodeID) KindID { return g.kind[n] }

// Kinds are all kinds, by their number. The graph owns the slice.
func (g *Graph) Kinds() []Kind { return g.kinds }

// IsObject reports whether a node is an object.
func (g *Graph) IsObject(n NodeID) bool { return g.names.textOf(g.Kind(n).Type) == "object" }

// IsGroup reports whether a node is a group of what a capture has beside values.
// What it holds it holds by name, or by number if it is a list.
func (g *Graph) IsGroup(n NodeID) bool { return g.names.textOf(g.Kind(n).Type) == "group" }

// Size is a node's size in bytes, as the dump reports it.
func (g *Graph) Size(n NodeID) uint64 {
	if s := g.size[n]; s != sizeElsewhere {
		return uint64(s)
	}
	return g.bigSize[n]
}

// Handle is a node's object handle as printed; "" when it has none.
func (g *Graph) Handle(n NodeID) string {
	switch h := g.handle.at(n); h {
	case noHandle:
		return ""
	case oddHandle:
		return g.oddHandle[n]
	default:
		return strconv.FormatUint(uint64(h), 10)
	}
}

// HandleNumber is a node's object handle as a number, if it is one.
func (g *Graph) HandleNumber(n NodeID) (number uint64, ok bool) {
	h := g.handle.at(n)
	return uint64(h), h < oddHandle
}

// Children gives the range of the edges that the dump has of a node, [from, to).
// Whoever asks what a node keeps alive wants [Graph.Held].
func (g *Graph) Children(n NodeID) (from, to EdgeID) {
	if g.held {
		return g.first[n], g.listed(n)
	}
	return g.first[n], g.first[n+1]
}

// Target is the node that an edge leads to.
func (g *Graph) Target(e EdgeID) NodeID { return g.target[e] }

// Label is an edge's coded key and flags.
func (g *Graph) Label(e EdgeID) Label { return g.label[e] }

// Key is the key of a label, as text.
func (g *Graph) Key(l Label) string {
	if l&labelInt != 0 {
		return strconv.Itoa(int(l & labelValue))
	}
	return g.names.textOf(NameID(l & labelValue))
}

// IntKey is the key of a label as a number, if it is a decimal one that labels
// hold as such: below 2^29, without sign or leading zeros.
func (g *Graph) IntKey(l Label) (n uint64, ok bool) {
	return uint64(l & labelValue), l&labelInt != 0
}

// KeyBytes is Key as bytes, which the graph owns. Keys that are numbers are
// spelled out into buf.
func (g *Graph) KeyBytes(l Label, buf []byte) []byte {
	if l&labelInt != 0 {
		return strconv.AppendUint(buf[:0], uint64(l&labelValue), 10)
	}
	return g.names.bytes(NameID(l & labelValue))
}

// Source is the node that an edge starts from.
func (g *Graph) Source(e EdgeID) NodeID {
	return NodeID(sort.Search(g.Len(), func(n int) bool { return g.first[n+1] > e }))
}

// Name is the text of a name. The graph owns its memory.
func (g *Graph) Name(id NameID) string { return g.names.textOf(id) }

// Roots are the roots, in dump order. The graph owns the slice.
func (g *Graph) Roots() []Root { return g.roots }

// Root gives a node's root, if it is one.
func (g *Graph) Root(n NodeID) (Root, bool) {
	i := sort.Search(len(g.roots), func(i int) bool { return g.roots[i].Node >= n })
	if i < len(g.roots) && g.roots[i].Node == n {
		return g.roots[i], true
	}
	return Root{}, false
}

// ID is a node's id as the dump prints it.
func (g *Graph) ID(n NodeID) string {
	a := g.address.at(n)
	if s, ok := g.oddID[a]; ok {
		return s
	}
	return g.style.format(a)
}
