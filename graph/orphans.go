package graph

import "math/bits"

// Orphans counts the items that are no roots and that no edge leads to, be it
// unreliable, and gives the first of them; None if there is none. An item whose
// id an earlier item has is one, as all edges lead to the earlier.
func (g *Graph) Orphans() (count uint64, first NodeID) {
	held := make([]uint64, len(g.address)/64+1)
	for _, t := range g.target {
		held[t/64] |= 1 << (t % 64)
	}
	for _, r := range g.roots {
		held[r.Node/64] |= 1 << (r.Node % 64)
	}
	first = None
	for i, h := range held {
		free := ^h
		if last := g.items - min(g.items, NodeID(i)*64); last < 64 {
			free &= 1<<last - 1
		}
		if free != 0 && first == None {
			first = NodeID(i)*64 + NodeID(bits.TrailingZeros64(free))
		}
		count += uint64(bits.OnesCount64(free))
	}
	return count, first
}
