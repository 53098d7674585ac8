package parquet

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// A Writer writes a file. It holds the row group that is being filled, compressed,
// and of those before what the end of the file tells of them.
type Writer struct {
	out     io.Writer
	offset  int64 // bytes written
	by      string
	columns []*Column
	groups  []group
	rows    int64
}

// group is a row group that is written.
type group struct {
	rows, offset int64
	chunks       []chunk
}

// chunk is what the end of the file tells of a column of a row group.
type chunk struct {
	offset, dictionary int64 // of the first page; of the dictionary, 0 for none
	size, unpacked     int64
	encodings          []int
	nulls              int64
	least, greatest    []byte // nil for none
	bounds, pages      []byte // the column index, nil for none, and the offset index
}

const magic = "PAR1"

// NewWriter begins a file with columns. by is the program that the file names as the
// one that wrote it. Errors of the writer below are those of the methods.
func NewWriter(out io.Writer, by string, fields []Field) (*Writer, error) {
	// A page without values is a frame, too: not all readers take it for nothing.
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false), zstd.WithZeroFrames(true))
	if err != nil {
		return nil, err
	}
	w := &Writer{out: out, by: by}
	for _, f := range fields {
		w.columns = append(w.columns, &Column{Field: f, compressor: z})
	}
	return w, nil
}

// Columns are the columns in the order of the fields. Each gets a value a row; in
// which order columns are filled does not matter.
func (w *Writer) Columns() []*Column { return w.columns }

// write writes what is not empty. The first bytes come before it.
func (w *Writer) write(parts ...[]byte) error {
	if w.offset == 0 {
		parts = append([][]byte{[]byte(magic)}, parts...)
	}
	for _, b := range parts {
		if len(b) == 0 {
			continue
		}
		n, err := w.out.Write(b)
		w.offset += int64(n)
		if err != nil {
			return err
		}
	}
	return nil
}

// EndGroup ends the row group: what is added next is in another.
func (w *Writer) EndGroup() error {
	if err := w.write(); err != nil {
		return err
	}
	g := group{offset: w.offset}
	for i, c := range w.columns {
		dictionary, pages := c.endGroup()
		if i == 0 {
			g.rows = c.groupRows
		}
		if c.groupRows != g.rows {
			return fmt.Errorf("column %s has %d rows, %s has %d", c.Name, c.groupRows, w.columns[0].Name, g.rows)
		}
		if g.rows == 0 {
			continue
		}
		at := w.offset
		if err := w.write(dictionary, pages); err != nil {
			return err
		}
		g.chunks = append(g.chunks, c.chunk(at, len(dictionary)))
		c.reset()
	}
	if g.rows > 0 {
		w.groups = append(w.groups, g)
		w.rows += g.rows
	}
	return nil
}

// chunk is what is kept of a row group's pages that begin at an offset of the file,
// with a dictionary of so many bytes.
func (c *Column) chunk(at int64, dictionary int) chunk {
	k := chunk{offset: at + int64(dictionary), size: int64(dictionary + len(c.pages)), unpacked: c.unpacked}
	if dictionary > 0 {
		k.dictionary = at
	}
	for e, used := range c.encodings {
		if used {
			k.encodings = append(k.encodings, e)
		}
	}
	if c.Optional {
		k.encodings = append(k.encodings, encodingRLE)
	}
	for _, p := range c.index {
		k.nulls += int64(p.nulls)
	}
	if least, greatest, ok := c.groupBounds(); ok {
		k.least, k.greatest = least, greatest
	}
	k.pages = c.offsetIndex(k.offset)
	if c.Kind != Text || k.greatest != nil || k.nulls == c.groupRows {
		k.bounds = c.columnIndex(&k)
	}
	return k
}

// offsetIndex says where pages are, the first of which is at an offset.
func (c *Column) offsetIndex(at int64) []byte {
	var t thrift
	t.begin()
	t.list(1, thriftStruct, len(c.index))
	for _, p := range c.index {
		t.begin()
		t.i64(1, at+int64(p.offset))
		t.i32(2, p.size)
		t.i64(3, p.row)
		t.end()
	}
	t.end()
	return t.b
}

// columnIndex has the bounds of the pages of a row group.
func (c *Column) columnIndex(group *chunk) []byte {
	var t thrift
	t.begin()
	t.list(1, thriftTrue, len(c.index))
	for _, p := range c.index {
		if p.values == 0 {
			t.b = append(t.b, thriftTrue)
		} else {
			t.b = append(t.b, thriftFalse)
		}
	}
	t.list(2, thriftBinary, len(c.index))
	for i := range c.index {
		least, _ := c.pageBounds(&c.index[i], group)
		t.text(least)
	}
	t.list(3, thriftBinary, len(c.index))
	for i := range c.index {
		_, greatest := c.pageBounds(&c.index[i], group)
		t.text(greatest)
	}
	t.i32(4, c.order())
	t.list(5, thriftI64, len(c.index))
	for _, p := range c.index {
		t.varint(int64(p.nulls))
	}
	t.end()
	return t.b
}

// order says whether the bounds of pages ascend: 1, or not: 0.
func (c *Column) order() int {
	var last bounds
	for _, p := range c.index {
		if !p.bounds.any {
			continue
		}
		if last.any {
			both := last
			both.add(p.bounds.least, c.Kind.signed())
			least := both.least
			both.add(p.bounds.greatest, c.Kind.signed())
			if least != last.least || both.greatest != p.bounds.greatest {
				return 0
			}
		}
		last = p.bounds
	}
	return 1
}

// Close ends the row group and the file. It does not close the writer below.
func (w *Writer) Close() error {
	if err := w.EndGroup(); err != nil {
		return err
	}
	// Indexes of one kind stand together: readers get them in one go.
	var bounds, pages []int64
	for i, offsets := range []*[]int64{&bounds, &pages} {
		for g := range w.groups {
			for c := range w.groups[g].chunks {
				k := &w.groups[g].chunks[c]
				*offsets = append(*offsets, w.offset)
				if err := w.write([][]byte{k.bounds, k.pages}[i]); err != nil {
					return err
				}
			}
		}
	}
	end := w.metadata(bounds, pages)
	return w.write(end, binary.LittleEndian.AppendUint32(nil, uint32(len(end))), []byte(magic))
}
