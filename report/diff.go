package report

import (
	"io"
	"math"
	"strconv"

	"memtrail/analysis"
)

// Diff writes what differs between two dumps.
func Diff(w io.Writer, d *analysis.Diff, o Options) error {
	return render(w, diff{d}, o)
}

type diff struct{ *analysis.Diff }

func (d diff) page(out sheet, o Options) {
	out.info(d.Before.Name + " → " + d.After.Name)
	for _, text := range d.totals() {
		out.line(text)
	}
	if len(d.Classes)+len(d.Paths) == 0 {
		out.gap()
		out.line("Nothing differs.")
	}
	part := func(g grid, rows, cut int) {
		if rows == 0 {
			return
		}
		out.gap()
		if o.Format != Markdown {
			g = aligned(g)
		}
		out.table(g)
		if cut > 0 {
			out.line(plural(cut, "more row") + " not shown (--limit)")
		}
	}
	part(d.classes(o.Verbose), len(d.Classes), d.CutClasses)
	part(d.paths(o.Verbose), len(d.Paths), d.CutPaths)
	if d.Reported {
		out.gap()
		out.line("Bytes are the dumps' own sizes, not what was allocated.")
	}
	for _, m := range []*analysis.Moment{&d.Before, &d.After} {
		switch {
		case m.Complete && !sound(&m.Source):
			out.note(m.Name + " is damaged: what is in the part that is lost looks as if it was not there.")
		case !m.Complete:
			out.note(m.Name + " ends early, at byte " + strconv.FormatInt(m.EndsAt, 10) + ": what is in the part that is lost looks as if it was not there.")
		}
	}
}

// totals compare the dumps as wholes.
func (d diff) totals() []string {
	b, a := &d.Before, &d.After
	list := []string{"Items: " + grouped(b.Items) + " → " + grouped(a.Items) + ", " + changed(delta(b.Items, a.Items), grouped)}
	list = append(list, "Explained: "+memory(b.Explained)+" → "+memory(a.Explained)+", "+changed(delta(b.Explained, a.Explained), fine))
	if b.Header != nil && a.Header != nil {
		before, after := b.Header.MemoryUsage, a.Header.MemoryUsage
		text := "memory_usage: " + memory(before) + " → " + memory(after) + ", " + changed(delta(before, after), fine)
		if a.Rebuilt > b.Rebuilt {
			// At least, as there may have been dumps in between.
			text += "; " + fine(a.Rebuilt-b.Rebuilt) + " or more of it are property tables, built to be dumped"
		}
		list = append(list, text)
	}
	return list
}

// delta is after − before, as far as an int64 goes.
func delta(before, after uint64) int64 {
	if after >= before {
		return int64(min(after-before, math.MaxInt64))
	}
	return -int64(min(before-after, math.MaxInt64))
}

// changed writes a difference with its sign.
func changed(d int64, text func(uint64) string) string {
	switch {
	case d < 0:
		return "−" + text(uint64(-d))
	case d > 0:
		return "+" + text(uint64(d))
	}
	return "±0"
}

// changeColumns are the numbers of a change.
func changeColumns() []column {
	return []column{numeric("Count before"), numeric("after"), numeric("±"), numeric("Bytes before"), numeric("after"), numeric("±")}
}

func changeCells(c *analysis.Change) []cell {
	return []cell{{grouped(c.Before.Count)}, {grouped(c.After.Count)}, {changed(delta(c.Before.Count, c.After.Count), grouped)},
		{fine(c.Before.Bytes)}, {fine(c.After.Bytes)}, {changed(delta(c.Before.Bytes, c.After.Bytes), fine)}}
}

func (d diff) classes(all bool) grid {
	return grid{columns: append(columns("Type or class"), changeColumns()...), rows: rowsOf(d.Classes, func(_ int, c *analysis.Change) []cell {
		return append([]cell{{shorten(changeName(c), widthOf(classWidth, all))}}, changeCells(c)...)
	})}
}

func (d diff) paths(all bool) grid {
	titles := columns("Where", "Holds")
	if all {
		titles = columns("Where", "Fingerprint", "Holds")
	}
	return grid{columns: append(titles, changeColumns()...), rows: rowsOf(d.Paths, func(_ int, c *analysis.Change) []cell {
		row := []cell{{shorten(c.Path, widthOf(classWidth, all))}}
		if all {
			row = append(row, cell{c.Fingerprint})
		}
		return append(append(row, cell{shorten(changeName(c), widthOf(labelWidth, all))}), changeCells(c)...)
	})}
}

// changeName is the class of what is counted, or its type.
func changeName(c *analysis.Change) string {
	if c.Class != "" {
		return c.Class
	}
	return c.Type
}

// aligned has the numbers of a table on the right.
func aligned(g grid) grid {
	widths, _ := measure(g)
	rows := g.rows
	g.rows = func(yield func([]cell) bool) {
		for row := range rows {
			for i, c := range row {
				if g.columns[i].numeric {
					row[i] = cell{padLeft(c[0], widths[i])}
				}
			}
			if !yield(row) {
				return
			}
		}
	}
	return g
}

func (d diff) records(Options) grid {
	row := func(part string, c *analysis.Change) []cell {
		return []cell{{part}, {c.Path}, {c.Fingerprint}, {c.Type}, {c.Class},
			{count(c.Before.Count)}, {count(c.Before.Bytes)}, {count(c.After.Count)}, {count(c.After.Bytes)},
			{strconv.FormatInt(delta(c.Before.Count, c.After.Count), 10)}, {strconv.FormatInt(delta(c.Before.Bytes, c.After.Bytes), 10)}}
	}
	return grid{
		columns: columns("by", "path", "fingerprint", "type", "class", "before_count", "before_bytes", "after_count", "after_bytes", "delta_count", "delta_bytes"),
		rows: func(yield func([]cell) bool) {
			for i := range d.Classes {
				if !yield(row("class", &d.Classes[i])) {
					return
				}
			}
			for i := range d.Paths {
				if !yield(row("path", &d.Paths[i])) {
					return
				}
			}
		},
	}
}
