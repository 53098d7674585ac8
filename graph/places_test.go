package graph

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"memtrail/dump"
)

// Edges find by places what they find by addresses of any kind: in one chunk and in
// many, where items share addresses, where there are some that are no places, and where
// edges lead to what there is not.
func TestPlaces(t *testing.T) {
	const heap = dump.Address(0x7f1234000000)
	in := func(chunks, slots int) func(*rand.Rand) dump.Address {
		return func(r *rand.Rand) dump.Address {
			return heap + dump.Address(r.IntN(chunks))<<chunkBits + dump.Address(r.IntN(slots))*8
		}
	}
	for name, tt := range map[string]struct {
		nodes, edges int
		item, target func(*rand.Rand) dump.Address
	}{
		"one chunk":       {5000, 9000, in(1, 1<<placeBits), in(1, 1<<placeBits)},
		"a full chunk":    {200_000, 9000, in(1, 1<<placeBits), in(1, 1<<placeBits)},
		"many chunks":     {5000, 9000, in(700, 100), in(700, 100)},
		"elsewhere":       {5000, 9000, in(7, 1000), in(9, 1000)},
		"all of one item": {50, 9000, in(1, 1), in(1, 2)},
		"no edges":        {5000, 0, in(3, 1000), nil},
		"no nodes":        {0, 90, nil, in(3, 1000)},
		"odd": {5000, 9000, in(3, 1000), func(r *rand.Rand) dump.Address {
			return in(4, 1000)(r) + dump.Address(r.IntN(2))
		}},
		"odd items": {5000, 9000, func(r *rand.Rand) dump.Address {
			return in(3, 300)(r) + dump.Address(r.IntN(10)/9)
		}, func(r *rand.Rand) dump.Address { return in(3, 300)(r) + dump.Address(r.IntN(2)) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			g := &Graph{target: make([]NodeID, tt.edges)}
			for range tt.nodes {
				g.address.add(tt.item(r))
			}
			if g.address.wide != nil {
				t.Fatal("no chunks")
			}
			edges := make([]pending, tt.edges)
			for i, e := range r.Perm(tt.edges) {
				edges[i] = pending{tt.target(r), EdgeID(e)}
			}
			find := func(resolve func(sharing)) ([]NodeID, sharing) {
				for e := range g.target {
					g.target[e] = None
				}
				shared := sharing{}
				resolve(shared)
				return slices.Clone(g.target), shared
			}
			want, wantShared := find(func(shared sharing) { naiveResolve(g, edges, shared) })
			for name, resolve := range map[string]func(sharing){
				"places": func(shared sharing) { g.resolvePlaces(edges, shared) },
				"any":    func(shared sharing) { g.resolveAny(backward(tt.nodes), tt.nodes, edges, shared) },
			} {
				got, shared := find(resolve)
				if !slices.Equal(got, want) {
					t.Errorf("%s: targets differ", name)
				}
				if !maps.Equal(shared, wantShared) {
					t.Errorf("%s: %d shared addresses, want %d", name, len(shared), len(wantShared))
				}
			}
		})
	}
}

// naiveResolve is resolveAny by a map.
func naiveResolve(g *Graph, edges []pending, shared sharing) {
	first, count := map[dump.Address]NodeID{}, map[dump.Address]int{}
	for n := range NodeID(g.address.len()) {
		a := g.address.at(n)
		if count[a]++; count[a] == 1 {
			first[a] = n
		}
	}
	for a, n := range count {
		if n > 1 {
			shared[a] = first[a]
		}
	}
	for _, d := range edges {
		if n, ok := first[d.address]; ok {
			g.target[d.edge] = n
		}
	}
}
