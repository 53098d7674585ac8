package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"memtrail/capture"
	"memtrail/capture/locate"
	"memtrail/capture/memory"
	"memtrail/dump"
	"memtrail/internal/cases"
)

// The cores in testdata are of testdata/snapshot.php, on four builds of PHP, one
// of them on arm64: written with analyzer capture --raw, then every 512 bytes
// that a reader of them does not depend on were set to zero.
func snapshot(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	b, err := z.DecodeAll(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func fromSnapshot(t testing.TB, b []byte, o capture.Options) *capture.Capture {
	t.Helper()
	image, err := memory.ParseCore(b, "/nonexistent")
	if err != nil {
		t.Fatal(err)
	}
	c, err := capture.FromImage(image, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

var snapshots = []struct {
	file, php string
	usage     uint64
}{
	{"php74.core.zst", "7.4.33", 452704},
	{"php82.core.zst", "8.2.36", 452144},
	{"php85.core.zst", "8.5.2", 526480},
	{"php82-arm64.core.zst", "8.2.36", 452688},
}

func TestSnapshots(t *testing.T) {
	for _, s := range snapshots {
		t.Run(s.file, func(t *testing.T) {
			c := fromSnapshot(t, snapshot(t, s.file), capture.Options{})
			x := read(t, c)
			checkBalance(t, &x.info)
			if c.PHP != s.php || x.info.Header.MemoryUsage != s.usage || x.info.Capture.Off != 0 {
				t.Errorf("PHP %s with %d bytes, off by %d; want %s with %d", c.PHP, x.info.Header.MemoryUsage, x.info.Capture.Off, s.php, s.usage)
			}
			// 30 in each static, 40 in $list, 20 in cycles, one held by the
			// generator, one in each container, a second in the heap.
			for class, want := range map[string]uint64{"Node": 30 + 30 + 40 + 20 + 1 + 6, "Generator": 1, "Closure": 3, "SplQueue": 1, "DateTime": 1} {
				if x.classes[class] != want {
					t.Errorf("%d × %s, want %d", x.classes[class], class, want)
				}
			}
			if u := x.info.Capture.Uncollected; u.Objects != 20 {
				t.Errorf("uncollected: %+v, want 20 objects", u)
			}
			if lost := x.info.Capture.Owner("lost").Bytes; lost > 0 {
				t.Errorf("%d bytes are lost", lost)
			}
		})
	}
}

// What a value is called by, who holds it, and what it costs.
func TestItems(t *testing.T) {
	c := fromSnapshot(t, snapshot(t, "php82.core.zst"), capture.Options{})
	items := map[dump.Address]dump.Item{}
	roots := map[string]dump.Address{}
	info, err := c.Items(true, func(it *dump.Item) {
		if _, twice := items[it.Address]; twice {
			t.Errorf("%#x is there twice", it.Address)
		}
		x := *it
		x.Children, x.Addresses = nil, append([]dump.Address(nil), it.Addresses...)
		for _, k := range it.Children {
			x.Children = append(x.Children, dump.Child{Key: bytes.Clone(k.Key)})
		}
		x.Class, x.Type = bytes.Clone(it.Class), bytes.Clone(it.Type)
		items[it.Address] = x
		if it.IsRoot {
			roots[string(it.Frame)+" "+string(it.Symbol)] = it.Address
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if uint64(len(items)) != info.Items {
		t.Errorf("%d items, the reader counts %d", len(items), info.Items)
	}
	for a, it := range items {
		for i, child := range it.Addresses {
			if _, ok := items[child]; !ok {
				t.Errorf("%s of %#x leads to %#x, which is no item", it.Children[i].Key, a, child)
			}
		}
	}
	for _, name := range []string{
		"<GLOBAL> list", "<GLOBAL> shared", "<CLASS_STATIC_MEMBER> Repo::loaded", "<STATIC_VARIABLE(counter)> $seen",
		"<ENGINE> error handlers", "<ENGINE> shutdown functions", "<ENGINE> (code)", "<ENGINE> (uncollected)", "<GLOBAL> q",
	} {
		if _, ok := roots[name]; !ok {
			t.Errorf("no root %q in %v", name, roots)
		}
	}
	child := func(a dump.Address, key string) dump.Address {
		for i, k := range items[a].Children {
			if string(k.Key) == key {
				return items[a].Addresses[i]
			}
		}
		t.Errorf("%#x has no %q", a, key)
		return 0
	}
	// One string in three places is one item: 100 bytes, for which str_repeat
	// asks for 132, so that it gets a block of 160.
	shared, other := roots["<GLOBAL> shared"], roots["<GLOBAL> other"]
	if child(other, "0") != shared || child(other, "1") != shared {
		t.Error("the elements of $other are not $shared")
	}
	if s := items[shared]; s.Alloc != 160 || s.Size != 116 || s.Refs < 3 {
		t.Errorf("$shared has %d bytes in a block of %d, %d references", s.Size, s.Alloc, s.Refs)
	}
	// A list of 40 with string keys: zend_array 56, room for 64 elements of 32
	// and slots of 8 bytes, 40 keys of 32 and 40 bytes.
	list := items[roots["<GLOBAL> list"]]
	if want := uint64(56 + 2560 + 40*32); list.NumChildren != 40 || list.Alloc != want {
		t.Errorf("$list has %d children and %d bytes, want 40 and %d", list.NumChildren, list.Alloc, want)
	}
	// Two variables of one reference are one item.
	if roots["<GLOBAL> ref"] == 0 {
		t.Error("no $ref")
	}
	if _, both := roots["<GLOBAL> alias"]; both {
		t.Error("$ref and $alias are two items")
	}
	// Containers are read as what they are.
	if n := items[child(child(roots["<GLOBAL> q"], "dllist"), "0")]; string(n.Class) != "Node" {
		t.Errorf("$q holds %s", n.Class)
	}
	pair := child(child(roots["<GLOBAL> sos"], "storage"), "0")
	if string(items[child(pair, "obj")].Class) != "Node" || string(items[child(pair, "inf")].Type) != "string" {
		t.Error("$sos does not hold a Node with a string")
	}
	if string(items[child(child(roots["<GLOBAL> ao"], "storage"), "x")].Class) != "Node" {
		t.Error("$ao does not hold a Node")
	}
	if string(items[child(roots["<GLOBAL> fa"], "0")].Class) != "Node" || string(items[child(roots["<GLOBAL> g"], "$held")].Class) != "Node" {
		t.Error("$fa or $g does not hold a Node")
	}
}

// Without a sink for numbers, ids are texts, and the reader of a written dump
// gives the same items.
func TestWritten(t *testing.T) {
	for _, s := range snapshots {
		b := snapshot(t, s.file)
		c := fromSnapshot(t, b, capture.Options{})
		header := c.Header()
		var text bytes.Buffer
		w := dump.NewWriter(&text, &header)
		info, err := c.Items(true, w.Item)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(info.Capture); err != nil {
			t.Fatal(err)
		}
		for _, again := range []struct {
			name   string
			reader func() []string
		}{
			{"compact", func() []string { return scan(t, text.Bytes()) }},
			{"general", func() []string {
				return scan(t, bytes.ReplaceAll(text.Bytes(), []byte(`"alloc":`), []byte(`"alloc" :`)))
			}},
		} {
			var want []string
			plain := fromSnapshot(t, b, capture.Options{})
			if _, err := plain.Items(false, func(it *dump.Item) { want = append(want, describe(it)) }); err != nil {
				t.Fatal(err)
			}
			got := again.reader()
			for i := range want {
				if i >= len(got) || got[i] != want[i] {
					t.Fatalf("%s %s: item %d of %d reads\n%s, want\n%s", s.php, again.name, i, len(got), at(got, i), want[i])
				}
			}
		}
	}
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "(nothing)"
}

func describe(it *dump.Item) string {
	var b strings.Builder
	for _, f := range [][]byte{it.ID, it.Type, it.Class, it.Handle, it.Frame, it.Symbol} {
		b.WriteString(string(f) + "|")
	}
	for i := range it.Children {
		b.WriteString(string(it.Children[i].Key) + "=" + string(it.Children[i].ID) + ",")
	}
	binary.Write(&b, binary.BigEndian, []uint64{it.Size, it.Alloc, uint64(max(it.Refs, 1))})
	return b.String()
}

func scan(t *testing.T, text []byte) []string {
	t.Helper()
	s := dump.NewScanner(bytes.NewReader(text), dump.Options{Children: true})
	var all []string
	for s.Scan() {
		it := *s.Item()
		if it.Refs == 0 {
			it.Refs = 1
		}
		all = append(all, describe(&it))
	}
	info := s.Info()
	if s.Err() != nil || !info.Complete || info.Capture == nil || len(info.Defects.List()) > 0 {
		t.Errorf("error %v, complete %v, capture %v, defects %v", s.Err(), info.Complete, info.Capture != nil, info.Defects.List())
	}
	return all
}

func TestRedacted(t *testing.T) {
	c := fromSnapshot(t, snapshot(t, "php82.core.zst"), capture.Options{RedactKeys: true})
	named := 0
	if _, err := c.Items(true, func(it *dump.Item) {
		for i := range it.Children {
			key := string(it.Children[i].Key)
			if strings.HasPrefix(key, "key ") || key == "text" {
				t.Errorf("the key %q is shown", key)
			}
			if key == "next" {
				named++
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	if named == 0 {
		t.Error("the names of properties are gone, too")
	}
}

// damage changes some words of a core: bits, words from elsewhere, and
// addresses from elsewhere, which do the most harm.
func damage(r *rand.Rand, b []byte) {
	for range 1 + r.IntN(20) {
		at := r.IntN(len(b)-16) &^ 7
		// Most of a snapshot is zeros; what is not is worth more.
		for try := 0; try < 200 && binary.LittleEndian.Uint64(b[at:]) == 0; try++ {
			at = r.IntN(len(b)-16) &^ 7
		}
		switch r.IntN(5) {
		case 0:
			b[at+r.IntN(8)] ^= 1 << r.IntN(8)
		case 1:
			binary.LittleEndian.PutUint64(b[at:], r.Uint64())
		case 2:
			copy(b[at:at+8], b[r.IntN(len(b)-16)&^7:])
		case 3:
			v := binary.LittleEndian.Uint64(b[at:])
			binary.LittleEndian.PutUint64(b[at:], v+uint64(r.IntN(4096))-2048)
		case 4:
			binary.LittleEndian.PutUint32(b[at:], uint32(r.Uint64()))
		}
	}
}

// readDamaged reads what may be damaged: it must end, whatever it finds.
func readDamaged(t testing.TB, b []byte) {
	t.Helper()
	image, err := memory.ParseCore(b, "/nonexistent")
	if err != nil {
		return
	}
	c, err := capture.FromImage(image, capture.Options{})
	if err != nil {
		return
	}
	defer c.Close()
	n := 0
	begin := time.Now()
	_, _ = c.Items(true, func(it *dump.Item) { n += 1 + len(it.Children) })
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("reading took %v for %d items and references", d, n)
	}
}

func TestDamage(t *testing.T) {
	rounds := cases.Number(6, 150)
	if text := os.Getenv("MEMTRAIL_DAMAGE"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatalf("MEMTRAIL_DAMAGE is the number of rounds for each core: %v", err)
		}
	}
	for _, s := range snapshots {
		whole := snapshot(t, s.file)
		b := make([]byte, len(whole))
		for i := range rounds {
			copy(b, whole)
			damage(rand.New(rand.NewPCG(uint64(i), 7)), b)
			readDamaged(t, b)
		}
		cuts := cases.Number(5, 20)
		for i := range cuts { // cut off anywhere
			readDamaged(t, whole[:len(whole)*i/cuts])
		}
	}
}

func FuzzCore(f *testing.F) {
	whole := snapshot(f, "php82.core.zst")
	f.Add(uint64(1), []byte{0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, seed uint64, patch []byte) {
		b := bytes.Clone(whole)
		damage(rand.New(rand.NewPCG(seed, 9)), b)
		if len(patch) > 0 && len(patch) < len(b) {
			copy(b[seed%uint64(len(b)-len(patch)):], patch)
		}
		readDamaged(t, b)
	})
}

func TestRefusals(t *testing.T) {
	b := snapshot(t, "php82.core.zst")
	image, err := memory.ParseCore(b, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := capture.FromImage(image, capture.Options{Thread: 2}); !errors.Is(err, capture.ErrThread) {
		t.Errorf("a second thread: %v", err)
	}
	if _, err := capture.FromImage(memory.New(nil, nil), capture.Options{}); !errors.Is(err, locate.ErrNoPHP) {
		t.Errorf("no memory at all: %v", err)
	}
	// A version that is not known.
	other := bytes.ReplaceAll(b, []byte("8.2.36"), []byte("8.9.36"))
	if image, err = memory.ParseCore(other, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := capture.FromImage(image, capture.Options{}); !errors.Is(err, locate.ErrVersion) {
		t.Errorf("PHP 8.9: %v", err)
	}
	if image, err = memory.ParseCore(other, ""); err != nil {
		t.Fatal(err)
	}
	if c, err := capture.FromImage(image, capture.Options{Force: true}); err != nil || c.PHP[:3] != "8.9" {
		t.Errorf("PHP 8.9 by force: %v", err)
	}
}
