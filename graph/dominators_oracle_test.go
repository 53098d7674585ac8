package graph

import (
	"math/bits"
	"slices"
	"testing"
)

type arrow struct {
	from, to NodeID
	flags    Label
}

// graphOf makes a graph of n nodes that has nothing but its edges.
func graphOf(n int, roots []NodeID, arrows []arrow) *Graph {
	g := &Graph{kind: make([]KindID, n), first: make([]EdgeID, n+1), items: NodeID(n)}
	for _, a := range arrows {
		g.first[a.from+1]++
	}
	for i := range n {
		g.first[i+1] += g.first[i]
	}
	g.target = make([]NodeID, len(arrows))
	g.label = make([]Label, len(arrows))
	free := slices.Clone(g.first)
	for _, a := range arrows {
		g.target[free[a.from]], g.label[free[a.from]] = a.to, a.flags
		free[a.from]++
	}
	for _, r := range slices.Compact(slices.Sorted(slices.Values(roots))) {
		g.roots = append(g.roots, Root{Node: r})
	}
	return g
}

// arrowsOf are the edges of a graph.
func arrowsOf(g *Graph) (roots []NodeID, arrows []arrow) {
	for n := range NodeID(g.Len()) {
		for e := g.first[n]; e < g.first[n+1]; e++ {
			arrows = append(arrows, arrow{n, g.target[e], g.label[e]})
		}
	}
	for _, r := range g.roots {
		roots = append(roots, r.Node)
	}
	return roots, arrows
}

// renumbered gives each node n of a graph the number to[n].
func renumbered(g *Graph, to []NodeID) *Graph {
	roots, arrows := arrowsOf(g)
	for i := range roots {
		roots[i] = to[roots[i]]
	}
	for i := range arrows {
		arrows[i].from, arrows[i].to = to[arrows[i].from], to[arrows[i].to]
	}
	return graphOf(g.Len(), roots, arrows)
}

// walkOrder numbers the nodes as a depth-first walk from the roots, and then
// from the others, meets them.
func walkOrder(g *Graph) []NodeID {
	const unmet = None
	to := slices.Repeat([]NodeID{unmet}, g.Len())
	next := NodeID(0)
	var visit func(n NodeID)
	visit = func(n NodeID) {
		if to[n] != unmet {
			return
		}
		to[n] = next
		next++
		for e := g.first[n]; e < g.first[n+1]; e++ {
			visit(g.target[e])
		}
	}
	for _, r := range g.roots {
		visit(r.Node)
	}
	for n := range to {
		visit(NodeID(n))
	}
	return to
}

// The oracle: what no other way leads to.

// reachedFrom gives what some nodes lead to, past one that is taken out.
func reachedFrom(g *Graph, in func(NodeID) bool, without NodeID, starts ...NodeID) []bool {
	seen := make([]bool, g.Len())
	var visit func(n NodeID)
	visit = func(n NodeID) {
		if seen[n] || n == without || !in(n) {
			return
		}
		seen[n] = true
		for e := g.first[n]; e < g.first[n+1]; e++ {
			if l := g.label[e]; !l.Weak() && !l.Unreliable() {
				visit(g.target[e])
			}
		}
	}
	for _, n := range starts {
		visit(n)
	}
	return seen
}

// naiveParents gives the tree by the definition of a dominator.
func naiveParents(g *Graph) []NodeID {
	var roots, entries []NodeID
	for _, r := range g.roots {
		roots = append(roots, r.Node)
	}
	reached := reachedFrom(g, func(NodeID) bool { return true }, None, roots...)
	lost := func(n NodeID) bool { return !reached[n] }
	from := make([][]bool, g.Len())
	for n := range from {
		if lost(NodeID(n)) {
			from[n] = reachedFrom(g, lost, None, NodeID(n))
		}
	}
	for n := range from {
		entry := lost(NodeID(n))
		for o := range from {
			if from[o] != nil && from[o][n] && (o < n || entry && !from[n][o]) {
				entry = false
			}
		}
		if entry {
			entries = append(entries, NodeID(n))
		}
	}

	parent := make([]NodeID, g.Len())
	depth := make([]int, g.Len())
	var dominates [][]bool
	for d := range NodeID(g.Len()) {
		still := reachedFrom(g, func(n NodeID) bool { return reached[n] }, d, roots...)
		if lost(d) {
			still = reachedFrom(g, lost, d, entries...)
		}
		by := make([]bool, g.Len())
		for n := range by {
			by[n] = !still[n] && reached[n] == reached[d]
			if by[n] {
				depth[n]++
			}
		}
		dominates = append(dominates, by)
	}
	for n := range parent {
		parent[n] = VirtualRoot
		if lost(NodeID(n)) {
			parent[n] = Unreachable
		}
		for d := range dominates {
			if d != n && dominates[d][n] && depth[d] == depth[n]-1 {
				parent[n] = NodeID(d)
			}
		}
	}
	return parent
}

// inOrder computes the tree from the dump's order, if that is possible.
func inOrder(g *Graph) (*Dominators, bool) {
	w := newWalk(g)
	if !w.inDumpOrder() {
		return nil, false
	}
	w.solve(w.predecessors())
	return w.result(), true
}

func byWalk(g *Graph) *Dominators {
	w := newWalk(g)
	w.depthFirst()
	w.solve(w.predecessors())
	return w.result()
}

// checkTree compares a tree with the parents it is to have, and its methods
// with each other.
func checkTree(t *testing.T, d *Dominators, want []NodeID) {
	t.Helper()
	unreachable := 0
	for n, p := range want {
		n := NodeID(n)
		if d.Parent(n) != p {
			t.Fatalf("parent of %d: got %d, want %d", n, d.Parent(n), p)
		}
		chain := []NodeID{n}
		for ; p < Unreachable; p = want[p] {
			chain = append(chain, p)
		}
		slices.Reverse(chain)
		if got := d.Chain(n); !slices.Equal(got, chain) {
			t.Fatalf("chain of %d: got %d, want %d", n, got, chain)
		}
		if p == Unreachable {
			unreachable++
		}
		if d.Reachable(n) != (p == VirtualRoot) {
			t.Fatalf("node %d: reachable is %t", n, d.Reachable(n))
		}
	}
	if d.unreachableNodes() != unreachable {
		t.Fatalf("got %d unreachable nodes, want %d", d.unreachableNodes(), unreachable)
	}
	if d.Parent(VirtualRoot) != None || d.Parent(Unreachable) != VirtualRoot {
		t.Fatal("the virtual nodes have other parents")
	}

	place := map[NodeID]int{VirtualRoot: -1, Unreachable: -1}
	for n := range d.All() {
		if _, again := place[n]; again {
			t.Fatalf("%d comes twice", n)
		}
		if _, ok := place[want[n]]; !ok {
			t.Fatalf("%d comes before its parent %d", n, want[n])
		}
		place[n] = len(place)
	}
	if len(place) != len(want)+2 {
		t.Fatalf("got %d nodes in order, want %d", len(place)-2, len(want))
	}

	children := map[NodeID][]NodeID{}
	for n, p := range want {
		children[p] = append(children[p], NodeID(n))
	}
	if unreachable > 0 {
		children[VirtualRoot] = append(children[VirtualRoot], Unreachable)
	}
	c := d.Children()
	for n := range place {
		if !slices.Equal(c.Of(n), children[n]) {
			t.Fatalf("children of %d: got %d, want %d", n, c.Of(n), children[n])
		}
	}
}

// unreachableNodes is the number of nodes that no root leads to.
func (d *Dominators) unreachableNodes() int {
	sum := 0
	for _, w := range d.lost {
		sum += bits.OnesCount64(w)
	}
	return sum
}
