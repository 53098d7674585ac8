package graph

import "memtrail/internal/column"

// Reverse lists for each node the edges that lead to it.
type Reverse struct {
	first  []EdgeID // node's edges are edge[first[n]:first[n+1]]
	edge   []EdgeID
	starts []EdgeID // the graph's: a node's edges are from starts[n] to starts[n+1]
	source []NodeID // of each edge in sourceEvery; behind them, of the last edge
}

// sourceEvery is one in how many edges has its source noted: between two of them, the
// starts are mostly one line of the cache.
const sourceEvery = 16

// Reverse builds the index, by counting. It takes 4 bytes a node and a little more an
// edge.
func (g *Graph) Reverse() *Reverse {
	r := &Reverse{starts: g.first, first: column.Of[EdgeID](g.Len() + 1), edge: column.Room[EdgeID](len(g.target))[:len(g.target)]}
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
	r.noteSources()
	return r
}

func (r *Reverse) noteSources() {
	edges := EdgeID(len(r.edge))
	if edges == 0 {
		return
	}
	r.source = column.Room[NodeID](int((edges-1)/sourceEvery) + 2)
	last := NodeID(0)
	for n := range NodeID(len(r.starts) - 1) {
		if r.starts[n] == r.starts[n+1] {
			continue
		}
		for last = n; EdgeID(len(r.source))*sourceEvery < r.starts[n+1]; {
			r.source = append(r.source, n)
		}
	}
	r.source = append(r.source, last)
}

// Source is [Graph.Source], for those who ask it of many edges.
func (r *Reverse) Source(e EdgeID) NodeID {
	from, to := r.source[e/sourceEvery], r.source[e/sourceEvery+1]
	for from < to {
		if middle := from + (to-from)/2; r.starts[middle+1] > e {
			to = middle
		} else {
			from = middle + 1
		}
	}
	return from
}

// Edges are the edges that lead to a node, in ascending order. The index owns
// the slice.
func (r *Reverse) Edges(n NodeID) []EdgeID { return r.edge[r.first[n]:r.first[n+1]] }
