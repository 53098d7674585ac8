package report

import (
	"cmp"
	"io"
	"strconv"
	"strings"

	"memtrail/analysis/growth"
)

// Diff writes what differs between two dumps: by class, and by place.
func Diff(w io.Writer, d *growth.Diff, o Options) error {
	return render(w, diff{d}, o)
}

type diff struct{ *growth.Diff }

func (d diff) page(out sheet, o Options) {
	if o.Format == Markdown {
		out.info(d.Before.Name + " → " + d.After.Name)
	} else {
		for _, line := range words(rawName(d.Before.Name), " → ", rawName(d.After.Name)).lines(o.columns(), o.detail()) {
			out.info(line)
		}
	}
	out = flow(out, o)
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
			g, _ = narrow(g, cmp.Or(o.Width, pageWidth), before)
		}
		out.table(g)
		if cut > 0 {
			out.line(plural(cut, "more row") + " not shown (--limit)")
		}
	}
	part(d.classes(), len(d.Classes), d.CutClasses)
	part(d.paths(o.Verbose), len(d.Paths), d.CutPaths)
	if d.Reported {
		out.gap()
		out.line("Bytes are the dumps' own sizes, not what was allocated.")
	}
	for _, m := range []*growth.Snapshot{&d.Before, &d.After} {
		switch {
		case m.Complete && !sound(&m.Source):
			out.note(m.Name + " is damaged: the part that is missing looks as if it was not there.")
		case !m.Complete:
			out.note(m.Name + " ends early, at byte " + strconv.FormatInt(m.EndsAt, 10) + ": the part that is missing looks as if it was not there.")
		}
	}
}

// totals compare the dumps as wholes.
func (d diff) totals() []string {
	b, a := &d.Before, &d.After
	list := []string{"Items: " + grouped(b.Items) + " → " + grouped(a.Items) + ", " + changed(delta(b.Items, a.Items), grouped)}
	list = append(list, "Explained: "+Size(b.Explained)+" → "+Size(a.Explained)+", "+changed(delta(b.Explained, a.Explained), Size))
	if b.Header != nil && a.Header != nil {
		before, after := b.Header.MemoryUsage, a.Header.MemoryUsage
		text := "memory_usage: " + Size(before) + " → " + Size(after) + ", " + changed(delta(before, after), Size)
		if a.Rebuilt > b.Rebuilt && after > before {
			// At least, as there may have been dumps in between.
			text += "; " + Size(min(a.Rebuilt-b.Rebuilt, after-before)) + " or more of it are property tables that the dumps made"
		}
		list = append(list, text)
	}
	return list
}

// changeColumns are the numbers of a change.
func changeColumns() []column {
	return []column{numeric("Count before"), numeric("Count"), numeric("±"), numeric("Bytes before"), numeric("Bytes"), numeric("±")}
}

// changeCells are a change's cells for changeColumns.
func changeCells(c *growth.Change) []cell {
	return []cell{{grouped(c.Before.Count)}, {grouped(c.After.Count)}, {changed(delta(c.Before.Count, c.After.Count), grouped)},
		{Size(c.Before.Bytes)}, {Size(c.After.Bytes)}, {changed(delta(c.Before.Bytes, c.After.Bytes), Size)}}
}

// classes is the table of changes by class.
func (d diff) classes() grid {
	return grid{columns: append([]column{nameColumn("Type or class")}, changeColumns()...), rows: rowsOf(d.Classes, func(_ int, c *growth.Change) []cell {
		return append([]cell{{within(changeName(c), maxWidth, verbose)}}, changeCells(c)...)
	})}
}

// paths is the table of changes by place; all adds fingerprints.
func (d diff) paths(all bool) grid {
	titles := []column{nameColumn("Where"), nameColumn("Holds")}
	if all {
		titles = []column{nameColumn("Where"), {title: "Fingerprint"}, nameColumn("Holds")}
	}
	return grid{columns: append(titles, changeColumns()...), rows: rowsOf(d.Paths, func(_ int, c *growth.Change) []cell {
		row := []cell{{within(c.Path, maxWidth, verbose)}}
		if all {
			row = append(row, cell{c.Fingerprint})
		}
		return append(append(row, cell{within(changeName(c), maxWidth, verbose)}), changeCells(c)...)
	})}
}

// before reports whether a column has numbers from before.
func before(c column) bool { return strings.HasSuffix(c.title, " before") }

// changeName is the class of what is counted, or its type.
func changeName(c *growth.Change) string {
	if c.Class != "" {
		return c.Class
	}
	return c.Type
}

func (d diff) records(Options) grid {
	row := func(part string, c *growth.Change) []cell {
		return []cell{{part}, {c.Path}, {c.Fingerprint}, {c.Type}, {c.Class},
			{ungrouped(c.Before.Count)}, {ungrouped(c.Before.Bytes)}, {ungrouped(c.After.Count)}, {ungrouped(c.After.Bytes)},
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
