package report

import "iter"

// A grid is a table before it has a look. Its cells hold raw names: each
// format escapes them in its own way.
type grid struct {
	columns  []column
	rows     iter.Seq[[]cell] // may be run more than once; a row is valid until the next one
	headless bool             // the columns have no titles
	ruled    bool             // a line between any two rows
}

type column struct {
	title   string
	numeric bool
}

// A cell is made of lines, so that a line break in a name cannot be mistaken
// for one of the layout.
type cell []string

func columns(titles ...string) []column {
	cs := make([]column, len(titles))
	for i, t := range titles {
		cs[i].title = t
	}
	return cs
}

func numeric(title string) column { return column{title: title, numeric: true} }

// rowsOf makes the rows of a grid from a slice, one at a time: a table of a
// hundred thousand rows is never in memory as text.
func rowsOf[T any](values []T, row func(i int, v *T) []cell) iter.Seq[[]cell] {
	return func(yield func([]cell) bool) {
		for i := range values {
			if !yield(row(i, &values[i])) {
				return
			}
		}
	}
}
