package graph

import (
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"reflect"
	"testing"
	"unsafe"

	"memtrail/dump"
)

// The package comment states what a node, an edge and a name take.
func TestColumns(t *testing.T) {
	var g Graph
	var n names
	node := unsafe.Sizeof(g.address.low[0]) + unsafe.Sizeof(g.kind[0]) + unsafe.Sizeof(g.size[0]) + unsafe.Sizeof(g.first[0])
	edge := unsafe.Sizeof(g.target[0]) + unsafe.Sizeof(g.label[0])
	if handle := unsafe.Sizeof(g.handle.value[0]); node != bytesPerNode || handle != 4 || edge != bytesPerEdge {
		t.Errorf("a node takes %d bytes, its handle %d, an edge %d; want 16, 4 and 8", node, handle, edge)
	}
	if size := unsafe.Sizeof(n.ends[0]); size != 4 {
		t.Errorf("a name's offset takes %d bytes, want 4", size)
	}
	// There is no other column.
	slices := 0
	for typ, i := reflect.TypeFor[Graph](), 0; i < typ.NumField(); i++ {
		if typ.Field(i).Type.Kind() == reflect.Slice {
			slices++
		}
	}
	if slices != 5+3+3 { // address and handle are structs; alloc of captures, kinds and roots; entries, holders and holds, of WeakMaps
		t.Errorf("a graph has %d slices: does the package comment count them all?", slices)
	}
}

func TestNames(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n := newNames(maphash.MakeSeed(), false)
	for round := range 3 {
		ids := map[string]NameID{"": 0}
		var texts []string
		for range 20_000 {
			text := make([]byte, r.IntN(4))
			for i := range text {
				text[i] = byte(r.IntN(256))
			}
			s := string(text)
			id, known := ids[s]
			if got, ok := n.lookup(s); ok != known || ok && got != id {
				t.Fatalf("round %d: Lookup(%q) = %d, %v, want %d, %v", round, s, got, ok, id, known)
			}
			got := n.intern(text)
			if !known {
				id = NameID(len(ids))
				ids[s] = id
				texts = append(texts, s)
			}
			if got != id {
				t.Fatalf("round %d: %q is %d, want %d", round, s, got, id)
			}
			clear(text) // the text was copied
		}
		if n.count() != len(ids) || n.full {
			t.Errorf("round %d: %d names, want %d", round, n.count(), len(ids))
		}
		for _, s := range texts {
			if got := n.textOf(ids[s]); got != s {
				t.Errorf("round %d: name %d is %q, want %q", round, ids[s], got, s)
			}
		}
		n.reset()
	}
}

// Names that are joined have the numbers that they would have one by one.
func TestJoinNames(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	seed := maphash.MakeSeed()
	all, want, part := newNames(seed, false), newNames(seed, false), newNames(seed, true)
	for range 20 {
		part.reset()
		for range r.IntN(2000) {
			part.intern(fmt.Append(nil, r.IntN(5000)))
		}
		for i, got := range all.join(part, nil) {
			text := part.bytes(NameID(i))
			if id := want.intern(text); got != id || string(all.bytes(got)) != string(text) {
				t.Fatalf("%q is %d, want %d", text, got, id)
			}
		}
	}
}

// The short-cuts for keys and kinds that were just met never confuse two.
func TestRecent(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	p := newPart(maphash.MakeSeed(), idStyle{})
	text := func() []byte {
		b := make([]byte, r.IntN(10))
		for i := range b {
			b[i] = "\x00a1"[r.IntN(3)]
		}
		return b
	}
	for i := range 50_000 {
		key := text()
		if i%10_000 == 9_999 {
			p.reset(idStyle{})
		}
		l := p.labelOf(key)
		got := fmt.Sprint(uint32(l & labelValue))
		if l&labelInt == 0 {
			got = p.names.textOf(NameID(l))
		}
		if got != string(key) {
			t.Fatalf("%q is %q", key, got)
		}
		it := &dump.Item{Type: text(), Class: text(), Fields: dump.Fields(r.IntN(4))}
		k := p.kinds[p.kindOf(it)]
		if p.names.textOf(k.Type) != string(it.Type) || p.names.textOf(k.Class) != string(it.Class) || k.Fields != it.Fields {
			t.Fatalf("%q %q is %q %q", it.Type, it.Class, p.names.textOf(k.Type), p.names.textOf(k.Class))
		}
	}
}
