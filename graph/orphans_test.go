package graph

import (
	"math/rand/v2"
	"testing"

	"memtrail/internal/dumpbuild"
)

// TestOrphans holds the count against one that asks of each item who names it.
func TestOrphans(t *testing.T) {
	found := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 5))
		g := build(t, dumpbuild.RandomGraph{
			Seed: seed, Nodes: 1 + r.IntN(150), Edges: r.IntN(300), Roots: r.IntN(9), WeakMaps: r.IntN(3), Dangling: r.IntN(5),
		}.Dump().PrintUsual())
		want, wantFirst := uint64(0), None
		for n := range NodeID(g.Items()) {
			_, held := g.Root(n)
			for e := range EdgeID(g.Edges()) {
				held = held || g.Target(e) == n
			}
			if held {
				continue
			}
			if want == 0 {
				wantFirst = n
			}
			want++
		}
		if got, first := g.Orphans(); got != want || first != wantFirst {
			t.Errorf("seed %d: %d, the first %d; want %d, %d", seed, got, first, want, wantFirst)
		}
		found += int(want)
	}
	if found == 0 {
		t.Error("no graph has an orphan")
	}
}
