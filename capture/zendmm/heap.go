// Package zendmm reads the heap of PHP's allocator, Zend/zend_alloc.c, from
// the memory of a process.
//
// A heap lies in chunks of 2 MiB. The first page of a chunk has its page map:
// which pages are taken, and whether a run of them is one large block or small
// blocks of one of 30 sizes. Blocks above that are mapped one by one: huge
// blocks, in a list. Free small blocks are in a list for each size.
//
// The structures are private to one C file and move inside a minor version:
// security releases put fields before others. So nothing is taken for granted:
// each offset is found by what must be true of the memory there (calibrate.go),
// and the proof is the balance: the blocks that are allocated by the maps and
// not on a free list must sum to heap->size, which is what
// memory_get_usage() returns.
package zendmm

import (
	"fmt"

	"memtrail/capture/memory"
)

// Sizes of the allocator.
const (
	ChunkSize  = 2 << 20
	PageSize   = 4 << 10
	ChunkPages = ChunkSize / PageSize

	// heapInChunk is where the heap's own structure lies in its first chunk:
	// zend_mm_chunk.heap_slot.
	heapInChunk = 64
)

// State is what is known of a block. A block starts Unowned; whoever finds out
// what it is overwrites that. The values between are the caller's.
type State = uint8

// The states that this package gives.
const (
	Unowned State = 0
	Free    State = 0xff // on a free list
)

// Heap is the heap of one PHP thread.
type Heap struct {
	Address uint64 // of zend_mm_heap
	Size    uint64 // heap->size: what memory_get_usage() returns, in bytes
	Peak    uint64 // memory_get_peak_usage()
	Real    uint64 // memory_get_usage(true): chunks and huge blocks
	Limit   uint64 // memory_limit
	// RealPeak is memory_get_peak_usage(true).
	RealPeak uint64
	Custom   bool // someone hooks the allocator; blocks may be elsewhere

	Chunks []*Chunk // in the order of PHP's list
	Cached uint64   // chunks that are empty and kept
	Huge   []*Huge

	Blocks uint64 // allocated blocks
	Bytes  uint64 // their sum

	// Problems are contradictions in the maps and lists, in words; the first
	// few of them.
	Problems []string

	at    offsets
	image *memory.Image
	table chunkTable
}

// Chunk is 2 MiB of a heap.
type Chunk struct {
	Address uint64
	pages   [ChunkPages]page
	state   []State // by block
	bytes   uint64  // of its allocated blocks
}

// page is a page of a chunk.
type page struct {
	use   pageUse
	bin   uint8
	first uint16 // page of the run that this page belongs to
	pages uint16 // of a large block
	base  uint32 // index of the run's first block in the chunk's states
}

type pageUse uint8

const (
	pageFree pageUse = iota
	pageHead         // the chunk's own
	pageSmall
	pageLarge
)

// Huge is a block with a mapping of its own.
type Huge struct {
	Address, Size uint64
	state         State
}

// Block is a block of the heap. State is where its state is kept.
type Block struct {
	Start, Size uint64
	State       *State
}

// Off is by how much the sum of the blocks differs from what PHP counts.
func (h *Heap) Off() int64 { return int64(h.Bytes) - int64(h.Size) }

// Balanced reports whether the sum of the blocks is what PHP counts, or off by
// the one block that PHP was allocating or freeing when it was stopped: the
// count changes before the block does.
func (h *Heap) Balanced() bool {
	off := h.Off()
	n := uint64(max(off, -off))
	if len(h.Problems) > 0 {
		return false
	}
	if n == 0 {
		return true
	}
	if n%PageSize == 0 && n < ChunkSize {
		return true
	}
	for _, b := range bins {
		if n == uint64(b.size) {
			return true
		}
	}
	for _, g := range h.Huge {
		if n == g.Size {
			return true
		}
	}
	return false
}

func (h *Heap) problem(format string, args ...any) {
	const most = 20
	if len(h.Problems) < most {
		h.Problems = append(h.Problems, fmt.Sprintf(format, args...))
	}
}

// maxChunks bounds the heap that a damaged list can claim: 16 TiB.
const maxChunks = 8 << 20

// Read reads the heap at an address, that of a zend_mm_heap.
func Read(image *memory.Image, address uint64) (*Heap, error) {
	h := &Heap{Address: address, image: image}
	if address%ChunkSize != heapInChunk || image.Word(address-heapInChunk) != address {
		return nil, fmt.Errorf("there is no ZendMM heap at %#x", address)
	}
	h.Custom = image.Half(address) != 0
	if err := h.calibrate(); err != nil {
		return nil, err
	}
	h.Size, h.Peak = image.Word(address+h.at.size), image.Word(address+h.at.peak)
	if err := h.readChunks(); err != nil {
		return nil, err
	}
	h.readHuge()
	if err := h.calibrateLists(); err != nil {
		return nil, err
	}
	h.Real = image.Word(address + h.at.freeSlots + 8*NumBins)
	h.RealPeak = image.Word(address + h.at.freeSlots + 8*NumBins + 8)
	h.Limit = image.Word(address + h.at.freeSlots + 8*NumBins + 16)
	h.Cached = uint64(image.Half(address + h.at.mainChunk + 24))
	h.readLists()
	h.count()
	return h, nil
}

// readChunks follows the ring of chunks.
func (h *Heap) readChunks() error {
	first := h.image.Word(h.Address + h.at.mainChunk)
	for a := first; ; {
		if a%ChunkSize != 0 || !h.image.Copies(a, PageSize) || len(h.Chunks) >= maxChunks {
			return fmt.Errorf("the list of chunks leads to %#x, which is none", a)
		}
		if h.table.find(a) != nil {
			return fmt.Errorf("the list of chunks leads to %#x twice", a)
		}
		if h.image.Word(a) != h.Address {
			return fmt.Errorf("the chunk at %#x belongs to another heap", a)
		}
		c := &Chunk{Address: a}
		h.readPages(c)
		h.Chunks = append(h.Chunks, c)
		h.table.add(c)
		if a = h.image.Word(a + 8); a == first {
			return nil
		}
	}
}

// Page map entries, Zend/zend_alloc.c.
const (
	infoSmall = 0x80000000
	infoLarge = 0x40000000
	infoPages = 0x3ff
	infoBin   = 0x1f
)

// readPages reads a chunk's page map. The map of a page counts only where the
// page's bit in the bitmap is set: freeing a run clears the entry of its first
// page alone.
func (h *Heap) readPages(c *Chunk) {
	taken := func(p uint32) bool {
		return h.image.Word(c.Address+h.at.pageMap-ChunkPages/8+uint64(p/64)*8)>>(p%64)&1 != 0
	}
	c.pages[0].use = pageHead
	for p := uint32(1); p < ChunkPages; {
		if !taken(p) {
			p++
			continue
		}
		info := h.image.Half(c.Address + h.at.pageMap + uint64(p)*4)
		run := page{first: uint16(p), base: uint32(len(c.state))}
		var n, blocks uint32
		switch {
		case info&infoSmall != 0:
			b := info & infoBin
			if info&infoLarge != 0 || b >= NumBins {
				h.problem("page %d of chunk %#x is inside a run that has no start", p, c.Address)
				p++
				continue
			}
			run.use, run.bin = pageSmall, uint8(b)
			n, blocks = bins[b].pages, bins[b].elements
		case info&infoLarge != 0 && info&infoPages > 0:
			n, blocks = info&infoPages, 1
			run.use, run.pages = pageLarge, uint16(n)
		default:
			h.problem("page %d of chunk %#x is taken by nothing", p, c.Address)
			p++
			continue
		}
		if p+n > ChunkPages {
			h.problem("the run at page %d of chunk %#x goes past its end", p, c.Address)
			return
		}
		for i := range n {
			c.pages[p+i] = run
		}
		c.state = append(c.state, make([]State, blocks)...)
		p += n
	}
}

// readHuge follows the list of huge blocks.
func (h *Heap) readHuge() {
	seen := map[uint64]bool{}
	for p := h.image.Word(h.Address + h.at.hugeList); p != 0; p = h.image.Word(p + 16) {
		address, size := h.image.Word(p), h.image.Word(p+8)
		if seen[p] || address%ChunkSize != 0 || size == 0 || size%PageSize != 0 || size >= 1<<46 {
			h.problem("the list of huge blocks leads to %#x, which is no entry", p)
			return
		}
		seen[p] = true
		g := &Huge{Address: address, Size: size}
		h.Huge = append(h.Huge, g)
	}
	h.table.addHuge(h.Huge)
}

// readLists marks the blocks on the free lists.
func (h *Heap) readLists() {
	for b := range bins {
		for p := h.image.Word(h.Address + h.at.freeSlots + uint64(b)*8); p != 0; p = h.image.Word(p) {
			block, ok := h.Slot(p)
			if !ok || block.Start != p || block.Size != uint64(bins[b].size) {
				h.problem("the free list of %d bytes leads to %#x, which is no block of that size", bins[b].size, p)
				break
			}
			if *block.State == Free {
				h.problem("the free list of %d bytes leads to %#x twice", bins[b].size, p)
				break
			}
			*block.State = Free
		}
	}
}

// count sums the allocated blocks.
func (h *Heap) count() {
	h.Each(func(b Block) {
		h.Blocks++
		h.Bytes += b.Size
		if c := h.table.find(b.Start); c != nil {
			c.bytes += b.Size
		}
	})
}

// Slot gives the block that holds an address, allocated or free.
func (h *Heap) Slot(address uint64) (Block, bool) {
	if !h.table.spans(address) {
		return Block{}, false
	}
	c := h.table.find(address)
	if c == nil {
		return h.table.hugeAt(address)
	}
	p := &c.pages[address%ChunkSize/PageSize]
	start := c.Address + uint64(p.first)*PageSize
	switch p.use {
	case pageSmall:
		b := &bins[p.bin]
		i := (address - start) * reciprocal[p.bin] >> 32
		if i >= uint64(b.elements) {
			return Block{}, false // what is left over at the end of a run
		}
		return Block{start + i*uint64(b.size), uint64(b.size), &c.state[uint64(p.base)+i]}, true
	case pageLarge:
		return Block{start, uint64(p.pages) * PageSize, &c.state[p.base]}, true
	}
	return Block{}, false
}

// Find gives the allocated block that holds an address.
func (h *Heap) Find(address uint64) (Block, bool) {
	b, ok := h.Slot(address)
	if !ok || *b.State == Free {
		return Block{}, false
	}
	return b, true
}

// Span gives the addresses between which all chunks and huge blocks lie.
func (h *Heap) Span() (from, to uint64) { return h.table.from, h.table.to }

// Holds reports whether an address lies in a chunk or huge block.
func (h *Heap) Holds(address uint64) bool {
	if !h.table.spans(address) {
		return false
	}
	if h.table.find(address) != nil {
		return true
	}
	_, ok := h.table.hugeAt(address)
	return ok
}

// Each gives every allocated block, by chunk and address, huge ones last.
func (h *Heap) Each(f func(Block)) {
	for _, c := range h.Chunks {
		for p := 1; p < ChunkPages; {
			x := &c.pages[p]
			start := c.Address + uint64(p)*PageSize
			switch x.use {
			case pageSmall:
				b := &bins[x.bin]
				for i := range uint64(b.elements) {
					if s := &c.state[uint64(x.base)+i]; *s != Free {
						f(Block{start + i*uint64(b.size), uint64(b.size), s})
					}
				}
				p += int(b.pages)
			case pageLarge:
				f(Block{start, uint64(x.pages) * PageSize, &c.state[x.base]})
				p += int(x.pages)
			default:
				p++
			}
		}
	}
	for _, g := range h.Huge {
		f(Block{g.Address, g.Size, &g.state})
	}
}

// HugeNodes are the blocks that the list of huge blocks itself takes.
func (h *Heap) HugeNodes() []uint64 {
	var all []uint64
	for p := h.image.Word(h.Address + h.at.hugeList); p != 0 && len(all) < len(h.Huge); p = h.image.Word(p + 16) {
		all = append(all, p)
	}
	return all
}
