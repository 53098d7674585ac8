package report

import (
	"iter"
	"slices"
)

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
	name    bool // of names, which lose their middle where a table is too wide
}

// A cell is made of lines, so that a line break in a name cannot be mistaken
// for one of the layout.
type cell []string

// columns are columns of text with these titles.
func columns(titles ...string) []column {
	cs := make([]column, len(titles))
	for i, t := range titles {
		cs[i].title = t
	}
	return cs
}

func numeric(title string) column { return column{title: title, numeric: true} }

func nameColumn(title string) column { return column{title: title, name: true} }

// leastName is what a column of names is never narrower than.
const leastName = 12

// fit makes a table as narrow as a width, if its names allow it: the widest
// columns of them give way first.
func fit(g grid, width int) grid {
	widths, _ := measure(g)
	excess := -widthLeft(widths, width)
	limits := make([]int, len(widths))
	for ; excess > 0; excess-- {
		widest := -1
		for i, c := range g.columns {
			if c.name && widths[i] > leastName && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		limits[widest] = widths[widest]
	}
	rows := g.rows
	g.rows = func(yield func([]cell) bool) {
		for row := range rows {
			row = slices.Clone(row)
			for i, limit := range limits {
				if limit == 0 {
					continue
				}
				short := make(cell, len(row[i]))
				for l, text := range row[i] {
					short[l] = shorten(text, limit)
				}
				row[i] = short
			}
			if !yield(row) {
				return
			}
		}
	}
	return g
}

// widthLeft is what columns of these widths leave of a table's width: below zero
// if they are wider.
func widthLeft(widths []int, width int) int {
	width -= len("|")
	for _, w := range widths {
		width -= w + len("|  ")
	}
	return width
}

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

// textRows is rowsOf for rows of cells of one line each: they are filled in by fill,
// into memory that all rows share, as there may be a million.
func textRows[T any](values []T, columns int, fill func(v *T, row []string)) iter.Seq[[]cell] {
	return func(yield func([]cell) bool) {
		texts, row := make([]string, columns), make([]cell, columns)
		for i := range row {
			row[i] = texts[i : i+1 : i+1]
		}
		for i := range values {
			fill(&values[i], texts)
			if !yield(row) {
				return
			}
		}
	}
}

// without is a table but for the columns of a title.
func without(g grid, has func(column) bool) grid {
	out := grid{ruled: g.ruled, headless: g.headless}
	var kept []int
	for i, c := range g.columns {
		if !has(c) {
			kept = append(kept, i)
			out.columns = append(out.columns, c)
		}
	}
	out.rows = func(yield func([]cell) bool) {
		for row := range g.rows {
			var short []cell
			for _, i := range kept {
				short = append(short, row[i])
			}
			if !yield(short) {
				return
			}
		}
	}
	return out
}

// roomForNames is what the names of a table have before any of its numbers gives
// way to them.
const roomForNames = 48

// narrow makes a table as narrow as a width. Where its names would have too
// little room, columns that a reader can do without are left out: those that the
// first of minor has, and so on, until the names have it. Their titles are
// returned.
func narrow(g grid, width int, minor ...func(column) bool) (grid, []string) {
	var left []string
	for _, has := range minor {
		if hasRoom(g, width) {
			break
		}
		for _, c := range g.columns {
			if has(c) {
				left = append(left, c.title)
			}
		}
		g = without(g, has)
	}
	return fit(g, width), left
}

// hasRoom reports whether a width has room for the names of a table.
func hasRoom(g grid, width int) bool {
	widths, _ := measure(g)
	names := 0
	for i, c := range g.columns {
		if c.name {
			names += widths[i]
			widths[i] = 0
		}
	}
	return widthLeft(widths, width) >= min(names, roomForNames)
}

// hasTitle reports of a column whether it has a title.
func hasTitle(title string) func(column) bool {
	return func(c column) bool { return c.title == title }
}

// aligned is a table with its numbers and their titles on the right, for a
// terminal.
func aligned(g grid) grid {
	widths, _ := measure(g)
	g.columns = slices.Clone(g.columns)
	for i := range g.columns {
		if c := &g.columns[i]; c.numeric {
			c.title = padLeft(c.title, widths[i])
		}
	}
	rows := g.rows
	g.rows = func(yield func([]cell) bool) {
		for row := range rows {
			row = slices.Clone(row)
			for i := range row {
				if g.columns[i].numeric {
					row[i] = alignedCell(row[i], widths[i])
				}
			}
			if !yield(row) {
				return
			}
		}
	}
	return g
}

func alignedCell(c cell, width int) cell {
	lines := make(cell, len(c))
	for i, line := range c {
		lines[i] = padLeft(line, width)
	}
	return lines
}
