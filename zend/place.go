package zend

// Block is a run of bytes that the allocator has handed out as one: what a
// request was rounded to. Huge ones lie apart from the chunks.
type Block struct{ Start, Size uint64 }

// End is the address behind the block.
func (b Block) End() uint64 { return b.Start + b.Size }

// Huge reports whether the block is a mapping of its own.
func (b Block) Huge() bool { return b.Size > maxLarge }

// onePage is the largest size class of which all blocks lie in one page, at
// multiples of their size: ZEND_MM_BINS_INFO, Zend/zend_alloc_sizes.h.
const onePage = 256

// ObjectBlock gives the block that an object lies in. PHP's own classes have
// the object at the end of a larger struct, so that the block begins before it.
func (m *Model) ObjectBlock(c *Class, address uint64) Block {
	size := m.Block(c)
	if !c.internal || c.rule.size == 0 || c.rule.first {
		return Block{address, size}
	}
	switch {
	case size <= onePage:
		return Block{address - address%Page%size, size}
	case size > maxSmall:
		return Block{(address - (c.rule.size - object)) &^ (Page - 1), size}
	}
	return Block{address - (c.rule.size - object), size}
}

// Mapping is the size of the mapping that something allocated at that cost has
// of its own; 0 where it lies in a chunk.
func Mapping(cost uint64) uint64 {
	if cost <= maxLarge {
		return 0
	}
	return cost - hugeNode
}

// StoreCost is what the array's bucket store costs, without its zend_array.
func (m *Model) StoreCost(a *Array) uint64 {
	l := m.layout(a)
	if l.packed {
		return m.Packed(l.capacity)
	}
	return m.Hash(l.capacity)
}

// StoreBlock gives the block that holds an array's elements. A slot, its key
// and the spacing give it away; ok is false where no slot shows, as in an array
// of objects or of references.
func (m *Model) StoreBlock(a *Array) (b Block, ok bool) {
	if a.first == NoAddress {
		return Block{}, false
	}
	l := m.layout(a)
	if !l.packed {
		return m.hashBlock(l.capacity, a.first, a.firstIndex, a.last)
	}
	slot := m.packedSlot()
	if m.AllReferences(a) || a.first&7 != 0 || a.firstKey >= 1<<31 {
		return Block{}, false
	}
	front := 2*hashSlot + slot*a.firstKey
	return placed(a.first-front, l.capacity*slot+2*hashSlot, a.first, a.last)
}

// AllReferences reports whether the values of a packed array seem to be
// references next to each other, and not slots.
func (m *Model) AllReferences(a *Array) bool {
	return m.Version >= PHP82 && a.keys.count == 0 && a.narrow == 0 && a.hashed == 0 && a.wide > 0
}

// TableBlock gives the block of an object's table of properties, by the address
// of a slot in it and how many come before that.
func (m *Model) TableBlock(properties, slot, before uint64) (b Block, ok bool) {
	return m.hashBlock(pow2(properties, minTable), slot, before, slot)
}

func (m *Model) hashBlock(capacity, slot, before, last uint64) (b Block, ok bool) {
	if slot&15 != 0 {
		return Block{}, false
	}
	size := capacity * (bucket + 2*hashSlot)
	start := slot - capacity*2*hashSlot - bucket*before
	if size > maxSmall {
		start &^= Page - 1 // entries that were removed from its front
	}
	return placed(start, size, slot, last)
}

// placed gives the block of a request, if it can begin there and hold both
// slots.
func placed(start, request, first, last uint64) (b Block, ok bool) {
	b = Block{start, Round(request)}
	switch {
	case start == 0 || start > first || last+zval > b.End():
		return Block{}, false
	case b.Huge():
		return b, start%Chunk == 0
	case b.Size > maxSmall:
		return b, start%Page == 0 && start%Chunk != 0 && start%Chunk+b.Size <= Chunk
	case b.Size <= onePage:
		return b, start%Page%b.Size == 0
	}
	return b, start%8 == 0 && start%Chunk >= Page
}
