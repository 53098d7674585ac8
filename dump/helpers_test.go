package dump

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"memtrail/internal/dumpbuild"
)

// reading is all that can be known of a dump: what the tests compare.
type reading struct {
	items   []string // see render
	at      []int64  // offsets of the items
	broken  int      // items that ended in a broken piece
	info    Info
	err     string
	general int // items that took the general path; of a Scanner only
}

// collector is a Sink, and what a Scanner's items are given to. It puts items
// that come in pieces together.
type collector struct {
	items  []string
	at     []int64
	broken int

	pairs  []byte // of the item that goes on
	extras []byte
	pieces int
	last   uint64 // its NumChildren so far
	fault  string // a promise of Item that was broken
}

func (c *collector) Item(it *Item) {
	c.pieces++
	for _, ch := range it.Children {
		c.pairs = appendTexts(c.pairs, ch.Key, ch.ID)
	}
	for _, x := range it.Extra {
		c.extras = appendTexts(c.extras, x.Name, x.Value)
	}
	switch {
	case it.NumChildren < c.last:
		c.fault = "NumChildren went down"
	case it.More && it.Broken:
		c.fault = "a broken piece has More"
	case it.Broken && (c.pieces == 1 || len(it.Children) > 0):
		c.fault = "a broken piece is the first or has children"
	}
	if c.last = it.NumChildren; it.More {
		return
	}
	if it.Broken {
		c.broken++
	} else {
		var b []byte
		b = appendTexts(b, it.ID, it.Type, it.Symbol, it.Frame, it.Class, it.Handle)
		b = strconv.AppendBool(append(b, "root "...), it.IsRoot)
		b = strconv.AppendUint(append(b, " size "...), it.Size, 10)
		b = strconv.AppendUint(append(b, " fields "...), uint64(it.Fields), 2)
		b = strconv.AppendUint(append(b, " children "...), it.NumChildren, 10)
		if it.Has(HasAlloc) {
			b = fmt.Appendf(b, " alloc %d, %d references", it.Alloc, it.Refs)
		}
		b = append(append(append(b, c.pairs...), "extra\n"...), c.extras...)
		c.items = append(c.items, string(b))
		c.at = append(c.at, it.Offset)
	}
	c.pairs, c.extras, c.pieces, c.last = c.pairs[:0], c.extras[:0], 0, 0
}

func appendTexts(b []byte, texts ...[]byte) []byte {
	for _, t := range texts {
		b = strconv.AppendInt(b, int64(len(t)), 10)
		b = append(append(append(b, ':'), t...), ' ')
	}
	return append(b, '\n')
}

// everything asks for all that a reader delivers.
func everything(t tuning) Options { return Options{Children: true, Extra: true, tuning: t} }

func scanAll(t testing.TB, r io.Reader, o Options) reading {
	t.Helper()
	var c collector
	s := NewScanner(r, o)
	for s.Scan() {
		c.Item(s.Item())
	}
	if s.Scan() {
		t.Error("Scan goes on after the end")
	}
	if c.fault != "" {
		t.Error(c.fault)
	}
	return reading{c.items, c.at, c.broken, s.Info(), message(s.Err()), s.generals}
}

func eachAll(t testing.TB, in *Input, o Options) reading {
	t.Helper()
	var all collector
	info, err := Each(in, o, func() *collector { return &collector{} }, func(c *collector) error {
		if c.fault != "" || c.pieces > 0 {
			t.Errorf("a sink ends with %d pieces of an item; %s", c.pieces, c.fault)
		}
		all.items = append(all.items, c.items...)
		all.at = append(all.at, c.at...)
		all.broken += c.broken
		return nil
	})
	var shape *FormatError
	if errors.As(err, &shape) && strings.Contains(shape.Found, `no "type"`) {
		err = nil // a Scanner cannot say that
	}
	return reading{all.items, all.at, all.broken, info, message(err), 0}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// fileInput makes a file with that text.
func fileInput(t testing.TB, text []byte) *Input {
	t.Helper()
	name := filepath.Join(t.TempDir(), "dump")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, name)
}

func open(t testing.TB, name string) *Input {
	t.Helper()
	in, err := Open(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

// memoryInput is like fileInput, without a file.
func memoryInput(text []byte) *Input {
	return &Input{Name: "memory", file: memory{bytes.NewReader(text)}, size: int64(len(text)), kind: sniff(text)}
}

type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

// shorter is the input cut off behind n bytes.
func (in *Input) shorter(n int) *Input { return &Input{Name: in.Name, file: in.file, size: int64(n)} }

// differ compares two readings of one input.
func differ(got, want reading) string {
	if d := differItems(got.items, want.items); d != "" {
		return d
	}
	switch {
	case !slices.Equal(got.at, want.at):
		return "items have other offsets"
	case got.err != want.err:
		return fmt.Sprintf("error %q, want %q", got.err, want.err)
	}
	return differInfo(got.info, want.info)
}

func differItems(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			same := 0
			for same < min(len(got[i]), len(want[i])) && got[i][same] == want[i][same] {
				same++
			}
			from := max(0, same-100)
			return fmt.Sprintf("item %d is\n%.40s …%.300s\nwant\n%.40s …%.300s", i, got[i], got[i][from:], want[i], want[i][from:])
		}
	}
	if len(got) != len(want) {
		return fmt.Sprintf("%d items, want %d", len(got), len(want))
	}
	return ""
}

func differInfo(got, want Info) string {
	if h, w := got.Header, want.Header; (h == nil) != (w == nil) || h != nil && *h != *w {
		return fmt.Sprintf("header %+v, want %+v", h, w)
	}
	got.Header, want.Header = nil, nil
	if f, w := message(got.Fault), message(want.Fault); f != w {
		return fmt.Sprintf("fault %q, want %q", f, w)
	}
	got.Fault, want.Fault = nil, nil
	if !reflect.DeepEqual(got.Capture, want.Capture) {
		return fmt.Sprintf("capture %+v, want %+v", got.Capture, want.Capture)
	}
	got.Capture, want.Capture = nil, nil
	for k := range numDefects { // what an example tells depends on where the item was cut
		got.Defects.tally[k].example, want.Defects.tally[k].example = nil, nil
	}
	if got != want {
		return fmt.Sprintf("%d items, %d roots, complete %v, ends at %d, %v\nwant %d items, %d roots, complete %v, ends at %d, %v",
			got.Items, got.Roots, got.Complete, got.EndsAt, got.Defects.List(),
			want.Items, want.Roots, want.Complete, want.EndsAt, want.Defects.List())
	}
	return ""
}

// oracle reads a dump naively and says what a reader must find in it.
func oracle(d *dumpbuild.Dump) reading {
	var r reading
	for i := range d.Items {
		r.items = append(r.items, renderItem(&d.Items[i]))
		if d.Items[i].IsRoot() {
			r.info.Roots++
		}
	}
	r.info.Items = uint64(len(d.Items))
	if d.Header != nil {
		r.info.Header = &Header{}
		for _, m := range d.Header {
			n, _ := strconv.ParseUint(m.Value.Text, 10, 64)
			switch m.Name {
			case "memory_usage":
				r.info.Header.MemoryUsage = n
			case "memory_usage_real":
				r.info.Header.MemoryUsageReal = n
			case "peak_memory_usage":
				r.info.Header.PeakMemoryUsage = n
			case "peak_memory_usage_real":
				r.info.Header.PeakMemoryUsageReal = n
			}
		}
	}
	return r
}

func renderItem(it *dumpbuild.Item) string {
	item := Item{ID: []byte(it.ID)}
	for _, f := range it.Fields {
		text := []byte(f.Value.Text)
		nested := f.Value.Kind == dumpbuild.Object || f.Value.Kind == dumpbuild.Array
		null := nested || f.Value.Kind == dumpbuild.Literal && f.Value.Text == "null"
		has := fieldOf(f.Name)
		known := has != 0
		switch {
		case f.Name == "children" && nested:
			for i, m := range f.Value.Members {
				key := m.Name
				if f.Value.Kind == dumpbuild.Array {
					key = strconv.Itoa(i)
				}
				item.Children = append(item.Children, Child{[]byte(key), []byte(m.Value.Text)})
				item.NumChildren++
			}
		case !known && null:
			item.Extra = append(item.Extra, Extra{[]byte(f.Name), []byte("null")})
		case !known:
			item.Extra = append(item.Extra, Extra{[]byte(f.Name), text})
		case null:
			continue
		}
		switch f.Name {
		case "type":
			item.Type = text
		case "symbol_name":
			item.Symbol = text
		case "frame":
			item.Frame = text
		case "class":
			item.Class = text
		case "object_handle":
			item.Handle = text
		case "is_root":
			item.IsRoot = f.Value.Text == "true"
		case "size":
			item.Size, _ = strconv.ParseUint(f.Value.Text, 10, 63)
		}
		item.Fields |= has
	}
	var c collector
	c.Item(&item)
	return c.items[0]
}

func naive(t testing.TB, text []byte) reading {
	t.Helper()
	d, err := dumpbuild.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return oracle(d)
}

// testdata reads a dump of the folder that all packages share, uncompressed.
func testdata(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var r io.Reader = bytes.NewReader(text)
	switch filepath.Ext(name) {
	case ".gz":
		r, err = gzip.NewReader(r)
	case ".zst":
		var z *zstd.Decoder
		if z, err = zstd.NewReader(r); err == nil {
			defer z.Close()
			r = z
		}
	}
	if err == nil {
		text, err = io.ReadAll(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var smallDumps = []string{
	"closure-address-reuse.json", "debuginfo.json", "example.json", "ffi-trailing-comma.json",
	"fibers.json", "statics.json", "undef-number-type.json",
}

// oddDump has in a few items what real dumps have in a million.
func oddDump() *dumpbuild.Dump {
	b := dumpbuild.New()
	root := b.Item(0x7f0000001000, "array").Root("<GLOBAL>", "data")
	for i := range 60 {
		root.Child(strconv.Itoa(i), 0x7f0000002000+uint64(i)*16)
	}
	b.Item(0x7f0000001040, "object").Class(`App\Entity\User`).Handle(7).
		Child("", 1).Child("id", 2).Child("id", 3).Child("a\x00b", 4).Child("a", 5).Child("\xff\xfe", 6).
		Child("quote\"back\\slash/", 7).Child("line\nfeed\ttab", 8).Child("ünïcode→\U0001F600", 9).
		Child("0", 10).Child("-1", 11).Child("9lives", 12).Child("9lives", 13).Child("id", 14).
		ChildID("opaque", "node:12").ChildID("short", "0x1").ChildID("padded", "0x0000000000000001").ChildID("upper", "0XABCDEF")
	b.Item(0x7f0000001080, "string").Size(21).Root(`App\Kernel->handle()`, "\xc3\x28raw")
	b.Item(0x7f00000010c0, "object").Class("Raw\xff").Handle(8).Root("f\xff()", "g")
	b.Item(0x7f0000001100, "object").Class("Raw\xff").Handle(8)
	b.Item(0x7f0000001140, "number").Size(16)
	b.Item(0x7f0000001180, "\x01\x02").Size(1 << 40)
	b.Item(0x7f00000011c0, "int").Field("#reli_value", dumpbuild.Bare("1.5")).Field("#\xff", dumpbuild.Text("x\\y"))
	b.Item(0x7f0000001200, "array").NoChildren()
	b.ItemID("0x1", "int")
	b.ItemID("0xffffffffffffffff", "int")
	b.ItemID("0x00007f0000001000", "null")
	nested := dumpbuild.Value{Kind: dumpbuild.Object, Members: []dumpbuild.Member{
		{Name: "children", Value: dumpbuild.Value{Kind: dumpbuild.Array, Members: []dumpbuild.Member{{Value: dumpbuild.Bare("[1,{}]")}}}},
		{Name: "}", Value: dumpbuild.Text("{[\"")},
	}}
	b.Item(0x7f0000001240, "object").Class("stdClass").Handle(9).Field("nested", nested).Child("k", 1)
	wide := b.Item(0x7f0000001280, "object").Class("Wide").Handle(10)
	for i := range 200 {
		wide.Child(fmt.Sprintf("property_%d", i%150), 0x7f0000003000+uint64(i)*16)
	}
	return b.Dump()
}
