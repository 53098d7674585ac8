package walk

import (
	"encoding/binary"
	"math/bits"

	"memtrail/capture/memory"
	"memtrail/capture/zendmm"
)

// pointerPart is a part of the writable memory outside the heap, with its words that
// may lead to a block or an object. They are few, and looked at several times.
type pointerPart struct {
	nativePart
	data  []byte // from where the part begins
	pages []leadPage
}

// leadPage has a bit for each word of a page that may lead somewhere. Of pages
// without such a word there is none.
type leadPage struct {
	address uint64
	words   [zendmm.PageSize / 8 / 64]uint64
}

// each gives the words that may lead somewhere, and where they lie.
func (x *pointerPart) each(f func(v, at uint64)) {
	for i := range x.pages {
		p := &x.pages[i]
		for j, set := range p.words {
			for ; set != 0; set &= set - 1 {
				at := p.address + 8*uint64(64*j+bits.TrailingZeros64(set))
				f(binary.LittleEndian.Uint64(x.data[at-x.from:]), at)
			}
		}
	}
}

// findPointers goes through all writable memory outside the heap.
func (w *Walker) findPointers() {
	for i := range w.m.Segments {
		s := &w.m.Segments[i]
		for _, part := range w.partsOf(s) {
			x := pointerPart{nativePart: part, data: s.Data[part.from-s.Address:]}
			at := part.stretch
			if part.stack {
				at = w.liveStack(part)
			}
			w.eachStretch(at, func(at stretch) {
				if !part.stack && w.collector == 0 {
					w.collector = w.findCollector(at, x.data[at.from-x.from:])
				}
				x.pages = w.findLeads(at, x.data[at.from-x.from:], x.pages)
			})
			if len(x.pages) > 0 {
				w.pointers = append(w.pointers, x)
			}
		}
	}
}

// eachStretch gives what of a stretch is no chunk or huge block of PHP's, in pieces.
func (w *Walker) eachStretch(x stretch, f func(stretch)) {
	for a := (x.from + 7) &^ 7; a+8 <= x.to; {
		if a%zendmm.ChunkSize == 0 || a == x.from {
			if end := w.heapAt(a); end > a {
				a = end
				continue
			}
		}
		end := min(x.to, (a+zendmm.ChunkSize)&^(zendmm.ChunkSize-1))
		f(stretch{a, end})
		a = end
	}
}

// findLeads adds the pages of a stretch that have words which may lead somewhere.
func (w *Walker) findLeads(x stretch, data []byte, pages []leadPage) []leadPage {
	from, size := w.leads.from, w.leads.to-w.leads.from
	for x.from+8 <= x.to {
		p := leadPage{address: x.from &^ (zendmm.PageSize - 1)}
		first := (x.from - p.address) / 8
		n := min((zendmm.PageSize-8*first)/8, (x.to-x.from)/8)
		words := data[:8*n]
		found := false
		for i := range n {
			if v := binary.LittleEndian.Uint64(words[8*i:]); v-from < size && (w.h.Holds(v) || w.objects.has(v)) {
				p.words[(first+i)/64] |= 1 << ((first + i) % 64)
				found = true
			}
		}
		if found {
			pages = append(pages, p)
		}
		x.from, data = x.from+8*n, data[8*n:]
	}
	return pages
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
