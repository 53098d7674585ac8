package graph

import (
	"cmp"
	"slices"

	"memtrail/dump"
	"memtrail/internal/column"
)

// addresses is the column of the nodes' addresses, in 4 bytes each: values lie at
// multiples of 8, and PHP's allocator takes memory in chunks of 2 MB, so that there
// are few beginnings of addresses for many ends. What is no such address, or in one
// chunk too many, is kept beside the column; if that is much, all addresses are kept
// in 8 bytes each. A copy stays as it is when addresses are added.
type addresses struct {
	low    []uint32       // the number of a chunk, and the place in it in units of 8 bytes; odd
	chunks []dump.Address // where each begins, less its number times its size
	odd    []oddAddress   // by node
	wide   []dump.Address // of all nodes, in place of the others; nil

	numbers map[dump.Address]uint32
	recent  [64]struct {
		chunk  dump.Address
		number uint32
	}
}

type oddAddress struct {
	node    NodeID
	address dump.Address
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

func (a *addresses) len() int { return max(len(a.low), len(a.wide)) }

// at is the address of a node.
func (a *addresses) at(n NodeID) dump.Address {
	if int(n) < len(a.low) {
		if v := a.low[n]; v != isOdd {
			return a.chunks[v>>placeBits] + dump.Address(v)<<3
		}
	}
	return a.beside(n)
}

// beside is the address of a node whose place in the column says nothing.
func (a *addresses) beside(n NodeID) dump.Address {
	if a.wide != nil {
		return a.wide[n]
	}
	i, _ := slices.BinarySearchFunc(a.odd, n, func(o oddAddress, n NodeID) int { return cmp.Compare(o.node, n) })
	return a.odd[i].address
}

// moved has room for n addresses.
func (a *addresses) moved(n int) {
	if a.wide != nil {
		a.wide = moved(a.wide, n)
	} else {
		a.low = moved(a.low, n)
	}
}

// add appends an address.
func (a *addresses) add(x dump.Address) {
	if a.wide != nil {
		a.wide = append(a.wide, x)
		return
	}
	if x%8 != 0 || x.Opaque() {
		a.addOdd(x)
		return
	}
	chunk := x &^ (1<<chunkBits - 1)
	r := &a.recent[x>>chunkBits%dump.Address(len(a.recent))]
	number := r.number
	if r.chunk != chunk || chunk == 0 {
		var ok bool
		if number, ok = a.number(chunk); !ok {
			a.addOdd(x)
			return
		}
		r.chunk, r.number = chunk, number
	}
	a.low = append(a.low, number<<placeBits|uint32(x&(1<<chunkBits-1)>>3))
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
	if len(a.odd) >= fewOdd+n/oddPart {
		wide := column.Room[dump.Address](cap(a.low))
		for i := range a.low {
			wide = append(wide, a.at(NodeID(i)))
		}
		*a = addresses{wide: append(wide, x)}
		return
	}
	a.odd = append(a.odd, oddAddress{NodeID(n), x})
	a.low = append(a.low, isOdd)
}
