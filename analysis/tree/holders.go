package tree

import (
	"slices"

	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/column"
)

// holders tells how each node is held by its dominator. It takes 4 bytes a
// node, and 4 more, 8 while they are computed, once a path to a node is asked
// for that its dominator does not hold itself.
type holders struct {
	r   *retain.Retention
	via []graph.EdgeID // edge from a node's dominator to it, the first of several, plus one; 0: there is none
	// parents tells the kinds of which some node has children.
	parents []bool
	// paths are nil until they are asked for.
	paths *paths.Paths
}

func newHolders(r *retain.Retention) *holders {
	g, d := r.Graph, r.Dominators
	h := &holders{r: r, via: column.Of[graph.EdgeID](g.Len()), parents: make([]bool, len(g.Kinds()))}
	for n := range graph.NodeID(g.Items()) {
		from, to := g.Held(n)
		if from < to {
			h.parents[g.KindID(n)] = true
		}
		for e := from; e < to; e++ {
			t := g.Target(e)
			if d.Parent(t) != n || h.via[t] != 0 {
				continue
			}
			if l := g.Label(e); !l.Weak() && !l.Unreliable() {
				h.via[t] = e + 1
			}
		}
	}
	return h
}

// edge gives the edge by which its dominator holds a node.
func (h *holders) edge(n graph.NodeID) (graph.EdgeID, bool) {
	return h.via[n] - 1, h.via[n] != 0
}

// last gives the last edge of a shortest path from a root to a node.
func (h *holders) last(n graph.NodeID) (graph.EdgeID, bool) {
	via := h.rootPaths().Via[n]
	return via - 1, via != 0
}

func (h *holders) rootPaths() *paths.Paths {
	if h.paths == nil {
		h.paths = paths.Shared(h.r)
	}
	return h.paths
}

// longestPath bounds the paths that are written: a way down a list of a million
// items helps nobody.
const longestPath = 1000

// expression writes a shortest path from a root to a node; "" if there is none
// or only a very long one.
func (h *holders) expression(n graph.NodeID) string {
	root, edges, ok := h.path(n)
	if !ok {
		return ""
	}
	return paths.Expression(h.r.Graph, root, edges)
}

// path gives the same path as a root and edges.
func (h *holders) path(n graph.NodeID) (root graph.NodeID, edges []graph.EdgeID, ok bool) {
	if !h.r.Dominators.Reachable(n) {
		return 0, nil, false
	}
	for len(edges) <= longestPath {
		if _, ok := h.r.Graph.Root(n); ok {
			slices.Reverse(edges)
			return n, edges, true
		}
		// Where its dominator holds it, no path is shorter than through that edge.
		e, ok := h.edge(n)
		if !ok {
			if e, ok = h.last(n); !ok {
				break
			}
		}
		edges = append(edges, e)
		n = h.r.Graph.Source(e)
	}
	return 0, nil, false
}
