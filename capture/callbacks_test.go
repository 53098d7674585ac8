package capture_test

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"memtrail/capture"
	"memtrail/dump"
)

// What streams and C code hold is called what it is.
func TestCallbacks(t *testing.T) {
	for _, p := range builds(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			callbacks(t, start(t, p.path, "-n", "testdata/callbacks.php"))
		})
	}
}

func callbacks(t *testing.T, prog program) {
	has := prog.Line(t)
	prog.waiting(t)
	c := prog.capture(t, capture.Options{})
	items, roots := map[dump.Address]node{}, map[string]dump.Address{}
	info, err := c.Items(true, func(it *dump.Item) {
		n := node{typ: string(it.Type), to: append([]dump.Address(nil), it.Addresses...)}
		if n.typ == "object" {
			n.typ = string(it.Class)
		}
		for _, k := range it.Children {
			n.keys = append(n.keys, string(k.Key))
		}
		items[it.Address] = n
		if it.IsRoot {
			roots[string(it.Symbol)] = it.Address
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	at := func(from dump.Address, keys ...string) dump.Address {
		for _, k := range keys {
			i := slices.Index(items[from].keys, k)
			if i < 0 {
				t.Errorf("%s has no %q, but %q", items[from].typ, k, items[from].keys)
				return 0
			}
			from = items[from].to[i]
		}
		return from
	}
	for _, c := range []struct {
		root string
		keys []string
		want string
	}{
		{"log", []string{"write filters", "1"}, "Tagging"},
		{"log", []string{"write filters", "3", "kept", "0"}, "string"},
		{"context", []string{"options", "http", "header"}, "string"},
		{"context", []string{"notification"}, "Callback"},
		{"server", []string{"context"}, "resource"},
		{"tick functions", []string{"1"}, "Callback"},
		{"tick functions", []string{"argument 1 of #1"}, "int"},
		{"header callback", nil, "Callback"},
		{"signal handlers", []string{"10"}, "Callback"},
		{"assert callback", nil, "Callback"},
	} {
		root, there := roots[c.root]
		if !there && (c.root == "signal handlers" && !strings.Contains(has, "pcntl") || c.root == "assert callback" && !strings.Contains(has, "assert")) {
			continue
		}
		if got := items[at(root, c.keys...)].typ; got != c.want {
			t.Errorf("%s %q is of type %q, want %s", c.root, c.keys, got, c.want)
		}
	}
	if n := len(items[at(roots["log"], "write filters")].to); n > 4 {
		t.Errorf("four filters, the first without values, are %d", n)
	}
	var made []string
	for _, s := range info.Capture.Closures {
		made = append(made, fmt.Sprint(path.Base(s.File), ":", s.Line, " ", s.This, s.Uses, " ×", s.Objects))
	}
	if want := []string{"callbacks.php:35 Maker[job] ×5", "callbacks.php:41 [calls] ×1"}; !slices.Equal(made, want) {
		t.Errorf("the closures are %q, want %q", made, want)
	}
	if l := info.Capture.Owner("lost"); l.Blocks > 2 {
		t.Errorf("%d blocks are lost", l.Blocks)
	}
	checkBalance(t, &info)
}
