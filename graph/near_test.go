package graph

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"memtrail/dump"
	"memtrail/internal/dumpbuild"
)

func TestFind(t *testing.T) {
	b := dumpbuild.New()
	for _, id := range []string{"0x7fef5a65a200", "0x7fef5a65a240", "0x00007fef5a65a2ab", "node:5"} {
		b.ItemID(id, "int")
	}
	g := build(t, b.Dump().PrintUsual())
	tests := map[string]NodeID{
		"0x7fef5a65a200": 0, "0x00007fef5a65a200": 0, "0X7FEF5A65A200": 0, "0x7fef5A65A240": 1, "0x7fef5a65a2ab": 2, "0x7FEF5A65A2AB": 2, "node:5": 3,
		"node:6": None, "NODE:5": None, "7fef5a65a200": None, "0x7fef5a65a201": None, "": None, "0x": None,
	}
	for id, want := range tests {
		n, ok := g.Find(id)
		if ok != (want != None) || ok && n != want {
			t.Errorf("Find(%q) = %d, %v, want %d", id, n, ok, want)
		}
	}
}

func TestNear(t *testing.T) {
	dumps := map[string][]string{
		"plain":  {"0x7fef5a65a200", "0x7fef5a65a240", "0x7fef5a65a280", "0x7fef5b65a200", "0x7fef61000738", "0x7fef62000738"},
		"padded": {"0x00007fef5a65a200", "0x00007fef5a65a240"},
		"opaque": {"node:1234", "node:77", "0x7fef5a65a200"},
		"double": {"0x7fef5a65a200", "0x7fef5a65a200", "0x7fef5a65a240"},
	}
	tests := []struct {
		dump, id string
		most     int
		want     string
	}{
		{"plain", "0x7fef5a", 9, "0x7fef5a65a200 0x7fef5a65a240 0x7fef5a65a280 0x7fef5b65a200 0x7fef61000738 0x7fef62000738"},
		{"plain", "0x7fef62", 1, "0x7fef62000738"},
		{"plain", "7FEF62", 1, "0x7fef62000738"},
		{"plain", "000738", 2, "0x7fef61000738 0x7fef62000738"},
		{"plain", "0x65a240", 1, "0x7fef5a65a240"},
		{"plain", "0x7fef5a65a210", 4, "0x7fef5a65a200 0x7fef5a65a240 0x7fef5a65a280 0x7fef5b65a200"},
		{"plain", "0x7fef5c65a200", 3, "0x7fef5b65a200 0x7fef5a65a200 0x7fef5a65a280"},
		{"plain", "0x7fef5a65a23f", 2, "0x7fef5a65a240 0x7fef5a65a200"},
		{"plain", "0x1", 2, "0x7fef5a65a200 0x7fef5a65a240"},
		{"plain", "200", 9, ""},
		{"plain", "nothing", 9, ""},
		{"plain", "0x7fef5a", 0, ""},
		{"padded", "0x00007fef5a65a24", 1, "0x00007fef5a65a240"},
		{"padded", "0x7fef5a65a24", 1, "0x00007fef5a65a240"},
		{"opaque", "node:12", 2, "node:1234"},
		{"opaque", "1234", 2, "node:1234 0x7fef5a65a200"},
		{"opaque", "0x7fef5a65a300", 3, "0x7fef5a65a200"},
		{"double", "0x7fef5a65a210", 3, "0x7fef5a65a200 0x7fef5a65a240"},
	}
	for _, test := range tests {
		b := dumpbuild.New()
		for _, id := range dumps[test.dump] {
			b.ItemID(id, "int")
		}
		g := build(t, b.Dump().PrintUsual())
		var got []string
		for _, n := range g.Near(test.id, test.most) {
			got = append(got, g.ID(n))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: Near(%q, %d) = %q, want %q", test.dump, test.id, test.most, got, test.want)
		}
	}
}

// Near against a sort of all ids.
func TestNearNumerically(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	b := dumpbuild.New()
	var all []uint64
	for range 500 {
		a := 0x7f0000000000 + r.Uint64N(1<<30)*8
		all = append(all, a)
		b.Item(a, "int")
	}
	g := build(t, b.Dump().PrintUsual())
	for range 50 {
		a := 0x7f0000000000 + r.Uint64N(1<<30)*8 + 4
		// One digit and the rest: the former come first.
		rank := func(b uint64) int {
			x, y, n := dumpbuild.FormatID(a), dumpbuild.FormatID(b), 0
			for i := range x {
				if x[i] != y[i] {
					n++
				}
			}
			return min(n, 2)
		}
		far := func(b uint64) uint64 { return max(a, b) - min(a, b) }
		slices.SortFunc(all, func(x, y uint64) int {
			if rank(x) != rank(y) {
				return rank(x) - rank(y)
			}
			return int(far(x)) - int(far(y))
		})
		for i, n := range g.Near(dumpbuild.FormatID(a), 5) {
			if g.Address(n) != dump.Address(all[i]) {
				t.Errorf("near %x: %d is %x, want %x", a, i, g.Address(n), all[i])
			}
		}
	}
}

func TestReverse(t *testing.T) {
	for seed := range uint64(50) {
		g := build(t, dumpbuild.RandomGraph{Seed: seed, Nodes: 1 + int(seed), Edges: 4 * int(seed), Roots: 3, WeakMaps: 1, Dangling: int(seed) % 4}.Dump().PrintUsual())
		want := make([][]EdgeID, g.Len())
		for n := range NodeID(g.Len()) {
			from, to := g.Held(n)
			for e := from; e < to; e++ {
				want[g.Target(e)] = append(want[g.Target(e)], e)
				if g.Source(e) != n {
					t.Errorf("Source(%d) = %d, want %d", e, g.Source(e), n)
				}
			}
		}
		r := g.Reverse()
		for n := range NodeID(g.Len()) {
			if !slices.Equal(r.Edges(n), want[n]) {
				t.Errorf("seed %d: Edges(%d) = %v, want %v", seed, n, r.Edges(n), want[n])
			}
			for _, e := range r.Edges(n) {
				if r.Source(e) != g.Source(e) {
					t.Errorf("seed %d: Source(%d) = %d, want %d", seed, e, r.Source(e), g.Source(e))
				}
			}
		}
	}
}
