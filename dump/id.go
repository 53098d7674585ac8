package dump

import (
	"math/bits"
	"strconv"
)

// Address is an item's id in a form that compares: two ids are the same item
// if and only if their addresses are equal. Hexadecimal ids compare by value,
// whatever their case and padding. An id that is no hexadecimal number below
// 2^63 has its highest bit set and is a hash of the text, see [Address.Opaque].
type Address uint64

const opaque Address = 1 << 63

// Opaque reports whether the address stands for an id that is no number.
func (a Address) Opaque() bool { return a&opaque != 0 }

// ParseAddress reads an id. It also reports whether the id has upper-case
// digits, which with its length is all it takes to print it again.
func ParseAddress(id []byte) (a Address, upper bool) {
	if len(id) < 3 || id[0] != '0' || id[1]|0x20 != 'x' {
		return opaqueAddress(id), false
	}
	var v uint64
	p := 2
	for ; p+8 <= len(id); p += 8 {
		w := load(id, p)
		n, up, ok := hex8(w)
		if !ok || v>>32 != 0 {
			return slowAddress(id)
		}
		v = v<<32 | n
		upper = upper || up
	}
	if r := len(id) - p; r > 0 && p > 2 {
		// The last eight digits, of which r are new.
		n, up, ok := hex8(load(id, len(id)-8))
		if !ok || v>>(64-4*r) != 0 {
			return slowAddress(id)
		}
		v = v<<(4*r) | n&(1<<(4*r)-1)
		upper = upper || up
		p = len(id)
	}
	for ; p < len(id); p++ {
		c := id[p]
		switch {
		case c-'0' <= 9:
			c -= '0'
		case c-'a' <= 5:
			c -= 'a' - 10
		case c-'A' <= 5:
			c -= 'A' - 10
			upper = true
		default:
			return opaqueAddress(id), false
		}
		if v>>60 != 0 {
			return slowAddress(id)
		}
		v = v<<4 | uint64(c)
	}
	if Address(v).Opaque() {
		return slowAddress(id)
	}
	return Address(v), upper
}

// AddressParser is [ParseAddress] for ids that come one after the other: they
// tend to begin with the same digits, which are then read but once. The zero
// value is ready for use, by one goroutine.
type AddressParser struct {
	head uint64 // the first eight bytes of an id
	high Address
}

// Parse reads an id, as ParseAddress does.
func (p *AddressParser) Parse(id []byte) (a Address, upper bool) {
	const length = len("0x7f0123456789")
	if len(id) != length {
		return ParseAddress(id)
	}
	head := load(id, 0)
	if head == p.head {
		if low, up, ok := hex8(load(id, length-8)); ok {
			return p.high | Address(low&(1<<24-1)), up
		}
	}
	a, upper = ParseAddress(id)
	if !a.Opaque() && !upper {
		p.head, p.high = head, a&^(1<<24-1)
	}
	return a, upper
}

// hex8 reads eight hexadecimal digits, the first in the lowest byte of w.
func hex8(w uint64) (n uint64, upper, ok bool) {
	const (
		low7 = 0x7f7f7f7f7f7f7f7f
		// Added to a byte below 128, each carries into the high bit exactly
		// when the byte is at least the limit.
		ge0 = (0x80 - '0') * ones
		gt9 = (0x80 - '9' - 1) * ones
		geA = (0x80 - 'A') * ones
		gtF = (0x80 - 'F' - 1) * ones
	)
	if w&highs != 0 {
		return 0, false, false
	}
	fold := w &^ (0x20 * ones) // a–f to A–F; digits lose their bit 5, so they are tested on w
	digit := (w + ge0) &^ (w + gt9) & highs
	letter := (fold&low7 + geA) &^ (fold&low7 + gtF) & highs
	if digit|letter != highs {
		return 0, false, false
	}
	upper = letter&^(w<<2) != 0
	v := w&(0x0f*ones) + (letter>>7)*9
	// Pair up nibbles, then bytes, then halves; the first digit is the highest.
	v = bits.ReverseBytes64(v)
	v = (v | v>>4) & 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	v = (v | v>>16) & 0x00000000ffffffff
	return v, upper, true
}

// slowAddress reads ids with surplus leading zeros, and tells the ones too
// large for an address.
func slowAddress(id []byte) (Address, bool) {
	d := id[2:]
	for len(d) > 1 && d[0] == '0' {
		d = d[1:]
	}
	v, err := strconv.ParseUint(string(d), 16, 63)
	if err != nil {
		return opaqueAddress(id), false
	}
	for _, c := range d {
		if c-'A' <= 5 {
			return Address(v), true
		}
	}
	return Address(v), false
}

// opaqueAddress is FNV-1a, 64 bits. Whoever keeps addresses keeps the texts
// of the opaque ones too, and so can tell a collision.
func opaqueAddress(id []byte) Address {
	h := uint64(14695981039346656037)
	for _, c := range id {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return Address(h) | opaque
}
