package zend

import "math/bits"

// Sizes of the Zend memory manager, the same in all versions here.
const (
	Page  = 4 << 10 // ZEND_MM_PAGE_SIZE, Zend/zend_alloc_sizes.h
	Chunk = 2 << 20 // ZEND_MM_CHUNK_SIZE; chunks and huge blocks are aligned to it

	maxSmall = 3072         // ZEND_MM_MAX_SMALL_SIZE
	maxLarge = Chunk - Page // ZEND_MM_MAX_LARGE_SIZE: a chunk's first page is its own

	hugeNode = 24 // zend_mm_huge_list, Zend/zend_alloc.c: one from the heap for each huge block
)

// bins are the size classes of small blocks: ZEND_MM_BINS_INFO,
// Zend/zend_alloc_sizes.h.
var bins = [...]uint16{
	8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256,
	320, 384, 448, 512, 640, 768, 896, 1024, 1280, 1536, 1792, 2048, 2560, 3072,
}

// binOf has the size class of every small size, by eights.
var binOf = func() (t [maxSmall/8 + 1]uint16) {
	b := 0
	for i := range t {
		if 8*i > int(bins[b]) {
			b++
		}
		t[i] = bins[b]
	}
	return t
}()

// Round gives the size of the block that PHP hands out for a request: the size
// class, whole pages above those, and the same for huge blocks (on Linux;
// zend_mm_alloc_huge, Zend/zend_alloc.c, rounds to REAL_PAGE_SIZE).
func Round(n uint64) uint64 {
	if n <= maxSmall {
		return uint64(binOf[(n+7)/8])
	}
	if n > 1<<62 { // no such block; keeps the sums of a hostile dump from wrapping
		n = 1 << 62
	}
	return (n + Page - 1) &^ (Page - 1)
}

// Alloc is what a request adds to memory_get_usage(): the block, and the list
// node that a huge one needs (zend_mm_add_huge_block, Zend/zend_alloc.c).
func Alloc(n uint64) uint64 {
	if n > maxLarge {
		return Round(n) + hugeNode
	}
	return Round(n)
}

// pow2 is the least power of two that is at least n, and at least floor, which
// is one. Beyond HT_MAX_SIZE no table goes.
func pow2(n, floor uint64) uint64 {
	const most = 1 << 31
	switch {
	case n <= floor:
		return floor
	case n >= most:
		return most
	}
	return 1 << bits.Len64(n-1)
}
