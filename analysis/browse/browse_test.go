package browse

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

func browsers(t *testing.T) map[string]*Browser {
	list := map[string]*Browser{}
	add := func(name string, text []byte) {
		r := retaintest.Measured(t, text)
		list[name] = New(r, analysis.GraphSource(r.Graph, r.Info))
	}
	for _, name := range []string{"statics.json", "closure-address-reuse.json", "fibers.json", "example.json"} {
		add(name, dumptest.Load(t, name))
	}
	for seed := range uint64(cases.Number(10, 100)) {
		add(fmt.Sprint("random ", seed), dumpbuild.RandomGraph{Seed: seed, Nodes: 50, Edges: 120, Roots: 3, WeakMaps: 2, Dangling: 2}.Dump().PrintUsual())
	}
	return list
}

// TestPick holds pages against the whole list, sorted.
func TestPick(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range cases.Number(200, 2000) {
		weights := make([]uint64, r.IntN(60))
		for i := range weights {
			weights[i] = r.Uint64N(6)
		}
		var want []uint32
		for i := range weights {
			want = append(want, uint32(i))
		}
		slices.SortStableFunc(want, func(x, y uint32) int { return cmp.Compare(weights[y], weights[x]) })
		var got []uint32
		var after place
		for {
			found, more := pick(func(yield func(uint32, uint64)) {
				for i, w := range weights {
					yield(uint32(i), w)
				}
			}, after, 1+r.IntN(9))
			for _, e := range found {
				got = append(got, e.value)
				after = place{e.weight, e.number, true}
			}
			if len(got)+int(more) != len(weights) {
				t.Fatalf("%d picked, %d more, of %d", len(got), more, len(weights))
			}
			if more == 0 {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

// all gives the entries of all pages.
func all(ask func(after *Page) Page) []Entry {
	page := ask(nil)
	list := page.Entries
	for page.More > 0 {
		page = ask(&page)
		list = append(list, page.Entries...)
	}
	return list
}

// TestItems holds what is said of each item against the edges of the graph.
func TestItems(t *testing.T) {
	for name, b := range browsers(t) {
		for n := range graph.NodeID(b.g.Len()) {
			it := b.Item(n)
			children := all(func(after *Page) Page { return b.Children(n, ByRetained, after, 3) })
			holders := all(func(after *Page) Page { return b.Holders(n, ByName, after, 2) })
			from, to := b.g.Held(n)
			if len(children) != int(to-from) {
				t.Fatalf("%s: %s has %d children, want %d", name, it.ID, len(children), to-from)
			}
			if !slices.IsSortedFunc(children, func(x, y Entry) int { return cmp.Compare(y.Retained, x.Retained) }) {
				t.Errorf("%s: %s: children are not sorted", name, it.ID)
			}
			want := map[graph.NodeID]uint64{}
			for m := range graph.NodeID(b.g.Len()) {
				first, last := b.g.Held(m)
				for e := first; e < last; e++ {
					if b.g.Target(e) == n {
						want[m]++
					}
				}
			}
			got := map[graph.NodeID]uint64{}
			for _, h := range holders {
				got[h.Node] += h.Count
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s is held by %v, want %v", name, it.ID, got, want)
			}
			// Where an expression is printed, it leads there.
			for _, e := range append([]Entry{it.Entry}, children...) {
				if e.Path == "" || strings.Contains(e.Path, "~>") || e.Weak {
					continue
				}
				// Random items hold several under one key, as no array does.
				if found, err := paths.Locate(b.g, e.Path); err != nil || found != e.Node && !strings.HasPrefix(name, "random") {
					t.Errorf("%s: %s leads to %v, %v; want %d", name, e.Path, found, err, e.Node)
				}
			}
		}
	}
}

// TestTypes: the members of all types are all items, and come to the numbers of
// their types.
func TestTypes(t *testing.T) {
	for name, b := range browsers(t) {
		seen := map[graph.NodeID]bool{}
		for _, typ := range b.Types(ByName) {
			var count, own uint64
			for _, e := range all(func(after *Page) Page { return b.Members(&typ, ByOwn, after, 7) }) {
				count++
				own += e.Own
				if seen[e.Node] {
					t.Errorf("%s: %s is of two types", name, e.ID)
				}
				seen[e.Node] = true
			}
			if count != typ.Count || own != typ.Own {
				t.Errorf("%s: %s has %d items of %d B, want %d of %d", name, typ.Label, count, own, typ.Count, typ.Own)
			}
		}
		if len(seen) != b.g.Items() {
			t.Errorf("%s: %d items of %d have a type", name, len(seen), b.g.Items())
		}
	}
}

// TestTree: below each entry is what it retains beyond its own, and what it stands
// for are as many items as it says.
func TestTree(t *testing.T) {
	for name, b := range browsers(t) {
		items := uint64(0)
		var walk func(e Entry)
		walk = func(e Entry) {
			sum := e.Own
			page := Page{More: 1}
			for from := 0; page.More > 0; from += len(page.Entries) {
				page = b.Below(e.Branch, ByName, from, 2)
				for _, child := range page.Entries {
					sum += child.Retained
					if child.ID != "" {
						items += child.Count
						members := all(func(after *Page) Page { return b.Folded(&child, ByRetained, after, 3) })
						if uint64(len(members)) != child.Count || members[0].Node != child.Node {
							t.Errorf("%s: %s stands for %d items, the first %d; want %d, %d", name, child.Label, len(members), members[0].Node, child.Count, child.Node)
						}
					}
					walk(child)
				}
			}
			items += e.Branch.Rest
			if sum != e.Retained {
				t.Errorf("%s: %s retains %d B, its parts %d", name, e.Label, e.Retained, sum)
			}
			if e.Leaf && (len(b.trees().Below(e.Branch)) > 0 || e.Branch.Rest > 0) {
				t.Errorf("%s: %s is no leaf", name, e.Label)
			}
		}
		walk(b.Tree(graph.VirtualRoot))
		// Of what retains nothing only the topmost is counted, so not all are.
		if items > uint64(b.g.Len()) {
			t.Errorf("%s: the tree has %d items, the graph %d", name, items, b.g.Len())
		}
	}
}

// TestPaths: each path begins at a root, ends at the item, and its steps are those
// of its expression.
func TestPaths(t *testing.T) {
	for name, b := range browsers(t) {
		for n := range graph.NodeID(b.g.Len()) {
			p := b.Paths(n)
			for i, steps := range p.Steps {
				if steps[0].Node != p.RefPaths.Paths[i].Root() || steps[len(steps)-1].Node != n {
					t.Errorf("%s: a path leads from %s to %s", name, steps[0].ID, steps[len(steps)-1].ID)
				}
				if got := steps[len(steps)-1].Path; got != p.RefPaths.Paths[i].Expression {
					t.Errorf("%s: got %s, want %s", name, got, p.RefPaths.Paths[i].Expression)
				}
			}
			if b.r.Dominators.Reachable(n) != (len(p.Cuts) > 0) || len(p.Cuts) > 0 && p.Cuts[len(p.Cuts)-1].Node != n {
				t.Errorf("%s: %s: cuts %v", name, b.g.ID(n), p.Cuts)
			}
		}
	}
}

// TestLongPath: of a list of any length the ends are shown.
func TestLongPath(t *testing.T) {
	nodes := cases.Number(20_000, 1_000_000)
	g := dumptest.List(t, nodes)
	b := New(retaintest.Of(g), analysis.Source{})
	last := graph.NodeID(nodes - 1)
	p := b.Paths(last)
	if len(p.Steps) != 1 || len(p.Steps[0]) != maxSteps+2 || p.Steps[0][maxSteps+1].Node != last {
		t.Fatalf("%d paths, %d steps", len(p.Steps), len(p.Steps[0]))
	}
	var left uint64
	for _, e := range p.Steps[0] {
		if e.Node == graph.None {
			left += e.Count
		}
	}
	if int(left)+maxSteps+1 != nodes || len(p.Cuts) != maxSteps+1 {
		t.Errorf("%d steps left out of %d, %d cuts", left, nodes, len(p.Cuts))
	}
	head := b.Below(b.Tree(graph.VirtualRoot).Branch, ByRetained, 0, 10).Entries[0]
	if page := b.Below(head.Branch, ByRetained, 0, 10); len(page.Entries) != 1 || int(page.Entries[0].Count) != nodes-1 || page.Entries[0].Label != "->next…" {
		t.Errorf("the tree has %+v", page.Entries)
	}
}

func TestFind(t *testing.T) {
	r := retaintest.Measured(t, retaintest.SharedCache())
	b := New(r, analysis.Source{})
	for text, want := range map[string]string{
		"USER":    `$admins[0] $service->cache[1] $service->cache[0]`,
		"cache":   `$service->cache`,
		"admin":   `$admins`,
		"nothing": ``,
	} {
		var got []string
		for _, e := range all(func(after *Page) Page { return b.Find(text, ByRetained, after, 2) }) {
			got = append(got, e.Path)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %s", text, got, want)
		}
	}
}

// TestContents holds the types below each item against a naive count, and those of
// all against [Browser.Types].
func TestContents(t *testing.T) {
	for name, b := range browsers(t) {
		type sums struct{ count, own, retained uint64 }
		root := b.Tree(graph.VirtualRoot)
		got, want := map[string]sums{}, map[string]sums{}
		for _, e := range b.Contents(&root, ByRetained) {
			if e.Count > 0 { // of what is only named as a child nothing is known
				got[e.Label] = sums{e.Count, e.Own, e.Retained}
			}
		}
		for _, e := range b.Types(ByRetained) {
			want[e.Label] = sums{e.Count, e.Own, e.Retained}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
		for n := range graph.NodeID(b.g.Items()) {
			got, want := map[string]sums{}, map[string]sums{}
			for m := range graph.NodeID(b.g.Items()) {
				chain := b.r.Dominators.Chain(m)
				at := slices.Index(chain, n)
				if at < 0 {
					continue
				}
				label, typ := b.kindName(b.g.KindID(m))
				s := want[label]
				s.count++
				s.own += b.r.Own(m)
				if !slices.ContainsFunc(chain[at:len(chain)-1], func(above graph.NodeID) bool {
					l, k := b.kindName(b.g.KindID(above))
					return l == label && k == typ
				}) {
					s.retained += b.r.Of(m)
				}
				want[label] = s
			}
			for _, e := range b.Contents(&Entry{Node: n}, ByOwn) {
				if e.Count == 0 {
					continue
				}
				got[e.Label] = sums{e.Count, e.Own, e.Retained}
				if members := all(func(after *Page) Page { return b.Members(&e, ByRetained, after, 4) }); uint64(len(members)) != e.Count {
					t.Errorf("%s: %d members of %s, want %d", name, len(members), e.Label, e.Count)
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %s: got %v, want %v", name, b.g.ID(n), got, want)
			}
		}
	}
}
