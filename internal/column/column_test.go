package column

import (
	"reflect"
	"runtime"
	"slices"
	"testing"
)

// Columns have the size that was asked for, are zero if they are to be, also in memory
// that was used before, and keep what is written to them.
func TestColumns(t *testing.T) {
	type pair struct {
		a uint64
		b uint32
	}
	for _, n := range []int{0, 1, 1000, hugeFrom/16 - 1, hugeFrom / 16, hugeFrom/8 + 3} {
		for range 3 {
			dirty := Room[uint64](2 * n)[:2*n]
			for i := range dirty {
				dirty[i] = ^uint64(0)
			}
			runtime.GC() // dirty is no longer used
			c := Of[pair](n)
			if len(c) != n {
				t.Fatalf("%d values, want %d", len(c), n)
			}
			for i := range c {
				if c[i] != (pair{}) {
					t.Fatalf("value %d of %d is %v", i, n, c[i])
				}
				c[i] = pair{uint64(i), uint32(n)}
			}
			r := Room[uint32](n)
			if len(r) != 0 || cap(r) < n {
				t.Fatalf("room for %d values has %d of %d", n, len(r), cap(r))
			}
			for i := range n {
				r = append(r, uint32(i))
			}
			runtime.GC()
			g := Grown(r, n+n/2)
			if cap(g) < n+n/2 || !slices.Equal(g, r) {
				t.Fatalf("%d values with room for %d are %d with room for %d", n, n+n/2, len(g), cap(g))
			}
			for i := range n {
				if c[i] != (pair{uint64(i), uint32(n)}) || r[i] != uint32(i) {
					t.Fatalf("value %d of %d is %v, %d", i, n, c[i], r[i])
				}
			}
		}
	}
}

// The collector must know of all pointers: only what has none is memory of numbers.
func TestPointersStayKnown(t *testing.T) {
	type inner struct{ S []int }
	for _, tt := range []struct {
		t    reflect.Type
		want bool
	}{
		{reflect.TypeFor[uint32](), true},
		{reflect.TypeFor[bool](), true},
		{reflect.TypeFor[struct {
			a uint64
			b [3]uint16
		}](), true},
		{reflect.TypeFor[*int](), false},
		{reflect.TypeFor[uintptr](), true},
		{reflect.TypeFor[string](), false},
		{reflect.TypeFor[struct {
			a int
			b [2]inner
		}](), false},
		{reflect.TypeFor[map[int]int](), false},
		{reflect.TypeFor[any](), false},
		{reflect.TypeFor[func()](), false},
	} {
		if got := plain(tt.t); got != tt.want {
			t.Errorf("%v: %v, want %v", tt.t, got, tt.want)
		}
	}
	const n = hugeFrom / 8
	c := Of[*int](n)
	for i := 0; i < n; i += 1000 {
		c[i] = new(i)
	}
	runtime.GC()
	for i := 0; i < n; i += 1000 {
		if *c[i] != i {
			t.Fatalf("value %d points to %d", i, *c[i])
		}
	}
}
