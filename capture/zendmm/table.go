package zendmm

import (
	"cmp"
	"slices"
)

// chunkTable finds the chunk of an address without a search: a table of two
// levels over the 48 bits of user space, by chunk.
type chunkTable struct {
	top  [1 << (48 - topShift)]*[1 << (topShift - chunkShift)]*Chunk
	huge []*Huge // by address

	from, to uint64 // all lie between
}

const (
	chunkShift = 21
	topShift   = 35
)

func (t *chunkTable) add(c *Chunk) {
	if c.Address>>48 != 0 {
		return
	}
	level := &t.top[c.Address>>topShift]
	if *level == nil {
		*level = new([1 << (topShift - chunkShift)]*Chunk)
	}
	(*level)[c.Address>>chunkShift&(1<<(topShift-chunkShift)-1)] = c
	t.widen(c.Address, ChunkSize)
}

func (t *chunkTable) widen(address, size uint64) {
	if t.to == 0 {
		t.from = address
	}
	end := address + size
	if end < address { // damaged
		end = ^uint64(0)
	}
	t.from, t.to = min(t.from, address), max(t.to, end)
}

// spans reports whether an address lies between the first and the last chunk or
// huge block: most words that are no pointers into the heap do not.
func (t *chunkTable) spans(address uint64) bool { return address-t.from < t.to-t.from }

func (t *chunkTable) find(address uint64) *Chunk {
	if address>>48 != 0 {
		return nil
	}
	level := t.top[address>>topShift]
	if level == nil {
		return nil
	}
	return level[address>>chunkShift&(1<<(topShift-chunkShift)-1)]
}

func (t *chunkTable) addHuge(all []*Huge) {
	t.huge = slices.Clone(all)
	slices.SortFunc(t.huge, func(a, b *Huge) int { return cmp.Compare(a.Address, b.Address) })
	for _, g := range all {
		t.widen(g.Address, g.Size)
	}
}

func (t *chunkTable) hugeAt(address uint64) (Block, bool) {
	i, found := slices.BinarySearchFunc(t.huge, address, func(g *Huge, a uint64) int { return cmp.Compare(g.Address, a) })
	if !found {
		i--
	}
	if i < 0 || address-t.huge[i].Address >= t.huge[i].Size {
		return Block{}, false
	}
	g := t.huge[i]
	return Block{g.Address, g.Size, &g.state}, true
}
