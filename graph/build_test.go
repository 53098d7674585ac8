package graph

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"memtrail/dump"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/simheap"
)

func TestDumps(t *testing.T) {
	all := []string{"usual", "minified", "comma first", "reordered", "numeric sizes", "padded ids", "upper-case ids"}
	tests := []struct {
		name    string
		layouts []string
	}{
		{"example.json", all},
		{"closure-address-reuse.json", all},
		{"debuginfo.json", all},
		{"statics.json", all},
		{"fibers.json", all},
		{"undef-number-type.json", all},
		{"talk-1k.json.gz", all},
		{"weird.json.gz", all},
		{"phpunit.json.gz", []string{"minified", "padded ids"}},
		{"truncated-deep-list.json.gz", nil},
		{"truncated-memory-limit.json.gz", nil},
	}
	for i, test := range cases.Sample(tests, 7, 0) {
		t.Run(test.name, func(t *testing.T) {
			text := load(t, test.name)
			d := read(text)
			check(t, build(t, text), d)
			for _, l := range dumpbuild.Layouts() {
				if !slices.Contains(cases.Sample(test.layouts, 1, i), l.Name) {
					continue
				}
				t.Run(l.Name, func(t *testing.T) {
					text := l.Print(d)
					check(t, build(t, text), read(text))
				})
			}
		})
	}
}

func TestRandomGraphs(t *testing.T) {
	for seed := range uint64(cases.Number(50, 300)) {
		r := rand.New(rand.NewPCG(seed, 1))
		d := dumpbuild.RandomGraph{
			Seed: seed, Nodes: 1 + r.IntN(60), Edges: r.IntN(200), Roots: r.IntN(6), WeakMaps: r.IntN(3), Dangling: r.IntN(5),
		}.Dump()
		layouts := dumpbuild.Layouts()
		l := layouts[int(seed)%len(layouts)]
		text := l.Print(d)
		d = read(text)
		g := build(t, text)
		check(t, g, d)
		every := 1 + r.IntN(10)
		same(t, buildCut(t, text, func(items int) bool { return items%every == 0 }), g)
		if t.Failed() {
			t.Fatalf("seed %d, layout %s", seed, l.Name)
		}
	}
}

func TestDuplicateIDs(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		d := dumpbuild.RandomGraph{Seed: seed, Nodes: 40, Edges: 80, Roots: 4}.Dump()
		for range 1 + r.IntN(6) {
			d.Items = slices.Insert(d.Items, r.IntN(len(d.Items)), d.Items[r.IntN(len(d.Items))])
		}
		text := d.PrintUsual()
		g := build(t, text)
		check(t, g, d)
		same(t, buildCut(t, text, func(items int) bool { return items%7 == 0 }), g)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// However a dump is cut into stretches, the graph is the same.
func TestCuts(t *testing.T) {
	for _, name := range []string{"example.json", "closure-address-reuse.json", "statics.json"} {
		t.Run(name, func(t *testing.T) {
			text := load(t, name)
			want := build(t, text)
			check(t, want, read(text))
			same(t, buildCut(t, text, func(int) bool { return true }), want)
			for at := range want.Items() {
				same(t, buildCut(t, text, func(items int) bool { return items == at }), want)
				same(t, buildCut(t, text, func(items int) bool { return items >= at && items%2 == 0 }), want)
			}
		})
	}
}

func TestWorkers(t *testing.T) {
	var simulated bytes.Buffer
	if _, err := simheap.Write(&simulated, simheap.Options{Items: cases.Number(10_000, 30_000), Seed: 3, Dangling: 5}); err != nil {
		t.Fatal(err)
	}
	tests := map[string][]byte{
		"simulated": simulated.Bytes(),
		"phpunit":   load(t, "phpunit.json.gz"),
		"truncated": load(t, "truncated-deep-list.json.gz"),
		"minified":  dumpbuild.Minified().Print(read(load(t, "phpunit.json.gz"))),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			want := build(t, text)
			for _, workers := range []int{1, 2, 4} {
				same(t, buildFile(t, text, workers), want)
			}
		})
	}
	t.Run("oracle", func(t *testing.T) { check(t, buildFile(t, simulated.Bytes(), 4), read(simulated.Bytes())) })
}

func TestIDs(t *testing.T) {
	long := "node:" + strings.Repeat("x", 300)
	tests := map[string][]string{
		"plain":           {"0x7f0000001000", "0x7f00000010a0"},
		"digits first":    {"0x700000001000", "0x7f00000010a0", "0x7F00000010B0"},
		"only digits":     {"0x1", "0x20", "0x0"},
		"padded":          {"0x00007f0000001000", "0x0000000000000001", "0x7f0000001020"},
		"padded digits":   {"0x0000700000001000", "0x00007f0000001000"},
		"upper-case":      {"0x7F00000010A0", "0x7F00000010B0", "0x700000001000", "0x7f00000010c0"},
		"mixed case":      {"0x7f00000010Ab", "0x7F00000010aC", "0x7F00000010AD", "0x7f00000010ae"},
		"upper-case X":    {"0X7F00000010A0", "0x7f00000010b0"},
		"opaque":          {"node:1", "#12", "", "0x", "0xg", long, "0x7f0000001000"},
		"opaque first":    {"17", "0x7F00000010A0"},
		"largest":         {"0x7fffffffffffffff", "0x8000000000000000", "0xffffffffffffffff", "0x10000000000000000"},
		"synthetic":       {"0x1000000000000000", "0x1000000000000001", "0x100000000000000a"},
		"zeros in excess": {"0x000000000000000000000000000a", "0xb"},
	}
	for name, ids := range tests {
		t.Run(name, func(t *testing.T) {
			b := dumpbuild.New()
			for i, id := range ids {
				b.ItemID(id, "object").Class("A").ChildID("next", ids[(i+1)%len(ids)])
			}
			for _, l := range []dumpbuild.Layout{dumpbuild.Usual(), dumpbuild.Minified()} {
				text := l.Print(b.Dump())
				g := build(t, text)
				check(t, g, b.Dump())
				same(t, buildCut(t, text, func(int) bool { return true }), g)
				for n, id := range ids {
					if got, ok := g.Find(id); !ok || got != NodeID(n) {
						t.Errorf("%s: Find(%q) = %d, %v, want %d", l.Name, id, got, ok, n)
					}
				}
			}
		})
	}
}

func TestFields(t *testing.T) {
	tests := map[string]func(*dumpbuild.Builder){
		"sizes": func(b *dumpbuild.Builder) {
			for i, size := range []uint64{0, 1, 1<<32 - 2, 1<<32 - 1, 1 << 32, 1 << 40, 1 << 60} {
				b.Item(0x1000+0x40*uint64(i), "string").Size(size)
			}
		},
		"handles": func(b *dumpbuild.Builder) {
			for i, h := range []string{"0", "1", "007", "-1", "4294967293", "4294967294", "4294967295", "99999999999999", "node:5", "1.5", "+3", "x\x00\xff"} {
				b.Item(0x1000+0x40*uint64(i), "object").Class("A").Field("object_handle", dumpbuild.Text(h))
			}
		},
		"keys": func(b *dumpbuild.Builder) {
			it := b.Item(0x1000, "array")
			for i, key := range []string{
				"", "0", "1", "00", "007", "-1", "-0", "536870911", "536870912", "4294967296", "99999999999999999999",
				"a", "ab", "abc", "abcd", "abcdefg", "abcdefgh", "abcdefghi", "a\x00", "a\x00b", "\xff\xfe", "\x00*\x00p", "é", "\u202e",
				"1 ", " 1", "1.5", "a", "a", strings.Repeat("k", 5000),
			} {
				it.Child(key, 0x2000+0x40*uint64(i%3))
			}
			b.Item(0x2000, "int")
		},
		"types": func(b *dumpbuild.Builder) {
			for i, typ := range []string{"null", "double", "number", "unknown", "", "\x80\x81", "resource (closed)", "object"} {
				b.Item(0x1000+0x40*uint64(i), typ).Root("<GLOBAL>", typ)
			}
		},
		"roots": func(b *dumpbuild.Builder) {
			b.Item(0x1000, "int").Root("", "")
			b.Item(0x1040, "int").Root("f\xff()", "s\x01")
			b.Item(0x1080, "int")
			b.Item(0x10c0, "array").NoChildren().Root("<CLASS_STATIC_MEMBER>", "*::x")
		},
		"children of scalars": func(b *dumpbuild.Builder) { b.Item(0x1000, "int").Child("x", 0x1000).Child("y", 0x9000) },
		"no items":            func(*dumpbuild.Builder) {},
	}
	for name, fill := range tests {
		t.Run(name, func(t *testing.T) {
			b := dumpbuild.New()
			fill(b)
			for _, l := range []dumpbuild.Layout{dumpbuild.Usual(), dumpbuild.Minified()} {
				check(t, build(t, l.Print(b.Dump())), b.Dump())
			}
		})
	}
}

func TestMissing(t *testing.T) {
	b := dumpbuild.New()
	b.Item(0x1000, "array").Child("a", 0x2000).Child("b", 0x1040).Child("c", 0x2000)
	b.Item(0x1040, "array").Child("d", 0x3000).Child("e", 0x2000).ChildID("f", "nowhere")
	g := build(t, b.Dump().PrintUsual())
	check(t, g, b.Dump())
	if got := []string{g.ID(2), g.ID(3), g.ID(4)}; !slices.Equal(got, []string{"0x2000", "0x3000", "nowhere"}) {
		t.Errorf("missing: %v", got)
	}
	if n, ok := g.Find("0X02000"); !ok || n != 2 {
		t.Errorf("Find = %d, %v", n, ok)
	}
}

// An item may come in pieces, and the last piece may take it all back.
func TestPieces(t *testing.T) {
	child := func(id string) []dump.Child { return []dump.Child{{Key: []byte("k" + id), ID: []byte(id)}} }
	piece := func(id, children string, more, broken bool) *dump.Item {
		it := &dump.Item{ID: []byte(id), More: more, Broken: broken, Fields: dump.HasChildren}
		for c := range strings.FieldsSeq(children) {
			it.Children = append(it.Children, child(c)...)
		}
		if !more {
			it.Type, it.Size, it.Fields = []byte("array"), 72, it.Fields|dump.HasType|dump.HasSize
		}
		return it
	}
	tests := []struct {
		name  string
		items []*dump.Item
		want  string // of each node its targets
	}{
		{"whole", []*dump.Item{piece("0xa", "0xb 0xc", false, false), piece("0xb", "", false, false), piece("0xc", "0xa", false, false)},
			"0xa: 0xb 0xc; 0xb:; 0xc: 0xa"},
		{"pieces", []*dump.Item{piece("0xa", "0xb", true, false), piece("0xa", "0xc", true, false), piece("0xa", "0xa", false, false),
			piece("0xb", "", false, false), piece("0xc", "", false, false)}, "0xa: 0xb 0xc 0xa; 0xb:; 0xc:"},
		{"broken", []*dump.Item{piece("0xa", "0xb 0xc", false, false), piece("0xb", "0xd", true, false), piece("0xb", "", false, true),
			piece("0xc", "", false, false)}, "0xa: 0xb 0xc; 0xc:; 0xb?"},
		{"broken first", []*dump.Item{piece("0xa", "0xb", true, false), piece("0xa", "", false, true), piece("0xb", "0xa", false, false)},
			"0xb: 0xa; 0xa?"},
		{"broken, then whole", []*dump.Item{piece("0xa", "0xb", false, false), piece("0xb", "0xa", true, false), piece("0xb", "", false, true),
			piece("0xb", "", false, false)}, "0xa: 0xb; 0xb:"},
		{"broken at once", []*dump.Item{piece("0xa", "", false, false), piece("0xb", "", false, true)}, "0xa:"},
	}
	for _, test := range tests {
		for _, cuts := range []bool{false, true} {
			t.Run(fmt.Sprint(test.name, " cuts=", cuts), func(t *testing.T) {
				g := buildItems(t, func(yield func(*dump.Item)) {
					for _, it := range test.items {
						yield(it)
					}
				}, func(int) bool { return cuts })
				if got := outline(g); got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
			})
		}
	}
}

// outline writes the nodes of a graph with their targets.
func outline(g *Graph) string {
	var nodes []string
	for n := range NodeID(g.Len()) {
		s := g.ID(n)
		if g.Missing(n) {
			nodes = append(nodes, s+"?")
			continue
		}
		s += ":"
		from, to := g.Children(n)
		for e := from; e < to; e++ {
			s += " " + g.ID(g.Target(e))
		}
		nodes = append(nodes, s)
	}
	return strings.Join(nodes, "; ")
}

// A list of children longer than any window comes in pieces, from the reader
// itself.
func TestLongList(t *testing.T) {
	b := dumpbuild.New()
	it := b.Item(0x7f0000000000, "array").Root("<GLOBAL>", "list")
	for i := range 60_000 {
		it.Child("key "+strconv.Itoa(i), 0x7f0000100000+0x20*uint64(i%50_000))
	}
	for i := range 50_000 {
		b.Item(0x7f0000100000+0x20*uint64(i), "int")
	}
	text := b.Dump().PrintUsual()
	g := build(t, text)
	check(t, g, b.Dump())
	same(t, buildFile(t, text, 2), g)
}
