// Package column makes the large slices of numbers that a graph, and what is computed
// of it, consist of. They are memory of Go's heap like any other; what is special is
// how they are touched for the first time, which costs as much as filling them: in
// huge pages where the system has such, and not before they are used.
package column

import (
	"reflect"
	"slices"
	"strings"
	"unsafe"
)

// hugeFrom is the size in bytes of columns that huge pages are for: any two of them
// that are as large hold a whole one.
const hugeFrom = 4 << 20

// Of is a column of n values that are zero.
func Of[T any](n int) []T {
	c := Room[T](n)[:n]
	for part := range slices.Chunk(c, atATime) {
		clear(part)
	}
	return c
}

// Grown is a column with the values of c and room for n, which are no fewer.
func Grown[T any](c []T, n int) []T {
	grown := Room[T](n)
	for part := range slices.Chunk(c, atATime) {
		grown = append(grown, part...)
	}
	return grown
}

// atATime is how many values are cleared or copied at a time. The collector cannot stop
// a goroutine in the middle of either, and spins until it ends: for a second, where a
// gigabyte is touched for the first time.
const atATime = 32 << 10

// Room is an empty column with room for n values. What is behind its end is not
// touched, so that room that is not used costs nothing. It is not zero either: a
// column that is cut out of its room has to be filled.
func Room[T any](n int) []T {
	size := uintptr(n) * unsafe.Sizeof(*new(T))
	if size < hugeFrom || !plain(reflect.TypeFor[T]()) {
		return make([]T, 0, n)
	}
	// What make gives is zero. Where the heap has some memory left that was used
	// before, it clears it all, and so touches in small pages what nobody has advised
	// the system of. A builder of strings gives memory as it is.
	var b strings.Builder
	b.Grow(int(size))
	b.WriteByte(0)
	p := unsafe.Pointer(unsafe.StringData(b.String()))
	hugePages(p, size)
	return unsafe.Slice((*T)(p), n)[:0]
}

// Make is make([]T, n) for values that have pointers.
func Make[T any](n int) []T {
	c := make([]T, n)
	if size := uintptr(n) * unsafe.Sizeof(*new(T)); size >= hugeFrom {
		hugePages(unsafe.Pointer(unsafe.SliceData(c)), size)
	}
	return c
}

// plain reports whether values of a type have no pointers that the collector would
// have to know.
func plain(t reflect.Type) bool {
	switch k := t.Kind(); k {
	case reflect.Struct:
		for i := range t.NumField() {
			if !plain(t.Field(i).Type) {
				return false
			}
		}
		return true
	case reflect.Array:
		return plain(t.Elem())
	default:
		return k >= reflect.Bool && k <= reflect.Complex128
	}
}
