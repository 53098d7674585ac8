package graph

import (
	"math/rand/v2"
	"slices"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
)

func TestDominatorsKnown(t *testing.T) {
	const top, lost = VirtualRoot, Unreachable
	tests := map[string]struct {
		roots  []NodeID
		arrows []arrow
		want   []NodeID
	}{
		"nothing":              {},
		"one root":             {[]NodeID{0}, nil, []NodeID{top}},
		"one node and no root": {nil, nil, []NodeID{lost}},
		"two roots share a node": {[]NodeID{0, 1}, []arrow{{0, 2, 0}, {1, 2, 0}, {2, 3, 0}},
			[]NodeID{top, top, top, 2}},
		"a root below a root": {[]NodeID{0, 1}, []arrow{{0, 1, 0}, {1, 2, 0}}, []NodeID{top, top, 1}},
		"diamond":             {[]NodeID{0}, []arrow{{0, 1, 0}, {0, 3, 0}, {1, 2, 0}, {3, 2, 0}}, []NodeID{top, 0, 0, 0}},
		"loops and doubles":   {[]NodeID{0}, []arrow{{0, 0, 0}, {0, 1, 0}, {0, 1, 0}, {1, 1, 0}, {1, 0, 0}}, []NodeID{top, 0}},
		"weak and unreliable": {[]NodeID{0}, []arrow{{0, 1, labelWeak}, {0, 2, labelUnreliable}, {2, 1, 0}, {1, 0, 0}},
			[]NodeID{top, 2, lost}},
		"weak beside strong": {[]NodeID{0}, []arrow{{0, 2, labelWeak}, {0, 1, 0}, {1, 2, 0}}, []NodeID{top, 0, 1}},
		"a pair of a WeakMap does not hold its key": {[]NodeID{0, 3}, []arrow{{0, 1, labelWeak}, {1, 2, 0}, {3, 2, 0}},
			[]NodeID{top, lost, 3, top}},
		"cycle that something leads to": {nil, []arrow{{0, 1, 0}, {1, 0, 0}, {2, 1, 0}}, []NodeID{1, 2, lost}},
		"garbage cycles":                {nil, []arrow{{0, 2, 0}, {2, 0, 0}, {1, 3, 0}, {3, 1, 0}}, []NodeID{lost, lost, 0, 1}},
		"two cycles in a row":           {nil, []arrow{{0, 1, 0}, {1, 0, 0}, {2, 3, 0}, {3, 2, 0}, {3, 1, 0}}, []NodeID{1, 3, lost, 2}},
		// The example of the paper, R A B C D E F G H I J K L.
		"Lengauer and Tarjan": {[]NodeID{0}, []arrow{
			{0, 1, 0}, {0, 2, 0}, {0, 3, 0}, {1, 4, 0}, {2, 1, 0}, {2, 4, 0}, {2, 5, 0}, {3, 6, 0}, {3, 7, 0}, {4, 12, 0}, {5, 8, 0},
			{6, 9, 0}, {7, 9, 0}, {7, 10, 0}, {8, 5, 0}, {8, 11, 0}, {9, 11, 0}, {10, 9, 0}, {11, 9, 0}, {11, 0, 0}, {12, 8, 0},
		}, []NodeID{top, 0, 0, 0, 0, 0, 3, 3, 0, 0, 7, 0, 4}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := graphOf(len(test.want), test.roots, test.arrows)
			checkTree(t, g.Dominators(), test.want)
			if got := naiveParents(g); !slices.Equal(got, test.want) && len(got) > 0 {
				t.Errorf("the oracle says %d, want %d", got, test.want)
			}
		})
	}
}

// randomGraph is a small graph with everything that graphs may have. Some are
// numbered as a walk meets the nodes, some nearly so.
func randomGraph(r *rand.Rand) *Graph {
	n := 1 + r.IntN(14)
	var roots []NodeID
	for range r.IntN(4) {
		roots = append(roots, NodeID(r.IntN(n)))
	}
	var arrows []arrow
	leaves := r.IntN(3) // such as missing nodes
	for range r.IntN(3 * n) {
		if n > leaves {
			arrows = append(arrows, arrow{from: NodeID(r.IntN(n - leaves)), to: NodeID(r.IntN(n))})
		}
	}
	flag := func(share float64) {
		for i := range arrows {
			if r.Float64() < share {
				arrows[i].flags = []Label{labelWeak, labelUnreliable}[r.IntN(2)]
			}
		}
	}
	before := r.IntN(2) == 0
	if before {
		flag(0.2)
	}
	g := graphOf(n, roots, arrows)
	if r.IntN(4) > 0 {
		g = renumbered(g, walkOrder(g))
	}
	if !before {
		roots, arrows = arrowsOf(g)
		flag([]float64{0, 0.1, 0.3}[r.IntN(3)])
		g = graphOf(n, roots, arrows)
	}
	return g
}

func TestDominatorsRandom(t *testing.T) {
	accepted, lost := 0, 0
	all := cases.Number(5_000, 20_000)
	for seed := range uint64(all) {
		g := randomGraph(rand.New(rand.NewPCG(seed, 1)))
		want := naiveParents(g)
		checkTree(t, byWalk(g), want)
		if d, ok := inOrder(g); ok {
			accepted++
			checkTree(t, d, want)
			if d.unreachableNodes() > 0 {
				lost++
			}
		}
		checkTree(t, g.Dominators(), want)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if accepted < all/3 || accepted > all*9/10 || lost < all/20 {
		t.Errorf("%d of %d graphs are in the order of a walk, %d of them with unreachable nodes", accepted, all, lost)
	}
}

func TestDominatorsRandomDumps(t *testing.T) {
	for seed := range uint64(cases.Number(50, 300)) {
		r := rand.New(rand.NewPCG(seed, 3))
		g := build(t, dumpbuild.RandomGraph{
			Seed: seed, Nodes: 1 + r.IntN(50), Edges: r.IntN(150), Roots: r.IntN(6), WeakMaps: r.IntN(3), Dangling: r.IntN(5),
		}.Dump().PrintUsual())
		checkTree(t, g.Dominators(), naiveParents(g))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
