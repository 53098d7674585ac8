package graph

import "memtrail/internal/column"

// preorder numbers the vertices that dominators are computed on, in the order
// in which a depth-first walk meets them. 0 is the virtual root.
type preorder uint32

// A walk is a depth-first walk through a graph, and what dominators are
// computed from: see solve for the fields of a vertex.
//
// Unreachable nodes are walked as well, from their entries. No edge connects
// them with the reachable ones, as those that lead from here to there count
// for nothing; so they are two graphs with one virtual root, that only share
// the numbers.
type walk struct {
	g    *Graph
	at   []vertex // by preorder
	lost nodeSet  // nil: none so far

	touched preorder // is never read: it keeps the compiler from leaving touch out

	// Both are nil if the walk is the dump's: then node n has the number n+1.
	node   []NodeID   // by preorder
	number []preorder // by node; 0: not met yet
}

func newWalk(g *Graph) *walk {
	n := g.Len() + 1
	return &walk{g: g, at: column.Of[vertex](n)}
}

func (w *walk) numberOf(n NodeID) preorder {
	if w.number == nil {
		return preorder(n) + 1
	}
	return w.number[n]
}

func (w *walk) nodeOf(v preorder) NodeID {
	if w.node == nil {
		return NodeID(v - 1)
	}
	return w.node[v]
}

// isLost reports whether a vertex is not reachable, as far as is known.
func (w *walk) isLost(v preorder) bool {
	return w.lost != nil && w.lost.has(w.nodeOf(v))
}

func (w *walk) lose(n NodeID) {
	if w.lost == nil {
		w.lost = newNodeSet(w.g.Len())
	}
	w.lost.add(n)
}

// walked reports whether an edge keeps its target alive.
func (g *Graph) walked(e EdgeID) bool { return g.label[e]&(labelWeak|labelUnreliable) == 0 }

// depthFirst walks the graph itself: from the roots, and then from the entries
// of what is unreachable. The way back is in the vertices, as their parents
// and the next edge of each.
func (w *walk) depthFirst() {
	g := w.g
	w.lost = nil
	w.node = column.Room[NodeID](len(w.at))[:1]
	w.number = column.Of[preorder](g.Len())
	for _, r := range g.roots {
		w.from(r.Node)
	}
	if len(w.node) == len(w.at) {
		return
	}
	starts := w.starts()
	reached := len(w.node)
	// A start that another one leads to is no entry. Of two such, the other
	// came later: nothing was left of what the earlier one leads to.
	for i := len(starts) - 1; i >= 0; i-- {
		w.from(starts[i])
	}
	for _, n := range w.node[reached:] {
		w.lose(n)
	}
}

// from walks all that a node leads to and that was not met before.
func (w *walk) from(n NodeID) {
	if w.number[n] != 0 {
		return
	}
	g, at := w.g, w.at
	meet := func(n NodeID, parent preorder) preorder {
		v := preorder(len(w.node))
		w.node = append(w.node, n)
		w.number[n] = v
		at[v] = vertex{ancestor: parent, semi: preorder(g.first[n])}
		return v
	}
next:
	for v := meet(n, 0); v != 0; v = at[v].ancestor {
		for {
			end := g.first[w.node[v]+1]
			e := EdgeID(at[v].semi)
			for e < end && (w.number[g.target[e]] != 0 || !g.walked(e)) {
				e++
			}
			if e == end {
				at[v].semi = 0
				continue next
			}
			at[v].semi = preorder(e + 1)
			v = meet(g.target[e], v)
		}
	}
}

// starts gives nodes that lead to all that were not met yet, in the order of
// the dump: each is the first one that no earlier start leads to. The entries
// are among them.
func (w *walk) starts() []NodeID {
	g := w.g
	seen := newNodeSet(g.Len())
	var starts, todo []NodeID
	meet := func(n NodeID) bool {
		if w.number[n] != 0 || seen.has(n) {
			return false
		}
		seen.add(n)
		todo = append(todo, n)
		return true
	}
	for i := range w.number {
		if meet(NodeID(i)) {
			starts = append(starts, NodeID(i))
		}
		for len(todo) > 0 {
			n := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			for e := g.first[n]; e < g.first[n+1]; e++ {
				if g.walked(e) {
					meet(g.target[e])
				}
			}
		}
	}
	return starts
}
