package walk

import (
	"strconv"
	"strings"

	"memtrail/dump"
)

// known are internal classes whose insides are read as what they are, in the
// form in which php-meminfo shows them. Their structures begin with what
// matters (ext/spl, Zend/zend_closures.c, zend_generators.c, zend_weakrefs.c),
// and did so from 7.4 to 8.5; the sizes of blocks show what changed.
// Classes with nothing beyond their properties are nil.
var known = map[string]func(w *Walker, o, base uint64){
	"stdClass": nil, "Exception": nil, "Error": nil,

	"Closure":          (*Walker).closure,
	"Generator":        (*Walker).generator,
	"Fiber":            (*Walker).fiber,
	"ArrayObject":      (*Walker).arrayObject,
	"ArrayIterator":    (*Walker).arrayObject,
	"SplObjectStorage": (*Walker).objectStorage,
	"SplFixedArray":    (*Walker).fixedArray,

	"SplDoublyLinkedList": (*Walker).linkedList,
	"SplHeap":             (*Walker).heap,
	"SplPriorityQueue":    (*Walker).priorityQueue,
	"IteratorIterator":    (*Walker).outerIterator,
	"WeakMap":             (*Walker).weakMap,
	"WeakReference":       weakReference,
	"XMLParser":           (*Walker).xmlParser,
}

// weakReference holds nothing.
func weakReference(*Walker, uint64, uint64) {}

// embedded is an array that is no zend_array of its own, as an object holds it,
// or a group of what has no value.
type embedded struct {
	typ         []byte // nil for array
	alloc, size uint64
	// weak is the object that an entry of a WeakMap is alive with; 0 for others.
	weak uint64
	kids kids
	keys []byte
	// named counts the names of code that were used as keys.
	named map[string]int
}

// arrayObject: spl_array_object begins with the zval of its storage.
func (w *Walker) arrayObject(_, base uint64) { w.child(base, []byte("storage")) }

// objectStorage: spl_SplObjectStorage begins with a hash of elements, each an
// object and the zval that goes with it: two zvals, from 8.1 on a pointer and a
// zval. The sizes of the blocks do not tell: those of debug builds are larger.
func (w *Walker) objectStorage(o, base uint64) {
	w.collectorsList(base+arraySize, o)
	h, ok := w.header(base)
	if !ok {
		return
	}
	list := w.newEmbedded(base|4, "storage")
	if h.flags&hashEmpty == 0 {
		list.alloc += w.charge(h.store(), kTable)
	}
	i := int64(0)
	w.each(&h, func(slot, key uint64, _ int64) {
		if key != 0 { // getHash() of a subclass made it
			list.alloc += w.chargeKey(key)
		}
		if w.m.Byte(slot+8) != w.f.pointer {
			return
		}
		e := w.m.Word(slot)
		pair := w.newPair(e|4, list, i)
		i++
		pair.alloc += w.charge(e, kInternal)
		if w.f.version < 80100 {
			w.embedSlot(pair, e, "obj")
			w.embedSlot(pair, e+slotSize, "inf")
			return
		}
		w.embedObject(pair, w.m.Word(e), "obj")
		w.embedSlot(pair, e+8, "inf")
	})
}

// collectorsList charges the list that get_gc() of a class gave to the collector,
// which PHP before 8.1 keeps in the object: a pointer to zvals, and their number.
// They may be of long ago, and hold nothing.
func (w *Walker) collectorsList(from, to uint64) {
	if w.f.version >= 80100 {
		return
	}
	for a := from; a+16 <= to; a += 8 {
		n := uint64(w.m.Half(a + 8))
		if b, ok := w.h.Find(w.m.Word(a)); ok && b.Start == w.m.Word(a) && n > 0 && n*slotSize <= b.Size && w.looksLike(b) == isUndef && !w.objects.has(b.Start) {
			w.item.Alloc += w.charge(b.Start, kInternal)
		}
	}
}

// fixedArray: spl_fixedarray_object begins with the size and the elements.
func (w *Walker) fixedArray(_, base uint64) {
	n, data := w.m.Word(base), w.m.Word(base+8)
	if data == 0 || n > maxTable || w.m.Bytes(data, n*slotSize) == nil {
		return
	}
	w.item.Alloc += w.charge(data, kTable)
	for i := range n {
		w.child(data+i*slotSize, w.number(int64(i)))
	}
}

// linkedList: spl_dllist_object begins with the list: head, tail and more. An
// element is prev, next, before 8.0 a count, and the value.
func (w *Walker) linkedList(_, base uint64) {
	list := w.m.Word(base)
	if list == 0 {
		return
	}
	e := w.newEmbedded(list|4, "dllist")
	e.alloc += w.charge(list, kInternal)
	i := int64(0)
	for p := w.m.Word(list); p != 0 && i < maxTable; p = w.m.Word(p + 8) {
		size, first := w.mark(p, kInternal)
		if !first {
			return // a ring, or an element of another list: damage
		}
		e.alloc += size
		value := p + 16
		if w.f.version < 80000 {
			value = p + 24
		}
		w.embedSlotAt(e, value, i)
		i++
	}
}

// heap: spl_heap_object begins with the heap: elements, three or four
// functions, then the count.
func (w *Walker) heap(_, base uint64) { w.heapOf(base, false) }

func (w *Walker) priorityQueue(_, base uint64) { w.heapOf(base, true) }

func (w *Walker) heapOf(base uint64, pairs bool) {
	heap := w.m.Word(base)
	if heap == 0 {
		return
	}
	e := w.newEmbedded(heap|4, "heap")
	e.alloc += w.charge(heap, kInternal)
	count := heap + 8
	for i := 0; i < 4 && w.isCode(w.m.Word(count)); i++ {
		count += 8
	}
	data, n := w.m.Word(heap), uint64(w.m.Half(count))
	e.alloc += w.charge(data, kTable)
	size := uint64(slotSize)
	if pairs {
		size = 2 * slotSize
	}
	if n > maxTable || w.m.Bytes(data, n*size) == nil {
		return
	}
	for i := range n {
		if !pairs {
			w.embedSlotAt(e, data+i*size, int64(i))
			continue
		}
		pair := w.newPair((data+i*size)|4, e, int64(i))
		w.embedSlot(pair, data+i*size, "data")
		w.embedSlot(pair, data+i*size+slotSize, "priority")
	}
}

// isCode reports whether an address is that of a function.
func (w *Walker) isCode(a uint64) bool {
	m := w.m.Mapping(a)
	return m != nil && len(m.Permissions) > 2 && (m.Permissions[2] == 'x' || m.Path != "" && !m.Writable())
}

// weakMap: zend_weakmap begins with a hash whose keys are the objects'
// addresses, shifted from 8.2 on; a value lives as long as its key.
func (w *Walker) weakMap(_, base uint64) {
	h, ok := w.header(base)
	if !ok {
		return
	}
	if h.flags&hashEmpty == 0 {
		w.item.Alloc += w.charge(h.store(), kTable)
	}
	i := int64(0)
	w.each(&h, func(slot, _ uint64, number int64) {
		object := uint64(number)
		if !w.objects.has(object) {
			object <<= 3
		}
		id := slot | 4
		pair := w.newSynthetic(id)
		pair.weak = object
		w.addChild(w.number(i), id, pend(id, isTablePair))
		i++
		w.embedObject(pair, object, "key")
		w.embedSlot(pair, slot, "value")
	})
}

// outerIterator: spl_dual_it_object begins with the inner iterator, its class,
// object and functions, then the current element and key. What follows differs
// by class: CachingIterator has an array of all it saw, AppendIterator an
// ArrayIterator of the iterators; other values there are guessed.
func (w *Walker) outerIterator(o, base uint64) {
	const (
		current = 40
		key     = current + slotSize
		rest    = key + slotSize
	)
	w.child(base, []byte("inner"))
	w.child(base+current, []byte("current"))
	w.child(base+key, []byte("key"))
	class := w.baseIterator(w.m.Word(o + 16))
	for a := base + slotSize; a+8 <= o; a += 8 {
		if a == base+current {
			a += 2*slotSize - 8
			continue
		}
		k := w.guessKey(a - base)
		if v := w.m.Word(a); a >= base+rest && a+slotSize <= o {
			switch typ := w.m.Byte(a + 8); {
			case class == "CachingIterator" && typ == isArray && w.isValueAt(v, isArray):
				k = []byte("cache")
			case class == "AppendIterator" && typ == isObject && w.objects.has(v) && string(w.className(w.m.Word(v+16))) == "ArrayIterator":
				k = []byte("iterators")
			}
		}
		w.guessAt(a, k)
	}
}

// xmlHandlers are the values of an xml_parser, from 8.0 to 8.3, behind three
// words and a value of its own: ext/xml/xml.c.
var xmlHandlers = []string{
	"object", "startElementHandler", "endElementHandler", "characterDataHandler", "processingInstructionHandler",
	"defaultHandler", "unparsedEntityDeclHandler", "notationDeclHandler", "externalEntityRefHandler",
	"unknownEncodingHandler", "startNamespaceDeclHandler", "endNamespaceDeclHandler",
}

// xmlParser reads a parser's object and handlers, and guesses the rest.
func (w *Walker) xmlParser(o, base uint64) {
	const first = 40
	for a := base; a+8 <= o; {
		i := (a - base - first) / slotSize
		if w.f.version < 80400 && a >= base+first && i < uint64(len(xmlHandlers)) && a+slotSize <= o {
			w.child(a, []byte(xmlHandlers[i]))
			a += slotSize
			continue
		}
		w.guessAt(a, w.guessKey(a-base))
		a += 8
	}
}

// baseIterator is the class of PHP's that an iterator's is derived from.
func (w *Walker) baseIterator(ce uint64) string {
	for i := 0; ce != 0 && i < maxParents; ce, i = w.m.Word(ce+w.f.ceParent), i+1 {
		if w.m.Byte(ce) == internalFunction { // ZEND_INTERNAL_CLASS is the same number
			if name := strings.TrimPrefix(string(w.className(ce)), "Recursive"); name == "CachingIterator" || name == "AppendIterator" {
				return name
			}
		}
	}
	return ""
}

// isValueAt reports whether a value of a type lies at an address.
func (w *Walker) isValueAt(v uint64, typ byte) bool {
	b, ok := w.h.Find(v)
	return ok && b.Start == v && w.m.Byte(v+4)&15 == typ
}

// closure: zend_closure has the function behind the object, then $this.
func (w *Walker) closure(o, _ uint64) {
	fn := o + closureFunction
	w.child(fn+w.f.fnSize, []byte("this"))
	if w.m.Byte(fn) != userFunction {
		return
	}
	table := w.staticsOf(fn)
	if table != 0 {
		w.addChild([]byte("static"), table, pend(table, isArray))
	}
	w.countClosure(fn, table)
	if cache := w.m.Word(fn + w.f.fnCache); cache != 0 && cache&1 == 0 {
		w.item.Alloc += w.charge(cache, kInternal)
	}
}

// newEmbedded adds a synthetic array to the children of the item at hand.
func (w *Walker) newEmbedded(id uint64, key string) *embedded {
	e := w.newSynthetic(id)
	w.addChild([]byte(key), id, pend(id, isEmbedded))
	return e
}

// newPair adds a synthetic array to one.
func (w *Walker) newPair(id uint64, list *embedded, i int64) *embedded {
	e := w.newSynthetic(id)
	w.embed(list, appendNumber(list, i), id, pend(id, isTablePair))
	return e
}

func (w *Walker) newSynthetic(id uint64) *embedded {
	e := &embedded{}
	w.synthetic[id] = e
	return e
}

// visitSynthetic gives a synthetic array.
func (w *Walker) visitSynthetic(p pending) {
	id := p.address()
	e, ok := w.synthetic[id]
	if !ok {
		return
	}
	if e.weak != 0 && w.flags != garbage && w.objects.has(e.weak) && !w.reached(e.weak) {
		w.weak = append(w.weak, p)
		return
	}
	delete(w.synthetic, id)
	w.giveEmbedded(id, e)
}

// giveEmbedded gives a synthetic array or a group. What it holds was given
// before, or is visited next.
func (w *Walker) giveEmbedded(id uint64, e *embedded) {
	w.begin(id, isArray)
	w.item.Fields |= dump.HasChildren
	w.item.Size, w.item.Alloc = 72, e.alloc
	if e.typ != nil {
		w.item.Type, w.item.Size = e.typ, e.size
	}
	w.kids.keys = append(w.kids.keys, e.kids.keys...)
	w.kids.ids = append(w.kids.ids, e.kids.ids...)
	w.kids.values = append(w.kids.values, e.kids.values...)
	w.give()
}

// visitWeak visits the entries of WeakMaps whose keys have been reached, and
// what that reaches, until there are no more. The others are as dead as their
// keys.
func (w *Walker) visitWeak() {
	for n := -1; n != len(w.weak) && len(w.weak) > 0; {
		n = len(w.weak)
		waiting := w.weak
		w.weak = nil
		for _, p := range waiting {
			w.visitSynthetic(p)
			w.drain()
		}
	}
}

func (w *Walker) embed(e *embedded, key []byte, id uint64, p pending) {
	e.kids.keys = append(e.kids.keys, dump.Child{Key: key})
	e.kids.ids = append(e.kids.ids, dump.Address(id))
	e.kids.values = append(e.kids.values, p)
}

// embedSlot adds what a slot holds to a synthetic array.
func (w *Walker) embedSlot(e *embedded, slot uint64, key string) { w.embedKeyed(e, slot, []byte(key)) }

func (w *Walker) embedSlotAt(e *embedded, slot uint64, i int64) {
	w.embedKeyed(e, slot, appendNumber(e, i))
}

func (w *Walker) embedKeyed(e *embedded, slot uint64, key []byte) {
	at, value, typ, extra := w.resolve(slot)
	e.alloc += extra
	switch {
	case typ >= isNull && typ <= isDouble:
		w.embed(e, key, at, pend(at, typ))
	case (typ == isString || typ == isArray || typ == isResource) && value != 0, typ == isObject && w.objects.has(value):
		w.embed(e, key, value, pend(value, typ))
	}
}

func (w *Walker) embedObject(e *embedded, o uint64, key string) {
	if w.objects.has(o) {
		w.embed(e, []byte(key), o, pend(o, isObject))
	}
}

// appendNumber writes a key that lives as long as the array.
func appendNumber(e *embedded, i int64) []byte {
	at := len(e.keys)
	e.keys = strconv.AppendInt(e.keys, i, 10)
	return e.keys[at:len(e.keys):len(e.keys)]
}
