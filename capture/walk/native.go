package walk

import (
	"slices"
	"strings"

	"memtrail/capture/zendmm"
	"memtrail/dump"
)

// nativeMemory looks at all writable memory outside the heap for pointers to
// blocks that have no owner yet: what C code holds.
//
// Not every pointer holds. The collector's buffer of possible roots lists the
// very garbage that is to be found; a stack has what is long gone. Pointers of
// those to objects are no holders.
//
// Tables come first, before the code is looked at: what C code keeps in them,
// autoloaders and shutdown functions for instance, are callables, and functions
// lead the way from the code to their tables.
func (w *Walker) nativeMemory(tables bool) {
	if tables {
		w.findPointers()
		w.buffer = w.collectorBuffer()
		w.signalHandlers()
		w.visitRoots()
	}
	for i := range w.pointers {
		x := &w.pointers[i]
		x.tables = tables
		x.each(func(v, at uint64) {
			const lowest = 1 << 16
			if v >= lowest && v>>48 == 0 && v&7 == 0 && !w.buffer.spans(at) {
				w.nativeWord(v, at, x.nativePart)
			}
		})
	}
	if !tables {
		w.pointers = nil
	}
}

// nativeWord looks at a pointer outside the heap.
func (w *Walker) nativeWord(v, at uint64, p nativePart) {
	if p.tables {
		if b, ok := w.h.Find(v); !ok || p.stack || p.engine || b.Start != v || *b.State&kindMask != none || w.nativeList(b.Start, b.Size) || w.looksLike(b) != isArray {
			return
		}
	}
	if w.objects.has(v) {
		if !p.stack && !p.engine && !w.reached(v) && !w.heldByGarbage(v) {
			w.nativeObject(v, at, p)
		}
		return
	}
	b, ok := w.h.Find(v)
	if !ok || *b.State&kindMask != none {
		return
	}
	if b.Start != v && !w.isStart(b, v, at, p) {
		if !p.stack && !p.engine {
			w.interior[b.Start] = true
		}
		return
	}
	w.nativeBlocks(v, at, p)
}

// isStart reports whether a pointer into a block is one to what the block is: a
// string by its text, an object by its zend_object, a table by its elements.
func (w *Walker) isStart(b zendmm.Block, v, at uint64, p nativePart) bool {
	const (
		stringText = 24
		arrayData  = 16
	)
	if p.stack {
		return false
	}
	if p.engine || v == b.Start+stringText && w.looksLike(b) == isString || w.objects.has(b.Start) {
		return true
	}
	h, ok := w.header(at - arrayData)
	return ok && h.data == v && h.mask != 0 && h.store() == b.Start && h.used <= h.size
}

// nativeObject visits an object that a word outside the heap holds.
func (w *Walker) nativeObject(o, at uint64, p nativePart) {
	if name := w.callbackName(at, p); name != "" {
		w.nameRoot(o, pend(o, isObject), frameEngine, name, 0)
		w.visitRoots()
		return
	}
	w.hold(at, p, nil, []pending{pend(o, isObject)})
}

// nativeBlocks visits what a word outside the heap leads to: blocks, and the
// values that they lead to.
func (w *Walker) nativeBlocks(v, at uint64, p nativePart) {
	s := &scanner{w: w, kind: kNative, bytes: func(uint64, kind) {}}
	if p.engine {
		s.kind = kEngine
	}
	var blocks []zendmm.Block
	var values []pending
	s.block = func(b zendmm.Block) { blocks = append(blocks, b) }
	s.value = func(x pending) {
		if x.typ() != isObject || !p.stack && (w.reached(x.address()) || !w.heldByGarbage(x.address())) {
			values = append(values, x)
		}
	}
	s.word(v, at, p.from)
	s.rest()
	if len(blocks) == 0 && len(values) == 1 {
		if name := w.callbackName(at, p); name != "" {
			w.lateRoot(values[0], frameEngine, name)
			w.visitRoots()
			return
		}
	}
	if p.engine && len(blocks) > 0 {
		blocks = nil // the executor's own
	}
	w.hold(at, p, blocks, values)
}

// lateRoot names what a scan found a root.
func (w *Walker) lateRoot(p pending, frame, symbol string) {
	if p.typ() == isReference {
		w.mark(p.address(), kReference)
		w.addRoot(p.address()+8, frame, symbol)
		return
	}
	w.nameRoot(p.address(), p, frame, symbol, 0)
}

// nativeHolder is a library, or other memory, whose words hold blocks or values.
type nativeHolder struct {
	library string
	group   *embedded
	n       int64 // members without a name
}

// hold gives the blocks and values that a word outside the heap leads to, and
// notes who holds them.
func (w *Walker) hold(at uint64, p nativePart, blocks []zendmm.Block, values []pending) {
	if len(blocks)+len(values) == 0 {
		return
	}
	library, symbol := w.holderName(at, p)
	const most = 24 // see groupID
	if len(w.holders) >= most && !slices.ContainsFunc(w.holders, func(h *nativeHolder) bool { return h.library == library }) {
		library, symbol = "other libraries", ""
	}
	i := slices.IndexFunc(w.holders, func(h *nativeHolder) bool { return h.library == library })
	if i < 0 {
		i = len(w.holders)
		w.holders = append(w.holders, &nativeHolder{library: library, group: &embedded{typ: typeGroup}})
	}
	h := w.holders[i]
	group, one := h.group, len(blocks)+len(values) == 1
	key := func(e *embedded) []byte {
		if e == h.group {
			h.n++
			return appendNumber(e, h.n)
		}
		return appendNumber(e, int64(len(e.kids.ids)+1))
	}
	switch {
	case symbol != "" && one:
		key = func(*embedded) []byte { return []byte(symbol) }
	case symbol != "":
		group = &embedded{typ: typeGroup}
	}
	own := dump.Amount{}
	for _, b := range blocks {
		own.Blocks++
		own.Bytes += b.Size
		w.giveBlock(b)
		w.embed(group, key(group), b.Start, pend(b.Start, isBlock))
	}
	for _, v := range values {
		if first := len(group.kids.ids); w.embedFound(group, nil, v) {
			group.kids.keys[first].Key = key(group)
			w.visit(group.kids.values[first])
			w.drain()
		}
	}
	if group != h.group {
		id := at
		w.giveEmbedded(id, group)
		w.embed(h.group, []byte(symbol), id, pend(id, isEmbedded))
	}
	if own.Blocks > 0 {
		name := library
		if symbol != "" {
			name += ": " + symbol
		}
		sum := w.native[name]
		w.native[name] = dump.Amount{Blocks: sum.Blocks + own.Blocks, Bytes: sum.Bytes + own.Bytes}
	}
}

// giveNative gives the groups of what C code holds, when no more can come.
func (w *Walker) giveNative() {
	for _, h := range w.holders {
		w.newGroup(w.groupID(), nativeGroup(h.library), h.group)
	}
	w.visitRoots()
}

// holderName names who holds a pointer: a library, or other memory; and in a
// library the symbol, or the module of PHP's whose globals have it. Other
// memory lies elsewhere each time, and has no name but that.
func (w *Walker) holderName(at uint64, p nativePart) (library, symbol string) {
	if p.stack {
		return "stack", ""
	}
	return w.symbols.name(at, p.mapping)
}

// callbackName tells the callables that extensions keep in their globals, which
// are no more than that: PHP's words for them.
func (w *Walker) callbackName(at uint64, p nativePart) string {
	if p.stack || p.engine {
		return ""
	}
	_, symbol := w.holderName(at, p)
	globals, _, _ := strings.Cut(symbol, "+")
	if v := w.m.Word(at); w.objects.has(v) && w.m.Byte(at+8) == isString {
		return "" // a zval has its type behind it
	}
	if name := callbackNames[globals]; name != "" {
		return name
	}
	if w.hasPostTypes(at - arraySize) {
		return callbackNames["sapi_globals"]
	}
	return ""
}

// hasPostTypes reports whether a table of the types that a request's body may
// have lies at an address: in sapi_globals, which a build may have no symbol
// for, the callback for headers is behind it.
func (w *Walker) hasPostTypes(at uint64) (found bool) {
	h, ok := w.header(at)
	if !ok || h.data == 0 || h.elements == 0 || h.flags&hashEmpty != 0 || h.used > 64 || h.used > h.size {
		return false
	}
	w.each(&h, func(_, key uint64, _ int64) {
		found = found || key != 0 && string(w.stringBytes(key)) == "multipart/form-data"
	})
	return found
}

// callbackNames are what a callable is called by the globals that hold it.
var callbackNames = map[string]string{
	"sapi_globals":   "header callback",
	"assert_globals": "assert callback",
	"assert":         "assert callback",
	"libxml_globals": "libxml entity loader",
	"libxml":         "libxml entity loader",
	"ps_globals":     "session handler",
	"session":        "session handler",
}
