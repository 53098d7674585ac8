package query

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis/paths"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

func TestReferencePathsInWeakMaps(t *testing.T) {
	fill := func(b *dumpbuild.Builder) {
		dumptest.NotesOfUsers(b, 3)
		dumptest.LoopsOfDrivers(b, 3)
		b.Global("unheld", dumpbuild.NewWeakMap().Put(dumptest.User(0), dumptest.NoteObject()))
	}
	g, info := dumptest.Build(t, dumptest.WeakCase(fill))
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
		if _, err := paths.Locate(g, path); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", path, err, want)
		}
	}
}
