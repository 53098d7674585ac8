package paths

import (
	"slices"

	"memtrail/analysis/retain"
	"memtrail/graph"
)

// Paths are shortest paths from the roots of a graph to all its nodes: a
// forest with an edge to each node that a root reaches.
type Paths struct {
	g   *graph.Graph
	Via []graph.EdgeID // edge to the node, plus one; 0: a root, or not reached

	// The way asked for last: much is asked of each, and some are long.
	last      graph.NodeID
	lastRoot  graph.NodeID
	lastEdges []graph.EdgeID
}

// RootPaths finds for each node a shortest path from any root: see
// [graph.Graph.ShortestPaths].
func RootPaths(g *graph.Graph) *Paths {
	return &Paths{g: g, Via: g.ShortestPaths(), last: graph.None}
}

// Shared is RootPaths for several analyses of one graph, which find the paths
// once. Each has Paths of its own.
func Shared(r *retain.Retention) *Paths {
	return &Paths{g: r.Graph, Via: r.ShortestPaths(), last: graph.None}
}

// Parent is the node before a node on its path; false for roots and for what
// no root reaches.
func (p *Paths) Parent(n graph.NodeID) (graph.NodeID, bool) {
	if p.Via[n] == 0 {
		return 0, false
	}
	return p.g.Source(p.Via[n] - 1), true
}

// To gives the path to a node: the root, or whatever else it starts from, and
// the edges, which are the caller's until the next call.
func (p *Paths) To(n graph.NodeID) (root graph.NodeID, edges []graph.EdgeID) {
	if n == p.last {
		return p.lastRoot, p.lastEdges
	}
	p.last, edges = n, p.lastEdges[:0]
	for p.Via[n] != 0 {
		e := p.Via[n] - 1
		edges = append(edges, e)
		n = p.g.Source(e)
	}
	slices.Reverse(edges)
	p.lastRoot, p.lastEdges = n, edges
	return n, edges
}

// Expression writes the path to a node; "" if no root reaches it.
func (p *Paths) Expression(n graph.NodeID) string {
	root, edges := p.To(n)
	if _, ok := p.g.Root(root); !ok {
		return ""
	}
	return Expression(p.g, root, edges)
}
