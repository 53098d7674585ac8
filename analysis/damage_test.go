package analysis

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// contents are what a dump has, as far as damage to it can be known: how often
// each id is an item, a root, and the source and target of a reference. The id
// of a root that nothing refers to is a name of no consequence.
type contents struct{ items, roots, edges map[string]int }

func contentsOf(g *graph.Graph) contents {
	c := contents{map[string]int{}, map[string]int{}, map[string]int{}}
	held := make([]bool, g.Len())
	for e := range graph.EdgeID(g.Edges()) {
		held[g.Target(e)] = true
	}
	id := func(n graph.NodeID) string {
		if _, root := g.Root(n); root && !held[n] {
			return "a root"
		}
		return strings.ToLower(g.ID(n))
	}
	for n := range graph.NodeID(g.Items()) {
		c.items[id(n)]++
		if _, root := g.Root(n); root {
			c.roots[id(n)]++
		}
	}
	for e := range graph.EdgeID(g.Edges()) {
		c.edges[id(g.Source(e))+" "+id(g.Target(e))]++
	}
	return c
}

func (c *contents) equal(o *contents) bool {
	return maps.Equal(c.items, o.items) && maps.Equal(c.roots, o.roots) && maps.Equal(c.edges, o.edges)
}

// notice fails if a dump is said to be sound though it has not what the whole
// one has.
func (c *contents) notice(t *testing.T, what string, text []byte) {
	t.Helper()
	in, err := dump.FromReader("test", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	g, info, err := graph.Build(in, 1)
	var shape *dump.FormatError
	if errors.As(err, &shape) {
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	s := GraphSource(g, &info)
	if s.Verdict() != Sound {
		return
	}
	if got := contentsOf(g); !got.equal(c) {
		t.Errorf("%s: sound, with %d items, %d roots, %d references; want %d, %d, %d; %+v",
			what, g.Items(), info.Roots, g.Edges(), len(c.items), len(c.roots), len(c.edges), s.Defects)
	}
}

// TestDamageIsNoticed changes each byte of dumps that php-meminfo wrote, and
// takes away each number of their first bytes: what is then missing, or leads
// elsewhere, is noticed.
func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	every := cases.Number(61, 3)
	for _, name := range []string{"statics.json", "ffi-trailing-comma.json"} {
		text := dumptest.Load(t, name)
		g, info := dumptest.Build(t, text)
		if s := GraphSource(g, info); s.Verdict() != Sound || !info.Closed {
			t.Fatalf("%s: %+v", name, s)
		}
		whole := contentsOf(g)
		for cut := 1; cut < len(text); cut += every {
			whole.notice(t, fmt.Sprintf("%s without its first %d bytes", name, cut), text[cut:])
		}
		bad := bytes.Clone(text)
		for k, mask := range []byte{0x01, 0x02, 0x04, 0x10, 0x20, 0x5f, 0xff} {
			for i := k * 7 % every; i < len(text); i += every {
				bad[i] ^= mask
				whole.notice(t, fmt.Sprintf("%s, byte %d ^ %#x", name, i, mask), bad)
				bad[i] ^= mask
			}
		}
	}
}

// TestClosed has what breaks the rules of php-meminfo, by who wrote it.
func TestClosed(t *testing.T) {
	object := func(b *dumpbuild.Builder, id uint64) *dumpbuild.ItemBuilder {
		return b.Item(id, "object").Class("A").Handle(int(id))
	}
	for _, c := range []struct {
		name string
		add  func(b *dumpbuild.Builder, root *dumpbuild.ItemBuilder)
		want string // the kind that is found; "" for none
	}{
		{"nothing", func(b *dumpbuild.Builder, root *dumpbuild.ItemBuilder) { root.Child("a", 0x20); object(b, 0x20) }, ""},
		{"a child that is no item", func(_ *dumpbuild.Builder, root *dumpbuild.ItemBuilder) { root.Child("a", 0x20) }, "dangling_child"},
		{"an item that nothing names", func(b *dumpbuild.Builder, _ *dumpbuild.ItemBuilder) { object(b, 0x20) }, "orphan_item"},
		{"an item that is there twice", func(b *dumpbuild.Builder, root *dumpbuild.ItemBuilder) {
			root.Child("a", 0x20)
			object(b, 0x20)
			object(b, 0x20)
		}, "duplicate_id"},
	} {
		b := dumpbuild.New()
		c.add(b, b.Item(0x10, "array").Root("<GLOBAL>", "data"))
		d := b.Dump()
		fork := strings.Replace(string(d.PrintUsual()), "<GLOBAL>", "<SHUTDOWN_HANDLER>", 1)
		for layout, text := range map[string][]byte{
			"php-meminfo": d.PrintUsual(), "1.0.2": dumpbuild.Minified().Print(d), "no header": dumpbuild.NoHeader(d).PrintUsual(), "a fork": []byte(fork),
			"cut off": bytes.TrimSuffix(d.PrintUsual(), []byte("}\n}\n")),
		} {
			g, info := dumptest.Build(t, text)
			s := GraphSource(g, info)
			if found := slices.ContainsFunc(s.Defects, func(d Defect) bool { return d.Kind == c.want }); found != (c.want != "") && (layout == "php-meminfo" || c.want != "orphan_item") {
				t.Errorf("%s, %s: %+v", layout, c.name, s.Defects)
			}
			want := Sound
			switch {
			case layout == "cut off":
				want = Incomplete
			case layout == "php-meminfo" && c.want != "":
				want = Damaged
			}
			if got := s.Verdict(); got != want {
				t.Errorf("%s, %s: %s, want %s; %+v", layout, c.name, got, want, s.Defects)
			}
		}
	}
}
