package walk

import "memtrail/dump"

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

// isCollector reports whether zend_gc_globals may lie at an address, by what
// must be true of its numbers: no symbol tells.
func (w *Walker) isCollector(b []byte) bool {
	const (
		leastSize, mostSize = 16 << 10, 1 << 30
		leastThreshold      = 10_001
		flags               = 0xfefefefe
	)
	u := func(at int) uint32 {
		return uint32(b[at]) | uint32(b[at+1])<<8 | uint32(b[at+2])<<16 | uint32(b[at+3])<<24
	}
	if u(gcEnabled)&flags != 0 || u(gcThreshold) < leastThreshold || u(gcThreshold) > mostSize {
		return false
	}
	size, first := u(gcBufferSize), u(gcFirst)
	return size >= leastSize && size <= mostSize && size%leastSize == 0 && first > 0 && first <= size && u(gcRoots) < first
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
