package graph

// ShortestPaths finds for each node a shortest path from any root, by a search
// from all roots at once: the edge by which it comes to the node, plus one; 0 for
// roots and for what none reaches. Weak and unreliable edges are not walked. It
// takes 8 bytes a node while it runs, 4 afterwards.
func (g *Graph) ShortestPaths() []EdgeID {
	via := make([]EdgeID, g.Len())
	queue := make([]NodeID, 0, g.Len())
	const aRoot = ^EdgeID(0)
	for _, r := range g.Roots() {
		via[r.Node] = aRoot // taken, until the search is over
		queue = append(queue, r.Node)
	}
	for i := 0; i < len(queue); i++ {
		from, to := g.Held(queue[i])
		for e := from; e < to; e++ {
			l, t := g.Label(e), g.Target(e)
			if l.Weak() || l.Unreliable() || via[t] != 0 {
				continue
			}
			via[t] = e + 1
			queue = append(queue, t)
		}
	}
	for _, r := range g.Roots() {
		via[r.Node] = 0
	}
	return via
}
