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
}

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
