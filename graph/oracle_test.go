package graph

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"memtrail/dump"
	"memtrail/internal/dumpbuild"
)

// load gives the text of one of the dumps in testdata.
func load(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name))
	var r io.Reader = bytes.NewReader(data)
	switch {
	case err != nil:
	case strings.HasSuffix(name, ".gz"):
		r, err = gzip.NewReader(r)
	case strings.HasSuffix(name, ".zst"):
		r, err = zstd.NewReader(r)
	}
	if err == nil {
		data, err = io.ReadAll(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// build builds the graph of a dump's text.
func build(t testing.TB, text []byte) *Graph {
	t.Helper()
	in, err := dump.FromReader("test", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	g, _, err := Build(in, 1)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// buildFile builds it from a file, with several workers if the file is large
// enough for more than one.
func buildFile(t testing.TB, text []byte, workers int) *Graph {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dump.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := dump.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	g, _, err := Build(in, workers)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// buildCut builds it from parts that end where cut says so of the number of
// items read so far.
func buildCut(t testing.TB, text []byte, cut func(items int) bool) *Graph {
	t.Helper()
	s := dump.NewScanner(bytes.NewReader(text), dump.Options{Children: true})
	g := buildItems(t, func(yield func(*dump.Item)) {
		for s.Scan() {
			yield(s.Item())
		}
	}, cut)
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return g
}

// buildItems builds the graph of items that no file holds, from parts that end
// where cut says so of the number of items so far.
func buildItems(t testing.TB, items func(yield func(*dump.Item)), cut func(items int) bool) *Graph {
	t.Helper()
	in, err := dump.FromReader("test", strings.NewReader("none"))
	if err != nil {
		t.Fatal(err)
	}
	b := NewBuilder(in)
	p := b.Part()
	join := func() {
		t.Helper()
		if err := b.Join(p); err != nil {
			t.Fatal(err)
		}
	}
	n := 0
	items(func(it *dump.Item) {
		p.Item(it)
		if it.More {
			return
		}
		if n++; cut(n) {
			join()
			p = b.Part()
		}
	})
	join()
	g, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// read reads a dump with the naive reader. An error is a dump's end.
func read(text []byte) *dumpbuild.Dump {
	d, _ := dumpbuild.Read(text)
	return d
}

// fieldsOf are the names of an item's fields.
var fieldsOf = map[string]dump.Fields{
	"type": dump.HasType, "size": dump.HasSize, "is_root": dump.HasRoot, "symbol_name": dump.HasSymbol,
	"frame": dump.HasFrame, "class": dump.HasClass, "object_handle": dump.HasHandle, "children": dump.HasChildren,
}

// check compares a graph with the list of items that it was built from.
func check(t *testing.T, g *Graph, d *dumpbuild.Dump) {
	t.Helper()
	wrong := 0
	differ := func(what string, n int, got, want any) {
		t.Helper()
		if wrong++; wrong <= 10 {
			t.Errorf("%s of %d: got %v, want %v", what, n, got, want)
		}
	}
	node := map[string]NodeID{} // by canonical id; the first item that has it
	var want Counts
	for n, it := range d.Items {
		id := dumpbuild.CanonicalID(it.ID)
		if _, ok := node[id]; ok {
			want.Duplicates++
		} else {
			node[id] = NodeID(n)
		}
	}
	if g.Items() != len(d.Items) {
		t.Fatalf("got %d items, want %d", g.Items(), len(d.Items))
	}
	var missing []string
	var roots []Root
	edges := EdgeID(0)
	for i := range d.Items {
		it, n := &d.Items[i], NodeID(i)
		if got := g.ID(n); got != it.ID && node[dumpbuild.CanonicalID(it.ID)] == n {
			differ("id", i, got, it.ID)
		}
		var fields dump.Fields
		for _, f := range it.Fields {
			fields |= fieldsOf[f.Name]
		}
		k := g.Kind(n)
		if g.Name(k.Type) != it.Type() || g.Name(k.Class) != it.Class() || k.Fields != fields {
			differ("kind", i, []any{g.Name(k.Type), g.Name(k.Class), k.Fields}, []any{it.Type(), it.Class(), fields})
		}
		if g.IsObject(n) != (it.Type() == "object") || g.Missing(n) {
			differ("nature", i, []bool{g.IsObject(n), g.Missing(n)}, it.Type())
		}
		if g.Size(n) != it.Size() {
			differ("size", i, g.Size(n), it.Size())
		}
		if g.Handle(n) != it.Handle() {
			differ("handle", i, g.Handle(n), it.Handle())
		}
		r, isRoot := g.Root(n)
		if isRoot != it.IsRoot() {
			differ("root", i, isRoot, it.IsRoot())
		}
		if isRoot {
			roots = append(roots, r)
			if g.Name(r.Frame) != it.Frame() || g.Name(r.Symbol) != it.Symbol() {
				differ("root", i, []string{g.Name(r.Frame), g.Name(r.Symbol)}, []string{it.Frame(), it.Symbol()})
			}
		}
		from, to := g.Children(n)
		children := it.Children()
		if from != edges || int(to-from) != len(children) {
			t.Fatalf("children of %d: got %d–%d, want %d–%d", i, from, to, edges, int(edges)+len(children))
		}
		_, edges = g.Held(n)
		want.Entries += uint64(edges - to)
		for k, c := range children {
			e := from + EdgeID(k)
			id := dumpbuild.CanonicalID(c.Value.Text)
			to, ok := node[id]
			if !ok {
				to = NodeID(len(d.Items) + len(missing))
				node[id] = to
				missing = append(missing, id)
			}
			if int(to) >= len(d.Items) {
				want.Dangling++
			}
			l := g.Label(e)
			if g.Key(l) != c.Name || g.Target(e) != to || g.Source(e) != n {
				differ("edge", int(e), []any{g.Key(l), g.Target(e), g.Source(e)}, []any{c.Name, to, n})
			}
			if l.Weak() != (it.Class() == "WeakMap") {
				differ("weakness", int(e), l.Weak(), it.Class())
			}
			if l.Weak() {
				want.Weak++
			}
			if l.Unreliable() {
				want.Unreliable++
			}
		}
	}
	if !slices.Equal(g.Roots(), roots) {
		t.Errorf("got roots %v, want %v", g.Roots(), roots)
	}
	if g.Len() != len(d.Items)+len(missing) {
		t.Fatalf("got %d nodes, want %d and %d missing", g.Len(), len(d.Items), len(missing))
	}
	for i, id := range missing {
		n := NodeID(len(d.Items) + i)
		from, to := g.Children(n)
		_, edges = g.Held(n)
		want.Entries += uint64(edges - to)
		if dumpbuild.CanonicalID(g.ID(n)) != id || !g.Missing(n) || from != to || g.Size(n) != 0 || g.Handle(n) != "" || g.IsObject(n) || g.Name(g.Kind(n).Type) != "" {
			differ("missing node", i, g.ID(n), id)
		}
	}
	if g.Edges() != int(edges) {
		t.Errorf("got %d edges, want %d", g.Edges(), edges)
	}
	if g.Counts() != want {
		t.Errorf("got %+v, want %+v", g.Counts(), want)
	}
}

// same compares two graphs of one dump in all that can be asked of them.
func same(t *testing.T, got, want *Graph) {
	t.Helper()
	if got.Len() != want.Len() || got.Edges() != want.Edges() || got.Counts() != want.Counts() || len(got.Roots()) != len(want.Roots()) {
		t.Fatalf("got %d nodes, %d edges, %d roots, %+v; want %d, %d, %d, %+v", got.Len(), got.Edges(), len(got.Roots()), got.Counts(),
			want.Len(), want.Edges(), len(want.Roots()), want.Counts())
	}
	for n := range NodeID(got.Len()) {
		a, b := got.Kind(n), want.Kind(n)
		if got.ID(n) != want.ID(n) || got.Size(n) != want.Size(n) || got.Handle(n) != want.Handle(n) || a.Fields != b.Fields ||
			got.Name(a.Type) != want.Name(b.Type) || got.Name(a.Class) != want.Name(b.Class) || got.first[n+1] != want.first[n+1] {
			t.Fatalf("node %d differs: %s and %s", n, got.ID(n), want.ID(n))
		}
	}
	for i, r := range got.Roots() {
		w := want.Roots()[i]
		if r.Node != w.Node || got.Name(r.Frame) != want.Name(w.Frame) || got.Name(r.Symbol) != want.Name(w.Symbol) {
			t.Fatalf("root %d differs", i)
		}
	}
	for e := range EdgeID(got.Edges()) {
		a, b := got.Label(e), want.Label(e)
		if got.Target(e) != want.Target(e) || got.Key(a) != want.Key(b) || a.Weak() != b.Weak() || a.Unreliable() != b.Unreliable() {
			t.Fatalf("edge %d differs", e)
		}
	}
}
