package simseries

import "memtrail/zend"

// A block is memory that the process has allocated. The zero block is none.
type block struct {
	at   uint64
	size uint64 // bytes, as PHP rounds them
}

// A heap hands out addresses as ZendMM does: blocks of one size lie side by
// side, and the one freed last is handed out next. So it does with object handles.
type heap struct {
	free        map[uint64][]uint64 // by block size; the next one to hand out is last
	chunk       uint64
	page, limit uint64 // unused pages of the newest chunk
	used        uint64 // bytes
	handles     []int  // free ones
	highest     int    // handle ever given out
}

func newHeap(top uint64) *heap {
	return &heap{free: map[uint64][]uint64{}, chunk: top}
}

func (h *heap) alloc(n uint64) block {
	size := zend.Round(n)
	if len(h.free[size]) == 0 {
		h.cut(size)
	}
	free := h.free[size]
	last := len(free) - 1
	h.free[size] = free[:last]
	h.used += size
	return block{free[last], size}
}

// binPages is how many pages make a run of small blocks, where it is more than
// one (ZEND_MM_BINS_INFO, Zend/zend_alloc_sizes.h).
var binPages = map[uint64]uint64{
	320: 5, 384: 3, 640: 5, 768: 3, 896: 2, 1024: 2, 1280: 5, 1536: 3, 1792: 7, 2048: 4, 2560: 5, 3072: 3,
}

// cut makes a run of pages into free blocks.
func (h *heap) cut(size uint64) {
	run := size
	if size < zend.Page {
		run = zend.Page * max(1, binPages[size])
	}
	if h.limit-h.page < run {
		chunk := (run + zend.Page + zend.Chunk - 1) &^ (zend.Chunk - 1)
		h.chunk -= chunk // as mmap hands them out
		h.page, h.limit = h.chunk+zend.Page, h.chunk+chunk
	}
	for at := h.page + (run/size-1)*size; at >= h.page; at -= size {
		h.free[size] = append(h.free[size], at)
	}
	h.page += run
}

func (h *heap) release(b block) {
	if b.size > 0 {
		h.free[b.size] = append(h.free[b.size], b.at)
		h.used -= b.size
	}
}

// text allocates a string of n bytes; short ones are interned.
func (h *heap) text(n int) block {
	if n < 2 {
		return block{}
	}
	return h.alloc((24 + uint64(n) + 1 + 7) &^ 7)
}

func (h *heap) handle() int {
	if n := len(h.handles); n > 0 {
		handle := h.handles[n-1]
		h.handles = h.handles[:n-1]
		return handle
	}
	h.highest++
	return h.highest
}
