package query

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"memtrail/analysis/paths"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

// Of a path that is cut the ends are those of the whole.
func TestCutPaths(t *testing.T) {
	for _, nodes := range []int{1, 2, 3, 4, 5, 7, 8, 12, paths.MaxSteps + 1, paths.MaxSteps + 2, paths.MaxSteps + 9} {
		g := dumptest.List(t, nodes)
		r := retaintest.Of(g)
		last := graph.NodeID(nodes - 1)
		whole, err := ReferencePathsSized(r, g.ID(last), RefPathOptions{})
		if err != nil {
			t.Fatal(err)
		}
		all := &whole.Paths[0]
		if all.Len() != nodes || all.Total() != nodes || all.Left > 0 {
			t.Fatalf("%d steps of %d, %d left out", all.Len(), nodes, all.Left)
		}
		if want := "$head" + strings.Repeat("->next", nodes-1); all.Expression != want {
			t.Errorf("the path to node %d is %q", last, all.Expression)
		}
		for _, most := range []int{2, 3, 4, 5, 6, 10, paths.MaxSteps} {
			r, err := ReferencePathsSized(r, g.ID(last), RefPathOptions{Steps: most})
			if err != nil {
				t.Fatal(err)
			}
			p := &r.Paths[0]
			gap, cut := p.Gap()
			if cut != (nodes-1 > most) || p.Total() != nodes || p.Reliable != all.Reliable {
				t.Fatalf("%d steps of %d: %+v", most, nodes, p)
			}
			var shown []int
			for i := range p.Len() {
				at := i
				switch {
				case cut && i == gap:
					at += p.Left - 1
					if p.Step(i).Item.ID != all.Step(at).Item.ID {
						t.Errorf("%d steps of %d: the next step goes on from %s", most, nodes, p.Step(i).Item.ID)
					}
					continue
				case cut && i > gap:
					at += p.Left - 1
				}
				shown = append(shown, at)
				if !reflect.DeepEqual(p.Step(i), all.Step(at)) {
					t.Errorf("%d steps of %d: step %d is %+v, want %+v", most, nodes, at, p.Step(i), all.Step(at))
				}
			}
			if want := min(most, nodes-1) + 1; len(shown) != want {
				t.Errorf("%d steps of %d: %d are shown", most, nodes, shown)
			}
			want := all.Expression
			if cut {
				want = "$head" + strings.Repeat("->next", most-most/2) + "…" + strings.Repeat("->next", most/2)
			}
			if p.Expression != want {
				t.Errorf("%d steps of %d: %s", most, nodes, p.Expression)
			}
			compareDominators(t, r, whole, most)
		}
	}
}

// compareDominators holds those that are cut against all.
func compareDominators(t *testing.T, r, whole *RefPaths, most int) {
	t.Helper()
	var all, some []string
	for _, d := range whole.EachDominator {
		all = append(all, d.Item.ID+" "+d.Expression)
	}
	for i, d := range r.EachDominator {
		if r.DominatorsLeft > 0 && i == r.DominatorsBefore {
			some = append(some, all[i:i+r.DominatorsLeft]...)
		}
		some = append(some, d.Item.ID+" "+d.Expression)
	}
	if !slices.Equal(some, all) || len(all)-r.DominatorsLeft != min(most, len(all)) {
		t.Errorf("%d dominators, %d left out behind %d: %q", most, r.DominatorsLeft, r.DominatorsBefore, some)
	}
}

// What leads to a node of a list of any length takes time in proportion to it.
func TestDominatorsOfList(t *testing.T) {
	nodes := cases.Number(20_000, 300_000)
	g := dumptest.List(t, nodes)
	start := time.Now()
	r, err := ReferencePathsSized(retaintest.Of(g), g.ID(graph.NodeID(nodes-1)), RefPathOptions{})
	if err != nil {
		t.Fatal(err)
	}
	count, bytes := 0, 0
	for _, d := range r.EachDominator {
		count++
		bytes = max(bytes, len(d.Expression))
	}
	if want := len("$head") + len("…") + paths.MaxSteps*len("->next"); count != nodes || bytes != want {
		t.Errorf("%d dominators, expressions of %d bytes", count, bytes)
	}
	if d := time.Since(start); d > time.Minute { // a list of 20,000 took this long when each expression was whole
		t.Errorf("took %v", d)
	}
}
