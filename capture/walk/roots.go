package walk

import (
	"slices"

	"memtrail/dump"
)

// The frames that roots are given. The first two are php-meminfo's; the others
// are in use by forks of it, or ours.
const (
	frameGlobal   = "<GLOBAL>"
	frameStatic   = "<CLASS_STATIC_MEMBER>"
	frameConstant = "<CONSTANT>"
)

// addRoot notes a root by the slot that holds it. The first name counts.
func (w *Walker) addRoot(slot uint64, frame, symbol string) {
	at, value, typ, extra := w.resolve(slot)
	switch {
	case typ >= isNull && typ <= isDouble:
		w.nameRoot(at, pend(at, typ), frame, symbol, extra)
	case (typ == isString || typ == isArray || typ == isResource) && value != 0, typ == isObject && w.objects.has(value):
		w.nameRoot(value, pend(value, typ), frame, symbol, extra)
	}
}

// addHeld is addRoot for what a frame holds.
func (w *Walker) addHeld(slot uint64, v pending, frame, symbol string) {
	if slot != 0 {
		w.addRoot(slot, frame, symbol)
		return
	}
	w.nameRoot(v.address(), v, frame, symbol, 0)
}

func (w *Walker) nameRoot(id uint64, p pending, frame, symbol string, extra uint64) {
	if r, ok := w.roots[id]; ok {
		r.extra += extra
		w.roots[id] = r
		return
	}
	w.roots[id] = root{frame, symbol, extra}
	w.filter[id>>3&1023] |= 1 << (id >> 13 & 63)
	w.rootOrder = append(w.rootOrder, p)
}

// visitRoots walks from each root, in the order in which they were found.
func (w *Walker) visitRoots() {
	for _, p := range w.rootOrder {
		w.visit(p)
		w.drain()
	}
	w.rootOrder = w.rootOrder[:0]
}

// findRoots finds everything that PHP's own structures say is alive.
func (w *Walker) findRoots() {
	w.findResources()
	w.globals()
	w.classRoots()
	w.functionStatics()
	w.frames()
	w.constants()
	w.handlers()
}

// globals are the variables of the main script: the symbol table leads to the
// slots of its frame.
func (w *Walker) globals() {
	h, ok := w.header(w.eg + w.executor("symbol_table"))
	if !ok {
		return
	}
	w.engineTable(&h)
	w.each(&h, func(slot, key uint64, _ int64) {
		w.mark(key, kEngine)
		w.addRoot(slot, frameGlobal, string(w.stringBytes(key)))
	})
}

// frames are those of the calls that run.
func (w *Walker) frames() {
	seen := map[uint64]bool{}
	global := w.eg + w.executor("symbol_table")
	for ex := w.m.Word(w.eg + w.executor("current_execute_data")); ex != 0 && !seen[ex] && len(seen) < maxFrames; ex = w.m.Word(ex + 48) {
		seen[ex] = true
		f, ok := w.frameAt(ex)
		if !ok {
			return
		}
		main := f.info&callHasTable != 0 && w.m.Word(ex+56) == global
		label := w.frameLabel(f.fn)
		w.running[w.m.Word(f.fn+w.f.fnOpcodes)] = true
		if f.fn != 0 && f.info&callClosure == 0 {
			if w.m.Word(f.fn+w.f.fnName) == 0 {
				w.fileCode[f.fn] = true
			}
			w.function(f.fn, func(uint64) {}, 0) // the code of a file is in no table
		}
		if !main && f.info&callHasTable != 0 {
			w.localTable(w.m.Word(ex+56), label)
		}
		w.frameValues(f, false, !main, func(slot uint64, v pending, name string) { w.addHeld(slot, v, label, name) })
	}
	const mostPages = 1 << 16
	for p, i := w.m.Word(w.eg+w.executor("vm_stack")), 0; p != 0 && i < mostPages; p, i = w.m.Word(p+16), i+1 {
		w.mark(p, kFrame)
	}
}

// localTable is the table of a function's variables that compact(), extract()
// and the like make.
func (w *Walker) localTable(table uint64, label string) {
	h, ok := w.header(table)
	if !ok {
		return
	}
	w.mark(table, kFrame)
	if h.flags&hashEmpty == 0 {
		w.mark(h.store(), kFrame)
	}
	w.each(&h, func(slot, key uint64, _ int64) {
		w.chargeKey(key)
		w.addRoot(slot, label, string(w.stringBytes(key)))
	})
}

// eachClass gives every class once; aliases lead to the same.
func (w *Walker) eachClass(f func(ce uint64)) {
	h, ok := w.header(w.m.Word(w.eg + w.executor("class_table")))
	if !ok {
		return
	}
	seen := map[uint64]bool{}
	w.each(&h, func(slot, _ uint64, _ int64) {
		if ce := w.m.Word(slot); w.m.Byte(slot+8) == w.f.pointer && !seen[ce] {
			seen[ce] = true
			f(ce)
		}
	})
}

// classRoots are static properties and class constants.
func (w *Walker) classRoots() {
	w.eachClass(func(ce uint64) {
		n := min(uint64(w.m.Half(ce+w.f.ceStatics)), maxSlots)
		if n > 0 {
			w.classStatics(ce, n)
		}
		h, ok := w.header(ce + w.f.ceConstants)
		if !ok {
			return
		}
		w.each(&h, func(slot, key uint64, _ int64) {
			constant := w.m.Word(slot)
			if w.heapValue(constant) {
				w.addRoot(constant, frameConstant, string(w.className(ce))+"::"+string(w.stringBytes(key)))
			}
		})
	})
}

// heapValue reports whether a slot holds a value in the heap that is counted:
// the compiler's literals are not worth a root.
func (w *Walker) heapValue(slot uint64) bool {
	v, typ := w.m.Word(slot), w.m.Byte(slot+8)
	if typ < isString || typ > isReference {
		return false
	}
	_, ok := w.h.Find(v)
	return ok && w.m.Half(v+4)&immutable == 0
}

func (w *Walker) classStatics(ce, n uint64) {
	table := w.mapPointer(w.m.Word(ce + w.f.ceStaticsPtr))
	if table == 0 {
		return
	}
	w.mark(table, kEngine)
	names := w.staticNames(ce, n)
	class := string(w.className(ce))
	for i := range n {
		slot := table + i*slotSize
		if w.m.Byte(slot+8) == w.f.indirect {
			continue // the parent's
		}
		w.addRoot(slot, frameStatic, class+"::"+names[i])
	}
}

// staticNames reads the names of static properties by their index.
func (w *Walker) staticNames(ce, n uint64) []string {
	const static = 1 << 4
	names := make([]string, n)
	for p, i := ce, 0; p != 0 && i < maxParents; p, i = w.m.Word(p+w.f.ceParent), i+1 {
		h, ok := w.header(p + w.f.cePropInfo)
		if !ok {
			break
		}
		w.each(&h, func(slot, key uint64, _ int64) {
			info := w.m.Word(slot)
			if j := uint64(w.m.Half(info)); w.m.Half(info+4)&static != 0 && j < n && names[j] == "" {
				names[j] = string(unmangle(w.stringBytes(key)))
			}
		})
	}
	return names
}

// mapPointer follows a ZEND_MAP_PTR: an odd value is an offset, an even one a
// pointer, before 8.2 to the pointer.
func (w *Walker) mapPointer(v uint64) uint64 {
	switch {
	case v == 0:
		return 0
	case v&1 != 0:
		return w.m.Word(w.base + v - w.f.bias)
	case w.f.direct:
		return v
	}
	return w.m.Word(v)
}

// staticsOf gives the table of a function's static variables, 0 if it has none
// of its own yet.
func (w *Walker) staticsOf(fn uint64) uint64 {
	return w.mapPointer(w.m.Word(fn + w.f.fnStatics))
}

// eachFunction gives every user function and method once.
func (w *Walker) eachFunction(f func(fn uint64)) {
	table := func(h header, ok bool) {
		if !ok {
			return
		}
		w.each(&h, func(slot, _ uint64, _ int64) {
			if w.m.Byte(slot+8) == w.f.pointer {
				w.function(w.m.Word(slot), f, 0)
			}
		})
	}
	table(w.header(w.m.Word(w.eg + w.executor("function_table"))))
	w.eachClass(func(ce uint64) { table(w.header(ce + w.f.ceFunctions)) })
}

// function gives a user function and those that are declared in it, closures
// included: from 8.1 on they are in no other table.
func (w *Walker) function(fn uint64, f func(fn uint64), depth int) {
	const maxDepth = 64
	if w.m.Byte(fn) != userFunction || w.functions[fn] || depth > maxDepth {
		return
	}
	w.functions[fn] = true
	w.functionOrder = append(w.functionOrder, fn)
	f(fn)
	w.eachDeclared(fn, func(inner uint64) { w.function(inner, f, depth+1) })
}

// eachDeclared gives the functions that are declared in a function, from 8.1 on.
func (w *Walker) eachDeclared(fn uint64, f func(fn uint64)) {
	const maxDefs = 1 << 16
	if w.f.fnDynamic == 0 {
		return
	}
	if defs := w.m.Word(fn + w.f.fnDynamic); defs != 0 {
		for i := range uint64(min(w.m.Half(fn+w.f.fnNumDynamic), maxDefs)) {
			f(w.m.Word(defs + 8*i))
		}
	}
}

// functionStatics are the static variables of functions and methods.
func (w *Walker) functionStatics() {
	w.eachFunction(func(fn uint64) {
		table := w.staticsOf(fn)
		if table == 0 {
			return
		}
		h, ok := w.header(table)
		if !ok || h.info&immutable != 0 {
			return // the compiler's template: the function was not called
		}
		w.mark(table, kEngine)
		if h.flags&hashEmpty == 0 {
			w.mark(h.store(), kEngine)
		}
		frame := "<STATIC_VARIABLE(" + trimCall(w.frameLabel(fn)) + ")>"
		w.each(&h, func(slot, key uint64, _ int64) {
			w.mark(key, kCode)
			w.addRoot(slot, frame, "$"+string(w.stringBytes(key)))
		})
	})
}

// trimCall turns "C->m()" into "C::m".
func trimCall(label string) string {
	label = label[:len(label)-len("()")]
	for i := 0; i+2 <= len(label); i++ {
		if label[i:i+2] == "->" {
			return label[:i] + "::" + label[i+2:]
		}
	}
	return label
}

// constants are those that define() made.
func (w *Walker) constants() {
	h, ok := w.header(w.m.Word(w.eg + w.executor("zend_constants")))
	if !ok {
		return
	}
	w.engineTable(&h)
	const constantName = 16
	w.each(&h, func(slot, key uint64, _ int64) {
		c := w.m.Word(slot)
		if _, ok := w.h.Find(c); !ok {
			return
		}
		w.mark(c, kEngine)
		w.mark(key, kEngine)
		w.mark(w.m.Word(c+constantName), kEngine)
		if w.heapValue(c) {
			w.addRoot(c, frameConstant, string(w.stringBytes(key)))
		}
	})
}

// handlers are callbacks that the executor holds, and exceptions on their way.
func (w *Walker) handlers() {
	w.handlerList(listErrors, "user_error_handlers", "user_error_handler")
	w.handlerList(listExceptions, "user_exception_handlers", "user_exception_handler")
	if p := w.m.Word(w.eg + w.executor("user_error_handlers_error_reporting") + 16); p != 0 {
		w.mark(p, kEngine)
	}
	for _, x := range []struct{ field, name string }{{"exception", "exception being thrown"}, {"prev_exception", "exception thrown before"}} {
		if o := w.m.Word(w.eg + w.executor(x.field)); w.objects.has(o) {
			w.nameRoot(o, pend(o, isObject), frameEngine, x.name, 0)
		}
	}
	w.lazyObjects()
}

// lazyObjects are the initializers of lazy objects, or the instances behind
// proxies: zend_lazy_object_info has them.
func (w *Walker) lazyObjects() {
	if !w.t.Has("zend_executor_globals.lazy_objects_store") {
		return
	}
	store := w.eg + w.executor("lazy_objects_store")
	h, ok := w.header(store)
	if !ok {
		return
	}
	w.engineTable(&h)
	list := &embedded{typ: typeGroup}
	n := int64(0)
	w.each(&h, func(slot, _ uint64, _ int64) {
		s := &scanner{w: w, kind: kEngine, bytes: func(n uint64, _ kind) { list.alloc += n }}
		from := len(list.kids.ids)
		s.value = func(p pending) {
			if !slices.Contains(list.kids.ids[from:], dump.Address(p.address())) {
				n++
				w.embedFound(list, appendNumber(list, n), p)
			}
		}
		s.word(w.m.Word(slot), 0, 0)
		s.rest()
	})
	w.nameList(store, listLazy, list)
}

// findResources notes what EG(regular_list) has: a scan knows a resource by it.
func (w *Walker) findResources() {
	h, ok := w.header(w.eg + w.executor("regular_list"))
	if !ok {
		return
	}
	w.engineTable(&h)
	w.each(&h, func(slot, _ uint64, _ int64) {
		if w.m.Byte(slot+8) == isResource {
			w.resources[w.m.Word(slot)] = true
		}
	})
}

// visitResources visits the resources that the list has and nothing else holds.
func (w *Walker) visitResources() {
	at := w.eg + w.executor("regular_list")
	h, ok := w.header(at)
	if !ok {
		return
	}
	list := &embedded{typ: typeGroup}
	w.each(&h, func(slot, _ uint64, number int64) {
		r := w.m.Word(slot)
		if b, ok := w.h.Find(r); ok && *b.State&emitted == 0 && w.m.Byte(slot+8) == isResource {
			w.embedKeyed(list, slot, appendNumber(list, number))
		}
	})
	w.nameList(at, listResources, list)
	w.visitRoots()
}
