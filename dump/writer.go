package dump

import (
	"bufio"
	"encoding/json"
	"io"
	"strconv"
	"unicode/utf8"
)

// Writer writes a dump: what a [Scanner] reads. The text is JSON, in
// php-meminfo's shape with the fields of a capture besides, an item a line.
type Writer struct {
	out   *bufio.Writer
	buf   []byte
	items uint64
	err   error
}

// NewWriter begins a dump with what PHP itself says of its memory.
func NewWriter(w io.Writer, h *Header) *Writer {
	d := &Writer{out: bufio.NewWriterSize(w, 1<<20)}
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
	b = append(b, "\n\"0x"...)
	b = strconv.AppendUint(b, uint64(it.Address), 16)
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
			b = append(b, "\":\"0x"...)
			b = strconv.AppendUint(b, uint64(a), 16)
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
		d.buf = append(append(d.buf, ",\n\"capture\":"...), text...)
	}
	d.buf = append(d.buf, "}\n"...)
	d.flush(0)
	if d.err == nil {
		d.err = d.out.Flush()
	}
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
