package graph

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestRetainedRandom(t *testing.T) {
	for seed := range uint64(4000) {
		r := rand.New(rand.NewPCG(seed, 2))
		g := randomGraph(r)
		d := g.Dominators()
		parent := naiveParents(g)
		weights := make([]uint64, g.Len())
		for n := range weights {
			weights[n] = r.Uint64N(1 << 40)
		}
		got := d.Retained(func(n NodeID) uint64 { return weights[n] })

		above := func(n NodeID) NodeID {
			switch n {
			case VirtualRoot:
				return None
			case Unreachable:
				return VirtualRoot
			}
			return parent[n]
		}
		want := map[NodeID]uint64{VirtualRoot: 0, Unreachable: 0}
		for n, weight := range weights {
			for p := NodeID(n); p != None; p = above(p) {
				want[p] += weight
			}
		}
		for n, sum := range want {
			if got.Of(n) != sum {
				t.Fatalf("seed %d: %d retains %d, want %d", seed, n, got.Of(n), sum)
			}
		}

		setOf := func(set []NodeID) (sum uint64) {
			for _, n := range slices.Compact(slices.Sorted(slices.Values(set))) {
				p := above(n)
				for p != None && !slices.Contains(set, p) {
					p = above(p)
				}
				if p == None {
					sum += want[n]
				}
			}
			return sum
		}

		groups := make([][]NodeID, 3)
		group := make([]uint32, g.Len())
		for n := range group {
			group[n] = r.Uint32N(4) // the last one for nodes that belong to none
			if s := group[n]; s < 3 {
				groups[s] = append(groups[s], NodeID(n))
			}
		}
		for s, sum := range d.Children().GroupRetained(func(n NodeID) uint32 { return group[n] }, 3, got) {
			if want := setOf(groups[s]); sum != want {
				t.Fatalf("seed %d: group %d retains %d, want %d", seed, s, sum, want)
			}
		}
	}
}
