package heapsnapshot

import "hash/fnv"

// The ids of a snapshot fit 32 bits, and no two nodes have the same. Chrome's
// comparison of two snapshots takes nodes of one id for one object: those of an
// address have one id in all dumps, but for the few whose id is taken.

// idSet is the odd ids that are taken, a bit each, in pages that are there once one
// of their ids is.
type idSet [1 << 15]*[1 << 9]uint64

// take takes the id of an address, or the next that is free. Values are 8 bytes
// apart at least; nearly all are 16, which is what an id is for.
func (s *idSet) take(address uint64) uint32 {
	const mask = 1<<30 - 1
	for bit := address >> 4 & mask; ; bit = (bit + 1) & mask {
		page := &s[bit>>15]
		if *page == nil {
			*page = new([1 << 9]uint64)
		}
		word, in := &(*page)[bit>>6&(1<<9-1)], uint64(1)<<(bit&63)
		if *word&in == 0 {
			*word |= in
			return uint32(bit<<1 | 1)
		}
	}
}

// nameIDs gives even ids to what has a name and no address.
type nameIDs map[uint32]bool

func (s nameIDs) take(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	for id := h.Sum32()>>1&^1 | 2; ; id = (id+2)&(1<<31-1) | 2 {
		if !s[id] {
			s[id] = true
			return id
		}
	}
}
