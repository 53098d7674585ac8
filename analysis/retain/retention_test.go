package retain_test

import (
	"fmt"
	"testing"

	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/retaintest"
)

func TestRetainedOfEveryItem(t *testing.T) {
	texts := map[string][]byte{"shared": retaintest.SharedCache()}
	for _, name := range []string{"statics.json", "closure-address-reuse.json", "fibers.json"} {
		texts[name] = dumptest.Load(t, name)
	}
	for seed := range uint64(20) {
		texts[fmt.Sprint("random ", seed)] = dumpbuild.RandomGraph{Seed: seed, Nodes: 30, Edges: 45, Roots: 3, WeakMaps: 1}.Dump().PrintUsual()
	}
	for name, text := range texts {
		r := retaintest.Measured(t, text)
		for n := range graph.NodeID(r.Graph.Items()) {
			if !r.Dominators.Reachable(n) {
				continue
			}
			if got, want := r.Of(n), retaintest.NaiveRetained(r.Graph, r.Sizes.Of, n); got != want {
				t.Errorf("%s: %s retains %d, want %d", name, r.Graph.ID(n), got, want)
			}
		}
	}
}

// What PHP counted while it built one structure, against what the dump of it
// says that $data retains.
func TestSizesAgainstPHP(t *testing.T) {
	for name, net := range map[string]uint64{
		"packed_ints": 528440, "array_of_small_arrays": 2207224, "objects_8props": 1095224, "stdclass_dynamic": 2375224,
		"linked_list": 560000, "cow_arrays": 14960, "closures": 1556920, "hash_string_keys": 1047416,
		"strings_mixed": 8756080, "strings_huge": 22790480,
	} {
		g, info := dumptest.Build(t, dumptest.Load(t, "sizes/"+name+".json.gz"))
		r := retain.Retain(g, info, retain.RetentionOptions{Retained: true})
		for _, root := range g.Roots() {
			if g.Name(root.Symbol) == "data" {
				if got := float64(r.Of(root.Node)) / float64(net); got < 0.99 || got > 1.01 {
					t.Errorf("%s: $data retains %.3f of what PHP counted", name, got)
				}
			}
		}
	}
}

// The key retains the value; the map retains its table.
func TestRetainedInWeakMaps(t *testing.T) {
	r := retaintest.Measured(t, dumptest.WeakCase(func(b *dumpbuild.Builder) { dumptest.NotesOfUsers(b, 10) }))
	locate := func(path string) graph.NodeID {
		n, err := paths.Locate(r.Graph, path)
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
		want := r.Own(locate(path))
		for _, part := range parts {
			want += r.Own(locate(path + part))
		}
		if got := r.Of(locate(path)); got != want || got < 600 && path != "Notes::$ofUser" {
			t.Errorf("%s retains %d, want %d", path, got, want)
		}
	}
	r = retaintest.Measured(t, dumptest.WeakCase(func(b *dumpbuild.Builder) { dumptest.LoopsOfDrivers(b, 10) }))
	if got := r.Of(locate("Adapter::$loops")); got != r.Retained.Root-r.Retained.Unreachable {
		t.Errorf("the map retains %d of %d", got, r.Retained.Root-r.Retained.Unreachable)
	}
}
