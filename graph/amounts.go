package graph

import "memtrail/internal/column"

// amounts are numbers by node, of which few need more than 32 bits: 4 bytes a node,
// and 4 more in stretches of nodes of which one does.
type amounts struct {
	low  []uint32
	high []*[stretch]uint32 // by stretch; nil: all of its high bits are 0
}

const stretch = 1 << 12 // nodes

func newAmounts(n int) amounts { return amounts{low: column.Of[uint32](n)} }

func (a *amounts) at(n NodeID) uint64 {
	v := uint64(a.low[n])
	if a.high != nil {
		v |= a.above(n)
	}
	return v
}

// above are the high bits of an amount.
func (a *amounts) above(n NodeID) uint64 {
	if h := a.high[n/stretch]; h != nil {
		return uint64(h[n%stretch]) << 32
	}
	return 0
}

func (a *amounts) set(n NodeID, v uint64) {
	a.low[n] = uint32(v)
	if v>>32 != 0 || a.high != nil {
		a.setAbove(n, uint32(v>>32))
	}
}

func (a *amounts) setAbove(n NodeID, bits uint32) {
	if a.high == nil {
		a.high = make([]*[stretch]uint32, (len(a.low)+stretch-1)/stretch)
	}
	h := a.high[n/stretch]
	if h == nil {
		if bits == 0 {
			return
		}
		h = new([stretch]uint32)
		a.high[n/stretch] = h
	}
	h[n%stretch] = bits
}
