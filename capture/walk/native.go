package walk

import (
	"encoding/binary"

	"memtrail/capture/memory"
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
		w.buffer = w.collectorBuffer()
	}
	for i := range w.m.Segments {
		s := &w.m.Segments[i]
		for _, part := range w.partsOf(s) {
			part.tables = tables
			w.nativeStretch(part, s, w.buffer)
		}
	}
}

// nativePart is a part of a segment in one mapping.
type nativePart struct {
	stretch
	mapping *memory.Mapping
	stack   bool
	engine  bool // executor or compiler globals: read precisely before
	tables  bool // only tables are looked for
}

// partsOf cuts a segment where mappings, stacks and the globals begin and end.
func (w *Walker) partsOf(s *memory.Segment) []nativePart {
	var parts []nativePart
	for from := s.Address; from < s.End(); {
		p := nativePart{stretch: stretch{from, s.End()}, mapping: w.m.Mapping(from)}
		if p.mapping != nil {
			p.to = min(p.to, p.mapping.To)
			p.stack = w.isStack(p.mapping)
		}
		for _, g := range []stretch{{w.eg, w.eg + w.t.Size("zend_executor_globals")}, {w.cg, w.cg + w.t.Size("zend_compiler_globals")}} {
			switch {
			case from >= g.from && from < g.to:
				p.to, p.engine = min(p.to, g.to), true
			case from < g.from && g.from < p.to:
				p.to = g.from
			}
		}
		parts = append(parts, p)
		from = p.to
	}
	return parts
}

func (w *Walker) isStack(m *memory.Mapping) bool {
	if m.Path == "[stack]" {
		return true
	}
	for _, t := range w.m.Threads {
		if t.Stack >= m.From && t.Stack < m.To {
			return true
		}
	}
	return false
}

// live gives the part of a stack that is in use.
func (w *Walker) liveStack(p nativePart) stretch {
	const redZone = 128
	for _, t := range w.m.Threads {
		if t.Stack >= p.from && t.Stack < p.to {
			return stretch{max(p.from, t.Stack-redZone), p.to}
		}
	}
	return p.stretch
}

func (w *Walker) nativeStretch(p nativePart, s *memory.Segment, buffer stretch) {
	x := p.stretch
	if p.stack {
		x = w.liveStack(p)
	}
	for a := (x.from + 7) &^ 7; a+8 <= x.to; a += 8 {
		if a%zendmm.ChunkSize == 0 || a == x.from {
			if end := w.heapAt(a); end > a {
				a = end - 8
				continue
			}
		}
		v := binary.LittleEndian.Uint64(s.Data[a-s.Address:])
		const lowest = 1 << 16
		if v < lowest || v>>48 != 0 || v&7 != 0 || a >= buffer.from && a < buffer.to {
			continue
		}
		w.nativeWord(v, a, p)
	}
}

// heapAt gives the end of the chunk or huge block of PHP's that holds an
// address, 0 if none does.
func (w *Walker) heapAt(a uint64) uint64 {
	if b, ok := w.h.Slot(a); ok && b.Size >= zendmm.ChunkSize {
		return b.Start + b.Size
	}
	if w.h.Holds(a) {
		return a&^(zendmm.ChunkSize-1) + zendmm.ChunkSize
	}
	return 0
}

// nativeWord looks at a pointer outside the heap.
func (w *Walker) nativeWord(v, at uint64, p nativePart) {
	if p.tables {
		if b, ok := w.h.Find(v); !ok || p.stack || p.engine || b.Start != v || *b.State&kindMask != none || w.looksLike(b) != isArray {
			return
		}
	}
	if w.objects.has(v) {
		if !p.stack && !p.engine && !w.reached(v) && !w.heldByGarbage(v) {
			w.nameRoot(v, pend(v, isObject), frameNative, w.holderName(at, p), 0)
			w.visitRoots()
		}
		return
	}
	b, ok := w.h.Find(v)
	if !ok || *b.State&kindMask != none || b.Start != v && p.stack {
		return
	}
	name := w.holderName(at, p)
	var own dump.Amount
	s := &scanner{w: w, kind: kNative}
	if p.engine {
		s.kind = kEngine
	}
	s.bytes = func(n uint64, k kind) {
		if k == kNative {
			own.Blocks++
			own.Bytes += n
		}
	}
	s.value = func(x pending) {
		if x.typ() == isObject && (p.stack || !w.reached(x.address()) && w.heldByGarbage(x.address())) {
			return
		}
		w.lateRoot(x, frameNative, name)
	}
	s.word(v, 0, 0)
	s.rest()
	w.visitRoots()
	if own.Blocks > 0 && !p.engine {
		sum := w.native[name]
		w.native[name] = dump.Amount{Blocks: sum.Blocks + own.Blocks, Bytes: sum.Bytes + own.Bytes}
	}
}

// holderName names who holds a pointer: a symbol of a library, or the mapping.
func (w *Walker) holderName(at uint64, p nativePart) string {
	if p.stack {
		return "stack"
	}
	return w.symbols.name(at, p.mapping)
}

// collectorBuffer finds gc_globals.buf, which no symbol leads to. Every value
// that it lists knows its index there: the bits of its header above the type.
// So each pointer to such a value outside the heap says where the buffer would
// begin, and those in the buffer agree.
func (w *Walker) collectorBuffer() stretch {
	const (
		indexShift = 10
		indexMask  = 0xfffff
		plainLimit = 512 << 10 // an index above is stored modulo that
	)
	votes := map[uint64]int{}
	last := map[uint64]uint64{}
	for i := range w.m.Segments {
		s := &w.m.Segments[i]
		for _, p := range w.partsOf(s) {
			if p.stack {
				continue
			}
			for a := (p.from + 7) &^ 7; a+8 <= p.to; a += 8 {
				if a%zendmm.ChunkSize == 0 || a == p.from {
					if end := w.heapAt(a); end > a {
						a = end - 8
						continue
					}
				}
				v := binary.LittleEndian.Uint64(s.Data[a-s.Address:]) &^ 3
				if v == 0 || v>>48 != 0 || !w.h.Holds(v) {
					continue
				}
				info := w.m.Half(v + 4)
				index := uint64(info >> indexShift & indexMask)
				if t := info & 15; index == 0 || t != isObject && t != isArray && t != isReference || index >= plainLimit || 8*index > a-p.from {
					continue
				}
				votes[a-8*index]++
				last[a-8*index] = a + 8
			}
		}
	}
	best, most := uint64(0), 0
	for b, n := range votes {
		if n > most || n == most && b < best {
			best, most = b, n
		}
	}
	if most == 0 {
		return stretch{}
	}
	return stretch{best, last[best]}
}
