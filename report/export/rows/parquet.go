package rows

import (
	"io"
	"time"

	"memtrail/internal/parquet"
)

// groupRows is how many rows a row group has at most: what a writer holds in memory,
// compressed, and what a reader skips by. It is a multiple of batchSize.
const groupRows = 1 << 18

// A field is a column of a Parquet table, and how a row's value gets there.
type field[T any] struct {
	parquet.Field
	put func(*parquet.Column, *T)
}

// parquetFile writes rows column by column.
type parquetFile[T any] struct {
	out    *parquet.Writer
	fields []field[T]
	rows   int // in the row group
}

func newParquet[T any](w io.Writer, fields []field[T]) (encoder[T], error) {
	list := make([]parquet.Field, len(fields))
	for i, f := range fields {
		list[i] = f.Field
	}
	out, err := parquet.NewWriter(w, "memtrail", list)
	return &parquetFile[T]{out: out, fields: fields}, err
}

func (f *parquetFile[T]) write(rows []T) error {
	for i, c := range f.out.Columns() {
		put := f.fields[i].put
		for j := range rows {
			put(c, &rows[j])
		}
	}
	if f.rows += len(rows); f.rows >= groupRows {
		return f.endDump()
	}
	return nil
}

// endDump ends the row group: so each has rows of one dump, and who asks for one
// dump reads no other.
func (f *parquetFile[T]) endDump() error {
	f.rows = 0
	return f.out.EndGroup()
}

func (f *parquetFile[T]) close() error { return f.out.Close() }

// named is a text of which there are few in a column.
func named[T any](name string, of func(*T) string) field[T] {
	return field[T]{parquet.Field{Name: name, Kind: parquet.Text, Encoding: parquet.Dictionary}, func(c *parquet.Column, row *T) { c.Text(of(row)) }}
}

// maybeNamed is one that a row may lack.
func maybeNamed[T any](name string, of func(*T) *string) field[T] {
	return field[T]{parquet.Field{Name: name, Kind: parquet.Text, Encoding: parquet.Dictionary, Optional: true}, func(c *parquet.Column, row *T) {
		if s := of(row); s != nil {
			c.Text(*s)
		} else {
			c.Null()
		}
	}}
}

func number32[T any](name string, e parquet.Encoding, of func(*T) uint32) field[T] {
	return field[T]{parquet.Field{Name: name, Kind: parquet.Uint32, Encoding: e}, func(c *parquet.Column, row *T) { c.Number(uint64(of(row))) }}
}

func number64[T any](name string, e parquet.Encoding, of func(*T) uint64) field[T] {
	return field[T]{parquet.Field{Name: name, Kind: parquet.Uint64, Encoding: e}, func(c *parquet.Column, row *T) { c.Number(of(row)) }}
}

// maybeNumber is a number that a row may lack.
func maybeNumber[T any, N uint32 | uint64 | int64](name string, k parquet.Kind, of func(*T) *N) field[T] {
	return field[T]{parquet.Field{Name: name, Kind: k, Optional: true}, func(c *parquet.Column, row *T) {
		if n := of(row); n != nil {
			c.Number(uint64(*n))
		} else {
			c.Null()
		}
	}}
}

func truthOf[T any](name string, of func(*T) bool) field[T] {
	return field[T]{parquet.Field{Name: name, Kind: parquet.Bool}, func(c *parquet.Column, row *T) { c.Bool(of(row)) }}
}

// milliseconds since 1970; nil for none.
func milliseconds(t *time.Time) *int64 {
	if t == nil {
		return nil
	}
	n := t.UnixMilli()
	return &n
}

// The columns of the Parquet tables.
var (
	dumpFields = []field[Dump]{
		named("dump", func(d *Dump) string { return d.Dump }),
		number32("seq", parquet.Plain, func(d *Dump) uint32 { return d.Seq }),
		maybeNumber("time", parquet.Time, func(d *Dump) *int64 { return milliseconds(d.Time) }),
		named("producer", func(d *Dump) string { return d.Producer }),
		named("php", func(d *Dump) string { return d.PHP }),
		named("verdict", func(d *Dump) string { return d.Verdict }),
		truthOf("complete", func(d *Dump) bool { return d.Complete }),
		number64("items", parquet.Plain, func(d *Dump) uint64 { return d.Items }),
		number64("roots", parquet.Plain, func(d *Dump) uint64 { return d.Roots }),
		number64("edges", parquet.Plain, func(d *Dump) uint64 { return d.Edges }),
		maybeNumber("memory_usage", parquet.Uint64, func(d *Dump) *uint64 { return d.MemoryUsage }),
		maybeNumber("memory_usage_real", parquet.Uint64, func(d *Dump) *uint64 { return d.MemoryUsageReal }),
		maybeNumber("peak_memory_usage", parquet.Uint64, func(d *Dump) *uint64 { return d.Peak }),
		maybeNumber("peak_memory_usage_real", parquet.Uint64, func(d *Dump) *uint64 { return d.PeakReal }),
		number64("explained_bytes", parquet.Plain, func(d *Dump) uint64 { return d.Explained }),
		number64("php_itself_bytes", parquet.Plain, func(d *Dump) uint64 { return d.Itself }),
		maybeNumber("unexplained_bytes", parquet.Int64, func(d *Dump) *int64 { return d.Unexplained }),
		number64("unreachable_bytes", parquet.Plain, func(d *Dump) uint64 { return d.Unreachable }),
		truthOf("raw", func(d *Dump) bool { return d.Raw }),
	}
	itemFields = []field[Item]{
		named("dump", func(it *Item) string { return it.Dump }),
		number32("item", parquet.Delta, func(it *Item) uint32 { return it.Item }),
		number64("address", parquet.Delta, func(it *Item) uint64 { return it.Address }),
		named("type", func(it *Item) string { return it.Type }),
		maybeNamed("class", func(it *Item) *string { return it.Class }),
		maybeNumber("object_handle", parquet.Uint64, func(it *Item) *uint64 { return it.Handle }),
		number64("reported_bytes", parquet.Delta, func(it *Item) uint64 { return it.Reported }),
		number64("allocated_bytes", parquet.Delta, func(it *Item) uint64 { return it.Allocated }),
		number64("retained_bytes", parquet.Delta, func(it *Item) uint64 { return it.Retained }),
		maybeNumber("idom", parquet.Uint32, func(it *Item) *uint32 { return it.Idom }),
		truthOf("reachable", func(it *Item) bool { return it.Reachable }),
		truthOf("is_root", func(it *Item) bool { return it.IsRoot }),
		maybeNamed("frame", func(it *Item) *string { return it.Frame }),
		maybeNamed("symbol", func(it *Item) *string { return it.Symbol }),
		number64("children_count", parquet.Delta, func(it *Item) uint64 { return it.Children }),
		truthOf("raw", func(it *Item) bool { return it.Raw }),
	}
	edgeFields = []field[Edge]{
		named("dump", func(e *Edge) string { return e.Dump }),
		number32("from_item", parquet.Delta, func(e *Edge) uint32 { return e.From }),
		maybeNumber("to_item", parquet.Uint32, func(e *Edge) *uint32 { return e.To }),
		named("key", func(e *Edge) string { return e.Key }),
		named("key_kind", func(e *Edge) string { return e.KeyKind }),
		truthOf("weak", func(e *Edge) bool { return e.Weak }),
		truthOf("reliable", func(e *Edge) bool { return e.Reliable }),
		truthOf("raw", func(e *Edge) bool { return e.Raw }),
	}
	placeFields = []field[Place]{
		named("dump", func(p *Place) string { return p.Dump }),
		number32("node", parquet.Plain, func(p *Place) uint32 { return p.Node }),
		maybeNumber("parent", parquet.Uint32, func(p *Place) *uint32 { return p.Parent }),
		number32("depth", parquet.Plain, func(p *Place) uint32 { return p.Depth }),
		named("label", func(p *Place) string { return p.Label }),
		maybeNamed("path", func(p *Place) *string { return p.Path }),
		maybeNamed("fingerprint", func(p *Place) *string { return p.Fingerprint }),
		maybeNamed("type", func(p *Place) *string { return p.Type }),
		maybeNamed("class", func(p *Place) *string { return p.Class }),
		number64("count", parquet.Plain, func(p *Place) uint64 { return p.Count }),
		number64("own_bytes", parquet.Plain, func(p *Place) uint64 { return p.Own }),
		number64("retained_bytes", parquet.Plain, func(p *Place) uint64 { return p.Retained }),
		number64("left_out_items", parquet.Plain, func(p *Place) uint64 { return p.LeftItems }),
		number64("left_out_bytes", parquet.Plain, func(p *Place) uint64 { return p.LeftBytes }),
		truthOf("raw", func(p *Place) bool { return p.Raw }),
	}
	typeFields = []field[Type]{
		named("dump", func(t *Type) string { return t.Dump }),
		named("name", func(t *Type) string { return t.Name }),
		named("type", func(t *Type) string { return t.Type }),
		number64("count", parquet.Plain, func(t *Type) uint64 { return t.Count }),
		number64("reported_bytes", parquet.Plain, func(t *Type) uint64 { return t.Reported }),
		number64("allocated_bytes", parquet.Plain, func(t *Type) uint64 { return t.Allocated }),
		number64("retained_bytes", parquet.Plain, func(t *Type) uint64 { return t.Retained }),
		truthOf("raw", func(t *Type) bool { return t.Raw }),
	}
)
