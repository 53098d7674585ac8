package analysis

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/dumpbuild"
	"memtrail/zend"
)

// allocatedInput opens a dump again and again.
func allocatedInput(t testing.TB, text []byte) *dump.Input {
	t.Helper()
	in, err := dump.FromReader("test", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// graphSizes are the allocated bytes of a dump by group, over its graph.
func graphSizes(t testing.TB, text []byte, php zend.Version) map[string]uint64 {
	t.Helper()
	g, info := build(t, text)
	sizes := MeasureSizes(g, info, php, false)
	groups := map[string]uint64{}
	for n := range graph.NodeID(g.Items()) {
		k := g.Kind(n)
		name := g.Name(k.Type)
		if name == "object" {
			name = g.Name(k.Class)
		}
		groups[name] += sizes.Of(n)
	}
	return groups
}

func summarize(t testing.TB, in *dump.Input, o SummaryOptions) []Group {
	t.Helper()
	o.Allocated = true
	s, err := Summarize(in, o)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Columns.Allocated {
		t.Error("the summary does not say that it has allocated bytes")
	}
	return s.Groups
}

// allocatedDumps are dumps to be summarized, by name.
func allocatedDumps(t testing.TB) map[string][]byte {
	texts := map[string][]byte{}
	for _, name := range dumps {
		texts[name] = load(t, name)
	}
	sizes, err := filepath.Glob("../testdata/sizes/*.gz")
	if err != nil || len(sizes) == 0 {
		t.Fatal("no dumps of known structures", err)
	}
	for _, path := range sizes {
		texts[filepath.Base(path)] = load(t, filepath.Join("sizes", filepath.Base(path)))
	}
	texts["simulated"], _ = simulate(t, 10_000)
	return texts
}

// What a stream has for a dump is what the graph has. The exceptions rest on
// the kinds of children, which a stream does not know: a single property in a
// table, a single element, a slot far from where its turn is.
func TestSummarizeAllocated(t *testing.T) {
	except := map[string][]string{
		"debuginfo.json": {"D"},
		"fibers.json":    {"array"},
		"weird.json.gz":  {"Magic", "SplDoublyLinkedList"},
	}
	for name, text := range allocatedDumps(t) {
		t.Run(name, func(t *testing.T) {
			want := graphSizes(t, text, zend.Auto)
			for _, g := range summarize(t, allocatedInput(t, text), SummaryOptions{}) {
				w := want[g.Name]
				if d := float64(g.AllocatedBytes) - float64(w); max(d, -d) > 0.005*float64(w) && !slices.Contains(except[name], g.Name) {
					t.Errorf("%s: got %d bytes for %d, want %d", g.Name, g.AllocatedBytes, g.Count, w)
				}
			}
		})
	}
}

// The result does not depend on how the dump is read.
func TestSummarizeAllocatedAnyInput(t *testing.T) {
	for name, text := range allocatedDumps(t) {
		t.Run(name, func(t *testing.T) {
			want := summarize(t, allocatedInput(t, text), SummaryOptions{Workers: 1})
			for _, workers := range []int{1, 2, 4} {
				if got := summarize(t, file(t, text), SummaryOptions{Workers: workers}); !slices.Equal(got, want) {
					t.Errorf("%d workers: got %+v, want %+v", workers, got, want)
				}
			}
			var z bytes.Buffer
			w := gzip.NewWriter(&z)
			w.Write(text)
			w.Close()
			if got := summarize(t, file(t, z.Bytes()), SummaryOptions{}); !slices.Equal(got, want) {
				t.Errorf("compressed: got %+v, want %+v", got, want)
			}
		})
	}
}

// cutSummary feeds sinks by hand: a new one behind each item for which cut is
// true.
func cutSummary(t *testing.T, text []byte, o SummaryOptions, cut func() bool) []Group {
	t.Helper()
	l := newLedger(o.PHP)
	s := newAllocatedSink(o, l.models)
	sc := dump.NewScanner(bytes.NewReader(text), dump.Options{Children: true})
	for sc.Scan() {
		s.Item(sc.Item())
		if !sc.Item().More && cut() {
			l.merge(s)
			s.reset()
		}
	}
	l.merge(s)
	l.close(o.PHP)
	info := sc.Info()
	o.Allocated = true
	return summaryOf(&info, &l.total, o).Groups
}

func TestSummarizeAllocatedAnyCut(t *testing.T) {
	texts := allocatedDumps(t)
	texts["tables"] = tables().PrintUsual()
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			for i, o := range []SummaryOptions{{}, {By: ByNamespace}, {Shapes: true}, {By: ByType, PHP: zend.PHP74}} {
				want := cutSummary(t, text, o, func() bool { return false })
				r := rand.New(rand.NewPCG(1, uint64(i)))
				for _, every := range []int{1, 2, 7, 100} {
					if got := cutSummary(t, text, o, func() bool { return r.IntN(every) == 0 }); !slices.Equal(got, want) {
						t.Fatalf("%+v, every %d: got %+v, want %+v", o, every, got, want)
					}
				}
			}
		})
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

func TestSummarizeAllocatedTables(t *testing.T) {
	text := tables().PrintUsual()
	for _, php := range []zend.Version{zend.Auto, zend.PHP74, zend.PHP81, zend.PHP84} {
		want := graphSizes(t, text, php)
		for _, g := range summarize(t, allocatedInput(t, text), SummaryOptions{PHP: php}) {
			if g.AllocatedBytes != want[g.Name] {
				t.Errorf("%v: %s: got %d bytes for %d, want %d", php, g.Name, g.AllocatedBytes, g.Count, want[g.Name])
			}
		}
	}
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

func TestSummarizeAllocatedVersions(t *testing.T) {
	for _, integer := range []string{"int", "integer"} {
		text := wide(integer).PrintUsual()
		for _, php := range []zend.Version{zend.Auto, zend.PHP74, zend.PHP80, zend.PHP81, zend.PHP82} {
			want := graphSizes(t, text, php)
			for _, g := range summarize(t, allocatedInput(t, text), SummaryOptions{PHP: php}) {
				if g.AllocatedBytes != want[g.Name] {
					t.Errorf("%s, %v: %s: got %d bytes for %d, want %d", integer, php, g.Name, g.AllocatedBytes, g.Count, want[g.Name])
				}
			}
		}
	}
}

// Sizes of reli are allocated bytes already.
func TestSummarizeAllocatedReal(t *testing.T) {
	b := dumpbuild.New()
	b.Item(0x1000_0000_0000_0000, "object").Class("A").Size(96).Child("x", 0x1000_0000_0000_0001)
	b.Item(0x1000_0000_0000_0001, "string").Size(48)
	b.Item(0x1000_0000_0000_0002, "int").Size(16)
	for _, g := range summarize(t, allocatedInput(t, b.Dump().PrintUsual()), SummaryOptions{}) {
		if g.AllocatedBytes != g.ReportedBytes {
			t.Errorf("%+v", g)
		}
	}
}

// A class whose last object has more properties than the others, and one that
// extends one of PHP's, are learned by the last; the first cost no less.
func TestSummarizeAllocatedLearnsLate(t *testing.T) {
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
	text := b.Dump().PrintUsual()
	got := map[string]uint64{}
	for _, g := range summarize(t, allocatedInput(t, text), SummaryOptions{}) {
		got[g.Name] = g.AllocatedBytes
	}
	if want := 50 * zend.Alloc(40+9*16); got["Late"] != want {
		t.Errorf("Late: got %d, want %d", got["Late"], want)
	}
	if want := uint64(50*112 + 40); got["MyList"] != want {
		t.Errorf("MyList: got %d, want %d", got["MyList"], want)
	}
}

// Items that come in pieces, and damaged ones.
func TestSummarizeAllocatedPieces(t *testing.T) {
	const n = 1000
	for _, typ := range []string{"array", "object"} {
		for _, piece := range []int{1, 3, 64, 65, 999, n} {
			s := newAllocatedSink(SummaryOptions{}, layoutModels(zend.Auto))
			s.Item(&dump.Item{ID: []byte("0x7f0000000000"), Type: []byte(typ), Class: []byte("C"), Fields: dump.HasType | dump.HasClass, More: true,
				Children: []dump.Child{{Key: []byte("x"), ID: []byte("0x7f0000000028")}}})
			s.Item(&dump.Item{Type: []byte(typ), Broken: true})
			for k := 0; k < n; k += piece {
				it := dump.Item{ID: []byte("0x7f0000000000"), Type: []byte(typ), Class: []byte("C"), Fields: dump.HasType | dump.HasClass}
				if typ == "array" {
					it.Class, it.Fields = nil, dump.HasType
				}
				for j := k; j < min(k+piece, n); j++ {
					it.Children = append(it.Children, dump.Child{Key: []byte(strconv.Itoa(j)), ID: []byte(dumpbuild.FormatID(0x7f00_0000_0028 + 16*uint64(j)))})
				}
				it.NumChildren = uint64(min(k+piece, n))
				it.More = k+piece < n
				s.Item(&it)
			}
			l := newLedger(zend.Auto)
			l.merge(s)
			l.close(zend.Auto)
			want := 56 + zend.Alloc(1024*16+8)
			if typ == "object" {
				want = zend.Alloc(40 + n*16)
			}
			if got := l.total.list[0].allocated; got != want || l.total.list[0].count != 1 || len(l.total.list) != 1 {
				t.Errorf("%s in pieces of %d: got %d, want %d", typ, piece, got, want)
			}
		}
	}
}

func TestStoreSet(t *testing.T) {
	var s storeSet
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[uint64]bool{}
	for range 200_000 {
		id := 0x7f00_0000_0000 + r.Uint64N(20<<20)&^63
		if s.add(id) == seen[id] {
			t.Fatalf("%#x: met %v", id, seen[id])
		}
		seen[id] = true
	}
	// Any addresses: bounded.
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s = storeSet{}
	for range 2_000_000 {
		s.add(r.Uint64())
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 2*storeBudget {
		t.Errorf("%d bytes for stores anywhere", grown)
	}
	runtime.KeepAlive(&s)
}

// Objects whose tables never come do not pile up.
func TestAnnouncements(t *testing.T) {
	var a announcements
	for i := range uint64(10 * maxAnnounced) {
		a.add(announcement{id: i / 3, index: i})
	}
	if len(a.ring) != maxAnnounced || len(a.last) > maxAnnounced {
		t.Fatalf("%d announced, %d ids", len(a.ring), len(a.last))
	}
	x, ok := a.find((10*maxAnnounced - 4) / 3)
	n := 0
	for ; ok; x, ok = a.before(x) {
		n++
	}
	if n != 3 {
		t.Errorf("%d of one id, want 3", n)
	}
	if _, ok := a.find(5); ok {
		t.Error("an old one is still waited for")
	}
	a.done(x.id)
}

// What comes by a pipe is read once.
func TestSummarizeAllocatedPipe(t *testing.T) {
	text := load(t, "talk-1k.json.gz")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		io.Copy(w, strings.NewReader(string(text)))
		w.Close()
	}()
	in, err := dump.FromReader("pipe", r)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := summarize(t, in, SummaryOptions{}), summarize(t, allocatedInput(t, text), SummaryOptions{}); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
