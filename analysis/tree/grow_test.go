package tree

import (
	"fmt"
	"reflect"
	"testing"

	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

// TestGrow: what grows is what is built at once, if nothing is left out of it.
func TestGrow(t *testing.T) {
	texts := map[string][]byte{"shared": retaintest.SharedCache()}
	for _, name := range []string{"statics.json", "fibers.json", "example.json", "closure-address-reuse.json"} {
		texts[name] = dumptest.Load(t, name)
	}
	for seed := range uint64(cases.Number(10, 100)) {
		texts[fmt.Sprint("random ", seed)] = dumpbuild.RandomGraph{Seed: seed, Nodes: 60, Edges: 100, Roots: 3, WeakMaps: 1}.Dump().PrintUsual()
	}
	for name, text := range texts {
		r := retaintest.Measured(t, text)
		built, err := Build(r, Options{})
		if err != nil {
			t.Fatal(err)
		}
		g := NewGrower(r)
		var grow func(b *Branch) TreeNode
		grow = func(b *Branch) TreeNode {
			n := b.Node
			n.Path = g.Path(b)
			n.Hidden, n.HiddenBytes = 0, 0
			n.Children = []TreeNode{}
			for _, child := range g.Below(b) {
				n.Children = append(n.Children, grow(child))
			}
			n.Hidden = b.Rest
			return n
		}
		if got := grow(g.From(graph.VirtualRoot)); !reflect.DeepEqual(got, built.Root) {
			t.Errorf("%s: got\n%+v\nwant\n%+v", name, got, built.Root)
		}
	}
}
