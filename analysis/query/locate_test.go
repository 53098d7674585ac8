package query

import (
	"memtrail/analysis/paths"
	"memtrail/graph"
	"memtrail/internal/dumptest"
	"testing"
)

// Reference paths go over weak and unreliable edges, too.
func TestLocateReferencePaths(t *testing.T) {
	doubtful, weak := 0, 0
	for _, name := range dumptest.Dumps {
		g, info := dumptest.Build(t, dumptest.Load(t, name))
		for n := graph.NodeID(0); int(n) < g.Len(); n += graph.NodeID(1 + g.Len()/60) {
			r := pathsTo(g, info, n, RefPathOptions{All: 1, Limit: 100})
			for i := range r.Paths {
				p := &r.Paths[i]
				root, _ := g.Find(p.Steps[0].Item.ID)
				checkLocatedPath(t, g, root, edgesOf(t, g, p, n, nil))
				if p.Instead != "" {
					if got, err := paths.Locate(g, p.Instead); err != nil || got != n {
						t.Errorf("%s: %d, %v", p.Instead, got, err)
					}
				}
				if !p.Reliable {
					doubtful++
				}
				if p.Weak {
					weak++
				}
			}
		}
	}
	if doubtful == 0 || weak == 0 {
		t.Errorf("%d doubtful paths, %d weak ones", doubtful, weak)
	}
}

// checkLocated locates what the path is written as.
func checkLocatedPath(t *testing.T, g *graph.Graph, root graph.NodeID, edges []graph.EdgeID) {
	t.Helper()
	want := root
	for _, e := range edges {
		want = g.Target(e)
	}
	text := paths.Expression(g, root, edges)
	got, err := paths.Locate(g, text)
	if err != nil {
		t.Errorf("%s: %v", text, err)
	} else if got != want {
		if may := heldPath(g, root, edges); !may[got] || !may[want] {
			t.Errorf("%s: got %s, want %s", text, g.ID(got), g.ID(want))
		}
	}
}

// held are the nodes that an expression may stand for: those that edges with
// the keys of a path lead to, from any root of the same name.
func heldPath(g *graph.Graph, root graph.NodeID, edges []graph.EdgeID) map[graph.NodeID]bool {
	name := func(n graph.NodeID) string {
		r, _ := g.Root(n)
		return paths.RootExpression(g.Name(r.Frame), g.Name(r.Symbol))
	}
	at := map[graph.NodeID]bool{}
	for _, r := range g.Roots() {
		if name(r.Node) == name(root) {
			at[r.Node] = true
		}
	}
	for _, e := range edges {
		next := map[graph.NodeID]bool{}
		for n := range at {
			from, to := g.Held(n)
			for f := from; f < to; f++ {
				if g.Key(g.Label(f)) == g.Key(g.Label(e)) && g.IsObject(n) == g.IsObject(g.Source(e)) {
					next[g.Target(f)] = true
				}
			}
		}
		at = next
	}
	return at
}
