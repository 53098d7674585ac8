package graph

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"memtrail/dump"
	"memtrail/internal/cases"
	"memtrail/internal/simheap"
)

// simulatedFile is a file with the heap of a process.
func simulatedFile(t testing.TB, items int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dump.json")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := simheap.Write(f, simheap.Options{Items: items, Seed: 3}); err != nil {
		t.Fatal(err)
	}
	return path
}

func buildWithin(t testing.TB, path string, b Budget) (*Graph, error) {
	t.Helper()
	in, err := dump.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	g, _, err := BuildWithin(in, 2, b)
	return g, err
}

// What a graph takes is known early, and nearly so.
func TestBudgetOfAFile(t *testing.T) {
	path := simulatedFile(t, cases.Number(60_000, 120_000))
	beside := Need{Node: 30}
	whole, err := buildWithin(t, path, Budget{})
	if err != nil {
		t.Fatal(err)
	}
	n, m := uint64(whole.Len()), uint64(whole.Edges())
	columns := 16*n + n/8 + 8*m // a bit in eight of a node's handle, if it has one
	for n := range NodeID(whole.Len()) {
		if _, ok := whole.HandleNumber(n); ok {
			columns += 4
		}
	}
	real := besidesColumns + columns + beside.Of(n, m)
	for _, of := range []uint64{1, 4, 6, 8} { // eighths of what is beside the fixed part
		budget := besidesColumns + (real-besidesColumns)*of/8
		_, err := buildWithin(t, path, Budget{budget, beside})
		e, ok := errors.AsType[*BudgetError](err)
		if !ok {
			t.Fatalf("%d eighths: %v", of, err)
		}
		if e.AtLeast || e.Budget != budget || e.Needed <= budget || e.Nodes == 0 || of > 1 && (e.Needed < real*95/100 || e.Needed > real*110/100) {
			t.Errorf("%d eighths: %+v, it takes %d", of, e, real)
		}
	}
	g, err := buildWithin(t, path, Budget{real * 11 / 10, beside})
	if err != nil || g.Len() != whole.Len() || g.Edges() != whole.Edges() {
		t.Fatalf("with more than it takes: %v", err)
	}
	if got := g.Memory(); got < columns || got > columns+1<<20 {
		t.Errorf("a graph of %d nodes and %d edges takes %d bytes", n, m, got)
	}
}

// Of a file that would be far above the budget, little is read.
func TestFarAboveTheBudget(t *testing.T) {
	in, err := dump.FromReader("test", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	b := NewBuilder(in)
	b.Limit(Budget{Bytes: 1 << 30})
	if err := b.within(); err != nil {
		t.Errorf("of an empty one: %v", err)
	}
	for _, c := range []struct {
		part   float64
		needed uint64
		want   bool
	}{{0.001, 4 << 30, false}, {0.001, 100 << 30, true}} {
		if got := b.hopeless(&BudgetError{Budget: 1 << 30, Needed: c.needed}); got != c.want {
			t.Errorf("%+v: %t", c, got)
		}
	}
}

// bomb is a dump of items that are all alike, compressed to little.
func bomb(t testing.TB, kind string, items int) string {
	t.Helper()
	item := "    \"0x7f9db8ec0328\" : {\n        \"type\" : \"int\",\n        \"size\" : \"16\",\n        \"is_root\" : false\n\n\n    },\n"
	text := "{\n  \"items\": {\n" + strings.Repeat(item, items)
	var b bytes.Buffer
	if kind == "gz" {
		z := gzip.NewWriter(&b)
		z.Write([]byte(text))
		z.Close()
	} else {
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		z.Write([]byte(text))
		z.Close()
	}
	path := filepath.Join(t.TempDir(), "bomb."+kind)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestBombs(t *testing.T) {
	items := uint64(cases.Number(100_000, 200_000))
	for _, kind := range []string{"gz", "zst"} {
		path := bomb(t, kind, int(items))
		if st, err := os.Stat(path); err != nil || st.Size() > int64(items) {
			t.Fatalf("%s: it is no bomb: %v, %v", kind, st, err)
		}
		_, err := buildWithin(t, path, Budget{Bytes: besidesColumns + 2<<20, Beside: Need{Node: 30}})
		e, ok := errors.AsType[*BudgetError](err)
		if !ok || !e.AtLeast || e.Nodes == 0 || e.Nodes >= items {
			t.Errorf("%s: %v %+v", kind, err, e)
		}
		if _, err := buildWithin(t, path, Budget{Bytes: 1 << 30}); err != nil {
			t.Errorf("%s with enough: %v", kind, err)
		}
	}
}

// One item alone may be too large: it comes in pieces, of which all are kept until it
// is complete.
func TestBudgetOfOneItem(t *testing.T) {
	in, err := dump.FromReader("test", strings.NewReader("none"))
	if err != nil {
		t.Fatal(err)
	}
	b := NewBuilder(in)
	b.Limit(Budget{Bytes: besidesColumns})
	p := b.Part()
	it := &dump.Item{ID: []byte("0x10"), Type: []byte("array"), Fields: dump.HasType, More: true}
	for i := range 1000 {
		it.Children = append(it.Children, dump.Child{Key: fmt.Append(nil, i), ID: []byte("0x20")})
	}
	pieces := 0
	for ; pieces < 10_000 && !p.over; pieces++ {
		p.Item(it)
	}
	if pieces == 10_000 || cap(p.target) > 2*besidesColumns/bytesPerPartEdge {
		t.Errorf("%d pieces, room for %d edges", pieces, cap(p.target))
	}
	it.Broken = true
	p.Item(it) // is of no interest any more
	if _, ok := errors.AsType[*BudgetError](b.Join(p)); !ok {
		t.Error("it was joined")
	}
}

// Columns that grow have what they had.
func TestGrow(t *testing.T) {
	path := simulatedFile(t, 20_000)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := buildWithin(t, path, Budget{})
	if err != nil {
		t.Fatal(err)
	}
	in, err := dump.FromReader("test", bytes.NewReader(text)) // of which the size is not known
	if err != nil {
		t.Fatal(err)
	}
	g, _, err := BuildWithin(in, 1, Budget{Bytes: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	if err := sameGraph(whole, g); err != nil {
		t.Error(err)
	}
	if whole.Spare() == 0 || g.Spare() > bytesPerNode*uint64(g.Len()) {
		t.Errorf("spare: %d, %d", whole.Spare(), g.Spare())
	}
}

func sameGraph(a, b *Graph) error {
	if a.Len() != b.Len() || a.Edges() != b.Edges() {
		return fmt.Errorf("%d and %d nodes, %d and %d edges", a.Len(), b.Len(), a.Edges(), b.Edges())
	}
	for n := range NodeID(a.Len()) {
		if a.Address(n) != b.Address(n) || a.Size(n) != b.Size(n) || a.Handle(n) != b.Handle(n) || a.first[n] != b.first[n] {
			return fmt.Errorf("node %d differs", n)
		}
	}
	for e := range EdgeID(a.Edges()) {
		if a.Target(e) != b.Target(e) || a.Key(a.Label(e)) != b.Key(b.Label(e)) {
			return fmt.Errorf("edge %d differs", e)
		}
	}
	return nil
}
