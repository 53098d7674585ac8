package zend_test

import (
	"fmt"
	"testing"

	"memtrail/zend"
)

func TestStoreBlock(t *testing.T) {
	const start = 0x7f0000400000
	array := func(first, step uint64, keys ...int) *zend.Array {
		a := &zend.Array{}
		a.Reset()
		for i, k := range keys {
			n := uint64(k)
			if step == 32 { // a bucket for each, in the order of the dump
				n = uint64(i)
			}
			a.Add(fmt.Append(nil, k), first+step*n, zend.IsValue)
		}
		return a
	}
	var many []int
	for i := range 1 << 17 {
		many = append(many, i)
	}
	for _, tt := range []struct {
		name        string
		php         zend.Version
		array       *zend.Array
		start, size uint64 // 0: none
	}{
		{"packed", zend.PHP82, array(start+0x1000+8, 16, 0, 1, 2), start + 0x1000, 160},
		{"packed, from the third on", zend.PHP82, array(start+0x1000+160+8, 16, 2, 3), start + 0x1000 + 160, 160},
		{"packed, between two places", zend.PHP82, array(start+0x1000+80+8, 16, 0, 1), 0, 0},
		{"packed, large", zend.PHP82, array(start+0x3000+8, 16, many[:300]...), start + 0x3000, 3 * zend.Page},
		{"packed, large, no page", zend.PHP82, array(start+0x3010+8, 16, many[:300]...), 0, 0},
		{"packed, huge", zend.PHP82, array(start+8, 16, many...), start, 2<<20 + zend.Page},
		{"packed, huge, in a chunk", zend.PHP82, array(start+0x1000+8, 16, many...), 0, 0},
		{"packed before 8.2", zend.PHP81, array(start+0x1000+8, 32, 0, 1, 2), start + 0x1000, 320},
		{"references", zend.PHP82, array(start+0x1000+8, 32, 0, 1, 2), 0, 0},
		{"hash", zend.PHP82, array(start+0x1000+64, 32, 9, 5, 7), start + 0x1000, 320},
		{"hash, large", zend.PHP82, array(start+0x3000+8*128, 32, append([]int{500}, many[:99]...)...), start + 0x3000, 2 * zend.Page},
		{"empty", zend.PHP82, array(0, 16), 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, ok := zend.New(tt.php).StoreBlock(tt.array)
			if ok != (tt.size > 0) || ok && (b.Start != tt.start || b.Size != tt.size) {
				t.Errorf("%#x, %d bytes, %v; want %#x, %d", b.Start, b.Size, ok, tt.start, tt.size)
			}
		})
	}
}

func TestObjectBlock(t *testing.T) {
	m := zend.New(zend.PHP82)
	const page = 0x7f0000403000
	for _, tt := range []struct {
		class               string
		address             uint64
		wantStart, wantSize uint64
	}{
		{"App\\User", page + 56, page + 56, 40},
		{"Closure", page + 384, page + 384, 384},               // the object comes first
		{"ArrayObject", page + 128 + 88, page + 128, 128},      // and last
		{"SplFileObject", page + 8192 - 40, page, 8192},        // whole pages
		{"CurlHandle", page + 640 + 320 - 40, page + 640, 320}, // a run of several pages
		{"WeakReference", page + 48*3 + 8, page + 48*3, 48},
	} {
		c := m.Class(tt.class)
		if b := m.ObjectBlock(c, tt.address); b.Start != tt.wantStart || b.Size != tt.wantSize {
			t.Errorf("%s: %#x, %d bytes; want %#x, %d", tt.class, b.Start, b.Size, tt.wantStart, tt.wantSize)
		}
	}
}

func TestMapping(t *testing.T) {
	m := zend.New(zend.PHP82)
	for length, want := range map[uint64]uint64{
		10: 0, 100_000: 0, zend.Chunk - zend.Page - 32: 0, zend.Chunk - zend.Page: 2 << 20, 3_000_000: 3_002_368,
	} {
		if got := zend.Mapping(m.String(length)); got != want {
			t.Errorf("a string of %d has %d of its own, want %d", length, got, want)
		}
	}
}
