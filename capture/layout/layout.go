// Package layout knows where PHP keeps the fields of its structures: a table
// with a row for each field and a column for each minor version, on 64-bit
// platforms. Within a minor version public structures do not change: that is
// PHP's promise to extensions. What is private to PHP's own files is not
// here: it is found out at run time, see package zendmm.
//
// The table is made from the headers of real builds by the command in
// directory gen, which a test runs where headers are installed.
package layout

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed layouts.tsv
var text string

// Field is where a field lies: its offset from the start of its structure, and
// its size, in bytes. Of a structure as a whole the offset is 0.
type Field struct{ Offset, Size uint64 }

// Table has the fields of one minor version.
type Table struct {
	// Version is that of the column as PHP_VERSION_ID counts, patch release 0:
	// 80200 for 8.2.
	Version int
	fields  map[string]Field
}

// tables parses the table once.
var tables = sync.OnceValue(func() []*Table { return parse(text) })

// parse reads a table that this package's tests have seen, so that it does not
// report errors: a malformed cell is a field that a version does not have.
func parse(text string) []*Table {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	head := strings.Split(lines[0], "\t")[2:]
	all := make([]*Table, len(head))
	for i, name := range head {
		all[i] = &Table{Version: number(name), fields: map[string]Field{}}
	}
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		name := cells[0]
		if cells[1] != "" {
			name += "." + cells[1]
		}
		for i, cell := range cells[2:] {
			offset, size, ok := strings.Cut(cell, "+")
			o, err1 := strconv.ParseUint(offset, 10, 32)
			n, err2 := strconv.ParseUint(size, 10, 32)
			if ok && err1 == nil && err2 == nil {
				all[i].fields[name] = Field{o, n}
			}
		}
	}
	return all
}

// number turns "8.2" into 80200.
func number(minor string) int {
	major, rest, _ := strings.Cut(minor, ".")
	a, _ := strconv.Atoi(major)
	b, _ := strconv.Atoi(rest)
	return a*10000 + b*100
}

// For gives the table of a version as PHP_VERSION_ID counts; ok is false for a
// minor version that is not in the table.
func For(version int) (t *Table, ok bool) {
	for _, t := range tables() {
		if t.Version/100 == version/100 {
			return t, true
		}
	}
	return nil, false
}

// Nearest gives the table whose version is the closest among those that are
// alike in some way; nil if none is.
func Nearest(version int, alike func(*Table) bool) *Table {
	var best *Table
	for _, t := range tables() {
		if !alike(t) {
			continue
		}
		if best == nil || distance(t.Version, version) < distance(best.Version, version) {
			best = t
		}
	}
	return best
}

func distance(a, b int) int { return max(a, b) - min(a, b) }

// Known lists the minor versions, as "7.4, 8.0, …".
func Known() string {
	var names []string
	for _, t := range tables() {
		names = append(names, t.String())
	}
	return strings.Join(names, ", ")
}

// String is the minor version, like "8.2".
func (t *Table) String() string { return fmt.Sprintf("%d.%d", t.Version/10000, t.Version/100%100) }

// Offset gives the offset of "structure.field" in bytes, 0 if the version does
// not have it; see [Table.Has].
func (t *Table) Offset(name string) uint64 { return t.fields[name].Offset }

// Size gives the size of a structure or of one of its fields, in bytes.
func (t *Table) Size(name string) uint64 { return t.fields[name].Size }

// Has reports whether the version has a structure or field.
func (t *Table) Has(name string) bool {
	_, ok := t.fields[name]
	return ok
}

// Names lists all structures and fields of the version.
func (t *Table) Names() []string {
	var all []string
	for name := range t.fields {
		all = append(all, name)
	}
	return all
}
