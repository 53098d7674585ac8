package walk

import (
	"encoding/binary"
	"slices"
	"strconv"

	"memtrail/dump"
)

// The types of a zval, Zend/zend_types.h.
const (
	isUndef     = 0
	isNull      = 1
	isFalse     = 2
	isTrue      = 3
	isLong      = 4
	isDouble    = 5
	isString    = 6
	isArray     = 7
	isObject    = 8
	isResource  = 9
	isReference = 10
	isAST       = 11

	// Types of ours for what PHP has no zval of.
	isTablePair = 0x20 // a synthetic array of two
	isEmbedded  = 0x21 // a synthetic array that an internal object holds, or a group
	isBlock     = 0x22 // given already
	isCode      = 0x23 // a function of the program, as code

	// immutable is GC_IMMUTABLE: nobody counts references, nobody frees.
	immutable = 1 << 6

	objectSlots = 40 // zend_object.properties_table
	slotSize    = 16
	bucketSize  = 32
	arraySize   = 56
)

// typeNames are php-meminfo's names.
var typeNames = [10][]byte{nil, []byte("null"), []byte("bool"), []byte("bool"), []byte("int"), []byte("float"), []byte("string"), []byte("array"), []byte("object"), []byte("resource")}

// kids are the children of the item at hand.
type kids struct {
	keys   []dump.Child
	ids    []dump.Address
	values []pending
}

// grow makes room for n more: lists of millions would be copied many times.
func (k *kids) grow(n int) {
	k.keys, k.ids, k.values = slices.Grow(k.keys, n), slices.Grow(k.ids, n), slices.Grow(k.values, n)
}

func (k *kids) reset() {
	k.keys, k.ids, k.values = k.keys[:0], k.ids[:0], k.values[:0]
}

// resolve follows INDIRECT and references to the slot that holds the value.
// extra is what a reference costs, if this is the first way to it.
func (w *Walker) resolve(slot uint64) (at, value uint64, typ byte, extra uint64) {
	b := w.m.Bytes(slot, slotSize)
	if b == nil {
		return slot, 0, isUndef, 0
	}
	value, typ = binary.LittleEndian.Uint64(b), b[8]
	for range 4 { // no chain is longer: an INDIRECT leads to a slot, a reference to a value
		switch typ {
		case w.f.indirect:
			slot = value
		case isReference:
			extra += w.charge(value, kReference)
			slot = value + 8
		default:
			return slot, value, typ, extra
		}
		if b = w.m.Bytes(slot, slotSize); b == nil {
			return slot, 0, isUndef, extra
		}
		value, typ = binary.LittleEndian.Uint64(b), b[8]
	}
	return slot, 0, isUndef, extra
}

// child adds what a slot holds to the children of the item at hand.
func (w *Walker) child(slot uint64, key []byte) {
	at, value, typ, extra := w.resolve(slot)
	w.item.Alloc += extra
	switch {
	case typ >= isNull && typ <= isDouble:
		w.addChild(key, at, pend(at, typ))
	case typ == isString || typ == isArray || typ == isResource:
		if value != 0 {
			w.addChild(key, value, pend(value, typ))
		}
	case typ == isObject:
		if w.objects.has(value) {
			w.addChild(key, value, pend(value, typ))
		}
	case typ == isAST, typ == w.f.pointer:
		w.guessWord(value, key)
	}
}

// childOf is child for what a frame holds.
func (w *Walker) childOf(slot uint64, v pending, key []byte) {
	if slot != 0 {
		w.child(slot, key)
		return
	}
	w.addChild(key, v.address(), v)
}

func (w *Walker) addChild(key []byte, id uint64, p pending) {
	w.kids.keys = append(w.kids.keys, dump.Child{Key: key})
	w.kids.ids = append(w.kids.ids, dump.Address(id))
	w.kids.values = append(w.kids.values, p)
}

// text keeps a key that is not in PHP's memory until the item is given away.
func (w *Walker) text(s string) []byte {
	n := len(w.keys)
	w.keys = append(w.keys, s...)
	return w.keys[n:len(w.keys):len(w.keys)]
}

func (w *Walker) number(n int64) []byte {
	at := len(w.keys)
	w.keys = strconv.AppendInt(w.keys, n, 10)
	return w.keys[at:len(w.keys):len(w.keys)]
}

// maxText bounds what is shown of a name or key, in bytes.
const maxText = 64 << 10

// stringBytes gives the text of a zend_string, a view if possible.
func (w *Walker) stringBytes(s uint64) []byte {
	if s == 0 {
		return nil
	}
	n := w.m.Word(s + 16)
	return w.m.Bytes(s+24, min(n, maxText))
}

// begin empties the item at hand for the next.
func (w *Walker) begin(id uint64, typ byte) {
	it := &w.item
	it.Offset, it.Fields, it.Address = int64(w.count)*itemText, dump.HasType|dump.HasSize|dump.HasRoot|dump.HasAlloc, dump.Address(id)
	it.Type, it.Size, it.Alloc, it.Refs, it.IsRoot = typeNames[typ], slotSize, 0, 0, false
	// What the walk sets on no item is empty, but for what the sink sets.
	it.ID, it.Symbol, it.Frame, it.Class, it.Handle = nil, nil, nil, nil, nil
	w.keys = w.keys[:0]
	w.kids.reset()
	if w.filter[id>>3&1023]>>(id>>13&63)&1 != 0 {
		if r, ok := w.roots[id]; ok {
			it.IsRoot = true
			it.Fields |= dump.HasFrame | dump.HasSymbol
			it.Frame, it.Symbol = []byte(r.frame), []byte(r.symbol)
			it.Alloc = r.extra
		}
	}
}

// itemText is about what an item takes as text: offsets of items tell how far
// a reader is.
const itemText = 150

// give hands the item over and leaves its children to be visited.
func (w *Walker) give() {
	it := &w.item
	it.Children, it.Addresses, it.NumChildren = w.kids.keys, w.kids.ids, uint64(len(w.kids.keys))
	if w.garbage != nil {
		w.garbage.note(w)
	}
	w.sink(it)
	w.kids.keys, w.kids.ids = it.Children, it.Addresses
	w.count++
	for i := len(w.kids.values) - 1; i >= 0; i-- {
		w.stack = append(w.stack, w.kids.values[i])
	}
}

// drain visits what waits.
func (w *Walker) drain() {
	for len(w.stack) > 0 {
		p := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		w.visit(p)
	}
}

// visit gives a value to the sink, if it is its first visit.
func (w *Walker) visit(p pending) {
	a := p.address()
	switch p.typ() {
	case isNull, isFalse, isTrue, isLong, isDouble:
		w.visitScalar(a, p.typ())
	case isString:
		w.visitString(a)
	case isArray:
		w.visitArray(a)
	case isObject:
		w.visitObject(a)
	case isResource:
		w.visitResource(a)
	case isEmbedded, isTablePair:
		w.visitSynthetic(p)
	case isCode:
		w.visitFunction(a)
	}
}

// visitScalar gives a scalar, which is called by the slot that it lies in. The
// one in a reference has a block of its own, and can be met twice.
func (w *Walker) visitScalar(slot uint64, typ byte) {
	var refs uint32
	if b, ok := w.h.Find(slot); ok && *b.State&kindMask == kReference && slot == b.Start+8 {
		if *b.State&emitted != 0 {
			return
		}
		*b.State |= emitted
		refs = w.m.Half(b.Start)
	} else if w.slotSeen(slot) {
		return
	}
	w.begin(slot, typ)
	w.item.Refs = refs
	w.give()
}

// slotSeen reports whether a scalar's slot was an item already: only a root's
// can be met twice, as the variable of a frame and through an INDIRECT.
func (w *Walker) slotSeen(slot uint64) bool {
	if w.filter[slot>>3&1023]>>(slot>>13&63)&1 == 0 {
		return false
	}
	if _, ok := w.roots[slot]; !ok {
		return false
	}
	if w.outside[slot] {
		return true
	}
	w.outside[slot] = true
	return false
}

func (w *Walker) visitString(s uint64) {
	head := w.m.Bytes(s, 24)
	if head == nil {
		return
	}
	k := kind(kString)
	if binary.LittleEndian.Uint32(head[4:])&immutable != 0 {
		k = kCode // interned: it belongs to the code, and stays when the value goes
	}
	alloc, first := w.firstVisit(s, k)
	if !first {
		return
	}
	w.begin(s, isString)
	w.item.Size += binary.LittleEndian.Uint64(head[16:])
	if k == kString {
		w.keeps(s, k, alloc)
		w.item.Alloc += alloc
		w.item.Refs = binary.LittleEndian.Uint32(head)
	}
	w.give()
}

// header has the fields of a zend_array.
type header struct {
	refs, info, flags, mask uint32
	data                    uint64
	used, elements, size    uint32
}

func (w *Walker) header(a uint64) (h header, ok bool) {
	b := w.m.Bytes(a, arraySize)
	if b == nil {
		return h, false
	}
	b = b[:arraySize]
	half := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	return header{half(0), half(4), half(8), half(12), binary.LittleEndian.Uint64(b[16:]), half(24), half(28), half(32)}, true
}

const (
	hashPacked = 1 << 2
	hashEmpty  = 1 << 3 // HASH_FLAG_UNINITIALIZED: there is no table
	maxTable   = 1 << 28
)

// store is where the block with the elements starts: the hash's slots come
// before them.
func (h *header) store() uint64 { return h.data - uint64(-h.mask)*4 }

// each calls f for every slot that is not empty, with its key: a string, or a
// number where key is 0.
func (w *Walker) each(h *header, f func(slot, key uint64, number int64)) {
	if h.flags&hashEmpty != 0 || h.used > maxTable {
		return
	}
	step := uint64(bucketSize)
	if h.flags&hashPacked != 0 {
		step = w.f.packed
	}
	all := w.m.Bytes(h.data, uint64(h.used)*step)
	if all == nil {
		return
	}
	for i := uint64(0); i < uint64(h.used); i++ {
		b := all[i*step : (i+1)*step]
		if b[8] == isUndef {
			continue
		}
		if step == slotSize {
			f(h.data+i*step, 0, int64(i))
			continue
		}
		f(h.data+i*step, binary.LittleEndian.Uint64(b[24:]), int64(binary.LittleEndian.Uint64(b[16:])))
	}
}

// elements adds the elements of a table to the children of the item at hand,
// and what the table costs to its bytes.
func (w *Walker) elements(h *header) {
	if h.flags&hashEmpty == 0 {
		w.item.Alloc += w.charge(h.store(), kTable)
	}
	const many = 1 << 10
	if h.used >= many && h.elements <= h.used && w.m.Copies(h.data, uint64(h.used)*min(w.f.packed, bucketSize)) {
		w.kids.grow(int(h.elements)) // no more than the table really has
	}
	w.each(h, func(slot, key uint64, number int64) {
		if key == 0 {
			w.child(slot, w.number(number))
			return
		}
		w.item.Alloc += w.chargeKey(key)
		w.child(slot, w.stringBytes(key))
	})
}

// chargeKey marks a string that is a key.
func (w *Walker) chargeKey(key uint64) uint64 {
	k := kind(kKey)
	if w.m.Half(key+4)&immutable != 0 {
		w.mark(key, kCode)
		return 0
	}
	return w.charge(key, k)
}

func (w *Walker) visitArray(a uint64) {
	h, ok := w.header(a)
	if !ok {
		return
	}
	k := kind(kArray)
	if h.info&immutable != 0 {
		k = kCode
	}
	alloc, first := w.firstVisit(a, k)
	if !first {
		return
	}
	w.begin(a, isArray)
	w.item.Fields |= dump.HasChildren
	w.item.Size = 72
	w.item.Alloc += alloc
	w.item.Refs = h.refs
	if k == kCode {
		w.item.Refs = 0
		w.literals(&h)
		w.item.Alloc = 0
	} else {
		w.keeps(a, k, alloc)
		w.elements(&h)
	}
	w.give()
}

// literals is elements for an array that the compiler made.
func (w *Walker) literals(h *header) {
	if h.flags&hashEmpty == 0 {
		w.mark(h.store(), kCode)
	}
	w.each(h, func(slot, key uint64, number int64) {
		if key == 0 {
			w.child(slot, w.number(number))
			return
		}
		w.mark(key, kCode)
		w.child(slot, w.stringBytes(key))
	})
}

// visitResource leaves a resource for later: what it points to is not known.
func (w *Walker) visitResource(r uint64) {
	if w.m.Bytes(r, w.f.resourcePtr+8) == nil {
		return
	}
	if _, first := w.firstVisit(r, kResource); first {
		w.deferred = append(w.deferred, pend(r, isResource))
	}
}

// laterResource is visitResource when its time has come.
func (w *Walker) laterResource(r uint64) {
	w.begin(r, isResource)
	own := w.ownBlock(r)
	w.keeps(r, kResource, own)
	w.item.Alloc += own
	w.item.Refs = w.m.Half(r)
	if p := w.m.Word(r + w.f.resourcePtr); p != 0 && !w.context(r, p) && !w.filterHandle(r, p) {
		first := len(w.kids.ids)
		w.stream(r, p)
		s := w.guesserBeside(w.text(Guess), first)
		s.word(p, 0, 0)
		s.rest()
	}
	if len(w.kids.values) > 0 {
		w.item.Fields |= dump.HasChildren
	}
	w.give()
}

// ownBlock is the size of the block that starts at an address.
func (w *Walker) ownBlock(a uint64) uint64 {
	if b, ok := w.h.Find(a); ok && b.Start == a {
		return b.Size
	}
	return 0
}
