package profile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"memtrail/dump"
	"memtrail/internal/profilebuild"
)

// paths lists the call paths of a profile that hold something or were called,
// with all their numbers, in no order of the file's.
func paths(p *Profile, calls, blocks bool) []string {
	var list []string
	at := make([]string, len(p.Nodes))
	for i, n := range p.Nodes {
		at[i] = p.Functions[n.Function].Name
		if i > 0 {
			at[i] = at[n.Parent] + ";" + at[i]
		}
		line := fmt.Sprintf("%s %d/%d", at[i], n.Self.Bytes, n.Inclusive.Bytes)
		if blocks {
			line += fmt.Sprintf(" %d/%d", n.Self.Blocks, n.Inclusive.Blocks)
		}
		if calls {
			line += fmt.Sprintf(" ×%d", n.Calls)
		}
		if blocks || n.Inclusive.Bytes > 0 {
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return list
}

func readText(t *testing.T, text string) *Profile {
	t.Helper()
	p, err := read(strings.NewReader(text), -1, Budget{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// worker is a program that calls itself, with a name to be escaped.
func worker(depth int) *profilebuild.Frame {
	deep := &profilebuild.Frame{Name: "walk", File: "/app/w.php", Bytes: 56, Blocks: 1, Calls: 1}
	for range depth {
		deep = &profilebuild.Frame{Name: "walk", File: "/app/w.php", Bytes: 320, Blocks: 2, Calls: 3, Called: []*profilebuild.Frame{
			{Name: "strlen", Calls: 2}, deep,
		}}
	}
	return &profilebuild.Frame{Name: "root", Bytes: 1000, Blocks: 7, Calls: 1, Called: []*profilebuild.Frame{
		{Name: "require /app/w.php", File: "/app/w.php", Bytes: 96, Blocks: 3, Calls: 1, Called: []*profilebuild.Frame{
			{Name: `App\"K"::run`, File: "/app/k.php", Calls: 500, Bytes: 4096, Blocks: 500, Called: []*profilebuild.Frame{
				{Name: "strlen", Calls: 5000}, deep,
			}},
			{Name: "strlen", Calls: 1, Bytes: 32, Blocks: 1},
		}},
	}}
}

func TestFormatsAgree(t *testing.T) {
	for _, depth := range []int{0, 1, 700} {
		root := worker(depth)
		array := readText(t, profilebuild.Array(root))
		callgrind := readText(t, profilebuild.Callgrind(root))
		heap := readText(t, profilebuild.Heap(root))
		if !callgrind.Paths {
			t.Fatal("the callgrind file has lost its paths")
		}
		if a, c := paths(array, true, true), paths(callgrind, true, true); !slices.Equal(a, c) {
			t.Errorf("depth %d: array and callgrind differ:\n%.2000q\n%.2000q", depth, a, c)
		}
		if a, h := paths(array, false, false), paths(heap, false, false); !slices.Equal(a, h) {
			t.Errorf("depth %d: array and heap differ:\n%.2000q\n%.2000q", depth, a, h)
		}
		bytes, blocks := root.Inclusive()
		if got := array.Total(); got != (Amount{bytes, blocks}) {
			t.Errorf("depth %d: %v in all, want %d, %d", depth, got, bytes, blocks)
		}
	}
}

// TestRealTotals holds what the real extension wrote against the figures that
// PHP gave.
func TestRealTotals(t *testing.T) {
	for name, want := range map[string]Amount{
		"cache_service.array.json": {2_557_242, 24_201}, "cache_service.callgrind": {2_557_498, 24_204}, "cache_service.heap": {2_557_653, 0},
		"listeners.array.json": {2_987_582, 17_933}, "listeners.callgrind": {2_987_838, 17_936}, "listeners.heap": {2_987_993, 0},
	} {
		p := open(t, name+".gz")
		if p.Total() != want || !p.Paths || p.HasBlocks != (want.Blocks > 0) || p.HasCalls != p.HasBlocks {
			t.Errorf("%s: %+v, paths %t, blocks %t, calls %t", name, p.Total(), p.Paths, p.HasBlocks, p.HasCalls)
		}
	}
}

func open(t *testing.T, name string) *Profile {
	t.Helper()
	in, err := dump.Open(filepath.Join("..", "testdata", "memprof", name), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	p, err := Read(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCutAnywhere(t *testing.T) {
	root := worker(2)
	for name, whole := range map[string]string{
		"array": profilebuild.Array(root), "callgrind": profilebuild.Callgrind(root), "heap": profilebuild.Heap(root),
	} {
		// A heap file that ends between two records is whole, as far as anybody can tell.
		ends := map[int]bool{len(whole): true}
		if name == "callgrind" {
			ends[len(whole)-1] = true // without the last line break
		}
		if name == "heap" {
			at := strings.Index(whole, "--- profile\n") + len("--- profile\n") + 40
			for at < len(whole) {
				at += 16 + 8*int(whole[at+8])
				ends[at] = true
			}
		}
		for n := range len(whole) + 1 {
			p, err := read(strings.NewReader(whole[:n]), -1, Budget{})
			if (err == nil) != ends[n] {
				t.Fatalf("%s, %d of %d bytes: %v, %v", name, n, len(whole), p, err)
			}
			if _, ok := errors.AsType[*FormatError](err); err != nil && !ok {
				t.Errorf("%s, %d bytes: %v", name, n, err)
			}
		}
		for _, r := range []struct {
			kind string
			text func() (*Profile, error)
		}{
			{"one byte at a time", func() (*Profile, error) { return read(iotest.OneByteReader(strings.NewReader(whole)), -1, Budget{}) }},
			{"halves", func() (*Profile, error) { return read(iotest.HalfReader(strings.NewReader(whole)), -1, Budget{}) }},
		} {
			p, err := r.text()
			if err != nil || !reflect.DeepEqual(p, readText(t, whole)) {
				t.Errorf("%s, %s: %v, %v", name, r.kind, p, err)
			}
		}
		broken := errors.New("the disk is gone")
		for n := 0; n < len(whole); n += 7 {
			_, err := read(&failing{strings.NewReader(whole[:n]), broken}, -1, Budget{})
			if !errors.Is(err, broken) {
				t.Errorf("%s: a read error at byte %d is %v", name, n, err)
			}
		}
	}
}

// failing ends with an error of its own.
type failing struct {
	r   *strings.Reader
	err error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.r.Len() == 0 {
		return 0, f.err
	}
	return f.r.Read(p)
}

func TestCompressedCut(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("..", "testdata", "memprof", "listeners.heap.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(whole) {
		in, err := dump.FromReader("cut", strings.NewReader(string(whole[:n])))
		if err == nil {
			_, err = Read(in)
		}
		if err == nil {
			t.Fatalf("%d of %d bytes are read as a profile", n, len(whole))
		}
	}
}

// other is a callgrind file of another writer: compressed names, relative lines,
// files of inlined code, a jump, no order of calls.
const other = `# callgrind format
creator: something-else
positions: line
events: Bytes Blocks

fl=(1) /app/a.php
fn=(1) main
16 400 3
cfl=(2) /app/b.php
cfn=(2) Cache::set
calls=50 20
16 25000 100
fi=(2)
+3 100
fe=(1)
-2 0 1
jump=2 16
*

fl=(2)
fn=(2)
20 20000 50
cfn=(3) Cache::set
calls=0x10 20
* 5000 50

fn=(3)
20 5000 50

totals: 25500 104
`

func TestOtherCallgrind(t *testing.T) {
	p := readText(t, other)
	var got []string
	for _, n := range p.Nodes {
		f := p.Functions[n.Function]
		got = append(got, fmt.Sprintf("%s %s %v %v ×%d", f.Name, f.File, n.Self, n.Inclusive, n.Calls))
	}
	want := []string{
		"root  {0 0} {25500 104} ×1",
		"main /app/a.php {500 4} {25500 104} ×0",
		"Cache::set /app/b.php {25000 100} {25500 104} ×66", // calls itself: at most all there is
	}
	if p.Paths || !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	older := strings.Replace(profilebuild.Callgrind(worker(1)), "Memory_Size_(bytes) BlocksCount", "MemorySize BlocksCount", 1)
	if p := readText(t, older); !p.Paths || !p.HasBlocks {
		t.Error("the older names of the events are not known")
	}
	one := strings.NewReplacer("events: Bytes Blocks", "events: Bytes", " 104", "", " 100\nfi", "\nfi", " 3\n", "\n", " 0 1", " 0", " 50\n", "\n").Replace(other)
	if p := readText(t, one); p.HasBlocks || p.Total().Bytes != 25500 {
		t.Errorf("one column of events: %+v", p)
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "the input is empty"},
		"dump":           {`{"header": {}, "items": {}}`, "a heap dump"},
		"other JSON":     {`{"a": 1}`, "without the keys"},
		"text":           {"Fatal error: nothing", "text that is neither"},
		"binary":         {"\x00\x01\x02", "binary data"},
		"xdebug":         {"version: 1\ncreator: xdebug 3.4.0 (PHP 8.4)\nevents: Time_(10ns) Memory_(bytes)\n", "Xdebug"},
		"xdebug, bare":   {"version: 1\nevents: Time_(10ns) Memory_(bytes)\n", "Xdebug"},
		"fraction":       {`{"memory_size":1.5,"calls":1}`, "a count is missing"},
		"negative":       {`{"memory_size":-5,"calls":1}`, "a count is missing"},
		"huge":           {`{"memory_size":99999999999999999999,"calls":1}`, "no PHP process reaches"},
		"tail":           {`{"memory_size":1,"called_functions":[]} x`, "something follows"},
		"list of frames": {`{"memory_size":1,"called_functions":[1]}`, "is missing"},
		"costs first":    {"version: 1\nevents: A B\n1 2 3\n", "before the function"},
		"no events":      {"version: 1\nfn=a\n1 2 3\n", "before the function or the names"},
		"unknown name":   {"events: A B\nfn=(1)\n", "before it is given"},
		"wide":           {"events: A B\nfn=a\n1 2 3 4\n", "more columns"},
		"wrong sum":      {"events: A B\nfn=a\n1 2 3\ntotal: 3 3\n", "do not add up"},
		"long line":      {"events: A B\nfn=" + strings.Repeat("a", 2<<20), "longer than 1 MiB"},
		"heap, depth":    {"--- symbol\n0x8 root\n---\n--- profile\n" + string(make([]byte, 8)) + "\x03" + string(make([]byte, 31)) + "\x01\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\x00\x00", "deeper than"},
		"heap, frame":    {"--- symbol\n0x8 root\n---\n--- profile\n" + string(make([]byte, 8)) + "\x03" + string(make([]byte, 31)) + "\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00", "none of the symbols"},
	} {
		_, err := read(strings.NewReader(c.text), -1, Budget{})
		if _, ok := errors.AsType[*FormatError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// TestOtherSpelling reads JSON that another program printed anew.
func TestOtherSpelling(t *testing.T) {
	p := readText(t, "\ufeff {\n \"calls\" : 1, \"unknown\": {\"a\": [1, \"}\", {}], \"b\": null}, \"x\": -1.5e3,\n\t\"called_functions\": {\n"+
		"\"caf\\u00e9\\\\\" : { \"memory_size\": 5, \"called_functions\": {} , \"calls\" : 2 } }, \"memory_size\": 7 }\n")
	if got := paths(p, true, true); !slices.Equal(got, []string{"root 7/12 0/0 ×1", `root;café\ 5/5 0/0 ×2`}) {
		t.Errorf("got %q", got)
	}
}

func FuzzRead(f *testing.F) {
	root := worker(2)
	for _, text := range []string{profilebuild.Array(root), profilebuild.Callgrind(root), profilebuild.Heap(root), other} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := read(strings.NewReader(string(text)), -1, Budget{})
		if err != nil {
			if p != nil {
				t.Error("an error and a profile")
			}
			return
		}
		var sum uint64
		for i, n := range p.Nodes {
			if int(n.Parent) >= i && i > 0 || int(n.Function) >= len(p.Functions) {
				t.Fatalf("node %d: %+v", i, n)
			}
			sum += n.Self.Bytes
		}
		if sum != p.Total().Bytes {
			t.Errorf("%d bytes in the nodes, %d in all", sum, p.Total().Bytes)
		}
	})
}

// wide is a profile of n functions that were called once each.
func wide(n int) *profilebuild.Frame {
	root := &profilebuild.Frame{Name: "root", Calls: 1}
	for i := range n {
		root.Called = append(root.Called, &profilebuild.Frame{Name: fmt.Sprint("f", i), Bytes: 8, Blocks: 1, Calls: 1})
	}
	return root
}

// TestBudget: what is too large is refused while it is read, with what all of it
// would take where the size of the text is known.
func TestBudget(t *testing.T) {
	small, large := wide(500), wide(16_000)
	for name, write := range map[string]func(*profilebuild.Frame) string{"array": profilebuild.Array, "callgrind": profilebuild.Callgrind, "heap": profilebuild.Heap} {
		limit := Budget{Bytes: besides + 1<<20, Beside: Need{Function: 100, Node: 20}}
		if _, err := read(strings.NewReader(write(small)), -1, limit); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		text := write(large)
		_, err := read(strings.NewReader(text), -1, limit)
		e, ok := errors.AsType[*BudgetError](err)
		if !ok || !e.AtLeast || e.Budget != limit.Bytes || e.Needed <= e.Budget || e.Needed > 2*e.Budget {
			t.Errorf("%s of unknown size: %v", name, err)
		}
		size := int64(len(text))
		limit.Bytes = besides + 6<<20
		if _, err = read(strings.NewReader(text), size, limit); err == nil {
			t.Errorf("%s fits", name)
			continue
		}
		e, _ = errors.AsType[*BudgetError](err)
		limit.Bytes = e.Needed + e.Needed/4
		if _, err := read(strings.NewReader(text), size, limit); err != nil {
			t.Errorf("%s: %d bytes were to be enough: %v", name, e.Needed, err)
		}
		if limit.Bytes = e.Needed / 2; limit.Bytes > besides {
			if _, err := read(strings.NewReader(text), size, limit); err == nil {
				t.Errorf("%s: half of %d bytes is enough", name, e.Needed)
			}
		}
	}
}

// A path that is as deep as the text claims is not taken for granted, nor held
// beyond the budget.
func TestBudgetOfDepth(t *testing.T) {
	head := "--- symbol\n0x8 f\n---\n--- profile\n" + string(make([]byte, 8)) + "\x03" + string(make([]byte, 31)) + "\x01" + string(make([]byte, 7))
	deep := head + "\x00\x00\x00\x0f" + string(make([]byte, 4)) + strings.Repeat("\x08\x00\x00\x00\x00\x00\x00\x00", 1<<20)
	_, err := read(strings.NewReader(deep), -1, Budget{Bytes: besides + 1<<20})
	if _, ok := errors.AsType[*BudgetError](err); !ok {
		t.Error(err)
	}
}
