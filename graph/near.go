package graph

import (
	"cmp"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"memtrail/dump"
)

// Near gives up to most nodes that an id which the graph lacks may have been
// meant for: first those whose id it begins or ends, in the order of the dump,
// then those that differ from it in one hexadecimal digit, then the others,
// both nearest first by number. An id that is not hexadecimal has only the
// first; one that lacks its 0x is taken as if it had it.
func (g *Graph) Near(id string, most int) []NodeID {
	if most <= 0 {
		return nil
	}
	a, _ := dump.ParseAddress([]byte(id))
	part := fragmentOf(id)
	if part.digits > 0 {
		a = part.value
	}
	var best []candidate
	for n := range NodeID(g.Len()) {
		b, c := g.address.at(n), candidate{node: n}
		switch {
		case b.Opaque() && part.matchesText(g.oddID[b]), !b.Opaque() && part.matches(b):
		case a.Opaque() || b.Opaque():
			continue
		default:
			c.rank = further
			if sameButOneDigit(a, b) {
				c.rank = oneDigit
			}
			c.far = uint64(max(a, b) - min(a, b))
		}
		if len(best) == most && compareCandidates(c, best[most-1]) > 0 ||
			slices.ContainsFunc(best, func(o candidate) bool { return g.address.at(o.node) == b }) {
			continue
		}
		i, _ := slices.BinarySearchFunc(best, c, compareCandidates)
		best = slices.Insert(best, i, c)
		best = best[:min(len(best), most)]
	}
	nodes := make([]NodeID, len(best))
	for i, c := range best {
		nodes[i] = c.node
	}
	return nodes
}

// candidate is a node that may have been meant.
type candidate struct {
	rank likeness
	far  uint64 // by number
	node NodeID
}

type likeness uint8

const (
	hasPart likeness = iota
	oneDigit
	further
)

func compareCandidates(a, b candidate) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.far, b.far), cmp.Compare(a.node, b.node))
}

// sameButOneDigit reports whether two addresses have the same number of
// hexadecimal digits, all but one of them equal.
func sameButOneDigit(a, b dump.Address) bool {
	diff := uint64(a ^ b)
	return diff != 0 && (bits.Len64(diff)-1)/4 == bits.TrailingZeros64(diff)/4 && hexLen(a) == hexLen(b)
}

// fragment is the beginning or the end of an id, such as a narrow terminal or
// a careless copy leaves of one, with or without the 0x.
type fragment struct {
	text   string
	value  dump.Address
	digits int // 0: not hexadecimal, or too short to tell more than chance
}

const minFragment = 4 // digits, or bytes of an id that is no number

func fragmentOf(id string) fragment {
	f := fragment{text: id}
	digits := strings.TrimPrefix(strings.ToLower(id), "0x")
	if v, err := strconv.ParseUint(digits, 16, 63); err == nil && len(digits) >= minFragment && len(digits) <= 16 {
		f.value, f.digits = dump.Address(v), len(digits)
	}
	return f
}

// matches reports whether an address begins or ends with the fragment. Zeros that
// an id is padded with do not count.
func (f fragment) matches(a dump.Address) bool {
	if f.digits == 0 {
		return false
	}
	size := hexLen(a)
	if begin := hexLen(f.value); f.value > 0 && begin < size && a>>(4*(size-begin)) == f.value {
		return true
	}
	return f.digits < size && a&(1<<(4*f.digits)-1) == f.value
}

// matchesText is matches for an id that is no number.
func (f fragment) matchesText(id string) bool {
	return len(f.text) >= minFragment && (strings.HasPrefix(id, f.text) || strings.HasSuffix(id, f.text))
}
