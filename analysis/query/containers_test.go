package query

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis/paths"
	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// naiveWidest are all items with children, widest first.
func naiveWidest(d *dumpbuild.Dump) []Container {
	var all []Container
	for i := range d.Items {
		it := &d.Items[i]
		if _, ok := it.Field("children"); ok {
			all = append(all, Container{ID: it.ID, Children: uint64(len(it.Children()))})
		}
	}
	slices.SortStableFunc(all, func(a, b Container) int { return cmp.Compare(b.Children, a.Children) })
	return all
}

func TestWidest(t *testing.T) {
	texts := map[string][]byte{"empty containers": dumpbuild.RandomGraph{Seed: 1, Nodes: 500, Roots: 1}.Dump().PrintUsual()}
	for _, name := range dumptest.Some(3) {
		texts[name] = dumptest.Load(t, name)
	}
	texts["simulated"], _ = dumptest.Simulate(t, 10_000)
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			want := naiveWidest(dumptest.Read(text))
			in := dumptest.File(t, text)
			g, info := dumptest.Build(t, text)
			for i, limit := range []int{0, 1, 5, 100, len(want), len(want) + 1} {
				top, err := WidestContainers(in, limit, []int{1, 2, 4}[i%3])
				if err != nil {
					t.Fatal(err)
				}
				n := len(want)
				if limit > 0 {
					n = min(n, limit)
				}
				if !slices.Equal(top.Containers, want[:n]) || top.WithPaths {
					t.Errorf("limit %d: got %v, want %v", limit, top.Containers, want[:n])
				}
				nodes := WidestNodes(g, info, limit)
				if !nodes.WithPaths || len(nodes.Containers) != n {
					t.Fatalf("limit %d: %d nodes, want %d", limit, len(nodes.Containers), n)
				}
				for k, c := range nodes.Containers {
					if c.ID != want[k].ID || c.Children != want[k].Children {
						t.Errorf("limit %d: node %d is %s with %d, want %s with %d", limit, k, c.ID, c.Children, want[k].ID, want[k].Children)
					}
				}
			}
		})
	}
}

func TestWidestPaths(t *testing.T) {
	g, info := dumptest.Build(t, dumptest.Load(t, "example.json"))
	top := WidestNodes(g, info, 3)
	for _, c := range top.Containers {
		r, err := ReferencePaths(g, info, c.ID, RefPathOptions{})
		if err != nil {
			t.Fatal(err)
		}
		n, _ := g.Find(c.ID)
		if c.Path == "" || c.Type != r.Item.Type || c.Class != r.Item.Class || c.Children != r.Item.ChildrenCount {
			t.Errorf("%+v: item %+v of node %d", c, r.Item, n)
		}
		if !slices.ContainsFunc(r.Paths, func(p Path) bool { return p.Expression == c.Path }) {
			t.Errorf("%s is none of the reference paths", c.Path)
		}
	}
}

// naiveFrames floods from one root after the other.
func naiveFrames(g *graph.Graph) map[string]uint64 {
	count, seen := map[string]uint64{}, map[graph.NodeID]bool{}
	var visit func(n graph.NodeID, name string, weak bool)
	visit = func(n graph.NodeID, name string, weak bool) {
		if seen[n] {
			return
		}
		seen[n] = true
		if !g.Missing(n) {
			count[name]++
		}
		from, to := g.Held(n)
		for e := from; e < to; e++ {
			if l := g.Label(e); !l.Unreliable() && (weak || !l.Weak()) {
				visit(g.Target(e), name, weak)
			}
		}
	}
	for _, r := range g.Roots() {
		name := g.Name(r.Frame)
		if name == paths.StaticFrame {
			name = paths.RootExpression(paths.StaticFrame, g.Name(r.Symbol))
		}
		visit(r.Node, cmp.Or(name, "(no frame)"), false)
	}
	strong := map[graph.NodeID]bool{}
	for n := range seen {
		strong[n] = true
	}
	for n := range graph.NodeID(g.Items()) {
		from, to := g.Held(n)
		for e := from; e < to; e++ {
			if strong[n] && g.Label(e).Weak() {
				visit(g.Target(e), "(weak references only)", true)
			}
		}
	}
	for n := range graph.NodeID(g.Items()) {
		if !seen[n] {
			count["(unreachable)"]++
		}
	}
	return count
}

func TestSummarizeFrames(t *testing.T) {
	texts := map[string][]byte{}
	for _, name := range dumptest.Some(4) {
		texts[name] = dumptest.Load(t, name)
	}
	texts["simulated"], _ = dumptest.Simulate(t, 10_000)
	for seed := range uint64(50) {
		texts[string(rune('A'+seed))] = dumpbuild.RandomGraph{Seed: seed, Nodes: 60, Edges: 80, Roots: 5, WeakMaps: 3, Dangling: 2}.Dump().PrintUsual()
	}
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			g, info := dumptest.Build(t, text)
			want := naiveFrames(g)
			s := SummarizeFrames(g, info, SortName, 0)
			var total uint64
			for i, group := range s.Groups {
				if group.Count != want[group.Name] {
					t.Errorf("%s: got %d, want %d", group.Name, group.Count, want[group.Name])
				}
				delete(want, group.Name)
				total += group.Count
				if i > 0 && strings.Compare(s.Groups[i-1].Name, group.Name) > 0 {
					t.Errorf("%q comes before %q", s.Groups[i-1].Name, group.Name)
				}
			}
			for name, n := range want {
				if n > 0 {
					t.Errorf("no group %q of %d", name, n)
				}
			}
			if total != uint64(g.Items()) || s.GroupedBy != ByFrame {
				t.Errorf("%d items in all, want %d", total, g.Items())
			}
			if cut := SummarizeFrames(g, info, SortSize, 1); len(cut.Groups) != min(1, len(s.Groups)) || cut.Cut != max(0, len(s.Groups)-1) {
				t.Errorf("limit 1: %d groups, %d cut of %d", len(cut.Groups), cut.Cut, len(s.Groups))
			}
		})
	}
}
