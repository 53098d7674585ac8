package graph

import (
	"memtrail/dump"
	"memtrail/internal/column"
)

// addresses is the column of the nodes' addresses, in 4 bytes each: values lie at
// multiples of 8, and PHP's allocator takes memory in chunks of 2 MB, so that there
// are few beginnings of addresses for many ends. What is no such address, or in one
// chunk too many, is kept beside the column; if that is much, all addresses are, in 8
// bytes each.
type addresses struct {
	low    []uint32       // the number of a chunk, and the place in it in units of 8 bytes; isOdd
	chunks []dump.Address // where each begins, less its number times its size
	odd    map[NodeID]dump.Address
	wide   []dump.Address // of all nodes, which then are odd in low; nil

	numbers map[dump.Address]uint32
	recent  [1 << 10]numberedChunk
}

const (
	chunkBits  = 21 // ZEND_MM_CHUNK_SIZE
	placeBits  = chunkBits - 3
	mostChunks = 1<<(32-placeBits) - 1
	isOdd      = ^uint32(0) // in a chunk that there is not
	// So many odd addresses are kept beside the column whatever its length, and one of
	// so many.
	fewOdd, oddPart = 1 << 10, 64
)

func (a *addresses) len() int { return len(a.low) }

// at is the address of a node. It calls nothing, so that it is compiled into whatever
// calls it.
func (a *addresses) at(n NodeID) dump.Address {
	if v := a.low[n]; v != isOdd {
		return a.chunks[v>>placeBits] + dump.Address(v)<<3
	}
	if a.wide != nil {
		return a.wide[n]
	}
	return a.odd[n]
}

// moved has room for n addresses.
func (a *addresses) moved(n int) {
	a.low = moved(a.low, n)
	if a.wide != nil {
		a.wide = moved(a.wide, n)
	}
}

// addAll appends addresses.
func (a *addresses) addAll(list []dump.Address) {
	for _, x := range list {
		if r := a.last(x); x%8 == 0 && r.chunk == chunkOf(x) && r.chunk != 0 {
			a.low = append(a.low, uint32(placeIn(r.number, x)))
		} else {
			a.add(x)
		}
	}
}

// add appends an address.
func (a *addresses) add(x dump.Address) {
	if a.wide != nil || x%8 != 0 || x.Opaque() {
		a.addOdd(x)
		return
	}
	number, ok := a.number(chunkOf(x))
	if !ok {
		a.addOdd(x)
		return
	}
	*a.last(x) = numberedChunk{chunkOf(x), number}
	a.low = append(a.low, uint32(placeIn(number, x)))
}

// find is the place of an address; false if it cannot have one, or its chunk has no
// number.
func (a *addresses) find(x dump.Address) (place, bool) {
	r, chunk := a.last(x), chunkOf(x)
	if r.chunk != chunk || chunk == 0 {
		number, ok := a.numbers[chunk]
		if !ok {
			return 0, false
		}
		*r = numberedChunk{chunk, number}
	}
	return placeIn(r.number, x), x%8 == 0
}

// place is an address as the column has it: the number of a chunk, and the place in it.
type place uint32

func placeIn(number uint32, x dump.Address) place {
	return place(number<<placeBits | uint32(x&(1<<chunkBits-1)>>3))
}

// chunkOf is the beginning of an address's chunk.
func chunkOf(x dump.Address) dump.Address { return x &^ (1<<chunkBits - 1) }

type numberedChunk struct {
	chunk  dump.Address // 0: none
	number uint32
}

// last is the entry of the recent chunks in which that of an address would be.
func (a *addresses) last(x dump.Address) *numberedChunk {
	return &a.recent[x>>chunkBits%dump.Address(len(a.recent))]
}

// number is that of a chunk, a new one if there is one left.
func (a *addresses) number(chunk dump.Address) (uint32, bool) {
	number, ok := a.numbers[chunk]
	switch {
	case ok:
	case len(a.chunks) >= mostChunks:
		return 0, false
	default:
		if a.numbers == nil {
			a.numbers = map[dump.Address]uint32{}
		}
		number = uint32(len(a.chunks))
		a.chunks = append(a.chunks, chunk-dump.Address(number)<<chunkBits)
		a.numbers[chunk] = number
	}
	return number, true
}

// addOdd appends an address that does not fit the column.
func (a *addresses) addOdd(x dump.Address) {
	n := len(a.low)
	switch {
	case a.wide != nil:
		a.wide = append(a.wide, x)
	case len(a.odd) < fewOdd+n/oddPart:
		if a.odd == nil {
			a.odd = map[NodeID]dump.Address{}
		}
		a.odd[NodeID(n)] = x
	default:
		wide, low := column.Room[dump.Address](cap(a.low)), column.Room[uint32](cap(a.low))
		for i := range n {
			wide, low = append(wide, a.at(NodeID(i))), append(low, isOdd)
		}
		*a = addresses{low: low, wide: append(wide, x)}
	}
	a.low = append(a.low, isOdd)
}
