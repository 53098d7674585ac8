package paths

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// The ways to the nodes of long lists that branch are the same in whichever order
// they are asked for.
func TestWaysInAnyOrder(t *testing.T) {
	b := dumpbuild.New()
	const lists, length = 3, longWay + 300
	id := func(list, i int) uint64 { return uint64(0x7f0000000000 + 0x40*(list*length+i)) }
	for list := range lists {
		for i := range length {
			it := b.Item(id(list, i), "object").Class("Node")
			if i == 0 && list < 2 { // the third one branches off the first
				it.Root("<GLOBAL>", fmt.Sprintf("list%d", list))
			}
			if i+1 < length {
				it.Child("next", id(list, i+1))
			}
			if list == 0 && i == longWay+100 {
				it.Child("branch", id(2, 0))
			}
		}
	}
	g, _ := dumptest.Build(t, b.Dump().PrintUsual())
	p := RootPaths(g)
	rng := rand.New(rand.NewPCG(1, 2))
	n := graph.NodeID(0)
	for i := range 2000 {
		if i%3 > 0 { // stay near
			n = min(n+graph.NodeID(rng.IntN(3)), graph.NodeID(g.Len()-1))
		} else {
			n = graph.NodeID(rng.IntN(g.Len()))
		}
		var want []graph.EdgeID
		at := n
		for p.Via[at] != 0 {
			want = append(want, p.Via[at]-1)
			at = g.Source(p.Via[at] - 1)
		}
		slices.Reverse(want)
		if root, edges := p.To(n); root != at || !slices.Equal(edges, want) {
			t.Fatalf("the way to %s has %d edges from %s, want %d from %s", g.ID(n), len(edges), g.ID(root), len(want), g.ID(at))
		}
	}
}
