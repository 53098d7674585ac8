package walk

// engineTable marks the elements of a table of the executor's.
func (w *Walker) engineTable(h *header) {
	if h.flags&hashEmpty == 0 {
		w.mark(h.store(), kEngine)
	}
}

// engineFirst marks blocks of the executor that values must not be taken for.
func (w *Walker) engineFirst() {
	w.mark(w.objects.table, kEngine)
	// Iterators of arrays know their array, and do not hold it.
	w.mark(w.m.Word(w.eg+w.executor("ht_iterators")), kEngine)
	const most = 1 << 20
	for p, i := w.m.Word(w.cg+w.compiler("arena")), 0; p != 0 && i < most; p, i = w.m.Word(p+16), i+1 {
		w.mark(p, kCode)
	}
	for _, node := range w.h.HugeNodes() {
		w.mark(node, kEngine)
	}
}

// engine marks the executor's own tables.
func (w *Walker) engine() {
	w.namesTable(w.eg+w.executor("included_files"), kEngine)
	w.weakTable()
}

// codeTables marks the compiler's own tables, and the names in them that no
// function or class has.
func (w *Walker) codeTables() {
	w.namesTable(w.m.Word(w.eg+w.executor("function_table")), kCode)
	w.namesTable(w.m.Word(w.eg+w.executor("class_table")), kCode)
	w.namesTable(w.cg+w.compiler("interned_strings"), kCode)
}

// namesTable marks the elements of a table, and its keys as the compiler's.
func (w *Walker) namesTable(address uint64, k kind) {
	h, ok := w.header(address)
	if !ok {
		return
	}
	if h.flags&hashEmpty == 0 {
		w.mark(h.store(), k)
	}
	w.each(&h, func(_, key uint64, _ int64) {
		if key != 0 {
			w.mark(key, kCode)
		}
	})
}

// weakTable marks EG(weakrefs): by object, who refers to it weakly. A tagged
// pointer leads to a table of several.
func (w *Walker) weakTable() {
	h, ok := w.header(w.eg + w.executor("weakrefs"))
	if !ok {
		return
	}
	w.engineTable(&h)
	const (
		tags   = 3
		tagSet = 2
	)
	w.each(&h, func(slot, _ uint64, _ int64) {
		v := w.m.Word(slot)
		if v&tags != tagSet {
			return
		}
		if inner, ok := w.header(v &^ tags); ok {
			w.mark(v&^tags, kEngine)
			w.engineTable(&inner)
		}
	})
}

// argInfo marks the types of a function's arguments: where there is a return
// type, the pointer leads behind it, into the block.
func (w *Walker) argInfo(fn uint64, s *scanner) {
	const hasReturnType = 1 << 13
	a := w.m.Word(fn + w.f.fnArgInfo)
	if a == 0 {
		return
	}
	if w.m.Half(fn+w.f.fnFlags)&hasReturnType != 0 {
		a -= w.f.argInfoSize
	}
	if n, first := w.mark(a, kCode); first {
		s.bytes(n, kCode)
		s.run(a, a+n)
	}
}

// caches marks what CG(map_ptr_base) leads to: run-time caches, mutable data of
// classes, in memory outside the heap.
func (w *Walker) caches(s *scanner) {
	n := min(w.m.Word(w.cg+w.compiler("map_ptr_last")), 1<<20)
	from := w.base
	if w.t.Has("zend_compiler_globals.map_ptr_real_base") {
		from = w.m.Word(w.cg + w.compiler("map_ptr_real_base"))
	} else if from&1 != 0 {
		from++ // 8.0: biased by one
	}
	if from != 0 {
		s.run(from, from+8*n)
	}
}

// literal marks a value that code holds; it is no item.
func (w *Walker) literal(p pending, s *scanner, depth int) {
	a := p.address()
	const maxDepth = 64
	if depth > maxDepth {
		return
	}
	mark := func(a uint64) bool {
		n := w.charge(a, kCode)
		s.bytes(n, kCode)
		return n > 0
	}
	switch p.typ() {
	case isString, isReference:
		mark(a)
	case isArray:
		if !mark(a) {
			return
		}
		h, ok := w.header(a)
		if !ok {
			return
		}
		if h.flags&hashEmpty == 0 {
			mark(h.store())
		}
		w.each(&h, func(slot, key uint64, _ int64) {
			if key != 0 {
				mark(key)
			}
			switch typ := w.m.Byte(slot + 8); typ {
			case isString, isArray:
				w.literal(pend(w.m.Word(slot), typ), s, depth+1)
			case isAST, w.f.pointer:
				s.word(w.m.Word(slot), 0, 0)
			}
		})
	}
}

// reached reports whether an object was visited.
func (w *Walker) reached(o uint64) bool {
	base := w.objectBase(o)
	if b, ok := w.h.Find(base); ok {
		return *b.State&emitted != 0
	}
	return w.outside[base]
}
