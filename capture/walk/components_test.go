package walk

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Components and tops agree with what following every edge says.
func TestComponents(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := 1 + r.IntN(12)
		g := &network{from: []uint32{0}}
		for range n {
			for range r.IntN(3) {
				g.to = append(g.to, uint32(r.IntN(n)))
			}
			g.from = append(g.from, uint32(len(g.to)))
		}
		leads := make([][]bool, n)
		for v := range uint32(n) {
			leads[v] = make([]bool, n)
			g.reach(leads[v], v)
		}
		of, top := g.components()
		for a := range n {
			isTop := true
			for b := range n {
				if same := leads[a][b] && leads[b][a]; same != (of[a] == of[b]) {
					t.Fatalf("seed %d: %d and %d in components %d and %d, want them in one: %v", seed, a, b, of[a], of[b], same)
				}
				if leads[b][a] && !leads[a][b] {
					isTop = false
				}
			}
			if top[of[a]] != isTop {
				t.Fatalf("seed %d: component of %d at the top: %v, want %v", seed, a, top[of[a]], isTop)
			}
			way := g.cycle(uint32(a))
			if in := slices.ContainsFunc(g.to[g.from[a]:g.from[a+1]], func(u uint32) bool { return leads[u][a] }); in != (way != nil) {
				t.Fatalf("seed %d: the cycle through %d is %v, want one: %v", seed, a, way, in)
			}
			for i, v := range way {
				if u := way[(i+1)%len(way)]; !slices.Contains(g.to[g.from[v]:g.from[v+1]], u) {
					t.Fatalf("seed %d: %v has no edge from %d to %d", seed, way, v, u)
				}
			}
		}
	}
}
