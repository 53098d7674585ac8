package report

import (
	"cmp"
	"strconv"

	"memtrail/analysis"
	"memtrail/analysis/query"
)

type queryPage struct{ *query.Query }

func (q queryPage) page(out sheet, o Options) {
	clip := &clipper{full: o.Full}
	if o.Verbose {
		out.table(grid{
			columns: []column{{title: "Item ids"}, nameColumn("Item data"), nameColumn("Children")},
			ruled:   true,
			rows: rowsOf(q.Items, func(_ int, it *analysis.Item) []cell {
				return []cell{{it.ID}, itemData(it, clip), childLines(it, clip)}
			}),
		})
	} else {
		// Ids alone are php-meminfo's answer. Who reads Markdown has no terminal to
		// ask further.
		named := o.Format == Markdown
		g := grid{columns: append(columns("Item id"), sizesOf(q.Items).columns("")...)}
		if named {
			g.columns = append(g.columns, nameColumn("Type"))
		}
		g.rows = rowsOf(q.Items, func(_ int, it *analysis.Item) []cell {
			row := append([]cell{{it.ID}}, sizesOf(q.Items).itemCells(it)...)
			if named {
				row = append(row, cell{clip.name(cmp.Or(nameOf(it), "(missing)"))})
			}
			return row
		})
		out.table(g)
	}
	// php-meminfo's table ends without a word about the rest, so ours does too.
	if more := int(q.Matched) - len(q.Items); more > 0 && o.Format == Markdown {
		out.line(plural(more, "more item") + " not shown (--limit)")
	}
	clip.note(out)
}

// records are the items' attributes; the children of an item go into one cell,
// a line each, only when asked for: a cell of a spreadsheet holds 32,767
// characters.
func (q queryPage) records(o Options) grid {
	g := grid{columns: columns("id", "type", "class", "object_handle", "size", "is_root",
		"frame", "symbol_name", "children_count")}
	g.columns = append(g.columns, sizesOf(q.Items).csvColumns()...)
	if o.Verbose {
		g.columns = append(g.columns, columns("children")...)
	}
	g.rows = rowsOf(q.Items, func(_ int, it *analysis.Item) []cell {
		row := []cell{{it.ID}, {it.Type}, {it.Class}, {it.Handle}, {ungrouped(it.Size)},
			{strconv.FormatBool(it.IsRoot)}, {it.Frame}, {it.Symbol}, {ungrouped(it.ChildrenCount)}}
		row = append(row, sizesOf(q.Items).itemCells(it)...)
		if o.Verbose {
			row = append(row, childLines(it, &clipper{full: true}))
		}
		return row
	})
	return g
}

func (q queryPage) document() document {
	d := document{
		{"matched", q.Matched},
		{"items", listOf(q.Items, encodeItem)},
	}
	return append(d, completeness(&q.Source)...)
}
