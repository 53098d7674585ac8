package graph

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"memtrail/dump"
	"memtrail/internal/cases"
	"memtrail/internal/simheap"
)

// feed builds a graph of items that are made on the fly.
func feed(t *testing.T, items func(yield func(*dump.Item))) *Graph {
	t.Helper()
	return buildItems(t, items, func(n int) bool { return n%50_000 == 0 })
}

// Shapes that would hurt recursion, or whoever looks at pairs.
func TestLargeShapes(t *testing.T) {
	// The same item and the same memory each time: a part keeps neither.
	var it dump.Item
	var text []byte
	id := func(n int) []byte {
		from := len(text)
		text = strconv.AppendInt(append(text, "0x"...), int64(0x7f0000000000+0x40*n), 16)
		return text[from:]
	}
	typ, class, key := []byte("object"), []byte("Node"), []byte("next")
	object := func(n int, children ...int) *dump.Item {
		text = text[:0]
		it = dump.Item{ID: id(n), Type: typ, Class: class, Fields: dump.HasType | dump.HasClass | dump.HasChildren, Children: it.Children[:0]}
		for _, c := range children {
			it.Children = append(it.Children, dump.Child{Key: key, ID: id(c)})
		}
		it.NumChildren = uint64(len(children))
		return &it
	}
	nodes, roots, side := cases.Number(50_000, 1_000_000), cases.Number(10_000, 200_000), cases.Number(300, 1_000)
	tests := []struct {
		name         string
		items        func(yield func(*dump.Item))
		nodes, edges int
		roots        int
	}{
		{"list", func(yield func(*dump.Item)) {
			for n := range nodes - 1 {
				yield(object(n, n+1))
			}
			yield(object(nodes - 1))
		}, nodes, nodes - 1, 0},
		{"list, both ways", func(yield func(*dump.Item)) {
			yield(object(0, 1))
			for n := 1; n < nodes-1; n++ {
				yield(object(n, n-1, n+1))
			}
			yield(object(nodes-1, nodes-2))
		}, nodes, 2*nodes - 2, 0},
		{"list, backwards", func(yield func(*dump.Item)) {
			for n := nodes - 1; n > 0; n-- {
				yield(object(n, n-1))
			}
			yield(object(0))
		}, nodes, nodes - 1, 0},
		{"roots", func(yield func(*dump.Item)) {
			for n := range roots {
				it := object(n, 0)
				it.IsRoot, it.Symbol = true, fmt.Appendf(nil, "v%d", n)
				yield(it)
			}
		}, roots, roots, roots},
		{"bipartite", func(yield func(*dump.Item)) {
			right := make([]int, side)
			for i := range right {
				right[i] = side + i
			}
			for n := range side {
				yield(object(n, right...))
			}
			for n := range side {
				yield(object(side + n))
			}
		}, 2 * side, side * side, 0},
		{"dangling", func(yield func(*dump.Item)) {
			for n := range roots {
				yield(object(n, n+nodes))
			}
		}, 2 * roots, roots, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			start := time.Now()
			g := feed(t, test.items)
			if g.Len() != test.nodes || g.Edges() != test.edges || len(g.Roots()) != test.roots {
				t.Errorf("%d nodes, %d edges, %d roots", g.Len(), g.Edges(), len(g.Roots()))
			}
			r := g.Reverse()
			for e := EdgeID(0); int(e) < g.Edges(); e += 997 {
				in := r.Edges(g.Target(e))
				if in[0] > e || in[len(in)-1] < e {
					t.Fatalf("edge %d is not among those that lead to its target", e)
				}
			}
			if d := time.Since(start); d > time.Minute { // less than a second, if the machine is free
				t.Errorf("took %v", d)
			}
		})
	}
}

// simulated is a dump of some 20 MB, as a file.
func simulated(b *testing.B) *dump.Input {
	b.Helper()
	path := filepath.Join(b.TempDir(), "dump.json")
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := simheap.Write(f, simheap.Options{Items: 110_000, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	in, err := dump.Open(path, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close() })
	return in
}

func BenchmarkBuild(b *testing.B) {
	in := simulated(b)
	for _, workers := range []int{1, 0} {
		b.Run(fmt.Sprint("workers=", workers), func(b *testing.B) {
			b.SetBytes(in.Size())
			for b.Loop() {
				if _, _, err := Build(in, workers); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkReverse(b *testing.B) {
	g, _, err := Build(simulated(b), 0)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(4 * (g.Len() + g.Edges())))
	for b.Loop() {
		g.Reverse()
	}
}
