package query

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/zend"
)

// sizedDumps are the dumps of testdata, and some made of what is hard to price,
// by name.
func sizedDumps(t testing.TB) map[string][]byte {
	texts := map[string][]byte{"tables": tables().PrintUsual(), "wide": wide("int").PrintUsual(), "wide7": wide("integer").PrintUsual()}
	texts["simulated"], _ = dumptest.Simulate(t, 10_000)
	for _, pattern := range []string{"*.json", "*.json.gz", "sizes/*.gz", "series/*.gz"} {
		paths, err := filepath.Glob(dumptest.Path(pattern))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no dumps like %s: %v", pattern, err)
		}
		for _, path := range cases.Sample(paths, 2, 0) {
			name := path[strings.Index(filepath.ToSlash(path), "testdata/")+len("testdata/"):]
			texts[name] = dumptest.Load(t, name)
		}
	}
	return texts
}

func sized(t testing.TB, text []byte, o retain.RetentionOptions) *retain.Retention {
	t.Helper()
	g, info := dumptest.Build(t, text)
	return retain.Retain(g, info, o)
}

// What the groups of a summary were spent adds up to what the items were,
// whatever they are grouped by, and whatever else is asked for: the sizes of
// growth, leaks, tree and check are these too.
func TestSummaryAddsUp(t *testing.T) {
	texts := sizedDumps(t)
	for i, name := range slices.Sorted(maps.Keys(texts)) {
		text := texts[name]
		t.Run(name, func(t *testing.T) {
			for _, php := range cases.Sample([]zend.Version{zend.Auto, zend.PHP74, zend.PHP84}, 1, i) {
				allocated := sized(t, text, retain.RetentionOptions{PHP: php, Allocated: true})
				retained := sized(t, text, retain.RetentionOptions{PHP: php, Retained: true})
				want := retain.MeasureSizes(allocated.Graph, allocated.Info, php, true).ByKind.Total()
				for _, o := range []SummaryOptions{{}, {By: ByNamespace}, {By: ByType}, {Shapes: true}} {
					groups := SummarizeSized(allocated, o).Groups
					var sum uint64
					for _, g := range groups {
						sum += g.AllocatedBytes
					}
					if sum != want {
						t.Errorf("%v %+v: the groups come to %d bytes, the items to %d", php, o, sum, want)
					}
					other := SummarizeSized(retained, o).Groups
					for i := range other {
						checkHolders(t, &other[i])
						other[i].RetainedBytes, other[i].Held = 0, nil
					}
					if !slices.Equal(groups, other) {
						t.Errorf("%v %+v: with retained sizes %+v\nwithout %+v", php, o, other, groups)
					}
				}
			}
		})
	}
}

// checkHolders sees that what the holders have is what the group retains.
func checkHolders(t *testing.T, x *Group) {
	t.Helper()
	sum := x.Held.Rest
	for _, h := range x.Held.By {
		sum.Count += h.Count
		sum.RetainedBytes += h.RetainedBytes
	}
	if sum.RetainedBytes != x.RetainedBytes || sum.Count > x.Count || x.Count > 0 && sum.Count == 0 {
		t.Errorf("%s: %d items retain %d bytes, of which holders have %d and %d", x.Name, x.Count, x.RetainedBytes, sum.Count, sum.RetainedBytes)
	}
}

// naiveHolders tells by the dominators of each node who holds a group's items.
func naiveHolders(r *retain.Retention, class string) map[string]Holder {
	g, held := r.Graph, map[string]Holder{}
	is := func(n graph.NodeID) bool {
		return n < graph.Unreachable && !g.Missing(n) && g.Name(g.Kind(n).Class) == class
	}
next:
	for n := range graph.NodeID(g.Items()) {
		if !is(n) {
			continue
		}
		by, top := "", n
		for p := r.Dominators.Parent(n); p != graph.VirtualRoot; p = r.Dominators.Parent(p) {
			if is(p) {
				continue next
			}
			if top = p; by == "" && p < graph.Unreachable && !g.Missing(p) && g.Name(g.Kind(p).Type) == "object" {
				by = g.Name(g.Kind(p).Class)
			}
		}
		if by == "" {
			_, isRoot := g.Root(top)
			by = map[bool]string{true: HeldByVariables, false: HeldByMany}[isRoot]
			if top == graph.Unreachable {
				by = HeldByNone
			}
		}
		h := held[by]
		held[by] = Holder{by, h.Count + 1, h.RetainedBytes + r.Of(n)}
	}
	return held
}

func TestHolders(t *testing.T) {
	texts := sizedDumps(t)
	for i, name := range slices.Sorted(maps.Keys(texts)) {
		r := sized(t, texts[name], retain.RetentionOptions{Retained: true})
		groups := SummarizeSized(r, SummaryOptions{Sort: SortRetained}).Groups
		for _, x := range cases.Sample(groups, 4, i) {
			if x.Kind != "object" {
				continue
			}
			want := naiveHolders(r, x.Name)
			if len(x.Held.By)+x.Held.More != len(want) {
				t.Errorf("%s: %s has %d holders and %d more, want %d", name, x.Name, len(x.Held.By), x.Held.More, len(want))
			}
			for _, h := range x.Held.By {
				if h != want[h.Class] {
					t.Errorf("%s: %s: %+v, want %+v", name, x.Name, h, want[h.Class])
				}
			}
		}
	}
}

// A summary over a graph has the groups of one that streams.
func TestSummaryOverGraph(t *testing.T) {
	texts := sizedDumps(t)
	for i, name := range slices.Sorted(maps.Keys(texts)) {
		text := texts[name]
		t.Run(name, func(t *testing.T) {
			r := sized(t, text, retain.RetentionOptions{})
			for _, by := range cases.Sample([]Grouping{ByClass, ByType, ByNamespace}, 1, i) {
				for _, shapes := range []bool{false, true} {
					o := SummaryOptions{By: by, Shapes: shapes}
					want, err := Summarize(dumptest.File(t, text), o)
					if err != nil {
						t.Fatal(err)
					}
					if got := SummarizeSized(r, o); !slices.Equal(got.Groups, want.Groups) {
						t.Errorf("%+v: got %+v\nwant %+v", o, got.Groups, want.Groups)
					}
				}
			}
		})
	}
}

// Sizes of reli are allocated bytes already.
func TestSummaryOfRealSizes(t *testing.T) {
	b := dumpbuild.New()
	b.Item(0x1000_0000_0000_0000, "object").Class("A").Size(96).Child("x", 0x1000_0000_0000_0001)
	b.Item(0x1000_0000_0000_0001, "string").Size(48)
	b.Item(0x1000_0000_0000_0002, "int").Size(16)
	for _, g := range SummarizeSized(sized(t, b.Dump().PrintUsual(), retain.RetentionOptions{Allocated: true}), SummaryOptions{}).Groups {
		if g.AllocatedBytes != g.ReportedBytes || g.AllocatedBytes == 0 {
			t.Errorf("%+v", g)
		}
	}
}

// What a class is shows by its objects, some of which come last: the first cost
// no less. A class of the program's own may extend one of PHP's.
func TestSummaryLearnsClasses(t *testing.T) {
	b := dumpbuild.New()
	for i := range uint64(50) {
		at := 0x7f00_0000_0000 + i*0x1000
		it := b.Item(at, "object").Class("Late").Child("a", at+40)
		list := b.Item(at+0x200, "object").Class("MyList")
		if i == 49 {
			for k := range uint64(8) {
				it.Child("p"+strconv.Itoa(int(k)), at+56+16*k)
			}
			list.Child("flags", at+0x400).Child("dllist", at+0x500)
		}
	}
	// A table of its own, a slot of it, and the array that an ArrayObject shows.
	const bag, slot, elements = 0x7f10_0000_1000, 0x7f10_0000_2020, 0x7f10_0000_3000
	b.Item(bag, "object").Class(`App\Bag`).Child("storage", slot)
	list := b.Item(slot, "array")
	for k := range uint64(20) {
		list.Child(strconv.Itoa(int(k)), elements+8+16*k)
	}
	for k := range uint64(20) {
		b.Item(elements+8+16*k, "int")
	}
	got := map[string]uint64{}
	for _, g := range SummarizeSized(sized(t, b.Dump().PrintUsual(), retain.RetentionOptions{Allocated: true}), SummaryOptions{}).Groups {
		got[g.Name] = g.AllocatedBytes
	}
	model := zend.New(zend.Assumed)
	arrayObject := model.Class("ArrayObject")
	want := map[string]uint64{
		"Late":    50 * zend.Alloc(40+9*16),
		"MyList":  50 * (112 + 40),
		`App\Bag`: model.Block(arrayObject) + 56 + zend.Alloc(32*16+8), // the array in it is its own
	}
	for name, w := range want {
		if got[name] != w {
			t.Errorf("%s: got %d, want %d", name, got[name], w)
		}
	}
}

func TestItemsOfSummary(t *testing.T) {
	text := tables().PrintUsual()
	r := sized(t, text, retain.RetentionOptions{Allocated: true})
	sums := map[string]uint64{}
	for n := range graph.NodeID(r.Graph.Items()) {
		k := r.Graph.Kind(n)
		name := r.Graph.Name(k.Type)
		if name == "object" {
			name = r.Graph.Name(k.Class)
		}
		var it analysis.Item
		r.Fill(&it, n)
		sums[name] += *it.Allocated
	}
	for _, g := range SummarizeSized(r, SummaryOptions{}).Groups {
		if sums[g.Name] != g.AllocatedBytes {
			t.Errorf("%s: %d bytes, its items %d", g.Name, g.AllocatedBytes, sums[g.Name])
		}
	}
}

// tables is a dump of objects that show tables, some of them the same one.
func tables() *dumpbuild.Dump {
	b := dumpbuild.New()
	at := uint64(0x7f00_0000_0000)
	object := func(class string) *dumpbuild.ItemBuilder {
		at += 0x1000
		return b.Item(at, "object").Class(class)
	}
	for i := range 40 {
		temp := 0x7f10_0000_0000 + uint64(i/2)*0x1000 // used twice
		object("Closure").Child("static", temp).Child("parameter", temp+0x20)
		if i%2 == 0 {
			b.Item(temp, "array").Child("a", temp+0x100).Child("b", temp+0x120)
			b.Item(temp+0x100, "string").Size(116)
			b.Item(temp+0x120, "int")
			b.Item(temp+0x20, "array").Child("$x", temp+0x200)
			b.Item(temp+0x200, "string").Size(26)
		}
		temp += 0x100_0000
		object("ArrayObject").Child("storage", temp)
		if i%2 == 0 {
			list := b.Item(temp, "array")
			for j := range 3 + uint64(i) {
				list.Child(strconv.Itoa(int(j)), temp+0x108+16*j)
			}
			for j := range 3 + uint64(i) {
				b.Item(temp+0x108+16*j, "int")
			}
		}
		temp = 0x7f20_0000_0000 + uint64(i)*0x1000 // used once
		object(`App\Queue`).Child("flags", temp).Child("isCorrupted", temp+0x20).Child("heap", temp+0x40)
		b.Item(temp, "int")
		b.Item(temp+0x20, "bool")
		heap := b.Item(temp+0x40, "array")
		for j := range uint64(70) {
			heap.Child(strconv.Itoa(int(j)), temp+0x108+16*j)
		}
		for j := range uint64(70) {
			b.Item(temp+0x108+16*j, "int")
		}
		temp += 0x100_0000
		object("SplPriorityQueue").Child("flags", temp).Child("isCorrupted", temp+0x20).Child("heap", temp+0x40)
		heap = b.Item(temp+0x40, "array")
		for j := range uint64(5) {
			heap.Child(strconv.Itoa(int(j)), temp+0x108+16*j)
		}
		for j := range uint64(5) {
			b.Item(temp+0x108+16*j, "array").Child("data", temp+0x800+64*j).Child("priority", temp+0x820+64*j)
			b.Item(temp+0x800+64*j, "string").Size(40)
			b.Item(temp+0x820+64*j, "int")
		}
		temp += 0x100_0000
		object("DateTime").Child("date", temp).Child("timezone_type", temp+0x20).Child("timezone", temp+0x40)
		b.Item(temp, "string").Size(42)
		b.Item(temp+0x20, "int")
		b.Item(temp+0x40, "string").Size(19)
		b.Item(temp+0x60, "array").Child("file", temp+0x100).Child("function", temp+0x120)
		b.Item(temp+0x100, "string").Size(100)
		b.Item(temp+0x120, "string").Size(100)
	}
	return b.Dump()
}

// wide is a dump as PHP before 8.2 writes it, with arrays that share their
// elements.
func wide(integer string) *dumpbuild.Dump {
	b := dumpbuild.New()
	for i := range uint64(60) {
		at := 0x7f00_0000_0000 + i*0x1_0000
		for j := range i%3 + 1 { // copies
			list := b.Item(at+j*32, "array")
			for k := range 12 + i {
				list.Child(strconv.Itoa(int(k)), at+0x1008+32*k)
			}
		}
		for k := range 12 + i {
			b.Item(at+0x1008+32*k, integer)
		}
		b.Item(at+0x4000, "object").Class("Closure")
		b.Item(at+0x5000, "object").Class("SplObjectStorage").Child("storage", at+0x5100)
		b.Item(at+0x5100, "array").Child("0", at+0x5208)
		b.Item(at+0x5208, "array").Child("obj", at+0x4000).Child("inf", at+0x5300)
		b.Item(at+0x5300, "null")
	}
	return b.Dump()
}
