package linezip

import "math/bits"

// This file makes the tables of the finite state entropy coder, RFC 8878
// section 4.1, and writes their descriptions.

// fseCode codes the symbols of one alphabet.
type fseCode struct {
	count   [maxSymbols]uint32
	norm    [maxSymbols]int16 // sums to 1<<log; 0: the symbol does not occur
	symbols int               // one past the highest that occurs
	log     uint8
	single  bool // one symbol only, which takes no bits

	state  [1 << maxLog]uint16 // next states, by symbol
	change [maxSymbols]transition
	spread [1 << maxLog]uint8
}

// transition leads from the state at hand to the next for a symbol: bits is
// the number of bits to write, in the upper half and with a correction below
// it; find leads to the symbol's states.
type transition struct {
	bits uint32
	find int32
}

const (
	maxSymbols = 53 // of match lengths, the largest alphabet
	maxLog     = 9
	minLog     = 5
)

// build makes the table of n symbols that were counted.
func (c *fseCode) build(n int, most uint8) {
	c.symbols = 0
	kinds := 0
	for s, k := range c.count {
		if k > 0 {
			c.symbols = s + 1
			kinds++
		}
	}
	if c.single = kinds == 1; c.single {
		return
	}
	// A table has room for each symbol and is no larger than the counts are
	// worth.
	c.log = min(most, max(minLog, uint8(bits.Len(uint(n)))-2, uint8(bits.Len(uint(kinds)))))
	c.normalize(n)
	c.makeTable()
}

// normalize scales the counts to a sum of 1<<log. A symbol that occurs keeps at
// least 1; what rounding leaves over, or lacks, is the commonest symbol's.
func (c *fseCode) normalize(n int) {
	size := 1 << c.log
	rest, top := size, 0
	for s := range c.symbols {
		k := int(c.count[s])
		c.norm[s] = 0
		if k == 0 {
			continue
		}
		share := max(1, (k*size+n/2)/n)
		c.norm[s] = int16(share)
		rest -= share
		if k > int(c.count[top]) {
			top = s
		}
	}
	// Many rare symbols, each rounded up, can take more than the commonest has.
	for rest < 0 && int(c.norm[top])+rest < 1 {
		for s := range c.symbols {
			if rest < 0 && c.norm[s] > 1 {
				c.norm[s]--
				rest++
			}
		}
	}
	c.norm[top] += int16(rest)
}

func (c *fseCode) makeTable() {
	size := 1 << c.log
	step, mask := size>>1+size>>3+3, size-1
	at := 0
	var first [maxSymbols + 1]int
	for s := range c.symbols {
		n := int(c.norm[s])
		first[s+1] = first[s] + n
		for range n {
			c.spread[at] = uint8(s)
			at = (at + step) & mask
		}
	}
	for s := range c.symbols {
		n := int(c.norm[s])
		t := &c.change[s]
		if n == 0 {
			*t = transition{}
			continue
		}
		most := uint32(c.log)
		if n > 1 {
			most -= uint32(bits.Len(uint(n-1))) - 1
		}
		t.bits = most<<16 - uint32(n)<<most
		t.find = int32(first[s] - n)
	}
	for u := range size {
		s := c.spread[u]
		c.state[first[s]] = uint16(size + u)
		first[s]++
	}
}

// start is the state from which the decoder ends with a symbol.
func (c *fseCode) start(symbol uint8) uint32 {
	if c.single {
		return 0
	}
	t := c.change[symbol]
	n := (t.bits + 1<<15) >> 16
	return uint32(c.state[int32((n<<16-t.bits)>>n)+t.find])
}

// describe appends the description of the table.
func (c *fseCode) describe(b []byte) []byte {
	w := bitWriter{out: b}
	w.add(uint64(c.log-minLog), 4)
	rest := 1<<c.log + 1
	threshold := 1 << c.log
	width := uint(c.log) + 1
	for s := 0; s < c.symbols && rest > 1; {
		n := int(c.norm[s])
		s++
		most := 2*threshold - 1 - rest
		rest -= n
		v := n + 1
		if v >= threshold {
			v += most
		}
		if v < most {
			w.add(uint64(v), width-1)
		} else {
			w.add(uint64(v), width)
		}
		w.flush()
		for rest < threshold {
			threshold >>= 1
			width--
		}
		if n > 0 {
			continue
		}
		// The number of symbols that do not occur, either, in steps of 3.
		zeros := 0
		for s < c.symbols && c.norm[s] == 0 {
			zeros++
			s++
		}
		for ; zeros >= 3; zeros -= 3 {
			w.add(3, 2)
			w.flush()
		}
		w.add(uint64(zeros), 2)
		w.flush()
	}
	return w.align()
}

// bitWriter appends bits, the lowest first.
type bitWriter struct {
	out  []byte
	bits uint64
	n    uint
}

// add takes up to 56 bits behind a flush.
func (w *bitWriter) add(v uint64, n uint) {
	w.bits |= v << w.n
	w.n += n
}

func (w *bitWriter) flush() {
	for w.n >= 8 {
		w.out = append(w.out, byte(w.bits))
		w.bits >>= 8
		w.n -= 8
	}
}

// align writes what is left, with zeros up to the next byte.
func (w *bitWriter) align() []byte {
	w.flush()
	if w.n > 0 {
		w.out = append(w.out, byte(w.bits))
		w.bits, w.n = 0, 0
	}
	return w.out
}
