package growth

import (
	"testing"

	"memtrail/analysis/leaks"
	"memtrail/analysis/paths"
	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

// The same place has one name and one fingerprint in leaks and growth.
func TestGrowthInWeakMaps(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(b *dumpbuild.Builder, n int)
		want  string
	}{
		{"kept by keys", dumptest.NotesOfUsers, `$users: objectApp\User [500 700 900]`},
		{"kept by their values", dumptest.LoopsOfDrivers, `Adapter::$loops: objectReactLoop [500 700 900]`},
		{"a list in the value of a key", func(b *dumpbuild.Builder, n int) {
			k := dumptest.User(0)
			b.Global("user", k).Global("map", dumpbuild.NewWeakMap().Put(k, dumptest.Object("Log", dumptest.To("lines", dumptest.ListOf(n, dumptest.User)))))
		}, `$user=>WeakMap->lines: objectApp\User [500 700 900]`},
		{"a list in a value that the map keeps", func(b *dumpbuild.Builder, n int) {
			k := dumptest.User(0)
			b.Global("map", dumpbuild.NewWeakMap().Put(k, dumptest.Object("Log", dumptest.To("lines", dumptest.ListOf(n, dumptest.User)), dumptest.To("user", k))))
		}, `$map[0]->lines: objectApp\User [500 700 900]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := seriesOfPrograms(t, 3, func(b *dumpbuild.Builder, at int) { c.build(b, 500+200*at) })
			g := s.Growth(DefaultGrowth)
			if len(g.Growing) != 1 || growthLine(&g.Growing[0]) != c.want {
				for i := range g.Growing {
					t.Errorf("got %s", growthLine(&g.Growing[i]))
				}
				t.Fatalf("want %s", c.want)
			}
			l := leaks.Find(retaintest.Measured(t, dumptest.WeakCase(func(b *dumpbuild.Builder) { c.build(b, 900) })), leaks.Options{Threshold: 0.3})
			if len(l.Suspects) == 0 || l.Suspects[0].Fingerprint != g.Growing[0].Fingerprint || l.Suspects[0].At.Path != g.Growing[0].Path {
				t.Errorf("leaks says %+v, growth %s at %s", l.Suspects, g.Growing[0].Fingerprint, g.Growing[0].Path)
			}
		})
	}
}

// Every node has the same shape in a series as by its path.
func TestShapesInWeakMaps(t *testing.T) {
	for _, fill := range []func(b *dumpbuild.Builder, n int){dumptest.NotesOfUsers, dumptest.LoopsOfDrivers} {
		g, _ := dumptest.Build(t, dumptest.WeakCase(func(b *dumpbuild.Builder) { fill(b, 5) }))
		s := paths.NewTree()
		placed, ways := s.Place(g), paths.RootPaths(g)
		lost := 0
		for n := range graph.NodeID(g.Len()) {
			if placed.Shape[n] == paths.LostShape {
				lost++ // the pairs, which cost nothing
			} else if got, want := s.Signature(placed.Shape[n]), ways.Shape(n); got != want {
				t.Errorf("%s: got %s, want %s", ways.Expression(n), got, want)
			}
		}
		if lost != 5 {
			t.Errorf("%d nodes are nowhere, want 5", lost)
		}
	}
}
