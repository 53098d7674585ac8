package query

import (
	"testing"

	"memtrail/analysis/paths"
	"memtrail/graph"
	"memtrail/internal/dumptest"
)

// Reference paths go over weak and unreliable edges, too.
func TestLocateReferencePaths(t *testing.T) {
	doubtful, weak := 0, 0
	for _, name := range dumptest.Dumps {
		g, info := dumptest.Build(t, dumptest.Load(t, name))
		for n := graph.NodeID(0); int(n) < g.Len(); n += graph.NodeID(1 + g.Len()/60) {
			r := pathsTo(g, info, n, RefPathOptions{All: 1, Limit: 100}, nil)
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
		if may := dumptest.Held(g, root, edges, paths.RootExpression); !may[got] || !may[want] {
			t.Errorf("%s: got %s, want %s", text, g.ID(got), g.ID(want))
		}
	}
}
