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
}

// RootPaths finds for each node a shortest path from any root, by a search
// from all roots at once. Weak and unreliable edges are not walked. It takes 8
// bytes a node while it runs, 4 afterwards.
func RootPaths(g *graph.Graph) *Paths {
	p := &Paths{g: g, via: make([]graph.EdgeID, g.Len())}
	queue := make([]graph.NodeID, 0, g.Len())
	const aRoot = ^graph.EdgeID(0)
	for _, r := range g.Roots() {
		p.via[r.Node] = aRoot // taken, until the search is over
		queue = append(queue, r.Node)
	}
	for i := 0; i < len(queue); i++ {
		from, to := g.Children(queue[i])
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

// Expression writes the path to a node; "" if no root reaches it.
func (p *Paths) Expression(n graph.NodeID) string {
	var edges []graph.EdgeID
	for p.via[n] != 0 {
		e := p.via[n] - 1
		edges = append(edges, e)
		n = p.g.Source(e)
	}
	if _, ok := p.g.Root(n); !ok {
		return ""
	}
	slices.Reverse(edges)
	return expression(p.g, n, edges)
}
