package graph

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// hugePages advises the kernel to back whole huge pages inside the memory by
// such. Its refusal is no error: it is only slower.
func hugePages(p unsafe.Pointer, size uintptr) {
	const huge = 2 << 20
	skip := -uintptr(p) & (huge - 1)
	if n := (size - skip) &^ (huge - 1); size > skip && n > 0 {
		_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(p, skip)), n), unix.MADV_HUGEPAGE)
	}
}
