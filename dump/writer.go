package dump

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// Writer writes a dump: what a [Scanner] reads. The text is JSON, in
// php-meminfo's shape with the fields of a capture besides, an item a line.
type Writer struct {
	out   io.Writer
	buf   []byte
	items uint64
	err   error
}

// NewWriter begins a dump with what PHP itself says of its memory.
func NewWriter(w io.Writer, h *Header) *Writer {
	d := &Writer{out: w}
	b := append(d.buf, "{\"header\":{"...)
	for i, f := range []struct {
		name string
		n    uint64
	}{
		{"memory_usage", h.MemoryUsage}, {"memory_usage_real", h.MemoryUsageReal},
		{"peak_memory_usage", h.PeakMemoryUsage}, {"peak_memory_usage_real", h.PeakMemoryUsageReal},
	} {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(append(b, '"'), f.name...), "\":"...)
		b = strconv.AppendUint(b, f.n, 10)
	}
	d.buf = append(b, "},\n\"items\":{"...)
	d.flush(0)
	return d
}

// Item writes an item, whose ids are numbers. An error is kept for Close.
func (d *Writer) Item(it *Item) {
	b := d.buf
	if d.items > 0 {
		b = append(b, ',')
	}
	d.items++
	b = appendHex(append(b, "\n\"0x"...), uint64(it.Address))
	b = append(b, "\":{\"type\":\""...)
	b = append(b, it.Type...)
	b = append(b, "\",\"size\":\""...)
	b = strconv.AppendUint(b, it.Size, 10)
	// What says nothing is left out: a scalar without a block of its own, and
	// a value that one place holds.
	if it.Alloc > 0 || it.Refs > 0 || it.Has(HasClass) || string(it.Type) == "string" || string(it.Type) == "array" {
		b = append(b, "\",\"alloc\":\""...)
		b = strconv.AppendUint(b, it.Alloc, 10)
		if it.Refs > 1 {
			b = append(b, "\",\"rc\":\""...)
			b = strconv.AppendUint(b, uint64(it.Refs), 10)
		}
	}
	if it.IsRoot {
		b = appendText(append(b, "\",\"symbol_name\":\""...), it.Symbol)
		b = appendText(append(b, "\",\"is_root\":true,\"frame\":\""...), it.Frame)
		b = append(b, '"')
	} else {
		b = append(b, "\",\"is_root\":false"...)
	}
	if it.Has(HasClass) {
		b = appendText(append(b, ",\"class\":\""...), it.Class)
		b = append(append(b, "\",\"object_handle\":\""...), it.Handle...)
		b = append(b, '"')
	}
	if it.Has(HasChildren) {
		b = append(b, ",\"children\":{"...)
		for i, a := range it.Addresses {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendText(append(b, '"'), it.Children[i].Key)
			b = appendHex(append(b, "\":\"0x"...), uint64(a))
			b = append(b, '"')
		}
		b = append(b, '}')
	}
	d.buf = append(b, '}')
	d.flush(64 << 10)
}

// Close ends the dump with the facts of the capture, if there are any, and
// gives the first error.
func (d *Writer) Close(c *Capture) error {
	d.buf = append(d.buf, "\n}"...)
	if c != nil {
		text, err := json.Marshal(c)
		if err != nil {
			return err
		}
		d.buf = append(d.buf, ",\n\"capture\":"...)
		d.flush(0)
		if d.err == nil { // not through the buffer: of a small heap it is a third of the dump
			_, d.err = d.out.Write(text)
		}
	}
	d.buf = append(d.buf, "}\n"...)
	d.flush(0)
	return d.err
}

// flush hands the buffer on if it is longer than that.
func (d *Writer) flush(longer int) {
	if len(d.buf) <= longer {
		return
	}
	if d.err == nil {
		_, d.err = d.out.Write(d.buf)
	}
	d.buf = d.buf[:0]
}

// appendHex writes a number in hexadecimal digits, eight at a time: strconv goes
// digit by digit, and most of a dump is addresses.
func appendHex(b []byte, v uint64) []byte {
	var digits [16]byte
	binary.BigEndian.PutUint64(digits[:], hexDigits(uint32(v>>32)))
	binary.BigEndian.PutUint64(digits[8:], hexDigits(uint32(v)))
	return append(b, digits[bits.LeadingZeros64(v|1)/4:]...)
}

// hexDigits gives the eight digits of a number, the first in the highest byte.
func hexDigits(n uint32) uint64 {
	v := uint64(n)
	v = (v<<16 | v) & 0x0000ffff0000ffff
	v = (v<<8 | v) & 0x00ff00ff00ff00ff
	v = (v<<4 | v) & 0x0f0f0f0f0f0f0f0f
	letters := (v + 0x06*ones) >> 4 & ones
	return v + '0'*ones + letters*('a'-'0'-10)
}

// appendText writes the inside of a JSON string. Bytes that are no UTF-8 are
// written as the characters of their numbers, which is all that JSON has for
// them.
func appendText(b, text []byte) []byte {
	plain := true
	for _, c := range text {
		if c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
			plain = false
			break
		}
	}
	if plain {
		return append(b, text...)
	}
	const digits = "0123456789abcdef"
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
			i++
		case c < 0x20:
			b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
			i++
		case c < 0x80:
			b = append(b, c)
			i++
		default:
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n == 1 {
				b = append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
			} else {
				b = append(b, text[i:i+n]...)
			}
			i += n
		}
	}
	return b
}
