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
		for range 5 {
			set := make([]NodeID, r.IntN(8))
			for i := range set {
				set[i] = NodeID(r.IntN(g.Len()))
				switch r.IntN(40) {
				case 0:
					set[i] = VirtualRoot
				case 1:
					set[i] = Unreachable
				}
			}
			if got, want := d.SetRetained(set, got), setOf(set); got != want {
				t.Fatalf("seed %d: %d retain %d between them, want %d", seed, set, got, want)
			}
		}

		groups := make([][]NodeID, 3)
		group := make([]uint32, g.Len())
		for n := range group {
			group[n] = r.Uint32N(4) // the last one for nodes that belong to none
			if s := group[n]; s < 3 {
				groups[s] = append(groups[s], NodeID(n))
			}
		}
		for s, sum := range d.GroupRetained(func(n NodeID) uint32 { return group[n] }, 3, got) {
			if want := setOf(groups[s]); sum != want {
				t.Fatalf("seed %d: group %d retains %d, want %d", seed, s, sum, want)
			}
		}
	}
}

// A set of many nodes far below each other is no reason to climb the same
// way more than once.
func TestSetRetainedDeep(t *testing.T) {
	const n = 1_000_000
	g := list(n).graph()
	d := g.Dominators()
	r := d.Retained(func(NodeID) uint64 { return 1 })
	half := make([]NodeID, 0, n/2)
	for i := NodeID(n); i > n/2; i-- {
		half = append(half, i-1) // the deepest first
	}
	if got := d.SetRetained(half, r); got != n/2 {
		t.Errorf("got %d, want %d", got, n/2)
	}
	// Many leaves below a long chain, none above another.
	g = chainWithLeaves(n).graph()
	d = g.Dominators()
	r = d.Retained(func(NodeID) uint64 { return 1 })
	var leaves []NodeID
	for i := NodeID(n / 2); i < n; i++ {
		leaves = append(leaves, i)
	}
	if got := d.SetRetained(leaves, r); got != n/2 {
		t.Errorf("got %d, want %d", got, n/2)
	}
	if got := d.SetRetained(append(leaves, n/4), r); got != n/2+n/4 {
		t.Errorf("got %d, want %d", got, n/2+n/4)
	}
}
