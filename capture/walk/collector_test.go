package walk

import (
	"encoding/binary"
	"testing"

	"memtrail/capture/layout"
	"memtrail/capture/memory"
	"memtrail/capture/zendmm"
)

// The collector's globals lie in memory that is written to, and lead to such. A
// core has pages of constants besides, which may look like them and come first.
func TestCollectorIsNoConstant(t *testing.T) {
	const (
		constants, data, buffer = 0x10000, 0x20000, 0x40000
		size                    = 0x10000
	)
	globals := func(buffer uint64) []byte {
		b := make([]byte, 40)
		binary.LittleEndian.PutUint64(b, buffer)
		b[gcEnabled] = 1
		for at, n := range map[int]uint32{gcFirst: 3, gcThreshold: 10_001, gcBufferSize: 16 << 10, gcRoots: 2} {
			binary.LittleEndian.PutUint32(b[at:], n)
		}
		return b
	}
	const at = 0x800 // of the collector's globals in the data
	for name, lookalike := range map[string]func(constant, writable []byte){
		"none":                                 func(_, _ []byte) {},
		"among the constants":                  func(c, _ []byte) { copy(c[0x100:], globals(buffer)) },
		"in the data, leads to constants":      func(_, d []byte) { copy(d[0x100:], globals(constants+0x40)) },
		"in the data, leads to an odd byte":    func(_, d []byte) { copy(d[0x100:], globals(buffer+1)) },
		"in the data, leads nowhere":           func(_, d []byte) { copy(d[0x100:], globals(0x7000_0000)) },
		"constants that lead to the constants": func(c, _ []byte) { copy(c[0x100:], globals(constants)) },
	} {
		constant, writable := make([]byte, size), make([]byte, size)
		copy(writable[at:], globals(buffer))
		lookalike(constant, writable)
		image := memory.New(
			[]memory.Mapping{
				{From: constants, To: constants + size, Permissions: "r--p", Path: "/usr/bin/php"},
				{From: data, To: data + size, Permissions: "rw-p", Path: "/usr/bin/php"},
				{From: buffer, To: buffer + 0x20000, Permissions: "rw-p"},
			},
			[]memory.Segment{{Address: constants, Data: constant}, {Address: data, Data: writable}, {Address: buffer, Data: make([]byte, 0x20000)}},
		)
		table, ok := layout.For(80200)
		if !ok {
			t.Fatal("no layout of PHP 8.2")
		}
		w := &Walker{m: image, h: &zendmm.Heap{}, t: table}
		w.findPointers()
		if got := w.collectorBuffer(); w.collector != data+at || got != (stretch{buffer, buffer + 8*16<<10}) {
			t.Errorf("%s: the collector's globals are at %#x, its buffer is %#x, want %#x, %#x", name, w.collector, got, data+at, buffer)
		}
	}
}
