package analysis

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/zend"
)

// noteObject is an object with a text of 600 bytes.
func noteObject(held ...dumpbuild.Edge) *dumpbuild.Node {
	return object("Note", append([]dumpbuild.Edge{to("body", text(600))}, held...)...)
}

// notesOfUsers is a program whose users, in a list, are the keys of notes.
func notesOfUsers(b *dumpbuild.Builder, n int) {
	notes := dumpbuild.NewWeakMap()
	b.Global("users", listOf(n, func(i int) *dumpbuild.Node {
		u := user(i)
		notes.Put(u, noteObject())
		return u
	}))
	b.Static("Notes::ofUser", notes)
}

// loopsOfDrivers is one whose entries are held by their own values.
func loopsOfDrivers(b *dumpbuild.Builder, n int) {
	loops := dumpbuild.NewWeakMap()
	for i := range n {
		driver := object("Driver", to("timers", listOf(2, user)), to("id", scalar("int")))
		if i%10 == 0 {
			loops.Put(driver, driver)
		} else {
			loops.Put(driver, object("ReactLoop", to("driver", driver), to("label", text(600))))
		}
	}
	b.Static("Adapter::loops", loops)
}

func weakCase(fill func(b *dumpbuild.Builder)) []byte {
	b := dumpbuild.New()
	fill(b)
	return b.Dump().PrintUsual()
}

func TestLeaksInWeakMaps(t *testing.T) {
	for _, c := range []struct {
		name  string
		fill  func(b *dumpbuild.Builder)
		want  string
		about string // reason about the map
		keys  KeyPattern
	}{
		{"kept by keys", func(b *dumpbuild.Builder) { notesOfUsers(b, 3000) },
			`single 3000×App\User $users`, "", KeyPattern{Kind: ListKeys, First: "0", Last: "2999"}},
		{"kept by their values", func(b *dumpbuild.Builder) { loopsOfDrivers(b, 3000) },
			`single 2700×ReactLoop Adapter::$loops`, "self_held 3000 of 3000", KeyPattern{Kind: ObjectKeys, Pattern: "Driver"}},
		{"the value is the key", func(b *dumpbuild.Builder) {
			m := dumpbuild.NewWeakMap()
			for range 3000 {
				n := noteObject()
				m.Put(n, n)
			}
			b.Global("map", m)
		}, `single 3000×Note $map`, "self_held 3000 of 3000", KeyPattern{Kind: ObjectKeys, Pattern: "Note"}},
		{"nothing holds the keys", func(b *dumpbuild.Builder) {
			m := dumpbuild.NewWeakMap()
			for i := range 3000 {
				m.Put(user(i), noteObject())
			}
			b.Global("svc", object("Svc", to("notes", m)))
		}, `single 3000×Note $svc->notes`, "", KeyPattern{Kind: ObjectKeys, Pattern: `App\User`}},
		{"a list in a value", func(b *dumpbuild.Builder) {
			k := user(0)
			b.Global("user", k).Global("map", dumpbuild.NewWeakMap().Put(k, object("Log", to("lines", listOf(3000, user)))))
		}, `single 3000×App\User $user=>WeakMap->lines`, "", KeyPattern{Kind: ListKeys, First: "0", Last: "2999"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := retain(t, weakCase(c.fill)).Leaks(LeaksOptions{Threshold: 0.3})
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
	for _, c := range []struct {
		fill func(b *dumpbuild.Builder)
		want Confidence
	}{
		{func(b *dumpbuild.Builder) { loopsOfDrivers(b, 8000) }, High},
		{func(b *dumpbuild.Builder) {
			m := dumpbuild.NewWeakMap()
			for i := range 8000 {
				m.Put(user(i), noteObject())
			}
			b.Global("map", m)
		}, Medium},
	} {
		b := dumpbuild.New().NoHeader()
		c.fill(b)
		l := retain(t, b.Dump().PrintUsual()).Leaks(LeaksOptions{Threshold: 0.1})
		if got := l.Suspects[0].Confidence; got != c.want {
			t.Errorf("%s: %s confidence, want %s", suspectLine(&l.Suspects[0]), got, c.want)
		}
	}
}

// The key retains the value; the map retains its table.
func TestRetainedInWeakMaps(t *testing.T) {
	r := retain(t, weakCase(func(b *dumpbuild.Builder) { notesOfUsers(b, 10) }))
	locate := func(path string) graph.NodeID {
		n, err := Locate(r.g, path)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for path, parts := range map[string][]string{
		"$users[3]=>WeakMap->body": nil,
		"$users[3]=>WeakMap":       {"->body"},
		"$users[3]":                {"->name", "->mail", "=>WeakMap", "=>WeakMap->body"},
		"Notes::$ofUser":           nil,
		"Notes::$ofUser[3]":        {"->body"},
	} {
		want := r.own(locate(path))
		for _, part := range parts {
			want += r.own(locate(path + part))
		}
		if got := r.of(locate(path)); got != want || got < 600 && path != "Notes::$ofUser" {
			t.Errorf("%s retains %d, want %d", path, got, want)
		}
	}
	r = retain(t, weakCase(func(b *dumpbuild.Builder) { loopsOfDrivers(b, 10) }))
	if got := r.of(locate("Adapter::$loops")); got != r.retained.Root-r.retained.Unreachable {
		t.Errorf("the map retains %d of %d", got, r.retained.Root-r.retained.Unreachable)
	}
}

// The same place has one name and one fingerprint in leaks and growth.
func TestGrowthInWeakMaps(t *testing.T) {
	for _, c := range []struct {
		name  string
		build func(b *dumpbuild.Builder, n int)
		want  string
	}{
		{"kept by keys", notesOfUsers, `$users: objectApp\User [500 700 900]`},
		{"kept by their values", loopsOfDrivers, `Adapter::$loops: objectReactLoop [500 700 900]`},
		{"a list in the value of a key", func(b *dumpbuild.Builder, n int) {
			k := user(0)
			b.Global("user", k).Global("map", dumpbuild.NewWeakMap().Put(k, object("Log", to("lines", listOf(n, user)))))
		}, `$user=>WeakMap->lines: objectApp\User [500 700 900]`},
		{"a list in a value that the map keeps", func(b *dumpbuild.Builder, n int) {
			k := user(0)
			b.Global("map", dumpbuild.NewWeakMap().Put(k, object("Log", to("lines", listOf(n, user)), to("user", k))))
		}, `$map[0]->lines: objectApp\User [500 700 900]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := seriesOfPrograms(t, 3, func(b *dumpbuild.Builder, at int) { c.build(b, 500+200*at) })
			g := s.Growth(defaultGrowth)
			if len(g.Growing) != 1 || growthLine(&g.Growing[0]) != c.want {
				for i := range g.Growing {
					t.Errorf("got %s", growthLine(&g.Growing[i]))
				}
				t.Fatalf("want %s", c.want)
			}
			l := retain(t, weakCase(func(b *dumpbuild.Builder) { c.build(b, 900) })).Leaks(LeaksOptions{Threshold: 0.3})
			if len(l.Suspects) == 0 || l.Suspects[0].Fingerprint != g.Growing[0].Fingerprint || l.Suspects[0].At.Path != g.Growing[0].Path {
				t.Errorf("leaks says %+v, growth %s at %s", l.Suspects, g.Growing[0].Fingerprint, g.Growing[0].Path)
			}
		})
	}
}

// Every node has the same shape in a series as by its path.
func TestShapesInWeakMaps(t *testing.T) {
	for _, fill := range []func(b *dumpbuild.Builder, n int){notesOfUsers, loopsOfDrivers} {
		g, _ := build(t, weakCase(func(b *dumpbuild.Builder) { fill(b, 5) }))
		s := newShapes()
		placed, paths := s.place(g), RootPaths(g)
		lost := 0
		for n := range graph.NodeID(g.Len()) {
			if placed.shape[n] == lostShape {
				lost++ // the pairs, which cost nothing
			} else if got, want := s.shape(placed.shape[n]), paths.shape(n); got != want {
				t.Errorf("%s: got %s, want %s", paths.Expression(n), got, want)
			}
		}
		if lost != 5 {
			t.Errorf("%d nodes are nowhere, want 5", lost)
		}
	}
}

func TestReferencePathsInWeakMaps(t *testing.T) {
	fill := func(b *dumpbuild.Builder) {
		notesOfUsers(b, 3)
		loopsOfDrivers(b, 3)
		b.Global("unheld", dumpbuild.NewWeakMap().Put(user(0), noteObject()))
	}
	g, info := build(t, weakCase(fill))
	for path, want := range map[string]struct {
		paths   []string
		entries string
	}{
		"$users[1]=>WeakMap->body":    {[]string{"$users[1]=>WeakMap->body"}, "=>WeakMap Notes::$ofUser key"},
		"Notes::$ofUser[1]->body":     {[]string{"$users[1]=>WeakMap->body"}, "=>WeakMap Notes::$ofUser key"},
		"$users[1] => WeakMap->body":  {[]string{"$users[1]=>WeakMap->body"}, "=>WeakMap Notes::$ofUser key"},
		"Adapter::$loops[1]->driver":  {[]string{"Adapter::$loops[1]->driver"}, "[1] Adapter::$loops value"},
		"Adapter::$loops[0]":          {[]string{"Adapter::$loops[0]"}, "[0] Adapter::$loops value"},
		"$unheld[0]":                  {[]string{"$unheld[0]"}, "[0] $unheld map"},
		`$unheld->{"0"}["key"]->name`: {[]string{`$unheld->{"0"}["key"]->name`}, ""},
	} {
		r, err := ReferencePaths(g, info, path, RefPathOptions{})
		if err != nil {
			t.Fatal(err)
		}
		var paths, entries []string
		for i := range r.Paths {
			paths = append(paths, r.Paths[i].Expression)
		}
		for _, e := range r.Entries {
			entries = append(entries, fmt.Sprint(e.Expression, " ", e.MapPath, " ", e.Keeper))
		}
		if !slices.Equal(paths, want.paths) || strings.Join(entries, ", ") != want.entries {
			t.Errorf("%s: got %q and %q, want %q and %q", path, paths, entries, want.paths, want.entries)
		}
		if weak := want.entries == ""; r.WeakOnly != weak {
			t.Errorf("%s: weak only is %t", path, r.WeakOnly)
		}
	}
	for path, want := range map[string]string{
		"$users=>WeakMap":    `$users keeps no value alive as the key of a WeakMap`,
		"$users[0]=>SplMap":  `cannot read $users[0]=>SplMap from SplMap on (byte 11): behind => stands WeakMap: $key=>WeakMap is the value that $key has in one`,
		"Notes::$ofUser[17]": `Notes::$ofUser is an object and has no property "17"; it has: {"2"}, {"1"}, {"0"}`,
	} {
		if _, err := Locate(g, path); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
}

func TestTreeOfWeakMaps(t *testing.T) {
	r := retain(t, weakCase(func(b *dumpbuild.Builder) {
		notesOfUsers(b, 3)
		loopsOfDrivers(b, 30)
	}))
	want := `(all roots)
  Adapter::$loops WeakMap
    [*] ReactLoop x27
      ->driver Driver x27
        ->timers array x27
          [*] App\User x54
            ->mail string x54
            ->name string x54
      ->label string x27
    [*] Driver x3
      ->timers array x3
        [*] App\User x6
          ->mail string x6
          ->name string x6
  $users array
    [*] App\User x3
      =>WeakMap Note x3
        ->body string x3
      ->mail string x3
      ->name string x3
  Notes::$ofUser WeakMap
`
	if got := drawn(treeOf(t, r, everything)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestWeakMaps(t *testing.T) {
	text := weakCase(func(b *dumpbuild.Builder) {
		notesOfUsers(b, 3)
		loopsOfDrivers(b, 30)
		b.Global("unheld", dumpbuild.NewWeakMap().Put(user(0), scalar("int"))).Global("empty", dumpbuild.NewWeakMap())
	})
	g, info := build(t, text)
	var got []string
	for _, u := range WeakMaps(g) {
		got = append(got, fmt.Sprintf("%d entries, %d self-held, %d unheld, %s=>%s%s", u.Entries, u.SelfHeld, u.Unheld, u.Key.Class, u.Value.Type, u.Value.Class))
	}
	want := []string{
		`3 entries, 0 self-held, 0 unheld, App\User=>objectNote`,
		`30 entries, 30 self-held, 0 unheld, Driver=>objectReactLoop`,
		`1 entries, 0 self-held, 1 unheld, App\User=>int`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	c := CheckDump(g, info, zend.Auto)
	if len(c.WeakMaps) != 2 || c.WeakMaps[0].Path != "Adapter::$loops" || c.WeakMaps[0].SelfHeld != 30 || c.WeakMaps[1].Path != "$unheld" {
		t.Errorf("check says %+v", c.WeakMaps)
	}
}
