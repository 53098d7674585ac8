package zendmm

import (
	"errors"
	"math/bits"
)

// offsets are where the private fields lie: of zend_mm_heap, and the page map
// of zend_mm_chunk.
type offsets struct {
	size, peak          uint64
	freeSlots           uint64
	mainChunk, hugeList uint64
	pageMap             uint64
}

// calibrate finds the fields that lead to the chunks.
//
// main_chunk is the first word of the heap that holds the address of a chunk
// which names this heap as its own; huge_list is the word before it. The page
// map begins with the entry of the chunk's first page, a run of one page, and
// stands behind the bitmap of taken pages, which has as many bits as the chunk
// has pages that are not free.
func (h *Heap) calibrate() error {
	const (
		heapEnd   = 1 << 10 // nothing of zend_mm_heap that we need lies behind it
		firstPage = infoLarge | 1
		freePages = 24 // zend_mm_chunk.free_pages
	)
	h.at.size, h.at.peak = 16, 24
	m := h.image
	for off := uint64(8 * NumBins); off < heapEnd; off += 8 {
		if a := m.Word(h.Address + off); a != 0 && a%ChunkSize == 0 && m.Word(a) == h.Address {
			h.at.mainChunk, h.at.hugeList = off, off-8
			break
		}
	}
	if h.at.mainChunk == 0 {
		return errors.New("the heap names no chunk: it may be one that another allocator stands in for (USE_ZEND_ALLOC=0)")
	}
	main := m.Word(h.Address + h.at.mainChunk)
	for off := uint64(heapInChunk + heapEnd/4); off+4*ChunkPages <= PageSize; off += 8 {
		if m.Half(main+off) != firstPage {
			continue
		}
		taken := 0
		for i := uint64(0); i < ChunkPages/8; i += 8 {
			taken += bits.OnesCount64(m.Word(main + off - ChunkPages/8 + i))
		}
		if taken+int(m.Half(main+freePages)) == ChunkPages {
			h.at.pageMap = off
			return nil
		}
	}
	return errors.New("the page map of the heap's first chunk was not found")
}

// calibrateLists finds the heads of the free lists: 30 words, each the address
// of a block of its own size, or 0. Which sizes have free blocks differs, and
// the words around are sizes; so the place where most heads fit, and none
// fails to, is theirs.
func (h *Heap) calibrateLists() error {
	best := -1
	for off := uint64(32); off+8*NumBins <= h.at.hugeList; off += 8 {
		fit := 0
		for b := range bins {
			p := h.image.Word(h.Address + off + uint64(b)*8)
			if p == 0 {
				continue
			}
			if block, ok := h.Slot(p); !ok || block.Start != p || block.Size != uint64(bins[b].size) {
				fit = -1
				break
			}
			fit++
		}
		if fit > best {
			best, h.at.freeSlots = fit, off
		}
	}
	if best < 0 {
		return errors.New("the free lists of the heap were not found")
	}
	return nil
}
