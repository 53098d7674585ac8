package graph

import (
	"fmt"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/simheap"
)

// A shape is a graph of any size whose dominators are known.
type shape struct {
	nodes  int
	roots  []NodeID
	arrows func(add func(from, to int))
	parent func(n int) NodeID
}

// graph makes the graph, in two passes over the edges.
func (s shape) graph() *Graph {
	g := graphOf(s.nodes, s.roots, nil)
	s.arrows(func(from, _ int) { g.first[from+1]++ })
	for n := range s.nodes {
		g.first[n+1] += g.first[n]
	}
	g.target = make([]NodeID, g.first[s.nodes])
	g.label = make([]Label, g.first[s.nodes])
	free := append([]EdgeID(nil), g.first...)
	s.arrows(func(from, to int) {
		g.target[free[from]] = NodeID(to)
		free[from]++
	})
	return g
}

// backwards numbers the nodes from the last one down, so that no walk has
// their order.
func (s shape) backwards() shape {
	r := shape{nodes: s.nodes}
	turn := func(n int) int { return s.nodes - 1 - n }
	for _, n := range s.roots {
		r.roots = append(r.roots, NodeID(turn(int(n))))
	}
	r.arrows = func(add func(from, to int)) {
		s.arrows(func(from, to int) { add(turn(from), turn(to)) })
	}
	r.parent = func(n int) NodeID {
		if p := s.parent(turn(n)); p < Unreachable {
			return NodeID(turn(int(p)))
		} else {
			return p
		}
	}
	return r
}

// before is the parent of a list's node.
func before(n int) NodeID {
	if n == 0 {
		return VirtualRoot
	}
	return NodeID(n - 1)
}

// below0 is the parent of a node that node 0 holds in more ways than one.
func below0(n int) NodeID {
	if n == 0 {
		return VirtualRoot
	}
	return 0
}

var rootFirst = []NodeID{0}

func list(n int) shape {
	return shape{n, rootFirst, func(add func(from, to int)) {
		for i := range n - 1 {
			add(i, i+1)
		}
	}, before}
}

func doublyLinked(n int) shape {
	return shape{n, rootFirst, func(add func(from, to int)) {
		for i := range n - 1 {
			add(i, i+1)
			add(i+1, i)
		}
	}, before}
}

func chainWithLeaves(n int) shape {
	half := n / 2
	return shape{2 * half, rootFirst, func(add func(from, to int)) {
		for i := range half {
			if i+1 < half {
				add(i, i+1)
			}
			add(i, half+i)
		}
	}, func(v int) NodeID {
		if v >= half {
			return NodeID(v - half)
		}
		return before(v)
	}}
}

// comb is a list of nodes with a tooth each.
func comb(n int) shape {
	return shape{n, rootFirst, func(add func(from, to int)) {
		for i := 0; i+1 < n; i += 2 {
			add(i, i+1)
			if i+2 < n {
				add(i, i+2)
			}
		}
	}, func(v int) NodeID {
		if v == 0 {
			return VirtualRoot
		}
		return NodeID((v - 1) / 2 * 2)
	}}
}

// ladder is a comb whose teeth know each other.
func ladder(n int) shape {
	s := comb(n)
	edges := s.arrows
	s.arrows = func(add func(from, to int)) {
		edges(add)
		for i := 1; i+2 < n; i += 2 {
			add(i, i+2)
		}
	}
	parent := s.parent
	s.parent = func(v int) NodeID {
		if v%2 == 1 {
			return 0
		}
		return parent(v)
	}
	return s
}

// heldChain is a chain whose head holds all its members too.
func heldChain(n int) shape {
	return shape{n, rootFirst, func(add func(from, to int)) {
		for i := 1; i < n; i++ {
			add(0, i)
			if i+1 < n {
				add(i, i+1)
			}
		}
	}, below0}
}

// heldBackwards is one whose members know the one before.
func heldBackwards(n int) shape {
	return shape{n, rootFirst, func(add func(from, to int)) {
		for i := 1; i < n; i++ {
			add(0, i)
			if i > 1 {
				add(i, i-1)
			}
		}
	}, below0}
}

// jumpingBack is a list whose last node, and every tenth, lead to all nodes of
// the list that many in front of it.
func jumpingBack(n int) shape {
	return shape{n, rootFirst, func(add func(from, to int)) {
		for i := range n - 1 {
			add(i, i+1)
			add(n-1, i)
			add(i, i/2)
			add(i, i-i%10)
		}
	}, before}
}

// skips is a list whose nodes lead to the one after the next as well.
func skips(n int) shape {
	return shape{n, rootFirst, func(add func(from, to int)) {
		for i := range n {
			for _, to := range []int{i + 1, i + 2, i - 1, i / 2} {
				if to >= 0 && to < n {
					add(i, to)
				}
			}
		}
	}, func(v int) NodeID {
		if v <= 2 {
			return below0(v)
		}
		return 0
	}}
}

// bipartite is a head that holds k nodes, each of which leads to k others, and
// those back.
func bipartite(edges int) shape {
	k := 1
	for 2*(k+1)*(k+1) <= edges {
		k++
	}
	return shape{2*k + 1, rootFirst, func(add func(from, to int)) {
		for i := 1; i <= k; i++ {
			add(0, i)
			for j := k + 1; j <= 2*k; j++ {
				add(i, j)
				add(j, i)
			}
		}
	}, below0}
}

// manyRoots are 100,000 roots, or as many as there are nodes for, that each
// hold a list and all of them the last node.
func manyRoots(n int) shape {
	k := min(100_000, n/2)
	s := shape{nodes: n}
	length := (n - 1) / k
	end := k * length
	for i := range k {
		s.roots = append(s.roots, NodeID(i*length))
	}
	s.arrows = func(add func(from, to int)) {
		for i := range end {
			if (i+1)%length != 0 {
				add(i, i+1)
			}
			add(i, n-1)
		}
		for i := end; i < n-1; i++ {
			add(n-1, i)
		}
	}
	s.parent = func(v int) NodeID {
		switch {
		case v == n-1 || v < end && v%length == 0:
			return VirtualRoot
		case v < end:
			return NodeID(v - 1)
		}
		return NodeID(n - 1)
	}
	return s
}

// ownedList is a list whose nodes know their owner, which comes first.
func ownedList(n int) shape {
	return shape{n, rootFirst, func(add func(from, to int)) {
		for i := range n - 1 {
			add(i, i+1)
			if i > 0 {
				add(i, 0)
			}
		}
	}, before}
}

// sharedAtEnd is a list whose nodes share something that comes last.
func sharedAtEnd(n int) shape {
	return shape{n, rootFirst, func(add func(from, to int)) {
		for i := range n - 1 {
			add(i, i+1)
			if i < n-2 {
				add(i, n-1)
			}
		}
	}, func(v int) NodeID {
		if v == n-1 {
			return 0
		}
		return before(v)
	}}
}

// lostList is a list that no root leads to.
func lostList(n int) shape {
	s := doublyLinked(n)
	s.roots = nil
	edges := s.arrows
	s.arrows = func(add func(from, to int)) {
		edges(func(from, to int) {
			if from < to {
				add(from, to)
			}
		})
	}
	s.parent = func(v int) NodeID {
		if v == 0 {
			return Unreachable
		}
		return before(v)
	}
	return s
}

var shapes = []struct {
	name string
	make func(size int) shape // size: of nodes or, where there are many more, edges
}{
	{"list", list},
	{"doubly linked", doublyLinked},
	{"chain with leaves", chainWithLeaves},
	{"comb", comb},
	{"ladder", ladder},
	{"held chain", heldChain},
	{"held backwards", heldBackwards},
	{"jumping back", jumpingBack},
	{"skips", skips},
	{"bipartite", bipartite},
	{"many roots", manyRoots},
	{"owned list", ownedList},
	{"shared at end", sharedAtEnd},
	{"lost list", lostList},
}

func TestShapes(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			for n := 8; n < 40; n++ {
				small := s.make(n)
				g := small.graph()
				want := naiveParents(g)
				for v, p := range want {
					if small.parent(v) != p {
						t.Fatalf("the shape of size %d: parent of %d is said to be %d, but is %d", n, v, small.parent(v), p)
					}
				}
				checkTree(t, g.Dominators(), want)
			}
			large := s.make(cases.Number(25_000, 1_000_000))
			for _, s := range []shape{large, large.backwards()} {
				d := s.graph().Dominators()
				for v := range s.nodes {
					if got, want := d.Parent(NodeID(v)), s.parent(v); got != want {
						t.Fatalf("parent of %d: got %d, want %d", v, got, want)
					}
				}
			}
		})
	}
}

// perEdge reports the time for an edge, or for a node where there are more.
func perEdge(b *testing.B, g *Graph) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(max(g.Len(), g.Edges())), "ns/edge")
}

func BenchmarkDominators(b *testing.B) {
	run := func(name string, g func() *Graph) {
		b.Run(name, func(b *testing.B) {
			g := g()
			b.ReportAllocs()
			for b.Loop() {
				g.Dominators()
			}
			perEdge(b, g)
		})
	}
	run("simulated", func() *Graph { return simulatedGraph(b, simheap.Options{Items: 1_000_000, Seed: 1}) })
	const size = 5_000_000
	for _, s := range shapes {
		run(s.name, func() *Graph { return s.make(size).graph() })
		run(s.name+" backwards", func() *Graph { return s.make(size).backwards().graph() })
	}
}

func BenchmarkRetained(b *testing.B) {
	g := simulatedGraph(b, simheap.Options{Items: 1_000_000, Seed: 1})
	d := g.Dominators()
	r := d.Retained(g.Size)
	children := d.Children()
	steps := map[string]func(){
		"retained": func() { d.Retained(g.Size) },
		"groups": func() {
			children.GroupRetained(func(n NodeID) uint32 { return uint32(g.KindID(n)) }, len(g.Kinds()), r)
		},
		"children": func() { d.Children() },
	}
	for _, name := range []string{"retained", "groups", "children"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				steps[name]()
			}
			perEdge(b, g)
		})
	}
}

func ExampleDominators_Chain() {
	// A root holds a cache, the cache two users, and both of these an address.
	g := graphOf(5, []NodeID{0}, []arrow{{0, 1, 0}, {1, 2, 0}, {1, 3, 0}, {2, 4, 0}, {3, 4, 0}})
	fmt.Println(g.Dominators().Chain(4))
	// Output: [0 1 4]
}
