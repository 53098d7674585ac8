// Package report lays out the results of package analysis: as the tables that
// php-meminfo's analyzer prints, as JSON, CSV and Markdown, those of a gate also
// as annotations, JUnit and SARIF, and a heap as a picture. It computes nothing
// but layout.
//
// A function that writes only reads the result that it is given, and keeps none
// of it. Its error is that of the writer, or names a format that does not exist;
// after an error the output is incomplete. Bytes are bytes, shares are 1 for the
// whole.
//
// # Text for people
//
// Names in a dump are bytes of a crashed process. In tables, Markdown and CSV
// every control character, every invisible format character (the ones that
// reorder text among them) and every byte that is not UTF-8 is written as an
// escape of PHP's double-quoted strings: \n, \x1B, \u{202E}, \xFF. Backslashes
// of the name itself stay single, as in Foo\Bar, so these three formats are
// for reading; JSON is the one that loses nothing.
//
// A spreadsheet must not run a name either: a CSV cell that would be taken for
// a formula starts with an apostrophe.
//
// # JSON
//
// The output is ASCII: any other character is a \u escape. Lists are never
// null. What an item does not have (the class of an array, the frame of an
// item that is no root) is null. Keys beyond the documented ones may be added;
// those that only matter when something is wrong or cut ("ends_at", "more",
// "missing", …) are left out otherwise.
//
// A JSON string cannot hold arbitrary bytes. An object any of whose own names
// is not UTF-8 has "raw": true, and then all names directly in it are in
// Latin-1: each code point is one byte of the original. Objects inside it
// decide for themselves.
package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"memtrail/analysis/heap"
	"memtrail/analysis/leaks"
	"memtrail/analysis/query"
)

// Format is a way to write a result.
type Format string

// The formats.
const (
	Table    Format = "table"    // what php-meminfo prints, the default
	JSON     Format = "json"     // everything, for programs
	CSV      Format = "csv"      // one record a line, columns named like the JSON keys
	Markdown Format = "markdown" // the table for an issue or a merge request
)

// Formats returns all formats, the default first. The caller owns the slice.
func Formats() []Format { return []Format{Table, JSON, CSV, Markdown} }

// ParseFormat returns the format of that name. Its error lists the names.
func ParseFormat(name string) (Format, error) {
	return parseName("format", name, Formats())
}

// parseName returns the one of all names that a text is. what is the kind of
// name, for the error.
func parseName[T ~string](what, text string, all []T) (T, error) {
	if name := T(text); slices.Contains(all, name) {
		return name, nil
	}
	var valid []string
	for _, name := range all {
		valid = append(valid, string(name))
	}
	return "", fmt.Errorf("unknown %s %q, want one of %s", what, text, strings.Join(valid, ", "))
}

// Options says how to write a result. The zero value is php-meminfo's plain
// table.
type Options struct {
	Format  Format
	Color   bool // red, yellow and green for a terminal, tables only
	Verbose bool // items in full, lists uncut
	Full    bool // names uncut, in tables and Markdown
	ASCII   bool // charts have no characters beyond ASCII
	Width   int  // columns of the terminal; 0 for none: text has 80, php-meminfo's tables as many as they take
}

// Summary writes the counts and sizes of a dump's items by type, class, frame or
// namespace.
func Summary(w io.Writer, s *query.Summary, o Options) error {
	return render(w, summary{s}, o)
}

// TopChildren writes the containers of a dump that have the most children.
func TopChildren(w io.Writer, t *query.TopChildren, o Options) error {
	return render(w, topChildren{t}, o)
}

// Query writes the items that match a query; with Options.Verbose, their children.
func Query(w io.Writer, q *query.Query, o Options) error {
	return render(w, queryPage{q}, o)
}

// RefPaths writes the paths from roots that keep an item alive; with
// Options.Verbose, each step in full.
func RefPaths(w io.Writer, r *query.RefPaths, o Options) error {
	return render(w, refPaths{r}, o)
}

// Heap writes the chunks, pages and huge blocks of a heap, as far as the items of
// a dump tell them.
func Heap(w io.Writer, h *heap.Heap, o Options) error {
	return render(w, heapPage{h}, o)
}

// Leaks writes what looks like a leak in a dump. dump is the dump's name as the
// user typed it, for the commands to run next.
func Leaks(w io.Writer, l *leaks.Leaks, dump string, o Options) error {
	return render(w, leaksAnswer{l, dump}, o)
}

// A result is a value of package analysis that can be laid out. The formats do
// not know its type.
type result interface {
	page(s sheet, o Options) // for people
	records(o Options) grid  // for CSV
	document() document      // for JSON
}

// A sheet is what a page for people is written on. Its methods take raw names
// and escape them. Write errors are kept by the writer underneath, which
// reports them when it is flushed.
type sheet interface {
	info(text string) // a line that php-meminfo prints in green
	line(text string)
	note(text string) // a line that the reader should not overlook
	fail(text string) // a line on a failure
	gap()             // an empty line
	table(g grid)
}

// render writes a result in the format of the options.
func render(w io.Writer, r result, o Options) error {
	out := bufio.NewWriterSize(w, 64<<10)
	var err error
	switch o.Format {
	case Table, "":
		t := &terminal{out: out, color: o.Color, width: o.Width}
		r.page(t, o)
		err = t.err
	case Markdown:
		r.page(&markdown{out: out, full: o.Full}, o)
	case CSV:
		err = writeCSV(out, r.records(o))
	case JSON:
		err = writeJSON(out, r.document())
	default:
		_, err = ParseFormat(string(o.Format))
	}
	if err != nil {
		return err
	}
	return out.Flush()
}
