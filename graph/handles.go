package graph

import "math/bits"

// handles is the column of the nodes' object handles. Most nodes are no objects: a bit
// tells which have one, and the handles lie side by side. The place of one is how many
// come before it, counted for each row of bits, which fills a line of the cache.
type handles struct {
	has    []uint64
	before []uint32 // by row
	value  []uint32
	n      int // nodes
}

const handleRow = 8 // words, of 64 nodes each

// moved has room for n nodes.
func (h handles) moved(n int) handles {
	words := (n + 63) / 64
	h.has, h.before = moved(h.has, words), moved(h.before, (words+handleRow-1)/handleRow)
	h.value = moved(h.value, n)
	return h
}

// addAll appends handles.
func (h *handles) addAll(list []uint32) {
	for len(list) > 0 && h.n%64 != 0 {
		h.add(list[0])
		list = list[1:]
	}
	for ; len(list) >= 64; list = list[64:] {
		if h.n%(64*handleRow) == 0 {
			h.before = append(h.before, uint32(len(h.value)))
		}
		word := uint64(0)
		for i, v := range list[:64] {
			if v != noHandle {
				word |= 1 << i
				h.value = append(h.value, v)
			}
		}
		h.has = append(h.has, word)
		h.n += 64
	}
	for _, v := range list {
		h.add(v)
	}
}

// add appends a node's handle, noHandle for none.
func (h *handles) add(v uint32) {
	if h.n%64 == 0 {
		if h.n%(64*handleRow) == 0 {
			h.before = append(h.before, uint32(len(h.value)))
		}
		h.has = append(h.has, 0)
	}
	if v != noHandle {
		h.has[h.n/64] |= 1 << (h.n % 64)
		h.value = append(h.value, v)
	}
	h.n++
}

// at is a node's handle, noHandle if it has none.
func (h *handles) at(n NodeID) uint32 {
	word, bit := n/64, n%64
	if h.has[word]>>bit&1 == 0 {
		return noHandle
	}
	i := h.before[word/handleRow]
	for _, w := range h.has[word/handleRow*handleRow : word] {
		i += uint32(bits.OnesCount64(w))
	}
	return h.value[i+uint32(bits.OnesCount64(h.has[word]&(1<<bit-1)))]
}

// bytes is what the handles take.
func (h *handles) bytes() uint64 {
	return 8*uint64(len(h.has)) + 4*uint64(len(h.before)+len(h.value))
}
