//go:build unix

package memory

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// reserve gives n bytes of memory that takes none before it is touched, fewer where
// that may be and the system grants no more, and nil where it grants next to nothing.
// trim gives back what is behind the first bytes, free all of it.
func reserve(n uint64, fewer bool) (b []byte, trim func(int), free func()) {
	const least = 1 << 20
	page := uint64(os.Getpagesize())
	for ; n > 0 && n < 1<<62; n /= 2 {
		size := (n + page - 1) &^ (page - 1)
		p, err := unix.MmapPtr(-1, 0, nil, uintptr(size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
		if err == nil {
			trim = func(k int) {
				if kept := max((uint64(k)+page-1)&^(page-1), page); kept < size {
					_ = unix.MunmapPtr(unsafe.Add(p, kept), uintptr(size-kept))
					size = kept
				}
			}
			return unsafe.Slice((*byte)(p), n), trim, func() { _ = unix.MunmapPtr(p, uintptr(size)) }
		}
		if !fewer || n < least {
			break
		}
	}
	return nil, nil, nil
}
