package parquet

import (
	"encoding/binary"
	"math/bits"

	"github.com/klauspost/compress/zstd"
)

// A page has so many rows at most, and ends where its texts have so many bytes.
const (
	pageRows  = 1 << 15
	pageBytes = 1 << 20
)

// A Column takes the values of a column, a call a row: that of its kind, or Null.
// It holds the pages of a row group, compressed.
type Column struct {
	Field
	compressor *zstd.Encoder

	// The page that is being filled.
	levels  []uint32 // of an optional column: 1 for a value, 0 for none
	numbers []uint64
	indexes []uint32 // into the dictionary
	plain   []byte   // texts
	rows    int
	bounds  bounds

	// The row group.
	dictionary dictionary
	full       bool   // the dictionary takes no more
	pages      []byte // with their headers
	index      []page
	groupRows  int64
	unpacked   int64 // bytes of the pages before compression, with headers
	encodings  [encodingDict + 1]bool
	texts      textBounds

	encoded, packed []byte // reused from page to page
}

// page is what the index tells of a page.
type page struct {
	offset, size int // in Column.pages, with the header
	row          int64
	values       int
	nulls        int
	bounds       bounds // of numbers
}

// bounds are the least and the greatest number, if there are any.
type bounds struct {
	least, greatest uint64
	any             bool
}

func (b *bounds) add(v uint64, signed bool) {
	sign := uint64(0)
	if signed {
		sign = 1 << 63 // turned over, numbers are in the order of their bits
	}
	if !b.any || v^sign < b.least^sign {
		b.least = v
	}
	if !b.any || v^sign > b.greatest^sign {
		b.greatest = v
	}
	b.any = true
}

// textBounds are the least and the greatest text, by bytes.
type textBounds struct {
	least, greatest string
	any             bool
}

func (b *textBounds) add(s string) {
	if !b.any || s < b.least {
		b.least = s
	}
	if !b.any || s > b.greatest {
		b.greatest = s
	}
	b.any = true
}

// Null adds a row without a value to an optional column.
func (c *Column) Null() {
	c.levels = append(c.levels, 0)
	c.row()
}

// Number adds a row to a column of numbers: Uint32, Uint64, or Int64 and Time as
// their bits.
func (c *Column) Number(v uint64) {
	c.numbers = append(c.numbers, v)
	c.bounds.add(v, c.Kind.signed())
	c.value()
}

// Bool adds a row to a column of Bool.
func (c *Column) Bool(v bool) {
	if v {
		c.Number(1)
	} else {
		c.Number(0)
	}
}

// Text adds a row to a column of Text. The text may be kept until the row group ends.
func (c *Column) Text(s string) {
	if c.Encoding == Dictionary && !c.full {
		n, isNew, ok := c.dictionary.number(s)
		if isNew {
			c.texts.add(s)
		}
		if ok {
			c.indexes = append(c.indexes, n)
			c.value()
			return
		}
		c.endPage()
		c.full = true
	}
	c.plain = appendText(c.plain, s)
	c.texts.add(s)
	c.value()
}

func (c *Column) value() {
	if c.Optional {
		c.levels = append(c.levels, 1)
	}
	c.row()
}

func (c *Column) row() {
	if c.rows++; c.rows >= pageRows || len(c.plain) >= pageBytes {
		c.endPage()
	}
}

// endPage encodes and compresses the page.
func (c *Column) endPage() {
	if c.rows == 0 {
		return
	}
	b, encoding := c.encoded[:0], encodingPlain
	if c.Optional {
		b = appendHybrid(b, c.levels, 1)
	}
	levels := len(b)
	switch {
	case len(c.indexes) > 0:
		encoding = encodingDict
		width := max(bits.Len(uint(len(c.dictionary.numbers)-1)), 1)
		b = append(b, byte(width))
		b = appendHybrid(b, c.indexes, width)
	case c.Kind == Text:
		b = append(b, c.plain...)
	case c.Encoding == Delta:
		encoding = encodingDelta
		b = appendDelta(b, c.numbers, c.Kind == Uint32)
	default:
		b = appendPlain(b, c.numbers, c.Kind)
	}
	c.encoded, c.encodings[encoding] = b, true
	nulls := countZeros(c.levels)
	p := page{offset: len(c.pages), row: c.groupRows, values: c.rows - nulls, nulls: nulls, bounds: c.bounds}
	c.packed = append(c.packed[:0], b[:levels]...)
	c.packed = c.compressor.EncodeAll(b[levels:], c.packed)
	c.addPage(len(b), c.packed, func(t *thrift) {
		t.nested(8, func() {
			t.i32(1, c.rows)
			t.i32(2, p.nulls)
			t.i32(3, c.rows)
			t.i32(4, encoding)
			t.i32(5, levels)
			t.i32(6, 0) // no value repeats
		})
	}, pageData)
	p.size = len(c.pages) - p.offset
	c.index = append(c.index, p)
	c.groupRows += int64(c.rows)
	c.rows, c.bounds = 0, bounds{}
	c.levels, c.numbers, c.indexes, c.plain = c.levels[:0], c.numbers[:0], c.indexes[:0], c.plain[:0]
}

func countZeros(levels []uint32) int {
	n := 0
	for _, l := range levels {
		n += int(1 - l)
	}
	return n
}

// Types of pages, by their numbers in the format.
const (
	pageDictionary = 2
	pageData       = 3 // DATA_PAGE_V2
)

// addPage adds a page of a type behind its header.
func (c *Column) addPage(size int, body []byte, header func(*thrift), kind int) {
	t := thrift{b: c.pages}
	t.begin()
	t.i32(1, kind)
	t.i32(2, size)
	t.i32(3, len(body))
	header(&t)
	t.end()
	c.unpacked += int64(len(t.b) - len(c.pages) + size)
	c.pages = append(t.b, body...)
}

// endGroup gives what a row group has of the column: first the dictionary, if there
// is one, then the pages. Both are valid until the next row.
func (c *Column) endGroup() (dictionary, pages []byte) {
	c.endPage()
	if len(c.dictionary.numbers) == 0 {
		return nil, c.pages
	}
	pages, c.pages = c.pages, nil
	c.packed = c.compressor.EncodeAll(c.dictionary.plain, c.packed[:0])
	c.addPage(len(c.dictionary.plain), c.packed, func(t *thrift) {
		t.nested(7, func() {
			t.i32(1, len(c.dictionary.numbers))
			t.i32(2, encodingPlain)
		})
	}, pageDictionary)
	dictionary, c.pages = c.pages, pages
	c.encodings[encodingPlain] = true
	return dictionary, pages
}

func (c *Column) reset() {
	c.dictionary.reset()
	c.pages, c.index = c.pages[:0], c.index[:0]
	c.full, c.groupRows, c.unpacked, c.texts = false, 0, 0, textBounds{}
	c.encodings = [len(c.encodings)]bool{}
}

// mostBound is how many bytes a text has at most as a bound.
const mostBound = 64

// groupBounds are the least and the greatest value of the row group as the format
// has them; false where there are none, or they are too long.
func (c *Column) groupBounds() (least, greatest []byte, ok bool) {
	if c.Kind == Text {
		all := c.texts
		return []byte(all.least), []byte(all.greatest), all.any && max(len(all.least), len(all.greatest)) <= mostBound
	}
	var all bounds
	for _, p := range c.index {
		if p.bounds.any {
			all.add(p.bounds.least, c.Kind.signed())
			all.add(p.bounds.greatest, c.Kind.signed())
		}
	}
	return c.bound(all.least), c.bound(all.greatest), all.any
}

// pageBounds are those of a page. Of texts they are those of the row group, which
// hold for each of its pages: texts of a dictionary are in no order that would make
// those of a page worth their time.
func (c *Column) pageBounds(p *page, group *chunk) (least, greatest []byte) {
	switch {
	case p.values == 0:
		return nil, nil
	case c.Kind == Text:
		return group.least, group.greatest
	}
	return c.bound(p.bounds.least), c.bound(p.bounds.greatest)
}

// bound is a number as the format has it.
func (c *Column) bound(v uint64) []byte {
	switch c.Kind {
	case Bool:
		return []byte{byte(v)}
	case Uint32:
		return binary.LittleEndian.AppendUint32(nil, uint32(v))
	}
	return binary.LittleEndian.AppendUint64(nil, v)
}
