package zendmm

// bin is a size class of small blocks: ZEND_MM_BINS_INFO,
// Zend/zend_alloc_sizes.h, the same from 7.4 to 8.5.
type bin struct {
	size     uint32 // of a block, in bytes
	elements uint32 // of a run
	pages    uint32 // of a run
}

// NumBins is the number of size classes.
const NumBins = 30

var bins = [NumBins]bin{
	{8, 512, 1}, {16, 256, 1}, {24, 170, 1}, {32, 128, 1}, {40, 102, 1}, {48, 85, 1},
	{56, 73, 1}, {64, 64, 1}, {80, 51, 1}, {96, 42, 1}, {112, 36, 1}, {128, 32, 1},
	{160, 25, 1}, {192, 21, 1}, {224, 18, 1}, {256, 16, 1}, {320, 64, 5}, {384, 32, 3},
	{448, 9, 1}, {512, 8, 1}, {640, 32, 5}, {768, 16, 3}, {896, 9, 2}, {1024, 8, 2},
	{1280, 16, 5}, {1536, 8, 3}, {1792, 16, 7}, {2048, 8, 4}, {2560, 8, 5}, {3072, 4, 3},
}

// BinSize is the size of the blocks of a class, in bytes.
func BinSize(b int) uint64 { return uint64(bins[b].size) }

// reciprocal divides an offset within a run by the size of its blocks:
// off*reciprocal>>32. Runs have at most 7 pages, so that it is exact.
var reciprocal = func() (t [NumBins]uint64) {
	for i, b := range bins {
		t[i] = (1<<32 + uint64(b.size) - 1) / uint64(b.size)
	}
	return t
}()
