package query

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

func usableStrong(l graph.Label) bool { return !l.Weak() }
func usableAny(graph.Label) bool      { return true }

// distances are those of all nodes to a target, and the roots as a search back
// from it meets them: every node's referrers in the order of the dump. The
// target itself comes last, unless a cycle leads back to it.
func distances(g *graph.Graph, target graph.NodeID, usable func(graph.Label) bool, barred map[graph.EdgeID]bool) (map[graph.NodeID]int, []graph.NodeID) {
	in := map[graph.NodeID][]graph.NodeID{}
	for n := range graph.NodeID(g.Len()) {
		from, to := g.Held(n)
		for e := from; e < to; e++ {
			if usable(g.Label(e)) && !barred[e] {
				in[g.Target(e)] = append(in[g.Target(e)], n)
			}
		}
	}
	far := map[graph.NodeID]int{target: 0}
	var roots []graph.NodeID
	queue := []graph.NodeID{target}
	back := false
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		for _, p := range in[n] {
			_, known := far[p]
			if known && (p != target || back) {
				continue
			}
			if p == target {
				back = true
			} else {
				far[p] = far[n] + 1
				queue = append(queue, p)
			}
			if _, ok := g.Root(p); ok {
				roots = append(roots, p)
			}
		}
	}
	if _, ok := g.Root(target); ok && !back {
		roots = append(roots, target)
	}
	return far, roots
}

// edgesOf finds the edges of a path, where there is a choice none that are
// taken, and fails where it has none.
func edgesOf(t *testing.T, g *graph.Graph, p *Path, target graph.NodeID, taken map[graph.EdgeID]bool) []graph.EdgeID {
	t.Helper()
	var edges []graph.EdgeID
	var at graph.NodeID
	for i := range p.Len() {
		s := p.Step(i)
		n, ok := g.Find(s.Item.ID)
		if !ok {
			t.Fatalf("step %s is no node", s.Item.ID)
		}
		if i > 0 {
			from, to := g.Held(at)
			var fit []graph.EdgeID
			for e := from; e < to; e++ {
				if l := g.Label(e); g.Target(e) == n && g.Key(l) == s.Key && l.Unreliable() != s.Reliable && l.Weak() == s.Weak {
					fit = append(fit, e)
				}
			}
			if len(fit) == 0 {
				t.Fatalf("%s: no edge %q to %s", p.Expression, s.Key, s.Item.ID)
			}
			k := max(0, slices.IndexFunc(fit, func(e graph.EdgeID) bool { return !taken[e] }))
			edges = append(edges, fit[k])
		} else if _, ok := g.Root(n); !ok || s.Key != "" {
			t.Fatalf("%s is no root", s.Item.ID)
		}
		at = n
	}
	if at != target {
		t.Fatalf("%s: does not end at the target", p.Expression)
	}
	root, _ := g.Find(p.Steps[0].Item.ID)
	if want := paths.Expression(g, root, edges); p.Expression != want {
		t.Errorf("got expression %s, want %s", p.Expression, want)
	}
	unreliable := slices.ContainsFunc(edges, func(e graph.EdgeID) bool { return g.Label(e).Unreliable() })
	weak := slices.ContainsFunc(edges, func(e graph.EdgeID) bool { return g.Label(e).Weak() })
	if p.Reliable == unreliable || p.Weak != weak {
		t.Errorf("%s: reliable %v, weak %v", p.Expression, p.Reliable, p.Weak)
	}
	return edges
}

// checkRefPaths compares the paths to one node with what naive searches find.
func checkRefPaths(t *testing.T, g *graph.Graph, target graph.NodeID, all int) {
	t.Helper()
	r, err := ReferencePaths(g, dumptest.Empty, g.ID(target), RefPathOptions{All: all})
	if err != nil {
		t.Fatal(err)
	}
	usable := usableStrong
	far, roots := distances(g, target, usable, nil)
	_, anyRoots := distances(g, target, usableAny, nil)
	if r.RootsReaching != len(roots) {
		t.Fatalf("%d roots reach %s, want %d", r.RootsReaching, g.ID(target), len(roots))
	}
	if weakOnly := len(roots) == 0 && len(anyRoots) > 0; r.WeakOnly != weakOnly {
		t.Fatalf("weak only: %v", r.WeakOnly)
	} else if weakOnly {
		usable = usableAny
		far, roots = distances(g, target, usable, nil)
	} else if r.WeakRoots != len(anyRoots)-len(roots) {
		t.Errorf("%d weak roots, want %d", r.WeakRoots, len(anyRoots)-len(roots))
	}
	farReliable, _ := distances(g, target, func(l graph.Label) bool { return usable(l) && !l.Unreliable() }, nil)
	if r.Cut != 0 || r.Item.ID != g.ID(target) || len(r.Paths) < len(roots) {
		t.Fatalf("%d paths for %d roots, %d cut", len(r.Paths), len(roots), r.Cut)
	}
	barred := map[graph.NodeID]map[graph.EdgeID]bool{}
	last := map[graph.NodeID]int{}
	var met []graph.NodeID
	for i := range r.Paths {
		p := &r.Paths[i]
		root, _ := g.Find(p.Steps[0].Item.ID)
		edges := edgesOf(t, g, p, target, barred[root])
		if p.Rank == 0 {
			met = append(met, root)
			barred[root] = map[graph.EdgeID]bool{}
			if len(edges) != far[root] {
				t.Errorf("%s: %d steps, want %d", p.Expression, len(edges), far[root])
			}
			d, ok := farReliable[root]
			if p.Reliable != (ok && d == far[root]) || (p.Instead != "") != (ok && !p.Reliable) {
				t.Errorf("%s: reliable %v, instead %q; the shortest reliable one takes %d, %v", p.Expression, p.Reliable, p.Instead, d, ok)
			}
		} else {
			further, _ := distances(g, target, usable, barred[root])
			if p.Rank != last[root]+1 || len(edges) != further[root] || len(edges) == 0 {
				t.Errorf("%s: rank %d, %d steps; want %d, %d", p.Expression, p.Rank, len(edges), last[root]+1, further[root])
			}
		}
		last[root] = p.Rank
		for _, e := range edges {
			if barred[root][e] {
				t.Errorf("%s: goes where a path before it went", p.Expression)
			}
			barred[root][e] = true
		}
	}
	for _, root := range roots {
		if further, _ := distances(g, target, usable, barred[root]); root != target && last[root] < all && further[root] > 0 {
			t.Errorf("there is a further path from %s", g.ID(root))
		}
	}
	if g.Counts().Unreliable > 0 {
		slices.Sort(met)
		slices.Sort(roots)
	}
	if !slices.Equal(met, roots) {
		t.Errorf("roots %v, want %v", met, roots)
	}
}

func TestReferencePathsRandom(t *testing.T) {
	for seed := range uint64(cases.Number(30, 200)) {
		r := rand.New(rand.NewPCG(seed, 3))
		d := dumpbuild.RandomGraph{Seed: seed, Nodes: 2 + r.IntN(30), Edges: r.IntN(70), Roots: 1 + r.IntN(5), WeakMaps: r.IntN(3), Dangling: r.IntN(3)}.Dump()
		if seed%2 == 0 { // classes with no addresses that are used again
			for _, it := range d.Items {
				for k, f := range it.Fields {
					if f.Name == "class" && f.Value.Text != "WeakMap" {
						it.Fields[k].Value.Text = "stdClass"
					}
				}
			}
		}
		g, _ := dumptest.Build(t, d.PrintUsual())
		for target := range graph.NodeID(g.Len()) {
			checkRefPaths(t, g, target, int(seed%4))
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestReferencePathsInDumps(t *testing.T) {
	for _, name := range []string{"example.json", "closure-address-reuse.json", "statics.json", "fibers.json", "weird.json.gz"} {
		t.Run(name, func(t *testing.T) {
			g, _ := dumptest.Build(t, dumptest.Load(t, name))
			for target := graph.NodeID(0); int(target) < g.Len(); target += graph.NodeID(1 + g.Len()/cases.Number(12, 40)) {
				checkRefPaths(t, g, target, 1)
			}
		})
	}
}

// The path to a planted member starts with the place it was planted in.
func TestReferencePathsSimulated(t *testing.T) {
	text, truth := dumptest.Simulate(t, 20_000)
	g, info := dumptest.Build(t, text)
	paths := paths.RootPaths(g)
	for _, plant := range truth.Plants {
		r, err := ReferencePaths(g, info, plant.Example, RefPathOptions{})
		if err != nil {
			t.Fatal(plant.Structure, err)
		}
		if !slices.ContainsFunc(r.Paths, func(p Path) bool { return strings.HasPrefix(p.Expression, plant.Container) && p.Reliable }) {
			t.Errorf("%v: no path starts with %s; the first is %s", plant.Structure, plant.Container, r.Paths[0].Expression)
		}
		n, _ := g.Find(plant.Example)
		shortest := slices.MinFunc(r.Paths, func(a, b Path) int { return a.Total() - b.Total() })
		if got := paths.Expression(n); strings.Count(got, "->")+strings.Count(got, "[") != strings.Count(shortest.Expression, "->")+strings.Count(shortest.Expression, "[") {
			t.Errorf("%v: root path %s, reference path %s", plant.Structure, got, shortest.Expression)
		}
		if got := cmpType(r.Item); got != plant.Holds {
			t.Errorf("%v: holds %s, want %s", plant.Structure, got, plant.Holds)
		}
	}
}

func cmpType(it analysis.Item) string {
	if it.HasClass {
		return it.Class
	}
	return it.Type
}

func TestReferencePathsLimit(t *testing.T) {
	b := dumpbuild.New()
	target := dumpbuild.NewObject("Target")
	for i := range 30 {
		b.Global(fmt.Sprint("v", i), dumpbuild.NewArray(dumpbuild.To("x", target)))
	}
	g, info := dumptest.Build(t, b.Dump().PrintUsual())
	for limit, want := range map[int]int{0: 30, 1: 1, 20: 20, 30: 30, 31: 30} {
		r, err := ReferencePaths(g, info, dumpbuild.FormatID(b.ID(target)), RefPathOptions{Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Paths) != want || r.Cut != 30-want || r.RootsReaching != 30 || r.Paths[0].Expression != `$v0["x"]` {
			t.Errorf("limit %d: %d paths, %d cut, %d roots, first %s", limit, len(r.Paths), r.Cut, r.RootsReaching, r.Paths[0].Expression)
		}
	}
}

func TestReferencePathsByHand(t *testing.T) {
	to, array, object := dumpbuild.To, dumpbuild.NewArray, dumpbuild.NewObject
	type test struct {
		name   string
		fill   func(b *dumpbuild.Builder) *dumpbuild.Node // gives the target
		want   []string                                   // expressions, with what is to be said of them
		header string
	}
	tests := []test{
		{"a root itself", func(b *dumpbuild.Builder) *dumpbuild.Node {
			n := array()
			b.Global("self", n)
			return n
		}, []string{"$self"}, "1 roots"},
		{"a root in a cycle", func(b *dumpbuild.Builder) *dumpbuild.Node {
			n := object("A")
			b.Global("a", n.Add("me", array(to("0", n)))).Global("b", array(to("x", n)))
			return n
		}, []string{`$b["x"]`, "$a"}, "2 roots"},
		{"from a cycle", func(b *dumpbuild.Builder) *dumpbuild.Node {
			n, v := object("A"), dumpbuild.NewString(3)
			n.Add("next", object("B", to("prev", n), to("v", v)))
			b.Static("Registry::loaded", array(to("k", n)))
			return v
		}, []string{`Registry::$loaded["k"]->next->v`}, "1 roots"},
		{"unreliable, with a longer way", func(b *dumpbuild.Builder) *dumpbuild.Node {
			n := object("A")
			table := array(to("n", n))
			b.Global("first", object("Closure", to("static", table)))
			b.Global("second", array(to("c", object("Closure", to("static", table))), to("r", array(to("x", array(to("y", array(to("z", n)))))))))
			return n
		}, []string{`$first->static["n"]`, `$second["c"]~>static["n"] unreliable, instead $second["r"]["x"]["y"]["z"]`}, "2 roots"},
		{"unreliable, with another as short", func(b *dumpbuild.Builder) *dumpbuild.Node {
			n := object("A")
			table := array(to("n", n))
			b.Global("first", object("Closure", to("static", table)))
			b.Global("second", array(to("c", object("Closure", to("static", table))), to("r", array(to("x", array(to("y", n)))))))
			return n
		}, []string{`$first->static["n"]`, `$second["r"]["x"]["y"]`}, "2 roots"},
		{"weak only", func(b *dumpbuild.Builder) *dumpbuild.Node {
			n := object("A")
			b.Global("map", object("WeakMap", to("0", array(to("key", n)))))
			return n
		}, []string{`$map->{"0"}["key"] weak`}, "0 roots, weak only"},
		{"weak besides", func(b *dumpbuild.Builder) *dumpbuild.Node {
			n := object("A")
			b.Global("map", object("WeakMap", to("0", array(to("key", n))))).Global("a", array(to("n", n)))
			return n
		}, []string{`$a["n"]`}, "1 roots, 1 weak"},
		{"nobody", func(b *dumpbuild.Builder) *dumpbuild.Node {
			b.Item(0x5000, "object").Class("A").Child("self", 0x5000)
			return object("A").At(0x5000)
		}, nil, "0 roots"},
		{"missing", func(b *dumpbuild.Builder) *dumpbuild.Node {
			b.Item(0x6000, "array").Root("<GLOBAL>", "x").Child("gone", 0x7000)
			return object("A").At(0x7000)
		}, []string{`$x["gone"]`}, "1 roots"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dumpbuild.New()
			target := test.fill(b)
			g, info := dumptest.Build(t, b.Dump().PrintUsual())
			r, err := ReferencePaths(g, info, dumpbuild.FormatID(b.ID(target)), RefPathOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range r.Paths {
				s := p.Expression
				if !p.Reliable {
					s += " unreliable"
				}
				if p.Weak {
					s += " weak"
				}
				if p.Instead != "" {
					s += ", instead " + p.Instead
				}
				got = append(got, s)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			header := fmt.Sprint(r.RootsReaching, " roots")
			if r.WeakOnly {
				header += ", weak only"
			}
			if r.WeakRoots > 0 {
				header += fmt.Sprintf(", %d weak", r.WeakRoots)
			}
			if header != test.header {
				t.Errorf("got %s, want %s", header, test.header)
			}
		})
	}
}

func TestNoItem(t *testing.T) {
	b := dumpbuild.New()
	b.Item(0x7fef5a65a200, "int")
	b.Item(0x7fef5a65a240, "int")
	g, info := dumptest.Build(t, b.Dump().PrintUsual())
	tests := map[string]string{
		"0x7fef5a65a210": "the dump has no item 0x7fef5a65a210; the nearest are 0x7fef5a65a200, 0x7fef5a65a240",
		"no\x1bthing":    `the dump has no item no\ething`,
	}
	for id, want := range tests {
		_, err := ReferencePaths(g, info, id, RefPathOptions{})
		if none, ok := errors.AsType[*paths.NoItemError](err); !ok || none.ID != id || err.Error() != want {
			t.Errorf("%q: got %v, want %s", id, err, want)
		}
	}
}

// A path may be as long as a list.
func TestLongPath(t *testing.T) {
	nodes := cases.Number(50_000, 1_000_000)
	last := graph.NodeID(nodes - 1)
	g := dumptest.List(t, nodes)
	start := time.Now()
	r, err := ReferencePaths(g, dumptest.Empty, g.ID(last), RefPathOptions{All: 1})
	if err != nil {
		t.Fatal(err)
	}
	p := &r.Paths[0]
	ends := "$head" + strings.Repeat("->next", longestExpression/2) + "…" + strings.Repeat("->next", longestExpression/2)
	if len(r.Paths) != 1 || p.Len() != nodes || p.Total() != nodes || len(p.Steps) != paths.MaxSteps+1 || p.Expression != ends {
		t.Errorf("%d paths, %d steps of %d, an expression of %d bytes", len(r.Paths), len(p.Steps), p.Len(), len(p.Expression))
	}
	for i := range p.Len() {
		if s := p.Step(i); s.Item.ID != g.ID(graph.NodeID(i)) || i > 0 && s.Key != "next" {
			t.Fatalf("step %d is %+v", i, s)
		}
	}
	if s := SummarizeFrames(g, dumptest.Empty, SortCount, 0); len(s.Groups) != 1 || s.Groups[0].Count != uint64(nodes) {
		t.Errorf("frames: %+v", s.Groups)
	}
	if d := time.Since(start); d > time.Minute { // a second, if the machine is free
		t.Errorf("took %v", d)
	}
	if size := reflect.TypeFor[Step]().Size(); size > 208 {
		t.Errorf("a step takes %d bytes", size)
	}
}
