package graph

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/simheap"
)

// A walk's own order is taken as such, and no other: where it is, each node
// is where a walk that takes the nodes in that order meets it.
func TestWalkOrder(t *testing.T) {
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 4))
		n := 1 + r.IntN(9)
		var arrows []arrow
		for i := 1; i < n; i++ {
			arrows = append(arrows, arrow{from: NodeID(r.IntN(i)), to: NodeID(i)}) // so that all can be reached
		}
		for range r.IntN(2 * n) {
			arrows = append(arrows, arrow{from: NodeID(r.IntN(n)), to: NodeID(r.IntN(n))})
		}
		roots := []NodeID{0, NodeID(r.IntN(n))}
		g := graphOf(n, roots, arrows)
		if _, ok := inOrder(renumbered(g, walkOrder(g))); !ok {
			t.Fatalf("seed %d: the order of a walk is refused", seed)
		}
		// With the edges sorted by target, the walk that takes them in turn is
		// the only one that can have the nodes in order.
		slices.SortFunc(arrows, func(a, b arrow) int { return int(a.to) - int(b.to) })
		sorted := graphOf(n, roots, arrows)
		want := slices.IsSorted(walkOrder(sorted))
		if _, ok := inOrder(g); ok != want {
			t.Fatalf("seed %d: accepted is %t, want %t", seed, ok, want)
		}
	}
}

// What is unreachable lies between the reachable nodes, and does not stand in
// the way of their order.
func TestWalkOrderUnreachable(t *testing.T) {
	const top, lost = VirtualRoot, Unreachable
	tests := map[string]struct {
		roots  []NodeID
		arrows []arrow
		want   []NodeID
	}{
		"a pair between an object and its child": {[]NodeID{0},
			[]arrow{{0, 1, 0}, {1, 2, labelWeak}, {2, 3, 0}, {0, 4, 0}}, []NodeID{top, 0, lost, 2, 0}},
		"a key below its pair, held elsewhere": {[]NodeID{0},
			[]arrow{{0, 1, 0}, {1, 2, labelWeak}, {2, 3, 0}, {0, 3, 0}, {3, 4, 0}, {2, 4, 0}}, []NodeID{top, 0, lost, 0, 3}},
		"a key behind the next pair": {[]NodeID{0},
			[]arrow{{0, 1, labelWeak}, {0, 2, labelWeak}, {0, 3, 0}, {1, 4, 0}, {3, 4, 0}}, []NodeID{top, lost, lost, 0, 3}},
		"a pair of a root": {[]NodeID{0, 2}, []arrow{{0, 1, labelWeak}, {1, 2, 0}}, []NodeID{top, lost, top}},
		"pairs that share a value": {[]NodeID{0},
			[]arrow{{0, 1, labelWeak}, {0, 3, labelWeak}, {1, 2, 0}, {3, 2, 0}}, []NodeID{top, lost, lost, lost}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := graphOf(len(test.want), test.roots, test.arrows)
			d, ok := inOrder(g)
			if !ok {
				t.Fatal("the order is refused")
			}
			checkTree(t, d, test.want)
			checkTree(t, byWalk(g), test.want)
		})
	}
}

func simulatedGraph(t testing.TB, o simheap.Options) *Graph {
	t.Helper()
	var text bytes.Buffer
	if _, err := simheap.Write(&text, o); err != nil {
		t.Fatal(err)
	}
	return build(t, text.Bytes())
}

// Complete dumps are walks, whatever addresses were used again, but for what keys
// of WeakMaps keep; shuffled ones are not, and have the same tree.
func TestDumpOrder(t *testing.T) {
	strong := simheap.DefaultMix()
	delete(strong, simheap.WeakKeys)
	items := cases.Number(10_000, 30_000)
	graphs := map[string]*Graph{
		"simulated":             simulatedGraph(t, simheap.Options{Items: items, Seed: 3}),
		"simulated, no WeakMap": simulatedGraph(t, simheap.Options{Items: items, Seed: 3, Mix: strong}),
		"simulated, next first": simulatedGraph(t, simheap.Options{Items: items, Seed: 4, NextFirst: true}),
		"simulated, truncated":  simulatedGraph(t, simheap.Options{Items: items, Seed: 5, TruncateAt: int64(100 * items)}),
	}
	for _, name := range cases.Sample([]string{
		"example.json", "closure-address-reuse.json", "debuginfo.json", "statics.json", "fibers.json", "undef-number-type.json",
		"talk-1k.json.gz", "weird.json.gz", "phpunit.json.gz", "truncated-deep-list.json.gz", "truncated-memory-limit.json.gz",
	}, 5, 0) {
		graphs[name] = build(t, load(t, name))
	}
	for name, g := range graphs {
		t.Run(name, func(t *testing.T) {
			d := g.Dominators()
			// What is missing comes behind the items, also where a walk would not.
			if _, ok := inOrder(g); !ok && g.Len() == g.Items() && !g.keepsAhead() {
				t.Error("the order is refused")
			}
			if got := byWalk(g); !slices.Equal(got.parent, d.parent) || !slices.Equal(got.lost, d.lost) {
				t.Error("the order and a walk give different trees")
			}
			to := make([]NodeID, g.Len())
			for i, n := range rand.New(rand.NewPCG(1, 2)).Perm(len(to)) {
				to[i] = NodeID(n)
			}
			shuffled := renumbered(g, to)
			if _, ok := inOrder(shuffled); ok {
				t.Error("shuffled nodes are accepted")
			}
			s := shuffled.Dominators()
			if s.unreachableNodes() != d.unreachableNodes() {
				t.Errorf("got %d unreachable nodes in shuffled order, want %d", s.unreachableNodes(), d.unreachableNodes())
			}
			for n, p := range d.parent {
				if !d.Reachable(NodeID(n)) {
					continue // which node of a cycle is its entry depends on the order
				}
				if p < Unreachable {
					p = to[p]
				}
				if s.Parent(to[n]) != p {
					t.Fatalf("parent of %d, shuffled to %d: got %d, want %d", n, to[n], s.Parent(to[n]), p)
				}
			}
		})
	}
}
