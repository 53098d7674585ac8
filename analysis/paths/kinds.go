package paths

import (
	"hash/maphash"
	"slices"
	"strings"
	"unsafe"

	"memtrail/analysis"
	"memtrail/graph"
	"memtrail/internal/slots"
)

// KindTable numbers the types and classes of a series, as its dumps have them. Each
// dump may have millions, and mostly the same, in the same order. The zero value is
// empty.
type KindTable struct {
	text    []byte // classes, one behind the other
	list    []kindText
	types   []string
	typeOf  map[string]uint32 // by name, in types
	numbers slots.Table
	seed    maphash.Seed
}

// kindText says where a kind's class stands, and which type it has.
type kindText struct {
	at     int
	length uint32
	typ    uint32
}

// Len is the number of kinds; numbers are below it.
func (t *KindTable) Len() int { return len(t.list) }

// At is the kind of a number. Its class is a view of the table's memory, which is only
// added to.
func (t *KindTable) At(number int) analysis.Kind {
	return analysis.Kind{Type: t.types[t.list[number].typ], Class: t.class(number)}
}

func (t *KindTable) class(number int) string {
	k := t.list[number]
	return unsafe.String(unsafe.SliceData(t.text[k.at:]), k.length)
}

func (t *KindTable) is(number int, typ, class string) bool {
	return t.types[t.list[number].typ] == typ && t.class(number) == class
}

// Number gives the number of a kind, a new one if need be. Its names may be those of a
// graph.
func (t *KindTable) Number(typ, class string) int {
	if len(t.list) == 0 {
		t.seed = maphash.MakeSeed()
	}
	hash := uint32(maphash.String(t.seed, class)) + uint32(len(typ)) // classes are mostly of one type
	at := hash
	for n, ok := t.numbers.Next(&at, hash); ok; n, ok = t.numbers.Next(&at, hash) {
		if t.is(int(n), typ, class) {
			return int(n)
		}
	}
	number := len(t.list)
	t.numbers.Put(at, hash, uint32(number))
	t.list = append(t.list, kindText{len(t.text), uint32(len(class)), t.typ(typ)})
	if cap(t.text)-len(t.text) < len(class) {
		t.text = slices.Grow(t.text, len(class)+cap(t.text)) // append would copy large ones too often
	}
	t.text = append(t.text, class...)
	return number
}

// typ numbers a type.
func (t *KindTable) typ(name string) uint32 {
	// Kinds come type by type, or nearly.
	if n := len(t.list); n > 0 && t.types[t.list[n-1].typ] == name {
		return t.list[n-1].typ
	}
	i, ok := t.typeOf[name]
	if !ok {
		if t.typeOf == nil {
			t.typeOf = map[string]uint32{}
		}
		name, i = strings.Clone(name), uint32(len(t.types))
		t.types, t.typeOf[name] = append(t.types, name), i
	}
	return i
}

// of gives the numbers of a graph's kinds.
func (t *KindTable) of(g *graph.Graph) []uint32 {
	numbers := make([]uint32, len(g.Kinds()))
	next := 0
	for k, kind := range g.Kinds() {
		typ, class := g.Name(kind.Type), g.Name(kind.Class)
		number := next
		if next >= len(t.list) || !t.is(next, typ, class) { // as in the dump before
			number = t.Number(typ, class)
		}
		numbers[k], next = uint32(number), number+1
	}
	return numbers
}
