package column

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

// Available reports whether the system would let that many bytes be mapped. Go ends
// the program when it does not.
func Available(n uint64) bool {
	const arenas = 256 << 20 // Go maps its heap in pieces of 64 MB, and a column's end fills none
	if n < hugeFrom {
		return true
	}
	n += n/8 + arenas
	b, err := unix.MmapPtr(-1, 0, nil, uintptr(n), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return false
	}
	_ = unix.MunmapPtr(b, uintptr(n))
	return true
}
