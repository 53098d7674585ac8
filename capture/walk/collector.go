package walk

import (
	"encoding/binary"

	"memtrail/dump"
)

// Fields of zend_gc_globals, Zend/zend_gc.c, the same from 7.4 to 8.5: the
// buffer, four flags, then numbers of 32 bits.
const (
	gcEnabled    = 8
	gcProtected  = 10 // no roots are noted: it failed before
	gcFull       = 11 // no more roots fit
	gcFirst      = 16 // first entry of the buffer that was never used
	gcThreshold  = 20
	gcBufferSize = 24
	gcRoots      = 28
	gcRuns       = 32
	gcCollected  = 36
)

// findCollector looks for zend_gc_globals in a stretch of memory; 0 if they are not
// there.
func (w *Walker) findCollector(x stretch, data []byte) uint64 {
	const size = 40
	for i := 0; i+8 <= int(x.to-x.from) && i+size <= len(data); i += 8 {
		b := data[i : i+size]
		if buffer := binary.LittleEndian.Uint64(b); buffer == 0 || buffer>>48 != 0 || !w.isCollector(b) || !w.isData(buffer) {
			continue
		}
		if a := x.from + uint64(i); w.isData(a) {
			return a
		}
	}
	return 0
}

// isCollector reports whether zend_gc_globals may lie at an address, by what
// must be true of its numbers: no symbol tells.
func (w *Walker) isCollector(b []byte) bool {
	const (
		leastSize, mostSize = 16 << 10, 1 << 30
		leastThreshold      = 10_001
		flags               = 0xfefefefe
	)
	u := func(at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
	if u(gcEnabled)&flags != 0 || u(gcThreshold) < leastThreshold || u(gcThreshold) > mostSize {
		return false
	}
	size, first := u(gcBufferSize), u(gcFirst)
	return size >= leastSize && size <= mostSize && size%leastSize == 0 && first > 0 && first <= size && u(gcRoots) < first
}

// collectorBuffer finds gc_globals.buf, which no symbol leads to. Every value
// that it lists knows its index there: the bits of its header above the type.
// So each pointer to such a value outside the heap says where the buffer would
// begin, and those in the buffer agree. Where gc_globals themselves were found,
// they tell: where the buffer is empty, a single stale word would outvote it.
func (w *Walker) collectorBuffer() stretch {
	const (
		indexShift = 10
		indexMask  = 0xfffff
		plainLimit = 512 << 10 // an index above is stored modulo that
	)
	if w.collector != 0 {
		buffer := w.m.Word(w.collector)
		return stretch{buffer, buffer + 8*uint64(w.m.Half(w.collector+gcBufferSize))}
	}
	votes := map[uint64]int{}
	last := map[uint64]uint64{}
	for i := range w.pointers {
		p := &w.pointers[i]
		if p.stack {
			continue
		}
		p.each(func(v, a uint64) {
			v &^= 3 // the collector's marks
			if v>>48 != 0 || !w.h.Holds(v) {
				return
			}
			info := w.m.Half(v + 4)
			index := uint64(info >> indexShift & indexMask)
			if t := info & 15; index == 0 || t != isObject && t != isArray && t != isReference || index >= plainLimit || 8*index > a-p.from || !w.isListed(v, byte(t)) {
				return
			}
			votes[a-8*index]++
			last[a-8*index] = a + 8
		})
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

// isData reports whether an aligned address is one of memory that a program
// writes to. A core has pages of constants besides.
func (w *Walker) isData(a uint64) bool {
	m := w.m.Mapping(a)
	return a&7 == 0 && m != nil && m.Writable()
}

// isListed reports whether a value of a type that the collector may list lies at
// an address. The first bytes of a table of pointers may look like the header of
// one, depending on where the system has put the heap.
func (w *Walker) isListed(v uint64, typ byte) bool {
	if typ == isObject {
		return w.objects.has(v)
	}
	b, ok := w.h.Find(v)
	return ok && b.Start == v && w.looksLike(b) == typ
}

// collectorState reads why the collector has not run.
func (w *Walker) collectorState() *dump.Collector {
	a := w.collector
	if a == 0 {
		return nil
	}
	return &dump.Collector{
		Enabled: w.m.Byte(a+gcEnabled) != 0, Protected: w.m.Byte(a+gcProtected) != 0, Full: w.m.Byte(a+gcFull) != 0,
		Roots: uint64(w.m.Half(a + gcRoots)), Threshold: uint64(w.m.Half(a+gcThreshold)) - 1,
		Runs: uint64(w.m.Half(a + gcRuns)), Collected: uint64(w.m.Half(a + gcCollected)),
	}
}
