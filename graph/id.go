package graph

import (
	"bytes"
	"math/bits"
	"strconv"
	"strings"

	"memtrail/dump"
)

// idStyle is how a dump prints its ids, taken from the first one that has a
// letter. Ids that deviate from it are kept as text.
type idStyle struct {
	width int // digits at least
	upper bool
	set   bool
}

// styleOf gives the style of an id; none if the id leaves its case open.
func styleOf(id []byte, a dump.Address, upper bool) idStyle {
	if !upper && !bytes.ContainsAny(id[2:], "abcdef") {
		return idStyle{}
	}
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
	if !upper && !s.upper {
		return true
	}
	return s.format(a) == string(id)
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
	for n := range NodeID(g.Len()) {
		if a == g.address.at(n) {
			if s, odd := g.oddID[a]; a.Opaque() && odd && s != id {
				return None, false
			}
			return n, true
		}
	}
	return None, false
}
