package leaks

import (
	"fmt"
	"testing"

	"memtrail/analysis"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

func TestLeaksInWeakMaps(t *testing.T) {
	for _, c := range []struct {
		name  string
		fill  func(b *dumpbuild.Builder)
		want  string
		about string // reason about the map
		keys  KeyPattern
	}{
		{"kept by keys", func(b *dumpbuild.Builder) { dumptest.NotesOfUsers(b, 3000) },
			`single 3000×App\User $users`, "", KeyPattern{Kind: ListKeys, First: "0", Last: "2999"}},
		{"kept by their values", func(b *dumpbuild.Builder) { dumptest.LoopsOfDrivers(b, 3000) },
			`single 2700×ReactLoop Adapter::$loops`, "self_held 3000 of 3000", KeyPattern{Kind: ObjectKeys, Pattern: "Driver"}},
		{"the value is the key", func(b *dumpbuild.Builder) {
			m := dumpbuild.NewWeakMap()
			for range 3000 {
				n := dumptest.NoteObject()
				m.Put(n, n)
			}
			b.Global("map", m)
		}, `single 3000×Note $map`, "self_held 3000 of 3000", KeyPattern{Kind: ObjectKeys, Pattern: "Note"}},
		{"nothing holds the keys", func(b *dumpbuild.Builder) {
			m := dumpbuild.NewWeakMap()
			for i := range 3000 {
				m.Put(dumptest.User(i), dumptest.NoteObject())
			}
			b.Global("svc", dumptest.Object("Svc", dumptest.To("notes", m)))
		}, `single 3000×Note $svc->notes`, "", KeyPattern{Kind: ObjectKeys, Pattern: `App\User`}},
		{"a list in a value", func(b *dumpbuild.Builder) {
			k := dumptest.User(0)
			b.Global("user", k).Global("map", dumpbuild.NewWeakMap().Put(k, dumptest.Object("Log", dumptest.To("lines", dumptest.ListOf(3000, dumptest.User)))))
		}, `single 3000×App\User $user=>WeakMap->lines`, "", KeyPattern{Kind: ListKeys, First: "0", Last: "2999"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := Find(retaintest.Measured(t, dumptest.WeakCase(c.fill)), Options{Threshold: 0.3})
			if len(l.Suspects) == 0 {
				t.Fatal("no suspect")
			}
			s := &l.Suspects[0]
			checkSuspect(t, l, s)
			if got := suspectLine(s); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			about := ""
			for _, r := range s.Reasons {
				if r.Kind == ReasonSelfHeld {
					about = fmt.Sprintf("%s %d of %d", r.Kind, r.Count, r.Of)
				}
			}
			if about != c.about || s.Holds.Keys != c.keys {
				t.Errorf("got %q and keys %+v, want %q and %+v", about, s.Holds.Keys, c.about, c.keys)
			}
		})
	}
}

// What never goes is sure, in a dump that can tell no more of it.
func TestConfidenceInSelfHeld(t *testing.T) {
	const n = 8000
	for _, c := range cases.Sample([]struct {
		fill func(b *dumpbuild.Builder)
		want analysis.Confidence
	}{
		{func(b *dumpbuild.Builder) { dumptest.LoopsOfDrivers(b, n) }, analysis.High},
		{func(b *dumpbuild.Builder) {
			m := dumpbuild.NewWeakMap()
			for i := range n {
				m.Put(dumptest.User(i), dumptest.NoteObject())
			}
			b.Global("map", m)
		}, analysis.Medium},
	}, 1, 0) {
		b := dumpbuild.New().NoHeader()
		c.fill(b)
		l := Find(retaintest.Measured(t, b.Dump().PrintUsual()), Options{Threshold: 0.1})
		if got := l.Suspects[0].Confidence; got != c.want {
			t.Errorf("%s: %s confidence, want %s", suspectLine(&l.Suspects[0]), got, c.want)
		}
	}
}
