package rows

import (
	"fmt"
	"io"
	"unicode/utf8"

	"memtrail/analysis/inventory"
	"memtrail/analysis/tree"
)

// Table names a table.
type Table string

// The tables.
const (
	Dumps  Table = "dumps"
	Items  Table = "items"
	Edges  Table = "edges"
	Places Table = "places"
	Types  Table = "types"
)

// Tables are all tables. The caller owns the slice.
func Tables() []Table { return []Table{Dumps, Items, Edges, Places, Types} }

// Format is a way to write a table.
type Format string

// The formats.
const (
	Parquet Format = "parquet"
	NDJSON  Format = "ndjson" // an object a line
	CSV     Format = "csv"
)

// A Source is a dump to be written.
type Source struct {
	*inventory.Inventory
	// Tree gives the dominator tree that places are the nodes of. It is asked for
	// only where the places are wanted.
	Tree func() *tree.Tree
}

// A Writer writes one table of any number of dumps. Next to their graphs it takes
// the memory of a row group at most.
type Writer interface {
	// Add writes the rows of a dump.
	Add(Source) error
	// Close ends the table. The error of either is that of the writer below.
	Close() error
}

// New gives a writer of a table. The error says that there is no such table or
// format.
func New(w io.Writer, format Format, table Table) (Writer, error) {
	switch table {
	case Dumps:
		return newWriter(w, format, dumpFields, dumpColumns, dumpCells, func(f *filler, _ Source, b *batch[Dump]) {
			*b.next() = f.dump()
		})
	case Items:
		room := make([]itemRoom, batchSize)
		return newWriter(w, format, itemFields, itemColumns, itemCells, func(f *filler, v Source, b *batch[Item]) {
			for it := range v.Items {
				row := b.next()
				if b.err != nil {
					return
				}
				f.item(it, row, &room[b.n-1], format != Parquet)
			}
		})
	case Edges:
		room := make([]uint32, batchSize)
		return newWriter(w, format, edgeFields, edgeColumns, edgeCells, func(f *filler, v Source, b *batch[Edge]) {
			for e := range v.References {
				row := b.next()
				if b.err != nil {
					return
				}
				f.edge(e, row, &room[b.n-1])
			}
		})
	case Places:
		return newWriter(w, format, placeFields, placeColumns, placeCells, func(f *filler, v Source, b *batch[Place]) {
			for _, p := range inventory.Places(v.Tree()) {
				*b.next() = f.place(&p)
			}
		})
	case Types:
		return newWriter(w, format, typeFields, typeColumns, typeCells, func(f *filler, _ Source, b *batch[Type]) {
			for t := range f.types {
				*b.next() = *t
			}
		})
	}
	return nil, fmt.Errorf("there is no table %q", table)
}

// An encoder writes rows in a format.
type encoder[T any] interface {
	write(rows []T) error
	endDump() error
	close() error
}

// batchSize is how many rows are encoded at once.
const batchSize = 1024

// batch collects rows for an encoder.
type batch[T any] struct {
	to   encoder[T]
	rows []T
	n    int
	err  error
}

// next gives the next row, to be overwritten. After an error there is one, too: it
// goes nowhere.
func (b *batch[T]) next() *T {
	if b.n == len(b.rows) {
		b.flush()
	}
	b.n++
	return &b.rows[b.n-1]
}

func (b *batch[T]) flush() {
	if b.err == nil && b.n > 0 {
		b.err = b.to.write(b.rows[:b.n])
	}
	b.n = 0
}

type writer[T any] struct {
	to     encoder[T]
	format Format
	rows   []T
	fill   func(*filler, Source, *batch[T])
}

func newWriter[T any](w io.Writer, format Format, fields []field[T], columns []string, cells func(*T, []string) []string,
	fill func(*filler, Source, *batch[T])) (Writer, error) {
	out := &writer[T]{format: format, rows: make([]T, batchSize), fill: fill}
	switch format {
	case Parquet:
		to, err := newParquet(w, fields)
		if err != nil {
			return nil, err
		}
		out.to = to
	case NDJSON:
		out.to = newNDJSON[T](w)
	case CSV:
		out.to = newCSV(w, columns, cells)
	default:
		return nil, fmt.Errorf("there is no format %q", format)
	}
	return out, nil
}

// Add implements Writer.
func (w *writer[T]) Add(v Source) error {
	b := &batch[T]{to: w.to, rows: w.rows}
	w.fill(&filler{v: v.Inventory, name: v.Name, escapes: w.format == CSV, plain: utf8.ValidString(v.Name)}, v, b)
	b.flush()
	if b.err != nil {
		return b.err
	}
	return w.to.endDump()
}

// Close implements Writer.
func (w *writer[T]) Close() error { return w.to.close() }
