package walk

// A word in C code's memory may be stale: it leads to an object that took the
// place of what the word once meant. PHP's collector is not misled, for it goes
// by reference counts, and neither is this: where objects that nothing has
// reached hold as many references to an object as it has, no other is left for
// C code, and all of them are garbage together. What this misses of references
// only makes an object look held, never the other way round.

// innerReferences counts the references to each object from objects that
// nothing has reached, in their properties, in the arrays there, and in entries
// of WeakMaps that wait for their keys.
type innerReferences struct {
	w     *Walker
	count map[uint64]uint32
	seen  map[uint64]bool // arrays and references: each holds what it holds once
	later []uint64        // arrays
}

// heldByGarbage reports whether all references to an object come from objects
// that nothing has reached.
func (w *Walker) heldByGarbage(o uint64) bool {
	if w.inner == nil {
		r := &innerReferences{w: w, count: map[uint64]uint32{}, seen: map[uint64]bool{}}
		r.all()
		w.inner = r.count
	}
	n := w.inner[o]
	return n > 0 && n >= w.m.Half(o)
}

func (r *innerReferences) all() {
	w := r.w
	w.objects.each(func(o uint64) {
		if w.reached(o) {
			return
		}
		for i := range w.class(w.m.Word(o + 16)).slots {
			r.slot(o + objectSlots + i*slotSize)
		}
		if table := w.m.Word(o + 32); table != 0 {
			r.array(table)
		}
	})
	for _, p := range w.weak {
		e := w.synthetic[p.address()]
		if e == nil {
			continue
		}
		for _, v := range e.kids.values {
			if v.address() != e.weak { // a map does not count its keys
				r.value(v.address(), v.typ())
			}
		}
	}
	for len(r.later) > 0 {
		a := r.later[len(r.later)-1]
		r.later = r.later[:len(r.later)-1]
		if h, ok := w.header(a); ok {
			w.each(&h, func(slot, _ uint64, _ int64) { r.slot(slot) })
		}
	}
}

// slot counts what a zval holds.
func (r *innerReferences) slot(at uint64) { r.value(r.w.m.Word(at), r.w.m.Byte(at+8)) }

func (r *innerReferences) value(v uint64, typ byte) {
	switch typ {
	case isObject:
		r.count[v]++
	case isArray:
		r.array(v)
	case isReference:
		if b, ok := r.w.h.Find(v); ok && *b.State&kindMask == none && !r.seen[v] {
			r.seen[v] = true
			if inner := r.w.m.Byte(v + 16); inner != isReference { // a reference to one is damage
				r.slot(v + 8)
			}
		}
	}
}

// array counts what an array holds, if no value has it.
func (r *innerReferences) array(a uint64) {
	if b, ok := r.w.h.Find(a); ok && *b.State&kindMask == none && !r.seen[a] {
		r.seen[a] = true
		r.later = append(r.later, a)
	}
}
