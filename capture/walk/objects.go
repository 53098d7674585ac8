package walk

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strconv"

	"memtrail/dump"
)

// objectStore is EG(objects_store): the table of all objects by handle.
type objectStore struct {
	w     *Walker
	table uint64
	top   uint32
	// outside are the objects that lie in no block of the heap, by address. They are
	// few, and asked for by every word that leads there.
	outside []uint64
}

// newObjectStore reads the table at an address, of top handles.
func newObjectStore(w *Walker, table uint64, top uint32) objectStore {
	s := objectStore{w: w, table: table, top: top}
	for i := uint64(1); i < uint64(top); i++ {
		if o := w.m.Word(table + 8*i); !w.h.Holds(o) && s.isAt(o) {
			s.outside = append(s.outside, o)
		}
	}
	slices.Sort(s.outside)
	return s
}

// widen gives a stretch that has the heap and all objects.
func (s *objectStore) widen(x stretch) stretch {
	if n := len(s.outside); n > 0 {
		x.from, x.to = min(x.from, s.outside[0]), max(x.to, s.outside[n-1]+1)
	}
	return x
}

// has reports whether a live object lies at an address: the table has it where
// the object says it is. So an address can be taken for an object without a
// set of all of them.
func (s *objectStore) has(o uint64) bool {
	if s.w.h.Holds(o) {
		return s.isAt(o)
	}
	return len(s.outside) > 0 && s.isOutside(o)
}

func (s *objectStore) isOutside(o uint64) bool {
	_, found := slices.BinarySearch(s.outside, o)
	return found
}

// isAt is has for any memory, which it reads.
func (s *objectStore) isAt(o uint64) bool {
	if o == 0 || o%8 != 0 {
		return false
	}
	b := s.w.m.Bytes(o, objectSlots)
	if b == nil {
		return false
	}
	handle := binary.LittleEndian.Uint32(b[8:])
	return handle > 0 && handle < s.top && s.w.m.Word(s.table+8*uint64(handle)) == o
}

// each gives every live object. Handles that are free hold a number, marked by
// bit 0.
func (s *objectStore) each(f func(o uint64)) {
	for i := uint64(1); i < uint64(s.top); i++ {
		if o := s.w.m.Word(s.table + 8*i); o != 0 && o&1 == 0 && s.has(o) {
			f(o)
		}
	}
}

// class is what is known of a zend_class_entry.
type class struct {
	name  string
	text  []byte   // of name
	slots uint64   // declared properties
	props [][]byte // their names by slot
	// guarded is set where a slot for guards against recursion follows them.
	guarded bool
	// inside reads what objects of the class hold beyond their properties; nil
	// where there is nothing, or nothing is known: see opaque.
	inside func(w *Walker, o, base uint64)
	// opaque is set on classes that inherit from an internal one which is not
	// known: what lies before the object is looked at word by word.
	opaque bool
}

const (
	maxSlots   = 1 << 16
	maxParents = 1 << 10
)

// class gives what is known of the class at an address.
func (w *Walker) class(ce uint64) *class {
	if c, ok := w.classes[ce]; ok {
		return c
	}
	c := &class{name: string(w.className(ce)), slots: min(uint64(w.m.Half(ce+w.f.ceProps)), maxSlots)}
	c.text = []byte(c.name)
	w.classes[ce] = c
	c.guarded = w.m.Half(ce+w.f.ceFlags)&w.f.guards != 0
	c.props = w.propertyNames(ce, c.slots)
	for p, i := ce, 0; p != 0 && i < maxParents; p, i = w.m.Word(p+w.f.ceParent), i+1 {
		const internal = 1
		if w.m.Byte(p) != internal {
			continue
		}
		if f, ok := known[string(w.className(p))]; ok {
			c.inside = f
		} else {
			c.opaque = true
			continue // its own parent may be known
		}
		c.opaque = false
		break
	}
	return c
}

// className is the name as PHP shows it: an anonymous class has its file behind
// a NUL.
func (w *Walker) className(ce uint64) []byte {
	name := w.stringBytes(w.m.Word(ce + w.f.ceName))
	name, _, _ = bytes.Cut(name, []byte{0})
	return name
}

// propertyNames reads properties_info_table, which has the zend_property_info
// of each slot, those of private properties of parents included.
func (w *Walker) propertyNames(ce, slots uint64) [][]byte {
	names := make([][]byte, slots)
	const infoName = 8 // zend_property_info.name
	if table := w.m.Word(ce + w.f.ceInfoTable); table != 0 {
		for i := range slots {
			if info := w.m.Word(table + 8*i); info != 0 {
				names[i] = unmangle(w.stringBytes(w.m.Word(info + infoName)))
			}
		}
	}
	// Where the table is not there, or has a hole, the classes' own tables know.
	for p, n := ce, 0; p != 0 && n < maxParents; p, n = w.m.Word(p+w.f.ceParent), n+1 {
		h, ok := w.header(p + w.f.cePropInfo)
		if !ok {
			break
		}
		w.each(&h, func(slot, key uint64, _ int64) {
			const static = 1 << 4
			info := w.m.Word(slot)
			offset := uint64(w.m.Half(info))
			if i := (offset - objectSlots) / slotSize; w.m.Half(info+4)&static == 0 && offset >= objectSlots && i < slots && names[i] == nil {
				names[i] = unmangle(w.stringBytes(w.m.Word(info + infoName)))
			}
		})
	}
	for i := range names {
		if names[i] == nil {
			names[i] = strconv.AppendInt([]byte("slot "), int64(i), 10)
		}
	}
	return names
}

// unmangle takes the class off the name of a property: "\0Class\0name".
func unmangle(name []byte) []byte {
	if len(name) > 0 && name[0] == 0 {
		if i := bytes.LastIndexByte(name, 0); i > 0 {
			return name[i+1:]
		}
	}
	return name
}

// base is where the block of an object starts: handlers->offset before it.
func (w *Walker) objectBase(o uint64) uint64 {
	offset := uint64(w.m.Half(w.m.Word(o + 24)))
	const most = 4 << 10
	if offset > most || offset > o {
		return o
	}
	return o - offset
}

// visitObject gives an object, or leaves one that is opaque for later, its
// properties excepted: what they lead to has precise owners.
func (w *Walker) visitObject(o uint64) {
	if !w.objects.has(o) {
		return
	}
	base := w.objectBase(o)
	alloc, first := w.firstVisit(base, kObject)
	if !first {
		return
	}
	c := w.class(w.m.Word(o + 16))
	w.beginObject(o, alloc, c)
	w.keeps(base, kObject, alloc)
	w.properties(o, c)
	if c.inside != nil {
		c.inside(w, o, base)
	} else if c.opaque && base < o {
		w.deferred = append(w.deferred, pend(o, isObject))
		for i := len(w.kids.values) - 1; i >= 0; i-- {
			if v := w.kids.values[i]; v.typ() >= isString { // a scalar is called by its slot: its turn is later
				w.stack = append(w.stack, v)
			}
		}
		w.opaque[o] = w.item.Alloc
		return
	}
	w.give()
}

func (w *Walker) beginObject(o, alloc uint64, c *class) {
	w.begin(o, isObject)
	it := &w.item
	it.Fields |= dump.HasClass | dump.HasHandle | dump.HasChildren
	it.Size = 72
	it.Alloc += alloc
	it.Refs = w.m.Half(o)
	it.Class = c.text
	w.handle = strconv.AppendUint(w.handle[:0], uint64(w.m.Half(o+8)), 10)
	it.Handle = w.handle
}

// properties adds the declared properties, then the dynamic ones.
func (w *Walker) properties(o uint64, c *class) {
	slots := w.m.Bytes(o+objectSlots, c.slots*slotSize)
	for i := range c.slots {
		if uint64(len(slots)) < (i+1)*slotSize {
			break
		}
		if slots[i*slotSize+8] != isUndef {
			w.child(o+objectSlots+i*slotSize, c.props[i])
		}
	}
	if c.guarded {
		w.guards(o + objectSlots + c.slots*slotSize)
	}
	table := w.m.Word(o + 32)
	if table == 0 {
		return
	}
	h, ok := w.header(table)
	if !ok {
		return
	}
	w.item.Alloc += w.charge(table, kTable)
	if h.flags&hashEmpty == 0 {
		w.item.Alloc += w.charge(h.store(), kTable)
	}
	w.each(&h, func(slot, key uint64, number int64) {
		if key != 0 {
			w.item.Alloc += w.chargeKey(key)
		}
		if w.m.Byte(slot+8) == w.f.indirect {
			return // a declared property
		}
		if key == 0 {
			w.child(slot, w.number(number))
			return
		}
		w.child(slot, unmangle(w.stringBytes(key)))
	})
}

// guards marks what protects magic methods from calling themselves: the name of
// one property, or a table of them.
func (w *Walker) guards(slot uint64) {
	value, typ := w.m.Word(slot), w.m.Byte(slot+8)
	switch typ {
	case isString:
		w.item.Alloc += w.chargeKey(value)
	case isArray:
		h, ok := w.header(value)
		if !ok {
			return
		}
		w.item.Alloc += w.charge(value, kTable)
		if h.flags&hashEmpty == 0 {
			w.item.Alloc += w.charge(h.store(), kTable)
		}
		w.each(&h, func(slot, key uint64, _ int64) {
			w.item.Alloc += w.chargeKey(key)
			if w.m.Byte(slot+8) == w.f.pointer {
				w.item.Alloc += w.charge(w.m.Word(slot)&^1, kTable)
			}
		})
	}
}

// laterObject is visitObject for an opaque one whose time has come.
func (w *Walker) laterObject(o uint64) {
	c, base := w.class(w.m.Word(o+16)), w.objectBase(o)
	w.beginObject(o, w.opaque[o], c)
	own := w.item.Alloc
	w.properties(o, c)
	w.item.Alloc = own
	for a := base; a+8 <= o; a += 8 {
		w.guessAt(a, w.guessKey(a-base))
	}
	w.give()
}

// visitDeferred looks into opaque objects and resources, and visits what that
// brings up, until there is nothing new.
func (w *Walker) visitDeferred() {
	for len(w.deferred) > 0 {
		p := w.deferred[0]
		w.deferred = w.deferred[1:]
		if p.typ() == isObject {
			w.laterObject(p.address())
		} else {
			w.laterResource(p.address())
		}
		w.drain()
	}
}
