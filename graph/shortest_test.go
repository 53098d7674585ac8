package graph

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The queue is in pieces; the paths are those of a search with a list.
func TestShortestPaths(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{0, 1, 10, 3*queuePiece + 7} {
		var arrows []arrow
		for range 2 * n {
			a := arrow{from: NodeID(r.IntN(n)), to: NodeID(r.IntN(n))}
			if r.IntN(20) == 0 {
				a.flags = labelWeak
			}
			arrows = append(arrows, a)
		}
		var roots []NodeID
		for i := 0; i < n; i += 1 + n/3 {
			roots = append(roots, NodeID(i))
		}
		g := graphOf(n, roots, arrows)
		want := make([]EdgeID, n)
		met := make([]bool, n)
		var queue []NodeID
		for _, x := range g.roots {
			met[x.Node] = true
			queue = append(queue, x.Node)
		}
		for i := 0; i < len(queue); i++ {
			for e := g.first[queue[i]]; e < g.first[queue[i]+1]; e++ {
				if to := g.target[e]; !met[to] && !g.label[e].Weak() {
					met[to], want[to] = true, e+1
					queue = append(queue, to)
				}
			}
		}
		if got := g.ShortestPaths(); !slices.Equal(got, want) {
			t.Errorf("%d nodes: other paths", n)
		}
	}
}
