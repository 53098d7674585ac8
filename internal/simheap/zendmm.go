package simheap

// An address is a place in the simulated process, as %p prints it.
type address uint64

const (
	chunkBytes = 2 << 20
	pageBytes  = 4 << 10
	maxSmall   = 3072
	maxLarge   = chunkBytes - pageBytes
)

// A sizeClass is one of ZendMM's bins: blocks of size bytes, cut from runs of
// pages pages that hold count of them.
type sizeClass struct{ size, count, pages uint64 }

// sizeClasses is ZEND_MM_BINS_INFO of PHP 7 and 8. The counts are not always
// the most that would fit: they are the engine's.
var sizeClasses = [...]sizeClass{
	{8, 512, 1}, {16, 256, 1}, {24, 170, 1}, {32, 128, 1}, {40, 102, 1},
	{48, 85, 1}, {56, 73, 1}, {64, 64, 1}, {80, 51, 1}, {96, 42, 1},
	{112, 36, 1}, {128, 32, 1}, {160, 25, 1}, {192, 21, 1}, {224, 18, 1},
	{256, 16, 1}, {320, 64, 5}, {384, 32, 3}, {448, 9, 1}, {512, 8, 1},
	{640, 32, 5}, {768, 16, 3}, {896, 9, 2}, {1024, 8, 2}, {1280, 16, 5},
	{1536, 8, 3}, {1792, 16, 7}, {2048, 8, 4}, {2560, 8, 5}, {3072, 4, 3},
}

// classBySize[(size+7)/8] is the index of the smallest class that holds size.
var classBySize = func() (t [maxSmall/8 + 1]uint8) {
	class := 0
	for i := range t {
		if uint64(i)*8 > sizeClasses[class].size {
			class++
		}
		t[i] = uint8(class)
	}
	return t
}()

// A heap is the state of the allocator and of the engine's object table at one
// moment. It only ever grows, so that a plain copy of it is a point to which a
// structure too big to keep can return and be built once more, with the same
// addresses: see sequence. What the dumper frees, it frees in a scratch.
type heap struct {
	runs          [len(sizeClasses)]struct{ next, end address }
	page, pageEnd address // the free pages of the newest chunk
	bottom        address // the lowest mapping: chunks grow downwards, as mmap hands them out
	used          uint64  // bytes, as memory_get_usage() counts them
	mapped        uint64  // bytes, as memory_get_usage(true) counts them
	handles       uint32  // the last object handle given out
}

func (h *heap) alloc(size uint64) address {
	switch {
	case size <= maxSmall:
		return h.small(classBySize[(size+7)/8])
	case size <= maxLarge:
		pages := (size + pageBytes - 1) / pageBytes
		h.used += pages * pageBytes
		return h.takePages(pages)
	}
	size = roundUp(size, pageBytes)
	h.used += size
	h.mapped += size
	h.bottom -= address(roundUp(size, chunkBytes))
	return h.bottom
}

func (h *heap) small(class uint8) address {
	c := &sizeClasses[class]
	run := &h.runs[class]
	if run.next == run.end {
		run.next = h.takePages(c.pages)
		run.end = run.next + address(c.size*c.count)
	}
	a := run.next
	run.next += address(c.size)
	h.used += c.size
	return a
}

func (h *heap) takePages(n uint64) address {
	if h.pageEnd-h.page < address(n*pageBytes) {
		h.bottom -= chunkBytes
		h.mapped += chunkBytes
		// The chunk's first page holds its own header.
		h.page, h.pageEnd = h.bottom+pageBytes, h.bottom+chunkBytes
	}
	a := h.page
	h.page += address(n * pageBytes)
	return a
}

func roundUp(n, unit uint64) uint64 { return (n + unit - 1) / unit * unit }

func powerOfTwo(least, n uint64) uint64 {
	for least < n {
		least *= 2
	}
	return least
}

// str spends what a string of n bytes made at run time costs. The address is
// nowhere in a dump: a string is known by the slot that holds it.
func (h *heap) str(n int) {
	if n > 1 {
		h.alloc(roundUp(24+uint64(n)+1, 8))
	}
}

// object makes an object of class c and gives it the next handle.
func (h *heap) object(c *class) (address, uint32) {
	h.handles++
	return h.alloc(c.bytes()), h.handles
}

const hashTableBytes = 56

// A packed is the element block of a list-like array.
type packed address

// newPacked makes an array whose highest key is below n. Like all arrays here
// it has its final capacity from the start.
func (h *heap) newPacked(n int) packed {
	h.alloc(hashTableBytes)
	return packed(h.alloc(packedBytes(n)))
}

func packedBytes(n int) uint64 { return 8 + 16*powerOfTwo(8, uint64(n)) }

func (p packed) at(i int) address { return address(p) + 8 + 16*address(i) }

// A hashed is the bucket block of an array with keys, or of a property table.
type hashed address

func (h *heap) newHashed(n int) hashed {
	h.alloc(hashTableBytes)
	return firstBucket(h.alloc(hashedBytes(n)), n)
}

func hashedBytes(n int) uint64 { return 40 * powerOfTwo(8, uint64(n)) }

// firstBucket skips the hash part in front of the buckets.
func firstBucket(block address, n int) hashed {
	return hashed(block + address(8*powerOfTwo(8, uint64(n))))
}

func (t hashed) at(i int) address { return address(t) + 32*address(i) }

// A scratch is the heap as the dumper uses it, once the program stands still.
// The tables that a debug handler builds are freed after the visit, and the
// next one gets their addresses: that is how ids come to be used twice.
type scratch struct {
	heap
	free [len(sizeClasses)][]address
}

// A block is something to be freed.
type block struct {
	at   address
	size uint64
}

// take serves the block freed last, as ZendMM does.
func (s *scratch) take(size uint64) block {
	if size <= maxSmall {
		class := classBySize[(size+7)/8]
		if free := s.free[class]; len(free) > 0 {
			s.free[class] = free[:len(free)-1]
			return block{free[len(free)-1], size}
		}
	}
	return block{s.alloc(size), size}
}

func (s *scratch) release(blocks []block) {
	for _, b := range blocks {
		if b.size <= maxSmall {
			class := classBySize[(b.size+7)/8]
			s.free[class] = append(s.free[class], b.at)
		}
	}
}
