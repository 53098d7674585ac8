package graph

import "unsafe"

// column reserves memory for n values. It counts on none of it being touched
// before it is used, and asks for huge pages: with small ones, touching the
// columns of a large dump for the first time costs as much as filling them.
func column[T any](n int) []T {
	c := make([]T, 0, n)
	if size := uintptr(n) * unsafe.Sizeof(*new(T)); size >= hugeFrom {
		hugePages(unsafe.Pointer(unsafe.SliceData(c)), size)
	}
	return c
}

// hugeFrom is the size in bytes of columns that huge pages are for.
const hugeFrom = 8 << 20
