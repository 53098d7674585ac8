package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis/paths"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/zend"
)

func TestWeakMaps(t *testing.T) {
	text := dumptest.WeakCase(func(b *dumpbuild.Builder) {
		dumptest.NotesOfUsers(b, 3)
		dumptest.LoopsOfDrivers(b, 30)
		b.Global("unheld", dumpbuild.NewWeakMap().Put(dumptest.User(0), dumptest.Scalar("int"))).Global("empty", dumpbuild.NewWeakMap())
	})
	g, info := dumptest.Build(t, text)
	var got []string
	for _, u := range paths.WeakMaps(g) {
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
	c := Dump(g, info, zend.Auto, nil)
	if len(c.WeakMaps) != 2 || c.WeakMaps[0].Path != "Adapter::$loops" || c.WeakMaps[0].SelfHeld != 30 || c.WeakMaps[1].Path != "$unheld" {
		t.Errorf("check says %+v", c.WeakMaps)
	}
}
