package graph

import (
	"math/bits"
	"strconv"
	"strings"

	"memtrail/dump"
)

// idStyle is how a dump prints its ids, taken from its first one. Ids that
// deviate from it are kept as text.
type idStyle struct {
	width int // digits at least
	upper bool
	set   bool
}

func styleOf(id []byte, a dump.Address, upper bool) idStyle {
	s := idStyle{set: true, upper: upper}
	if digits := len(id) - 2; digits > hexLen(a) {
		s.width = digits
	}
	return s
}

// fits reports whether format would print the id just as it is.
func (s idStyle) fits(id []byte, a dump.Address, upper bool) bool {
	if id[1] != 'x' || len(id)-2 != max(s.width, hexLen(a)) {
		return false
	}
	return upper == s.upper || s.format(a) == string(id)
}

func (s idStyle) format(a dump.Address) string {
	d := strconv.FormatUint(uint64(a), 16)
	if s.upper {
		d = strings.ToUpper(d)
	}
	return "0x" + strings.Repeat("0", max(0, s.width-len(d))) + d
}

// hexLen is the number of hexadecimal digits of an address.
func hexLen(a dump.Address) int { return max(1, (bits.Len64(uint64(a))+3)/4) }

// Find gives the node with an id, in any case and padding.
func (g *Graph) Find(id string) (NodeID, bool) {
	a, _ := dump.ParseAddress([]byte(id))
	for n, b := range g.address {
		if a == b {
			if s, odd := g.oddID[a]; a.Opaque() && odd && s != id {
				return None, false
			}
			return NodeID(n), true
		}
	}
	return None, false
}

// Near gives up to most nodes whose addresses are nearest to an id that the
// graph lacks, nearest first; none if the id is no address.
func (g *Graph) Near(id string, most int) []NodeID {
	a, _ := dump.ParseAddress([]byte(id))
	if a.Opaque() {
		return nil
	}
	type near struct {
		node NodeID
		far  uint64
	}
	var best []near
	for n, b := range g.address {
		if b.Opaque() {
			continue
		}
		far := uint64(max(a, b) - min(a, b))
		if len(best) == most && far >= best[most-1].far {
			continue
		}
		if len(best) < most {
			best = append(best, near{})
		}
		i := len(best) - 1
		for ; i > 0 && best[i-1].far > far; i-- {
			best[i] = best[i-1]
		}
		best[i] = near{NodeID(n), far}
	}
	nodes := make([]NodeID, len(best))
	for i, b := range best {
		nodes[i] = b.node
	}
	return nodes
}
