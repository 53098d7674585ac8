package analysis

import (
	"slices"

	"memtrail/graph"
)

// Paths are shortest paths from the roots of a graph to all its nodes: a
// forest with an edge to each node that a root reaches.
type Paths struct {
	g   *graph.Graph
	via []graph.EdgeID // edge to the node, plus one; 0: a root, or not reached

	// The way asked for last: much is asked of each, and some are long.
	last      graph.NodeID
	lastRoot  graph.NodeID
	lastEdges []graph.EdgeID
}

// RootPaths finds for each node a shortest path from any root, by a search
// from all roots at once. Weak and unreliable edges are not walked. It takes 8
// bytes a node while it runs, 4 afterwards.
func RootPaths(g *graph.Graph) *Paths {
	p := &Paths{g: g, via: make([]graph.EdgeID, g.Len()), last: graph.None}
	queue := make([]graph.NodeID, 0, g.Len())
	const aRoot = ^graph.EdgeID(0)
	for _, r := range g.Roots() {
		p.via[r.Node] = aRoot // taken, until the search is over
		queue = append(queue, r.Node)
	}
	for i := 0; i < len(queue); i++ {
		from, to := g.Held(queue[i])
		for e := from; e < to; e++ {
			l, t := g.Label(e), g.Target(e)
			if l.Weak() || l.Unreliable() || p.via[t] != 0 {
				continue
			}
			p.via[t] = e + 1
			queue = append(queue, t)
		}
	}
	for _, r := range g.Roots() {
		p.via[r.Node] = 0
	}
	return p
}

// parent is the node before a node on its path; false for roots and for what
// no root reaches.
func (p *Paths) parent(n graph.NodeID) (graph.NodeID, bool) {
	if p.via[n] == 0 {
		return 0, false
	}
	return p.g.Source(p.via[n] - 1), true
}

// to gives the path to a node: the root, or whatever else it starts from, and
// the edges, which are the caller's until the next call.
func (p *Paths) to(n graph.NodeID) (root graph.NodeID, edges []graph.EdgeID) {
	if n == p.last {
		return p.lastRoot, p.lastEdges
	}
	p.last, edges = n, p.lastEdges[:0]
	for p.via[n] != 0 {
		e := p.via[n] - 1
		edges = append(edges, e)
		n = p.g.Source(e)
	}
	slices.Reverse(edges)
	p.lastRoot, p.lastEdges = n, edges
	return n, edges
}

// Expression writes the path to a node; "" if no root reaches it.
func (p *Paths) Expression(n graph.NodeID) string {
	root, edges := p.to(n)
	if _, ok := p.g.Root(root); !ok {
		return ""
	}
	return expression(p.g, root, edges)
}
