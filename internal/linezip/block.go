package linezip

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"

	"github.com/klauspost/compress/huff0"
)

// sequence copies what stands before: literals, then match bytes from offset
// bytes back. offset is coded as RFC 8878 section 3.1.1.5 has it: 1 to 3 stand
// for recent offsets, others are 3 more than the distance.
type sequence struct {
	literals, match, offset uint32
}

// block is the parts that a block of text was cut into. Behind the last
// sequence further literals may follow.
type block struct {
	literals  []byte
	sequences []sequence
}

func (b *block) reset() { b.literals, b.sequences = b.literals[:0], b.sequences[:0] }

// The kinds of blocks, of literals sections and of tables.
const (
	rawBlock        = 0
	compressedBlock = 2

	rawLiterals        = 0
	sameLiterals       = 1
	compressedLiterals = 2

	singleTable = 1
	ownTable    = 2
)

// blockCoder writes blocks.
type blockCoder struct {
	huff                     huff0.Scratch
	literals, match, offsets fseCode
	codes                    []codes
	out                      []byte
}

// codes are the symbols of a sequence.
type codes struct{ literals, match, offset uint8 }

// encode gives the block, with its header, that text was cut into; raw tells
// that it holds the text itself, which is shorter. It holds until the next
// call.
func (c *blockCoder) encode(b *block, text []byte) (out []byte, raw bool, err error) {
	c.out = append(c.out[:0], 0, 0, 0)
	if err := c.addLiterals(b.literals); err != nil {
		return nil, false, err
	}
	c.addSequences(b.sequences)
	kind := compressedBlock
	if raw = len(c.out)-3 >= len(text); raw {
		kind = rawBlock
		c.out = append(c.out[:3], text...)
	}
	head := uint32(len(c.out)-3)<<3 | uint32(kind)<<1
	c.out[0], c.out[1], c.out[2] = byte(head), byte(head>>8), byte(head>>16)
	return c.out, raw, nil
}

// addLiterals appends the literals section. One that is too short for four
// streams, which is a block that repeats what stands before, is left raw.
func (c *blockCoder) addLiterals(lits []byte) error {
	const worthwhile = 256
	n := uint32(len(lits))
	if n >= worthwhile {
		c.huff.Reuse = huff0.ReusePolicyNone
		out, _, err := huff0.Compress4X(lits, &c.huff)
		switch {
		case err == nil:
			c.out = appendSizes(c.out, n, uint32(len(out)))
			c.out = append(c.out, out...)
			return nil
		case errors.Is(err, huff0.ErrUseRLE):
			c.out = append(appendSize(c.out, sameLiterals, n), lits[0])
			return nil
		case !errors.Is(err, huff0.ErrIncompressible):
			return err
		}
	}
	c.out = append(appendSize(c.out, rawLiterals, n), lits...)
	return nil
}

// appendSize appends the header of literals that are not compressed.
func appendSize(b []byte, kind, n uint32) []byte {
	switch {
	case n < 1<<5:
		return append(b, byte(kind|n<<3))
	case n < 1<<12:
		return binary.LittleEndian.AppendUint16(b, uint16(kind|1<<2|n<<4))
	}
	v := kind | 3<<2 | n<<4
	return append(b, byte(v), byte(v>>8), byte(v>>16))
}

// appendSizes appends the header of literals in four streams.
func appendSizes(b []byte, n, compressed uint32) []byte {
	format, width := uint64(1), 10
	switch m := max(n, compressed); {
	case m >= 1<<14:
		format, width = 3, 18
	case m >= 1<<10:
		format, width = 2, 14
	}
	v := compressedLiterals | format<<2 | uint64(n)<<4 | uint64(compressed)<<(4+width)
	for range (4 + 2*width) / 8 {
		b = append(b, byte(v))
		v >>= 8
	}
	return b
}

// addSequences appends the sequences section.
func (c *blockCoder) addSequences(seqs []sequence) {
	n := len(seqs)
	switch {
	case n < 128:
		c.out = append(c.out, byte(n))
	case n < 0x7f00:
		c.out = append(c.out, byte(n>>8)+128, byte(n))
	default:
		c.out = append(c.out, 255, byte(n-0x7f00), byte((n-0x7f00)>>8))
	}
	if n == 0 {
		return
	}
	c.count(seqs)
	c.literals.build(n, 9)
	c.offsets.build(n, 8)
	c.match.build(n, 9)
	modes := len(c.out)
	c.out = append(c.out, 0)
	last := c.codes[n-1]
	for i, t := range []struct {
		code   *fseCode
		symbol uint8
	}{{&c.literals, last.literals}, {&c.offsets, last.offset}, {&c.match, last.match}} {
		shift := 6 - 2*i
		if t.code.single {
			c.out[modes] |= singleTable << shift
			c.out = append(c.out, t.symbol)
			continue
		}
		c.out[modes] |= ownTable << shift
		c.out = t.code.describe(c.out)
	}
	c.addBits(seqs)
}

// count fills codes and counts them.
func (c *blockCoder) count(seqs []sequence) {
	c.codes = slices.Grow(c.codes[:0], len(seqs))[:len(seqs)]
	clear(c.literals.count[:])
	clear(c.match.count[:])
	clear(c.offsets.count[:])
	for i := range seqs {
		s := &seqs[i]
		k := codes{literalsCode(s.literals), matchCode(s.match), uint8(bits.Len32(s.offset) - 1)}
		c.codes[i] = k
		c.literals.count[k.literals]++
		c.match.count[k.match]++
		c.offsets.count[k.offset]++
	}
}

// addBits appends the sequences themselves. The decoder reads the bits from
// their end, so the last sequence comes first.
func (c *blockCoder) addBits(seqs []sequence) {
	i := len(seqs) - 1
	k := c.codes[i]
	w := bitStream{buf: slices.Grow(c.out, len(seqs)*maxSequenceBytes+16)[:len(c.out)+len(seqs)*maxSequenceBytes+16], at: len(c.out)}
	match, offset, literals := c.match.start(k.match), c.offsets.start(k.offset), c.literals.start(k.literals)
	w.addExtra(&seqs[i], k)
	for i--; i >= 0; i-- {
		k = c.codes[i]
		if !c.offsets.single {
			offset = w.addState(&c.offsets, offset, k.offset)
		}
		if !c.match.single {
			match = w.addState(&c.match, match, k.match)
		}
		if !c.literals.single {
			literals = w.addState(&c.literals, literals, k.literals)
		}
		w.addExtra(&seqs[i], k)
	}
	w.addLast(&c.match, match)
	w.addLast(&c.offsets, offset)
	w.addLast(&c.literals, literals)
	w.add(1, 1) // tells the decoder where the bits begin
	w.store()
	if w.n > 0 {
		w.at++
	}
	c.out = w.buf[:w.at]
}

// maxSequenceBytes is the most that a sequence takes: 26 bits of states, and
// the bits of its numbers.
const maxSequenceBytes = (26 + 16 + 16 + 31 + 7) / 8

// bitStream is bitWriter for bits in number. It writes whole words to memory
// that is there.
type bitStream struct {
	buf  []byte
	at   int
	bits uint64
	n    uint // of bits that are not stored: less than 8 behind a store
}

func (w *bitStream) add(v uint64, n uint) {
	w.bits |= v << w.n
	w.n += n
}

func (w *bitStream) store() {
	binary.LittleEndian.PutUint64(w.buf[w.at:], w.bits)
	w.at += int(w.n / 8)
	w.bits >>= w.n &^ 7
	w.n &= 7
}

// addState writes what leads back from the next state, which it gives, to the
// state at hand.
func (w *bitStream) addState(c *fseCode, state uint32, symbol uint8) uint32 {
	t := c.change[symbol]
	n := (state + t.bits) >> 16
	w.add(uint64(state)&(1<<n-1), uint(n))
	return uint32(c.state[(int32(state>>n)+t.find)&(1<<maxLog-1)])
}

// addLast writes the state that the decoder begins with.
func (w *bitStream) addLast(c *fseCode, state uint32) {
	if !c.single {
		w.add(uint64(state)&(1<<c.log-1), uint(c.log))
	}
	w.store()
}

// addExtra writes the bits of a sequence's numbers that their codes leave open.
func (w *bitStream) addExtra(s *sequence, k codes) {
	lit, match := literalsCodes[k.literals], matchCodes[k.match]
	w.add(uint64(s.literals-lit.base), uint(lit.bits))
	w.add(uint64(s.match-match.base), uint(match.bits))
	w.store()
	w.add(uint64(s.offset)&(1<<k.offset-1), uint(k.offset))
	w.store()
}

// lengthCode stands for the lengths from base on that differ in bits bits.
type lengthCode struct {
	base uint32
	bits uint8
}

// The codes of lengths, RFC 8878 section 3.1.1.3.2.1.1.
var (
	literalsCodes = lengthCodes(0, 16, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
	matchCodes    = lengthCodes(minMatch, 32, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)
	shortLiterals = shortCodes(literalsCodes, 0)
	shortMatches  = shortCodes(matchCodes, minMatch)
)

const minMatch = 3

// lengthCodes makes the codes of lengths from one on: some without bits, then
// one with each of the numbers of bits.
func lengthCodes(from uint32, without int, widths ...uint8) []lengthCode {
	list := make([]lengthCode, without, maxSymbols)
	widths = append(make([]uint8, without), widths...)
	for i, n := range widths {
		if i >= without {
			list = append(list, lengthCode{})
		}
		list[i] = lengthCode{from, n}
		from += 1 << n
	}
	return list
}

// shortCodes is the codes of the first lengths, by length.
func shortCodes(list []lengthCode, from uint32) (short [128]uint8) {
	k := 0
	for i := range short {
		for k+1 < len(list) && uint32(i)+from >= list[k+1].base {
			k++
		}
		short[i] = uint8(k)
	}
	return short
}

// Beyond the short lengths, codes follow the powers of two.
func literalsCode(n uint32) uint8 {
	if n < uint32(len(shortLiterals)) {
		return shortLiterals[n]
	}
	return uint8(bits.Len32(n)) + 18
}

func matchCode(n uint32) uint8 {
	if n -= minMatch; n < uint32(len(shortMatches)) {
		return shortMatches[n]
	}
	return uint8(bits.Len32(n)) + 35
}
