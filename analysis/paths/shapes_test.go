package paths

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// TestShapesAgree: a node that a root reaches has the same shape, and so the same
// fingerprint, in one dump (leaks) as in a series (growth): both walk the same
// shortest paths.
func TestShapesAgree(t *testing.T) {
	texts := map[string][]byte{}
	for seed := range uint64(12) {
		r := dumpbuild.RandomGraph{Seed: seed, Nodes: 300, Edges: 500 + int(seed)*40, Roots: 1 + int(seed), WeakMaps: 3, Dangling: 4}
		texts[fmt.Sprint("random ", seed)] = r.Dump().PrintUsual()
		texts[fmt.Sprint("nested ", seed)] = nestedProgram(seed)
	}
	texts["simulated"], _ = dumptest.Simulate(t, 8000)
	for _, name := range []string{"example.json", "weird.json.gz", "statics.json", "talk-1k.json.gz"} {
		texts[name] = dumptest.Load(t, name)
	}
	for name, text := range texts {
		g, _ := dumptest.Build(t, text)
		paths := RootPaths(g)
		s := NewTree()
		p := s.Place(g)
		compared, wrong := 0, 0
		step := max(1, g.Items()/1500)
		for n := graph.NodeID(0); int(n) < int(g.Items()); n += graph.NodeID(step) {
			root, _ := paths.To(n)
			if _, ok := g.Root(root); !ok {
				continue
			}
			compared++
			if got, want := s.Signature(p.Shape[n]), paths.Shape(n); got != want {
				if wrong++; wrong <= 2 {
					t.Errorf("%s: %s is %s in a series, %s in a dump", name, paths.Expression(n), got, want)
				}
			}
		}
		if compared == 0 {
			t.Errorf("%s: nothing was compared", name)
		}
	}
}

// nestedProgram has lists, trees, recursive classes, generated names and arrays in
// arrays, all of them by chance.
func nestedProgram(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 3))
	var all []*dumpbuild.Node
	var grow func(depth int) *dumpbuild.Node
	grow = func(depth int) *dumpbuild.Node {
		if len(all) > 5 && r.IntN(12) == 0 {
			return all[r.IntN(len(all))] // shared, or a cycle
		}
		class := []string{"Node", "Leaf", "Tree", fmt.Sprintf("Proxy_%06x", 1<<20+r.IntN(1<<20))}[r.IntN(4)]
		n := dumptest.Object(class)
		if r.IntN(3) == 0 {
			n = dumptest.Array()
		}
		all = append(all, n)
		if depth == 0 {
			return n.Add("value", dumptest.Text(uint64(r.IntN(50))))
		}
		for i := range r.IntN(4) {
			key := []string{"left", "right", "next", "items", fmt.Sprint(i), fmt.Sprintf("p%d", r.IntN(30))}[r.IntN(6)]
			n.Add(fmt.Sprint(key), grow(depth-1))
		}
		return n
	}
	b := dumpbuild.New()
	for i := range 5 {
		b.Global(fmt.Sprint("v", string(rune('a'+i))), grow(9))
		b.Frame("App->run()", fmt.Sprint("x", i), grow(5))
		b.Static(fmt.Sprintf("C%d::it", i), grow(4))
	}
	return b.Dump().PrintUsual()
}

// An object may have more properties than are told apart.
func TestShapesAgreeOnWideObjects(t *testing.T) {
	for _, n := range []int{maxProps - 1, maxProps, maxProps + 1, 3 * maxProps} {
		bag := dumptest.Object("stdClass")
		for i := range n {
			bag.Add("p"+string(rune('a'+i/26))+string(rune('a'+i%26)), dumptest.Object("Cache", dumptest.To("items", dumptest.ListOf(2, dumptest.User))))
		}
		g, _ := dumptest.Build(t, dumpbuild.New().Global("bag", bag).Dump().PrintUsual())
		s, paths := NewTree(), RootPaths(g)
		p := s.Place(g)
		wrong := 0
		for n := range graph.NodeID(g.Items()) {
			if s.Signature(p.Shape[n]) != paths.Shape(n) {
				if wrong++; wrong == 1 {
					t.Errorf("%s is %s in a series, %s in a dump", paths.Expression(n), s.Signature(p.Shape[n]), paths.Shape(n))
				}
			}
		}
	}
}
