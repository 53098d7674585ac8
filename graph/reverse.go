package graph

import "memtrail/internal/column"

// Reverse lists for each node the edges that lead to it.
type Reverse struct {
	first []EdgeID // node's edges are edge[first[n]:first[n+1]]
	edge  []EdgeID
}

// Reverse builds the index, by counting. It takes 4 bytes a node and 4 an
// edge.
func (g *Graph) Reverse() *Reverse {
	r := &Reverse{first: column.Of[EdgeID](g.Len() + 1), edge: column.Room[EdgeID](len(g.target))[:len(g.target)]}
	for _, t := range g.target {
		r.first[t+1]++
	}
	for n := range g.Len() {
		r.first[n+1] += r.first[n]
	}
	// Filling from the last edge down leaves first where it belongs, without
	// a second array of positions.
	for n := range g.Len() {
		r.first[n] = r.first[n+1]
	}
	for e := len(g.target) - 1; e >= 0; e-- {
		t := g.target[e]
		r.first[t]--
		r.edge[r.first[t]] = EdgeID(e)
	}
	return r
}

// Edges are the edges that lead to a node, in ascending order. The index owns
// the slice.
func (r *Reverse) Edges(n NodeID) []EdgeID { return r.edge[r.first[n]:r.first[n+1]] }
