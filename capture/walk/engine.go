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
	table := func(address uint64, k kind, keys kind) {
		h, ok := w.header(address)
		if !ok {
			return
		}
		if h.flags&hashEmpty == 0 {
			w.mark(h.store(), k)
		}
		w.each(&h, func(_, key uint64, _ int64) {
			if key != 0 {
				w.mark(key, keys)
			}
		})
	}
	table(w.eg+w.executor("included_files"), kEngine, kCode)
	table(w.m.Word(w.eg+w.executor("function_table")), kCode, kCode)
	table(w.m.Word(w.eg+w.executor("class_table")), kCode, kCode)
	table(w.cg+w.compiler("interned_strings"), kCode, kCode)
	w.weakTable()
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

// code marks what the compiler made: what the classes and functions in its
// arenas lead to, and their caches.
func (w *Walker) code() {
	s := &scanner{w: w, kind: kCode, bytes: func(uint64, kind) {}}
	// Objects are none of the code's: what looks like a pointer to one is stale.
	s.value = func(p pending) { w.literal(p, s, 0) }
	for fn := range w.functions {
		w.argInfo(fn, s)
		s.run(fn, fn+w.f.fnSize)
	}
	for p := w.m.Word(w.cg + w.compiler("arena")); p != 0; p = w.m.Word(p + 16) {
		const head = 24 // zend_arena: where the next goes, the end, the previous
		if b, ok := w.h.Find(p); ok && b.Start == p {
			s.run(p+head, min(w.m.Word(p), p+b.Size))
		} else {
			break
		}
	}
	w.caches(s)
	w.eachClass(func(ce uint64) {
		if b, ok := w.h.Find(ce); ok && b.Start == ce {
			w.mark(ce, kCode)
			s.run(b.Start, b.Start+b.Size)
		}
		for _, field := range []uint64{w.f.ceFunctions, w.f.cePropInfo, w.f.ceConstants} {
			if h, ok := w.header(ce + field); ok {
				if _, first := w.mark(h.store(), kCode); first {
					w.each(&h, func(slot, key uint64, _ int64) { w.mark(key, kCode) })
				}
			}
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
	switch p.typ() {
	case isString:
		w.mark(a, kCode)
	case isArray:
		if _, first := w.mark(a, kCode); !first {
			return
		}
		h, ok := w.header(a)
		if !ok {
			return
		}
		if h.flags&hashEmpty == 0 {
			w.mark(h.store(), kCode)
		}
		w.each(&h, func(slot, key uint64, _ int64) {
			if key != 0 {
				w.mark(key, kCode)
			}
			switch typ := w.m.Byte(slot + 8); typ {
			case isString, isArray:
				w.literal(pend(w.m.Word(slot), typ), s, depth+1)
			case isAST, w.f.pointer:
				s.word(w.m.Word(slot), 0, 0)
			}
		})
	case isReference:
		w.mark(a, kCode)
	}
}

// uncollected visits the objects that nothing led to: garbage in cycles.
func (w *Walker) uncollected() {
	w.objects.each(func(o uint64) {
		if !w.reached(o) {
			w.classHits[w.m.Word(o+16)]++
		}
	})
	w.objects.each(func(o uint64) {
		w.visitObject(o)
		w.drain()
	})
	w.visitDeferred()
}

// reached reports whether an object was visited.
func (w *Walker) reached(o uint64) bool {
	base := w.objectBase(o)
	if b, ok := w.h.Find(base); ok {
		return *b.State&emitted != 0
	}
	return w.outside[base]
}
