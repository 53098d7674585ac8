package parquet

import (
	"encoding/binary"
	"math/bits"
)

// Encodings, by their numbers in the format.
const (
	encodingPlain = 0
	encodingRLE   = 3
	encodingDelta = 5 // DELTA_BINARY_PACKED
	encodingDict  = 8 // RLE_DICTIONARY
)

// appendBits packs numbers of a width in bits, the first into the lowest bits.
func appendBits[N uint32 | uint64](b []byte, values []N, width int) []byte {
	var word uint64
	used := 0
	for _, v := range values {
		word |= uint64(v) << used
		if used += width; used >= 64 {
			b = binary.LittleEndian.AppendUint64(b, word)
			used -= 64
			word = uint64(v) >> (width - used)
		}
	}
	for ; used > 0; used -= 8 {
		b = append(b, byte(word))
		word >>= 8
	}
	return b
}

// shortestRun is how often a value is repeated at least to be written as a run:
// what is packed comes in groups of as many.
const shortestRun = 8

// appendHybrid writes numbers of a width as runs where they repeat, and packed
// elsewhere (RLE/bit-packing hybrid).
func appendHybrid(b []byte, values []uint32, width int) []byte {
	for i := 0; i < len(values); {
		if n := runLength(values[i:]); n >= shortestRun {
			b = binary.AppendUvarint(b, uint64(n)<<1)
			for rest, v := width, values[i]; rest > 0; rest -= 8 {
				b = append(b, byte(v))
				v >>= 8
			}
			i += n
			continue
		}
		end := i
		for end += shortestRun; end < len(values) && !begins(values[end:]); {
			end += shortestRun
		}
		groups := (end - i) / shortestRun
		b = binary.AppendUvarint(b, uint64(groups)<<1|1)
		packed := values[i:min(end, len(values))]
		b = appendBits(b, packed, width)
		// The last group is full, too.
		written := (len(packed)*width + 7) / 8
		b = append(b, make([]byte, groups*width-written)...)
		i = end
	}
	return b
}

func runLength(values []uint32) int {
	n := 1
	for n < len(values) && values[n] == values[0] {
		n++
	}
	return n
}

// begins reports whether a run begins that is long enough.
func begins(values []uint32) bool {
	return len(values) >= shortestRun && runLength(values[:shortestRun]) == shortestRun
}

// Blocks of delta encoding have parts that are packed in a width of their own.
const (
	deltaBlock = 128
	deltaPart  = 32
)

// appendDelta writes the differences of numbers. narrow numbers have 32 bits, and
// so have their differences, which may wrap around.
func appendDelta(b []byte, values []uint64, narrow bool) []byte {
	signed := func(v uint64) int64 {
		if narrow {
			return int64(int32(v))
		}
		return int64(v)
	}
	b = binary.AppendUvarint(b, deltaBlock)
	b = binary.AppendUvarint(b, deltaBlock/deltaPart)
	b = binary.AppendUvarint(b, uint64(len(values)))
	if len(values) == 0 {
		return binary.AppendVarint(b, 0)
	}
	b = binary.AppendVarint(b, signed(values[0]))
	var block [deltaBlock]uint64
	for last, rest := values[0], values[1:]; len(rest) > 0; {
		n := min(len(rest), deltaBlock)
		least := signed(rest[0] - last)
		for i, v := range rest[:n] {
			d := signed(v - last)
			least, last = min(least, d), v
			block[i] = uint64(d)
		}
		rest = rest[n:]
		clear(block[n:])
		for i := range n {
			block[i] -= uint64(least)
		}
		b = binary.AppendVarint(b, least)
		widths := len(b)
		b = append(b, make([]byte, deltaBlock/deltaPart)...)
		for part := range deltaBlock / deltaPart {
			numbers := block[part*deltaPart : (part+1)*deltaPart]
			all := uint64(0)
			for _, d := range numbers {
				all |= d
			}
			width := bits.Len64(all)
			b[widths+part] = byte(width)
			if part*deltaPart < n {
				b = appendBits(b, numbers, width)
			}
		}
	}
	return b
}

// appendPlain writes numbers of a kind as they are.
func appendPlain(b []byte, values []uint64, k Kind) []byte {
	switch k {
	case Bool:
		return appendBits(b, values, 1)
	case Uint32:
		for _, v := range values {
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		}
	default:
		for _, v := range values {
			b = binary.LittleEndian.AppendUint64(b, v)
		}
	}
	return b
}

// appendText writes a text, its length before it.
func appendText(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}
