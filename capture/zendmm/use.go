package zendmm

// Taken reports whether the page at an address is in a run of blocks, free or
// not.
func (h *Heap) Taken(address uint64) bool {
	c := h.table.find(address)
	if c == nil {
		return false
	}
	use := c.pages[address%ChunkSize/PageSize].use
	return use == pageSmall || use == pageLarge
}

// NearlyEmpty reports whether an address lies in a chunk of which less than a
// quarter is allocated. The chunk with the heap's own structure is none: it
// stays as long as the thread.
func (h *Heap) NearlyEmpty(address uint64) bool {
	const some = (ChunkSize - PageSize) / 4
	c := h.table.find(address)
	return c != nil && c.bytes < some && h.Address-c.Address != heapInChunk
}

// Use is how the chunks are used.
type Use struct {
	FreePages uint64
	Bins      [NumBins]BinUse
	Chunks    []ChunkUse // in the order of Heap.Chunks
}

// BinUse counts the blocks of a size.
type BinUse struct{ Slots, Free uint64 }

// ChunkUse is how one chunk is used; Bytes are those of its allocated blocks.
type ChunkUse struct {
	Address                             uint64
	FreePages, Blocks, Bytes, FreeSlots uint64
}

// Use counts what is taken and what is free.
func (h *Heap) Use() Use {
	var u Use
	for _, c := range h.Chunks {
		x := ChunkUse{Address: c.Address}
		for p := 1; p < ChunkPages; {
			switch g := &c.pages[p]; g.use {
			case pageSmall:
				b := &bins[g.bin]
				for i := range b.elements {
					u.Bins[g.bin].Slots++
					if c.state[g.base+i] == Free {
						u.Bins[g.bin].Free++
						x.FreeSlots++
						continue
					}
					x.Blocks++
					x.Bytes += uint64(b.size)
				}
				p += int(b.pages)
			case pageLarge:
				x.Blocks++
				x.Bytes += uint64(g.pages) * PageSize
				p += int(g.pages)
			default:
				x.FreePages++
				p++
			}
		}
		u.FreePages += x.FreePages
		u.Chunks = append(u.Chunks, x)
	}
	return u
}
