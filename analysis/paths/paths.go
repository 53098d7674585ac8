package paths

import (
	"slices"

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

// RootPaths finds for each node a shortest path from any root, by a search
// from all roots at once. Weak and unreliable edges are not walked. It takes 8
// bytes a node while it runs, 4 afterwards.
func RootPaths(g *graph.Graph) *Paths {
	p := &Paths{g: g, Via: make([]graph.EdgeID, g.Len()), last: graph.None}
	queue := make([]graph.NodeID, 0, g.Len())
	const aRoot = ^graph.EdgeID(0)
	for _, r := range g.Roots() {
		p.Via[r.Node] = aRoot // taken, until the search is over
		queue = append(queue, r.Node)
	}
	for i := 0; i < len(queue); i++ {
		from, to := g.Held(queue[i])
		for e := from; e < to; e++ {
			l, t := g.Label(e), g.Target(e)
			if l.Weak() || l.Unreliable() || p.Via[t] != 0 {
				continue
			}
			p.Via[t] = e + 1
			queue = append(queue, t)
		}
	}
	for _, r := range g.Roots() {
		p.Via[r.Node] = 0
	}
	return p
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
