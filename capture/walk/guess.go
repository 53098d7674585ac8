package walk

import (
	"encoding/binary"
	"slices"
	"strconv"

	"memtrail/capture/zendmm"
	"memtrail/dump"
)

// stretch is memory that is looked at word by word.
type stretch struct{ from, to uint64 }

// spans reports whether an address lies in the stretch.
func (x stretch) spans(a uint64) bool { return a-x.from < x.to-x.from }

// scanner looks at memory whose layout is not known. Each aligned word that is
// the address of a block may be a pointer.
type scanner struct {
	w *Walker
	// kind is what blocks are marked as that nobody owns and that are no value.
	kind kind
	// value gets what looks like a value of PHP's; it is not marked yet.
	value func(p pending)
	// bytes gets the size of every block that was marked, and as what.
	bytes func(n uint64, k kind)
	// code is set for what looks at code: there, a pointer to what has an owner tells
	// nothing, and one to an object is stale.
	code bool
	// block gets the blocks that are no value and that nobody owned, if it is set.
	block func(b zendmm.Block)
	todo  []stretch
}

// maxScan bounds what one scan looks at, in bytes.
const maxScan = 1 << 40

// run looks at a stretch and at the blocks found in it.
func (s *scanner) run(from, to uint64) {
	if to-from <= maxScan {
		s.todo = append(s.todo, stretch{(from + 7) &^ 7, to})
	}
	s.rest()
}

// word looks at a word that lies at an address, in memory that begins at from;
// at is 0 for a word that lies nowhere.
func (s *scanner) word(v, at, from uint64) {
	const lowest = 1 << 16
	if v < lowest || v>>48 != 0 {
		return
	}
	w := s.w
	b, ok := w.h.Find(v)
	if s.code && (!ok || *b.State&kindMask != none) {
		return
	}
	if w.objects.has(v) {
		s.value(pend(v, isObject))
		return
	}
	if !ok {
		return
	}
	owned := *b.State&kindMask != none
	switch {
	case len(w.resources) > 0 && w.resources[v]:
		s.value(pend(v, isResource))
		return
	case b.Start == v:
		if owned && !isValueKind(*b.State&kindMask) {
			return
		}
		if typ := w.looksLike(b); typ != isUndef {
			s.value(pend(v, typ))
			return
		}
	case !owned && w.objects.has(b.Start): // into an object: the function in a closure
		s.value(pend(b.Start, isObject))
		return
	case !owned && at >= from+16 && s.table(at-16, v, b):
		return
	}
	if owned {
		return
	}
	*b.State |= s.kind | w.flags
	s.bytes(b.Size, s.kind)
	if s.block != nil {
		s.block(b)
	}
	if at != 0 && b.Start == v && (w.isReadBuffer(at, b) || w.isSized(at, b)) {
		return
	}
	s.todo = append(s.todo, stretch{b.Start, b.Start + b.Size})
}

// isSized reports whether the pointer at an address is that of a buffer whose
// size stands behind it, as in php_output_buffer: it holds bytes, and what its
// block held before.
func (w *Walker) isSized(at uint64, b zendmm.Block) bool {
	const smallest = 256
	return b.Size >= smallest && w.m.Word(at+8) == b.Size
}

// isReadBuffer reports whether the pointer at an address is the read buffer of a
// stream: PHP fills it as data arrives, so it holds what its block held before,
// and that may be pointers. In php_stream, main/php_streams.h, the buffer's
// length, the positions of reading and writing and the size of a read follow.
func (w *Walker) isReadBuffer(at uint64, b zendmm.Block) bool {
	f := w.m.Bytes(at, 40)
	if f == nil {
		return false
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(f[8*i:]) }
	length, read, written, chunk := word(1), word(2), word(3), word(4)
	return length > b.Size/2 && length <= b.Size && read <= written && written <= length && chunk > 0 && chunk <= length
}

func isValueKind(k kind) bool {
	return k == kString || k == kArray || k == kReference || k == kCode || k == kKey
}

// looksLike tells what value a block is, by its header and by what must hold of
// such a value; isUndef if none.
func (w *Walker) looksLike(b zendmm.Block) byte {
	head := w.m.Bytes(b.Start, min(b.Size, arraySize))
	if len(head) < 24 {
		return isUndef
	}
	refs, info := binary.LittleEndian.Uint32(head), binary.LittleEndian.Uint32(head[4:])
	// The header of a value of whatever kind, read as one number, may be an
	// address, and that of a structure that begins with a pointer may look like
	// a header. Strings and references are never in the collector's buffer:
	// the bits above the flags, their index there, are 0.
	const (
		mostRefs   = 1 << 28
		notCounted = 1 << 4 // GC_NOT_COLLECTABLE
		index      = 0xfffffc00
	)
	t := info & 15
	if refs == 0 || refs > mostRefs || t != isString && t != isArray && t != isReference {
		return isUndef
	}
	if t != isArray && (info&index != 0 || info&notCounted == 0) {
		return isUndef
	}
	if w.m.Mapping(uint64(info)<<32|uint64(refs)) != nil {
		return isUndef
	}
	switch t {
	case isString:
		n := binary.LittleEndian.Uint64(head[16:])
		if n < b.Size && n+25 <= b.Size && w.m.Byte(b.Start+24+n) == 0 {
			return isString
		}
	case isArray:
		if b.Size != arraySize {
			break
		}
		h, _ := w.header(b.Start)
		if h.data != 0 && h.size >= 2 && h.size&(h.size-1) == 0 && h.used <= h.size && h.elements <= h.used {
			return isArray
		}
	case isReference:
		if typ := head[16]; b.Size == 32 && typ >= isNull && typ <= isResource {
			return isReference
		}
	}
	return isUndef
}

// table reads a hash table that a structure embeds: its elements' address v is
// inside a block, behind the slots that the mask counts. header is where the
// zend_array would begin.
func (s *scanner) table(header, v uint64, b zendmm.Block) bool {
	w := s.w
	h, ok := w.header(header)
	if !ok || h.data != v || h.mask == 0 || h.store() != b.Start || h.used > h.size {
		return false
	}
	*b.State |= s.kind | w.flags
	s.bytes(b.Size, s.kind)
	if s.block != nil {
		s.block(b)
	}
	w.each(&h, func(slot, key uint64, _ int64) {
		if key != 0 {
			k := kind(kKey)
			if s.kind == kCode || w.m.Half(key+4)&immutable != 0 {
				k = kCode
			}
			if n := w.charge(key, k); n > 0 {
				s.bytes(n, k)
			}
		}
		s.slot(slot)
	})
	return true
}

// slot looks at a zval.
func (s *scanner) slot(slot uint64) {
	_, value, typ, extra := s.w.resolve(slot)
	if extra > 0 {
		s.bytes(extra, kReference)
	}
	switch {
	case typ == isString || typ == isArray || typ == isResource:
		s.value(pend(value, typ))
	case typ == isObject && s.w.objects.has(value):
		s.value(pend(value, typ))
	case typ == s.w.f.pointer || typ == isAST:
		s.word(value, 0, 0)
	}
}

// guesser is a scanner for the item at hand: values become its children under
// one key.
func (w *Walker) guesser(key []byte) *scanner { return w.guesserBeside(key, len(w.kids.ids)) }

// guesserBeside is guesser for what is none of the children that the item has
// from one on.
func (w *Walker) guesserBeside(key []byte, first int) *scanner {
	s := &scanner{w: w, kind: kInternal}
	s.bytes = func(n uint64, _ kind) { w.item.Alloc += n }
	n := 0
	var seen map[dump.Address]bool // of many
	s.value = func(p pending) {
		id := p.address()
		if p.typ() == isReference {
			w.item.Alloc += w.charge(id, kReference)
			var extra uint64
			if id, p, extra = w.behind(id); p == 0 {
				return
			}
			w.item.Alloc += extra
		}
		if dump.Address(id) == w.item.Address || n == mostGuesses { // a stream knows its own resource
			return
		}
		const many = 32
		if list := w.kids.ids[first:]; len(list) >= many {
			if seen == nil {
				seen = make(map[dump.Address]bool, 2*many)
				for _, old := range list {
					seen[old] = true
				}
			}
			if seen[dump.Address(id)] {
				return
			}
			seen[dump.Address(id)] = true
		} else if slices.Contains(list, dump.Address(id)) {
			return
		}
		k := key
		if n++; n > 1 {
			k = w.text(string(key) + " #" + strconv.Itoa(n))
		}
		w.addChild(k, id, p)
	}
	return s
}

// mostGuesses is how many values one word is taken to lead to.
const mostGuesses = 1 << 20

// behind gives the value in a reference; 0 if there is none.
func (w *Walker) behind(reference uint64) (id uint64, p pending, extra uint64) {
	at, value, typ, extra := w.resolve(reference + 8)
	switch {
	case typ >= isNull && typ <= isDouble:
		return at, pend(at, typ), extra
	case (typ == isString || typ == isArray || typ == isResource) && value != 0, typ == isObject && w.objects.has(value):
		return value, pend(value, typ), extra
	}
	return 0, 0, extra
}

// guessWord adds what a word may lead to to the children of the item at hand.
func (w *Walker) guessWord(v uint64, key []byte) {
	s := w.guesser(key)
	s.word(v, 0, 0)
	s.rest()
}

// guessAt is guessWord for the word at an address.
func (w *Walker) guessAt(at uint64, key []byte) {
	s := w.guesser(key)
	s.word(w.m.Word(at), at, 0)
	s.rest()
}

// rest looks at the blocks that were found so far.
func (s *scanner) rest() {
	for len(s.todo) > 0 {
		x := s.todo[len(s.todo)-1]
		s.todo = s.todo[:len(s.todo)-1]
		s.words(x)
	}
}

// words looks at each word of a stretch that may lead somewhere.
func (s *scanner) words(x stretch) {
	w := s.w
	if x.from < x.to && w.m.Copies(x.from, x.to-x.from) {
		b := w.m.Bytes(x.from, x.to-x.from)
		for i := 0; i+8 <= len(b); i += 8 {
			if v := binary.LittleEndian.Uint64(b[i:]); w.leads.spans(v) {
				s.word(v, x.from+uint64(i), x.from)
			}
		}
		return
	}
	for p := x.from; p+8 <= x.to; p += 8 { // not all of it was copied
		if v := w.m.Word(p); w.leads.spans(v) {
			s.word(v, p, x.from)
		}
	}
}

// guessKey is the key of an edge that was guessed: where the pointer lies.
func (w *Walker) guessKey(offset uint64) []byte {
	at := len(w.keys)
	w.keys = append(append(w.keys, Guess...), '+')
	w.keys = strconv.AppendUint(w.keys, offset, 10)
	return w.keys[at:len(w.keys):len(w.keys)]
}
