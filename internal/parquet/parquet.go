// Package parquet writes tables as Parquet files: flat ones, of texts, integers,
// booleans and times, in row groups. What it writes is what exports of dumps need,
// and only that: there is no nesting, one compression, zstd, and no reader. Package
// parquet-go does all of it, and is six times as large as the rest of an export: see
// docs/architecture.md. Tests read what is written here by parquet-go and by DuckDB.
//
// The format is that of parquet.thrift and Encodings.md of apache/parquet-format,
// 2.x: pages are DATA_PAGE_V2; row groups have bounds of each column, and the page
// index those of each page of numbers.
package parquet

// Kind is what the values of a column are.
type Kind uint8

// The kinds.
const (
	Text   Kind = iota // UTF-8
	Uint32             // a number below 2³²
	Uint64
	Int64
	Bool
	Time // milliseconds since 1970, UTC
)

// signed reports whether numbers may be below zero.
func (k Kind) signed() bool { return k == Int64 || k == Time }

// physical is the number of a type in the format.
func (k Kind) physical() int {
	switch k {
	case Bool:
		return 0 // BOOLEAN
	case Uint32:
		return 1 // INT32
	case Text:
		return 6 // BYTE_ARRAY
	}
	return 2 // INT64
}

// Encoding is how the values of a column are written.
type Encoding uint8

// The encodings.
const (
	Plain      Encoding = iota // as they are
	Dictionary                 // of Text: by number, as long as there are few
	Delta                      // of numbers: differences
)

// Field is the name and the type of a column.
type Field struct {
	Name     string
	Kind     Kind
	Encoding Encoding
	Optional bool // values may be missing
}
