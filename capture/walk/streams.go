package walk

// What the resources of PHP's streams hold is read as what it is, from 7.4 to
// 8.5: main/php_streams.h, main/streams/php_stream_context.h and
// php_stream_filter_api.h. Each structure knows its resource or its stream, by
// which it is told. Other resources, and what else a stream has, are guessed.

// The filters of a stream, in php_stream: two chains, each with its first and
// last filter and the stream itself.
const (
	readFilters   = 16
	writeFilters  = 40
	chainStream   = 16
	streamWrapper = 80 // the zval of what a wrapper returned, or the object that it is
)

// A php_stream_filter: its functions, a zval of its own, the next one and the
// one before, the chain that it is in, and its resource.
const (
	filterAbstract = 8
	filterNext     = 24
	filterChain    = 48
	filterBuckets  = 56 // the first and the last that wait
	filterResource = 72
)

// isStream reports whether a structure is a php_stream.
func (w *Walker) isStream(p uint64) bool {
	return w.m.Word(p+readFilters+chainStream) == p && w.m.Word(p+writeFilters+chainStream) == p
}

// stream reads the filters, the wrapper's data and the context of a stream; of
// what is none, nothing.
func (w *Walker) stream(r, p uint64) {
	b, ok := w.h.Find(p)
	if !ok || b.Start != p || !w.isStream(p) {
		return
	}
	w.filters(p+readFilters, "read filters")
	w.filters(p+writeFilters, "write filters")
	if typ := w.m.Byte(p + streamWrapper + 8); typ == isObject || typ == isArray {
		w.child(p+streamWrapper, []byte("wrapper_data"))
	}
	for a := p + streamWrapper + slotSize; a+8 <= p+b.Size; a += 8 {
		if c := w.m.Word(a); c != r && w.resources[c] && w.isContext(c, w.m.Word(c+w.f.resourcePtr)) {
			w.addChild([]byte("context"), c, pend(c, isResource))
			break
		}
	}
}

// filters reads one chain. A filter of the program's is the object whose method
// is called; the others have values only where they were given some.
func (w *Walker) filters(chain uint64, name string) {
	if f := w.m.Word(chain); f == 0 || w.m.Word(f+filterChain) != chain {
		return
	}
	list := w.newEmbedded(chain, name)
	n := int64(0)
	for f := w.m.Word(chain); f != 0 && n < maxTable && w.m.Word(f+filterChain) == chain; f = w.m.Word(f + filterNext) {
		size, first := w.mark(f, kInternal)
		if !first {
			return // a ring: damage
		}
		list.alloc += size
		key := appendNumber(list, n)
		n++
		w.embedKeyed(list, f+filterAbstract, key)
		w.embedGuess(list, f+filterBuckets, key)
		w.embedGuess(list, f+filterBuckets+8, key)
		if w.m.Byte(f+filterAbstract+8) == w.f.pointer {
			w.embedGuess(list, f+filterAbstract, key)
		}
	}
}

// filterHandle reports whether a resource is that of a filter in a chain, which
// it does not hold: the stream does.
func (w *Walker) filterHandle(r, p uint64) bool {
	if w.m.Word(p+filterResource) != r {
		return false
	}
	chain := w.m.Word(p + filterChain)
	return chain != 0 && (w.isStream(chain-readFilters) || w.isStream(chain-writeFilters))
}

// isContext reports whether a structure is a php_stream_context: the notifier,
// the zval of the options, and the resource.
func (w *Walker) isContext(r, p uint64) bool {
	const options, resource = 8, 24
	b, ok := w.h.Find(p)
	return ok && b.Start == p && w.m.Word(p+resource) == r && w.m.Byte(p+options+8) == isArray
}

// context reads a context's options and the callback for notifications; false
// for other resources.
func (w *Walker) context(r, p uint64) bool {
	const (
		options  = 8
		callback = 16 // in the notifier, behind two functions
	)
	if !w.isContext(r, p) {
		return false
	}
	w.item.Alloc += w.charge(p, kInternal)
	w.child(p+options, []byte("options"))
	if n := w.m.Word(p); n != 0 {
		w.item.Alloc += w.charge(n, kInternal)
		if w.isCallable(n + callback) {
			w.child(n+callback, []byte("notification"))
		} else { // since 8.5 it is a pointer to one that was looked up
			w.guessAt(n+callback, []byte("notification"))
		}
	}
	return true
}

// embedGuess adds what the word at an address may lead to to a group, under a
// key.
func (w *Walker) embedGuess(e *embedded, at uint64, key []byte) {
	s := &scanner{w: w, kind: kInternal}
	s.bytes = func(n uint64, _ kind) { e.alloc += n }
	s.value = func(p pending) { w.embedFound(e, key, p) }
	s.word(w.m.Word(at), at, 0)
	s.rest()
}
