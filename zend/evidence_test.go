package zend_test

import (
	"fmt"
	"testing"

	"memtrail/zend"
)

func TestParseVersion(t *testing.T) {
	for s, want := range map[string]zend.Version{"auto": zend.Auto, "7.4": zend.PHP74, "8.2": zend.PHP82, "8.4": zend.PHP84} {
		if got, err := zend.ParseVersion(s); err != nil || got != want || got.String() != s {
			t.Errorf("ParseVersion(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"8", "5.6", "8.20", "latest"} {
		if v, err := zend.ParseVersion(s); err == nil {
			t.Errorf("ParseVersion(%q) = %v, no error", s, v)
		}
	}
}

func TestEvidence(t *testing.T) {
	for _, tt := range []struct {
		types  string
		arrays []*zend.Array
		want   string
		use    zend.Version
	}{
		{"int", nil, "7.4–8.4", zend.PHP82},
		{"int", []*zend.Array{list("packed", 0, 1, 2)}, "8.2–8.4", zend.PHP82},
		{"int", []*zend.Array{list("wide", upTo(0, 8)...)}, "7.4–8.1", zend.PHP81},
		{"integer", []*zend.Array{list("wide", upTo(0, 8)...)}, "7.4", zend.PHP74},
		{"boolean", nil, "7.4", zend.PHP74},
		// References after foreach by reference.
		{"int", []*zend.Array{list("packed", upTo(0, 20)...), list("wide", upTo(0, 20)...)}, "8.2–8.4", zend.PHP82},
		{"int", []*zend.Array{keyed("a", "b")}, "7.4–8.4", zend.PHP82},
	} {
		var e zend.Evidence
		e.Type([]byte(tt.types))
		for _, a := range tt.arrays {
			e.Array(a)
		}
		if r := e.Range(); r.String() != tt.want || r.Version() != tt.use {
			t.Errorf("%+v: %v, modelled as %v; want %s, %v (%s)", e, r, r.Version(), tt.want, tt.use, e.Why())
		}
	}
}

// Objects of a class with __get have room for guards, which only their
// distances show: class G { public $a; function __get($n) {} } has 80 bytes
// (72 requested), not 56.
func TestGuards(t *testing.T) {
	m := zend.New(zend.PHP82)
	for _, tt := range []struct{ apart, want uint64 }{{56, 56}, {80, 80}, {112, 56}} {
		c := m.Class("G")
		for i := range uint64(40) {
			var o zend.Object
			o.Reset(base + tt.apart*i)
			o.Add([]byte("a"), base+tt.apart*i+40, zend.IsValue)
			c.Learn(&o)
		}
		if got := m.Block(c); got != tt.want {
			t.Errorf("objects %d apart: %d, want %d", tt.apart, got, tt.want)
		}
	}
}

// A neighbour in the same page must not pass for a property: a list of objects
// with one property each, the kinds not known.
func TestNeighbours(t *testing.T) {
	m := zend.New(zend.PHP82)
	for away := range uint64(64) {
		c := m.Class("Node")
		var o zend.Object
		o.Reset(base)
		o.Add([]byte("next"), base+56*(away+1), zend.Unknown)
		c.Learn(&o)
		if got := m.ObjectCost(c, &o).Total(); got != 56 {
			t.Errorf("neighbour %d away: %d, want 56", away+1, got)
		}
	}
}

func TestStores(t *testing.T) {
	a, b := list("packed", 0, 1, 2), list("packed", 0, 1, 2)
	sa, oka := a.Store()
	sb, okb := b.Store()
	if !oka || !okb || sa != sb {
		t.Errorf("copies have stores %#x %v and %#x %v", sa, oka, sb, okb)
	}
	if _, ok := list("objects", 0, 1, 2).Store(); ok {
		t.Error("objects show a store")
	}
	if _, ok := list("unknown objects", 0, 1, 2).Store(); ok {
		t.Error("objects of which nothing is known show a store")
	}
}

func TestFrames(t *testing.T) {
	f := keyed("file", "line", "function", "class", "type", "args")
	if !f.IsFrame() || f.Role().Child([]byte("file")) != zend.Free || f.Role().Child([]byte("args")) != zend.Plain {
		t.Error("a frame of a trace is not seen")
	}
	for _, a := range []*zend.Array{keyed("file", "line"), keyed("function"), keyed("file", "function", "name"), list("packed", 0, 1)} {
		if a.IsFrame() {
			t.Error("something else passes for a frame")
		}
	}
}

// References: foreach ($a as &$v) leaves one for each element, 32 bytes each.
func TestReferences(t *testing.T) {
	c := zend.New(zend.PHP82).ArrayCost(list("wide", upTo(0, 7)...))
	if c.References != 8*zend.Reference || c.Arrays != 56+160 {
		t.Errorf("%+v", c)
	}
}

// An array whose first entries are gone shows it by the place of the rest.
func TestShrunk(t *testing.T) {
	m := zend.New(zend.PHP82)
	var a zend.Array
	a.Reset()
	const capacity, gone = 32768, 19000
	for i := range uint64(1000) {
		a.Add(fmt.Appendf(nil, "k%d", gone+i), base-base%zend.Chunk+zend.Page+8*capacity+32*(gone+i), zend.Unknown)
	}
	truth := 56 + m.Hash(capacity)
	if b := m.ArrayBounds(&a); !b.Contain(truth) || b.Reasons&zend.ShrunkArrays == 0 || b.Open {
		t.Errorf("%d is not within %+v", truth, b)
	}
}

var sink uint64

func BenchmarkString(b *testing.B) {
	m := zend.New(zend.PHP82)
	for i := range b.N {
		sink += m.String(uint64(i & 127))
	}
}

func BenchmarkArrayElement(b *testing.B) {
	m := zend.New(zend.PHP82)
	var a zend.Array
	for _, key := range []string{"31415", "user_31415", "name"} {
		b.Run(key, func(b *testing.B) {
			b.ReportAllocs()
			a.Reset()
			k := []byte(key)
			for i := range b.N {
				a.Add(k, base+32*uint64(i), zend.Unknown)
			}
			sink += m.ArrayCost(&a).Total()
		})
	}
}

func BenchmarkObject(b *testing.B) {
	m := zend.New(zend.PHP82)
	c := m.Class(`App\User`)
	keys := [][]byte{[]byte("userName"), []byte("name"), []byte("surname")}
	var o zend.Object
	b.ReportAllocs()
	for i := range b.N {
		id := base + 96*uint64(i)
		o.Reset(id)
		for k, key := range keys {
			o.Add(key, id+40+16*uint64(k), zend.Unknown)
		}
		m.Recognise(c, &o)
		c.Learn(&o)
		sink += m.ObjectCost(c, &o).Total()
	}
}

func FuzzHostile(f *testing.F) {
	f.Add([]byte("key"), uint64(base), uint64(32), uint8(9))
	f.Add([]byte("9223372036854775807"), uint64(1)<<63-8, uint64(16), uint8(200))
	f.Fuzz(func(t *testing.T, key []byte, id, step uint64, n uint8) {
		for _, kind := range []zend.Kind{zend.Unknown, zend.IsValue, zend.IsObject} {
			m := zend.New(zend.PHP82)
			var a zend.Array
			var o zend.Object
			a.Reset()
			o.Reset(id)
			for i := range uint64(n) {
				a.Add(key, id+i*step, kind)
				a.AddInt(i*step, id+i*step, kind)
				o.Add(key, id+i*step, kind)
			}
			c := m.Class(string(key))
			m.Recognise(c, &o)
			c.Learn(&o)
			for _, b := range []zend.Bounds{m.ArrayBounds(&a), m.ObjectBounds(c, &o, false)} {
				if b.Low > b.High || b.High > 1<<40 {
					t.Fatalf("bounds %+v", b)
				}
			}
		}
	})
}
