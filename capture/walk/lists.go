package walk

import "strconv"

// Lists of the engine's that hold callables. EG has the handlers of errors and
// exceptions. Of the others no symbol tells: they are found from memory outside
// the heap, and known by their structures (ext/standard/basic_functions.c,
// ext/spl/php_spl.c, main/output.c).

const (
	listShutdown   = "shutdown functions"
	listAutoload   = "autoloaders"
	listTicks      = "tick functions"
	listBuffers    = "output buffers"
	listErrors     = "error handlers"
	listExceptions = "exception handlers"
	listLazy       = "lazy objects"
	listResources  = "open resources"
	listSignals    = "signal handlers"
)

const (
	fciParams   = 32 // zend_fcall_info.params
	fciCount    = 48 // zend_fcall_info.param_count
	maxHandlers = 1 << 20
)

// addToList adds what a slot holds to a list, under its number from 1 on.
func (w *Walker) addToList(list *embedded, slot uint64, number uint64) {
	w.embedKeyed(list, slot, appendNumber(list, int64(number)))
}

// handlerList is a zend_stack of callables, size, top, max, elements; and the
// one in force, which was set last.
func (w *Walker) handlerList(name, stack, current string) {
	at := w.eg + w.executor(stack)
	list := &embedded{typ: typeGroup}
	elements := w.m.Word(at + 16)
	list.alloc = w.charge(elements, kEngine)
	add := func(slot uint64) { w.addToList(list, slot, uint64(len(list.kids.ids)+1)) }
	for i := range w.within(elements, uint64(w.m.Half(at+4)), slotSize) {
		add(elements + i*slotSize) // none where none was set before
	}
	add(w.eg + w.executor(current))
	w.nameList(at, name, list)
}

// nameList makes a list a root, unless it is empty: then its block is the
// engine's.
func (w *Walker) nameList(id uint64, name string, list *embedded) {
	if len(list.kids.ids) == 0 {
		return
	}
	w.synthetic[id] = list
	w.nameRoot(id, pend(id, isEmbedded), frameEngine, name, 0)
}

// signalHandlers reads the table of pcntl's, in its globals: a callable by the
// number of each signal.
func (w *Walker) signalHandlers() {
	const data = 16 // zend_array.arData
	for _, g := range w.symbols.modules {
		if g.name != "pcntl" {
			continue
		}
		for at := (g.from + 7) &^ 7; at+arraySize <= g.to; at += 8 {
			h, ok := w.header(at)
			if !ok || h.flags&hashEmpty != 0 || h.elements == 0 || h.used > h.size || w.m.Word(at+data) != h.data {
				continue
			}
			if b, ok := w.h.Find(h.data); !ok || b.Start != h.store() {
				continue
			}
			list := &embedded{typ: typeGroup}
			list.alloc = w.charge(h.store(), kEngine)
			w.each(&h, func(slot, key uint64, number int64) {
				if key == 0 && w.isCallable(slot) {
					w.embedKeyed(list, slot, appendNumber(list, number))
				}
			})
			w.nameList(at, listSignals, list)
			return
		}
	}
}

// nativeList makes a root of a list that memory outside the heap points to, if
// the block is one that is known.
func (w *Walker) nativeList(start, size uint64) bool {
	switch {
	case size == arraySize && w.callbackTable(start):
	case size == arraySize && w.callbackList(start):
	case w.bufferStack(start, size):
	default:
		return false
	}
	w.visitRoots()
	return true
}

// callbackTable reads a table whose elements are shutdown functions or
// autoloaders.
func (w *Walker) callbackTable(table uint64) bool {
	h, ok := w.header(table)
	if !ok || h.elements == 0 || h.flags&hashEmpty != 0 || w.m.Half(table+4)&15 != isArray {
		return false
	}
	var add func(list *embedded, entry, n uint64)
	name := ""
	known, n := true, uint64(0)
	w.each(&h, func(slot, _ uint64, _ int64) {
		if n++; n > 1 || w.m.Byte(slot+8) != w.f.pointer {
			known = known && n > 1
			return
		}
		switch entry := w.m.Word(slot); {
		case w.isCallInfo(entry), w.isArguments(entry), w.isNamed(entry), w.isShutdownCache(entry):
			name, add = listShutdown, w.addShutdown
		case w.isAutoloader(entry):
			name, add = listAutoload, w.addAutoloader
		default:
			known = false
		}
	})
	if !known || add == nil {
		return false
	}
	list := &embedded{typ: typeGroup}
	list.alloc = w.charge(table, kEngine) + w.charge(h.store(), kEngine)
	n = 0
	w.each(&h, func(slot, key uint64, _ int64) {
		n++
		if key != 0 {
			list.alloc += w.chargeKey(key)
		}
		entry := w.m.Word(slot)
		list.alloc += w.charge(entry, kEngine)
		add(list, entry, n)
	})
	w.nameList(table, name, list)
	return true
}

// isCallInfo reports whether a structure begins with a zend_fcall_info: its
// first field is its size.
func (w *Walker) isCallInfo(a uint64) bool {
	b, ok := w.h.Find(a)
	if !ok || b.Start != a && !w.isElement(b.Start, a) {
		return false
	}
	size := w.m.Word(a)
	return (size == 56 || size == 64) && w.isCallable(a+fciName)
}

// isElement reports whether an address is that of the data in an element of a
// zend_llist.
func (w *Walker) isElement(start, a uint64) bool { return a == start+16 }

// isCallable reports whether a slot holds what may be a callable.
func (w *Walker) isCallable(slot uint64) bool {
	v := w.m.Word(slot)
	switch w.m.Byte(slot + 8) {
	case isObject:
		return w.objects.has(v)
	case isString, isArray:
		return v != 0 && w.m.Byte(v+4)&15 == w.m.Byte(slot+8)
	}
	return false
}

// isArguments is php_shutdown_function_entry of 7.4: the arguments, the first
// of which is the callable, and their number.
func (w *Walker) isArguments(entry uint64) bool {
	return w.f.version < 80000 && w.hasArguments(entry)
}

// hasArguments reports whether a structure begins with arguments, the first of
// which is a callable, and their number.
func (w *Walker) hasArguments(entry uint64) bool {
	args, n := w.m.Word(entry), uint64(w.m.Half(entry+8))
	b, ok := w.h.Find(args)
	return ok && b.Start == args && n > 0 && w.within(args, n, slotSize) == n && w.isCallable(args)
}

// isNamed is the same of 8.0: the callable, then the arguments and their number.
func (w *Walker) isNamed(entry uint64) bool {
	const size = 32
	b, ok := w.h.Find(entry)
	return w.f.version/100 == 800 && ok && b.Start == entry && b.Size == size && w.isCallable(entry)
}

// isShutdownCache is the same since 8.5: a zend_fcall_info_cache, then the
// arguments and their number.
func (w *Walker) isShutdownCache(entry uint64) bool {
	const size = 56
	b, ok := w.h.Find(entry)
	return w.f.version >= 80500 && ok && b.Size == size && w.isAutoloader(entry)
}

func (w *Walker) addShutdown(list *embedded, entry, n uint64) {
	params, count, first := w.m.Word(entry+fciParams), uint64(w.m.Half(entry+fciCount)), uint64(0)
	switch {
	case w.isCallInfo(entry):
		w.addToList(list, entry+fciName, n)
	case w.isNamed(entry):
		params, count = w.m.Word(entry+slotSize), uint64(w.m.Half(entry+slotSize+8))
		w.addToList(list, entry, n)
	case w.isShutdownCache(entry):
		const cacheSize = 40
		params = w.m.Word(entry + cacheSize)
		w.addCached(list, entry, cacheSize, n)
	default:
		params, count, first = w.m.Word(entry), uint64(w.m.Half(entry+8)), 1
		w.addToList(list, params, n)
	}
	w.addArguments(list, params, count, first, n)
}

// addArguments adds the arguments of the nth callable, of which those before
// first are none.
func (w *Walker) addArguments(list *embedded, params, count, first, n uint64) {
	if params == 0 || count == 0 {
		return
	}
	list.alloc += w.charge(params, kEngine)
	for i := first; i < w.within(params, count, slotSize); i++ {
		w.embedKeyed(list, params+i*slotSize, []byte(argumentName(i-first)+" of #"+strconv.FormatUint(n, 10)))
	}
}

// isAutoloader reports whether a structure begins with a function, and goes on
// with objects or classes: autoload_func_info, later zend_fcall_info_cache.
func (w *Walker) isAutoloader(entry uint64) bool {
	b, ok := w.h.Find(entry)
	if !ok || b.Start != entry || b.Size > 64 || b.Size < 32 {
		return false
	}
	return w.isCached(entry)
}

// isCached reports whether a structure begins with a function that has a name.
func (w *Walker) isCached(entry uint64) bool {
	fn := w.m.Word(entry)
	typ := w.m.Byte(fn)
	return fn != 0 && fn&7 == 0 && (typ == internalFunction || typ == userFunction) && w.m.Word(fn+w.f.fnName) != 0 && w.stringBytes(w.m.Word(fn+w.f.fnName)) != nil
}

func (w *Walker) addAutoloader(list *embedded, entry, n uint64) {
	b, _ := w.h.Find(entry)
	w.addCached(list, entry, b.Size, n)
}

// addCached adds the callable of a zend_fcall_info_cache or the like: the
// closure, the object whose method it is, or the function by its name.
func (w *Walker) addCached(list *embedded, entry, size, n uint64) {
	found := uint64(0)
	for a := entry + 8; a+8 <= entry+size; a += 8 {
		if o := w.m.Word(a); w.objects.has(o) {
			found = o
		}
	}
	key := appendNumber(list, int64(n))
	if found != 0 {
		w.embed(list, key, found, pend(found, isObject))
		return
	}
	name := w.m.Word(w.m.Word(entry) + w.f.fnName)
	w.embed(list, key, name, pend(name, isString))
}

// callbackList reads a zend_llist: head, tail, count, size of an element. The
// elements of one of tick functions begin with a zend_fcall_info.
func (w *Walker) callbackList(list uint64) bool {
	const next, data = 0, 16
	head, count := w.m.Word(list), w.m.Word(list+16)
	if head == 0 || count == 0 || count > maxHandlers || w.m.Word(head+8) != 0 {
		return false
	}
	cached := w.f.version >= 80500 && w.isCached(head+data)       // a zend_fcall_info_cache instead
	arguments := w.f.version < 80100 && w.hasArguments(head+data) // user_tick_function_entry of 7.4 and 8.0
	if !cached && !arguments && !w.isCallInfo(head+data) {
		return false
	}
	group := &embedded{typ: typeGroup}
	group.alloc = w.charge(list, kEngine)
	n := uint64(0)
	for e := head; e != 0 && n < count; e = w.m.Word(e + next) {
		n++
		group.alloc += w.charge(e, kEngine)
		if cached {
			const cacheSize = 40
			w.addCached(group, e+data, cacheSize, n)
			w.addArguments(group, w.m.Word(e+data+cacheSize), uint64(w.m.Half(e+data+cacheSize+8)), 0, n)
			continue
		}
		if arguments {
			w.addToList(group, w.m.Word(e+data), n)
			w.addArguments(group, w.m.Word(e+data), uint64(w.m.Half(e+data+8)), 1, n)
			continue
		}
		w.addToList(group, e+data+fciName, n)
		w.addArguments(group, w.m.Word(e+data+fciParams), uint64(w.m.Half(e+data+fciCount)), 0, n)
	}
	w.nameList(list, listTicks, group)
	return true
}

// bufferStack reads the elements of OG(handlers), each a php_output_handler:
// name, flags, level, size, buffer.data, its size and what is used of it.
func (w *Walker) bufferStack(elements, size uint64) bool {
	list := &embedded{typ: typeGroup}
	const (
		data   = 24
		opaque = 56
		most   = 1 << 10
	)
	var handlers []uint64
	for i := range min(size/8, most) {
		h := w.m.Word(elements + 8*i)
		b, ok := w.h.Find(h)
		if !ok || b.Start != h || b.Size < 80 || b.Size > 96 {
			break
		}
		buffer, ok := w.h.Find(w.m.Word(h + data))
		name := w.m.Word(h)
		if !ok || buffer.Start != w.m.Word(h+data) || w.m.Word(h+data+8) > buffer.Size || w.m.Word(h+data+16) > buffer.Size || w.m.Byte(name+4)&15 != isString {
			break
		}
		handlers = append(handlers, h)
	}
	if len(handlers) == 0 {
		return false
	}
	list.alloc = w.charge(elements, kEngine)
	for i, h := range handlers {
		level := &embedded{typ: typeGroup}
		level.alloc = w.charge(h, kEngine) + w.charge(w.m.Word(h+data), kEngine)
		name := w.m.Word(h)
		w.embed(level, []byte("name"), name, pend(name, isString))
		if user := w.m.Word(h + opaque + 16); w.isCallInfo(user) {
			level.alloc += w.charge(user, kEngine)
			w.embedKeyed(level, user+fciName, []byte("callback"))
		}
		w.synthetic[h] = level
		w.embed(list, appendNumber(list, int64(i+1)), h, pend(h, isEmbedded))
	}
	w.nameList(elements, listBuffers, list)
	return true
}
