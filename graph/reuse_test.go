package graph

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"memtrail/internal/dumpbuild"
	"memtrail/internal/simheap"
)

// flagged lists the edges that have a flag, as "class key" where the source
// is an object, and "key" where it is an array; how often where it is several
// times.
func flagged(g *Graph, flag func(Label) bool) []string {
	count := map[string]int{}
	for e := range EdgeID(g.Edges()) {
		if l := g.Label(e); flag(l) {
			count[strings.TrimSpace(g.Name(g.Kind(g.Source(e)).Class)+" "+g.Key(l))]++
		}
	}
	var list []string
	for s, n := range count {
		if n > 1 {
			s += fmt.Sprint(" ×", n)
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

// What is expected of the real dumps was found by hand: in which of the tables
// an address came up before.
func TestReuseInDumps(t *testing.T) {
	tests := map[string][]string{
		"example.json":    nil,
		"debuginfo.json":  nil,
		"statics.json":    nil,
		"fibers.json":     nil,
		"talk-1k.json.gz": nil,
		"phpunit.json.gz": {"ArrayObject storage ×9800"},
		"ast.json.zst":    {"Closure parameter ×1180"},
		"weird.json.gz": {
			"0 ×2", "ArrayObject storage ×2", "Closure static ×50", "Magic tmp", "SplDoublyLinkedList dllist", "SplDoublyLinkedList flags",
			"SplFixedArray 0", "SplMinHeap flags", "SplMinHeap isCorrupted", "SplPriorityQueue flags", "SplPriorityQueue heap",
			"SplPriorityQueue isCorrupted", "inf",
		},
		"closure-address-reuse.json": {"ArrayObject storage ×2", "Closure static", "SplObjectStorage storage ×2"},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			g := build(t, load(t, name))
			if got := flagged(g, Label.Unreliable); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestReuse(t *testing.T) {
	to, array, object := dumpbuild.To, dumpbuild.NewArray, dumpbuild.NewObject
	scalar := func() *dumpbuild.Node { return dumpbuild.NewScalar("int") }
	tests := []struct {
		name  string
		nodes func() []*dumpbuild.Node // each a global
		want  []string
	}{
		{"static tables of closures", func() []*dumpbuild.Node {
			table := array(to("x", scalar()))
			return []*dumpbuild.Node{object("Closure", to("static", table)), object("Closure", to("static", table)), object("Closure", to("parameter", table))}
		}, []string{"Closure parameter", "Closure static"}},
		{"a table that another's value hits", func() []*dumpbuild.Node {
			value := scalar()
			return []*dumpbuild.Node{object("Closure", to("static", array(to("x", value)))), object("ArrayObject", to("storage", value))}
		}, []string{"ArrayObject storage"}},
		{"a variable that closures bind by reference", func() []*dumpbuild.Node {
			value := scalar().At(0x7f0000002048)
			return []*dumpbuild.Node{
				object("Closure", to("static", array(to("x", value)).At(0x7f0000008000))),
				object("Closure", to("static", array(to("x", value)).At(0x7f0000008100))),
			}
		}, nil},
		{"the program's own data in storages", func() []*dumpbuild.Node {
			value := scalar()
			return []*dumpbuild.Node{object("ArrayObject", to("storage", array(to("x", value)))), object("ArrayObject", to("storage", array(to("x", value))))}
		}, nil},
		{"a class with __debugInfo", func() []*dumpbuild.Node {
			value := scalar()
			return []*dumpbuild.Node{object("Magic", to("tmp", value)), object("Magic", to("tmp", value)), object("Other", to("tmp", value))}
		}, []string{"Magic tmp", "Other tmp"}},
		{"a reference that objects share", func() []*dumpbuild.Node {
			value := scalar().At(0x7f0000002048)
			return []*dumpbuild.Node{object("A", to("config", value)), object("A", to("config", value)), object("B", to("config", value))}
		}, nil},
		{"a reference to a declared property", func() []*dumpbuild.Node {
			value := scalar().At(0x7f0000002038) // in its object, behind another
			return []*dumpbuild.Node{object("A", to("a", scalar().At(0x7f0000002028)), to("b", value)).At(0x7f0000002000), object("B", to("c", value))}
		}, nil},
		{"objects are what they are", func() []*dumpbuild.Node {
			shared := object("Logger")
			return []*dumpbuild.Node{object("Closure", to("this", shared)), object("Closure", to("this", shared)), object("Magic", to("log", shared))}
		}, nil},
		{"copy-on-write arrays", func() []*dumpbuild.Node {
			a, b := scalar(), scalar()
			return []*dumpbuild.Node{object("A", to("x", array(to("0", a), to("k", b)))), object("A", to("x", array(to("0", a), to("k", b))))}
		}, nil},
		{"stdClass objects made of one array", func() []*dumpbuild.Node {
			value := scalar()
			return []*dumpbuild.Node{object("stdClass", to("x", value)), object("stdClass", to("x", value)), array(to("x", value))}
		}, nil},
		{"an array with an object's slot", func() []*dumpbuild.Node {
			value := scalar()
			return []*dumpbuild.Node{object("A", to("x", value)), array(to("x", value))}
		}, nil},
		{"a root that objects hold", func() []*dumpbuild.Node {
			value := array(to("x", scalar()))
			return []*dumpbuild.Node{value, object("Closure", to("static", value)), object("Closure", to("static", value))}
		}, nil},
		{"no objects at all", func() []*dumpbuild.Node {
			value := scalar()
			return []*dumpbuild.Node{array(to("a", value)), array(to("b", value))}
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := dumpbuild.New()
			for i, n := range test.nodes() {
				b.Global(fmt.Sprint("v", i), n)
			}
			text := b.Dump().PrintUsual()
			g := build(t, text)
			check(t, g, b.Dump())
			if got := flagged(g, Label.Unreliable); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			same(t, buildCut(t, text, func(int) bool { return true }), g)
		})
	}
}

// Ids that a tool numbered are never used again.
func TestReuseOfNumbers(t *testing.T) {
	for _, base := range []string{"0x100000000000000", "node:"} {
		b := dumpbuild.New()
		for i := range 3 {
			b.ItemID(base+fmt.Sprint(i), "object").Class("Closure").ChildID("static", base+"9")
		}
		b.ItemID(base+"9", "array")
		if g := build(t, b.Dump().PrintUsual()); g.Counts().Unreliable != 0 {
			t.Errorf("%s: %+v", base, g.Counts())
		}
	}
}

func TestSimulatedReuse(t *testing.T) {
	for seed := range uint64(5) {
		var text bytes.Buffer
		truth, err := simheap.Write(&text, simheap.Options{Items: 20_000, Seed: seed, Dangling: int(seed) * 3})
		if err != nil {
			t.Fatal(err)
		}
		g := build(t, text.Bytes())
		c := g.Counts()
		if c.Unreliable != uint64(truth.Reused) || c.Dangling != uint64(truth.Dangling) || c.Duplicates != 0 {
			t.Errorf("seed %d: got %+v, want %d reused and %d dangling", seed, c, truth.Reused, truth.Dangling)
		}
		if g.Items() != truth.Items || g.Edges()-int(c.Entries) != truth.Edges || len(g.Roots()) != truth.Roots {
			t.Errorf("seed %d: got %d items, %d edges, %d roots; want %d, %d, %d", seed, g.Items(), g.Edges(), len(g.Roots()), truth.Items, truth.Edges, truth.Roots)
		}
		for _, s := range flagged(g, Label.Unreliable) {
			if !strings.HasPrefix(s, "Closure ") {
				t.Errorf("seed %d: %s", seed, s)
			}
		}
	}
}

func TestWeak(t *testing.T) {
	to := dumpbuild.To
	key, value := dumpbuild.NewObject("Key"), dumpbuild.NewObject("Value")
	pair := dumpbuild.NewArray(to("key", key), to("value", value))
	b := dumpbuild.New().
		Global("map", dumpbuild.NewObject("WeakMap", to("0", pair), to("1", dumpbuild.NewArray()))).
		Global("other", dumpbuild.NewObject("App\\WeakMap", to("0", key)))
	g := build(t, b.Dump().PrintUsual())
	check(t, g, b.Dump())
	if got, want := flagged(g, Label.Weak), []string{"WeakMap 0", "WeakMap 1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
