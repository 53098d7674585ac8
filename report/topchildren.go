package report

import (
	"strconv"

	"memtrail/analysis/query"
)

type topChildren struct{ *query.TopChildren }

func (t topChildren) page(out sheet, _ Options) {
	g := grid{columns: []column{numeric("Num"), {title: "Item ids"}, numeric("Children")}}
	g.columns = append(g.columns, t.sizes().columns("")...)
	if t.WithPaths {
		g.columns = append(g.columns, column{title: "Type"}, nameColumn("Class"), nameColumn("Path"))
	}
	g.rows = rowsOf(t.Containers, func(i int, c *query.Container) []cell {
		row := []cell{{strconv.Itoa(i + 1)}, {c.ID}, {ungrouped(c.Children)}}
		row = append(row, t.sizes().cells(c.Allocated, c.Retained)...)
		if t.WithPaths {
			row = append(row, cell{c.Type}, cell{c.Class}, cell{c.Path})
		}
		return row
	})
	out.table(g)
}

func (t topChildren) sizes() moreSizes { return moreSizes{t.Allocated, t.Retained} }

func (t topChildren) records(Options) grid {
	if !t.WithPaths {
		return grid{
			columns: columns("id", "children"),
			rows: rowsOf(t.Containers, func(_ int, c *query.Container) []cell {
				return []cell{{c.ID}, {ungrouped(c.Children)}}
			}),
		}
	}
	g := grid{
		columns: columns("id", "type", "class", "children", "path"),
		rows: rowsOf(t.Containers, func(_ int, c *query.Container) []cell {
			row := []cell{{c.ID}, {c.Type}, {c.Class}, {ungrouped(c.Children)}, {c.Path}}
			return append(row, t.sizes().cells(c.Allocated, c.Retained)...)
		}),
	}
	g.columns = append(g.columns, t.sizes().csvColumns()...)
	return g
}

// In a containerJSON type, class and path are null unless the paths were asked for.
type containerJSON struct {
	ID       string  `json:"id"`
	Type     *string `json:"type"`
	Class    *string `json:"class"`
	Children uint64  `json:"children"`
	Path     *string `json:"path"`

	sizesJSON

	Raw bool `json:"raw,omitempty"`
}

func (t topChildren) document() document {
	d := document{{"containers", listOf(t.Containers, t.encodeContainer)}}
	return append(d, completeness(&t.Source)...)
}

func (t topChildren) encodeContainer(c *query.Container) containerJSON {
	d := containerJSON{
		ID:       c.ID,
		Type:     orNull(c.Type, c.Type != ""),
		Class:    orNull(c.Class, c.Class != ""),
		Children: c.Children,
		Path:     orNull(c.Path, c.Path != ""),

		sizesJSON: t.sizes().encode(c.Allocated, c.Retained),
	}
	d.Raw = latin1(&d.ID, d.Type, d.Class, d.Path)
	return d
}
