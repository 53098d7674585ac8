package graph

import (
	"math"

	"memtrail/dump"
	"memtrail/internal/column"
)

// What a capture knows of each item, and a dump of php-meminfo does not: what
// the allocator spent for it, exactly. The column is there only in graphs of
// captures.

// Exact reports whether Alloc is known.
func (g *Graph) Exact() bool { return g.alloc != nil }

// Alloc is what the allocator spent for a node and for what belongs to it
// alone, in bytes; of a graph that is exact.
func (g *Graph) Alloc(n NodeID) uint64 {
	if int(n) >= len(g.alloc) {
		return 0 // a node that no item is behind
	}
	if a := g.alloc[n]; a != sizeElsewhere {
		return uint64(a)
	}
	return g.bigAlloc[n]
}

// addAlloc fills the column for the item at hand, the last node.
func (p *Part) addAlloc(n NodeID, it *dump.Item) {
	if it.Fields&dump.HasAlloc == 0 && len(p.alloc) == 0 {
		return
	}
	for len(p.alloc) < int(n) {
		p.alloc = append(p.alloc, 0)
	}
	if it.Alloc < math.MaxUint32 {
		p.alloc = append(p.alloc, uint32(it.Alloc))
		return
	}
	p.alloc = append(p.alloc, sizeElsewhere)
	if p.bigAlloc == nil {
		p.bigAlloc = map[NodeID]uint64{}
	}
	p.bigAlloc[n] = it.Alloc
}

// joinAlloc appends a part's column, before its nodes are.
func (g *Graph) joinAlloc(p *Part) {
	if len(p.alloc) == 0 && g.alloc == nil {
		return
	}
	base := NodeID(g.Len())
	if g.alloc == nil {
		g.alloc = column.Room[uint32](cap(g.size))
	}
	g.alloc = room(g.alloc, int(base)-len(g.alloc)+len(p.alloc))
	for len(g.alloc) < int(base) {
		g.alloc = append(g.alloc, 0)
	}
	g.alloc = append(g.alloc, p.alloc...)
	for n, a := range p.bigAlloc {
		if g.bigAlloc == nil {
			g.bigAlloc = map[NodeID]uint64{}
		}
		g.bigAlloc[n+base] = a
	}
}
