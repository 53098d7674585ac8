package report

import (
	"memtrail/analysis/query"
	"strconv"
)

type topChildren struct{ *query.TopChildren }

func (t topChildren) page(out sheet, _ Options) {
	g := grid{columns: []column{numeric("Num"), {title: "Item ids"}, numeric("Children")}}
	if t.Allocated {
		g.columns = append(g.columns, numeric("Allocated"))
	}
	if t.Retained {
		g.columns = append(g.columns, numeric("Retained"))
	}
	if t.WithPaths {
		g.columns = append(g.columns, column{title: "Type"}, nameColumn("Class"), nameColumn("Path"))
	}
	g.rows = rowsOf(t.Containers, func(i int, c *query.Container) []cell {
		row := t.sizes([]cell{{strconv.Itoa(i + 1)}, {c.ID}, {count(c.Children)}}, c)
		if t.WithPaths {
			row = append(row, cell{c.Type}, cell{c.Class}, cell{c.Path})
		}
		return row
	})
	out.table(g)
}

// sizes appends the sizes that the list has.
func (t topChildren) sizes(row []cell, c *query.Container) []cell {
	if t.Allocated {
		row = append(row, cell{count(c.Allocated)})
	}
	if t.Retained {
		row = append(row, cell{count(c.Retained)})
	}
	return row
}

func (t topChildren) records(Options) grid {
	if !t.WithPaths {
		return grid{
			columns: columns("id", "children"),
			rows: rowsOf(t.Containers, func(_ int, c *query.Container) []cell {
				return []cell{{c.ID}, {count(c.Children)}}
			}),
		}
	}
	g := grid{
		columns: columns("id", "type", "class", "children", "path"),
		rows: rowsOf(t.Containers, func(_ int, c *query.Container) []cell {
			return t.sizes([]cell{{c.ID}, {c.Type}, {c.Class}, {count(c.Children)}, {c.Path}}, c)
		}),
	}
	if t.Allocated {
		g.columns = append(g.columns, columns("allocated_bytes")...)
	}
	if t.Retained {
		g.columns = append(g.columns, columns("retained_bytes")...)
	}
	return g
}

// In a containerJSON type, class and path are null where nobody asked for them.
type containerJSON struct {
	ID       string  `json:"id"`
	Type     *string `json:"type"`
	Class    *string `json:"class"`
	Children uint64  `json:"children"`
	Path     *string `json:"path"`

	AllocatedBytes *uint64 `json:"allocated_bytes,omitempty"`
	RetainedBytes  *uint64 `json:"retained_bytes,omitempty"`

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
	}
	if t.Allocated {
		d.AllocatedBytes = &c.Allocated
	}
	if t.Retained {
		d.RetainedBytes = &c.Retained
	}
	d.Raw = latin1(&d.ID, d.Type, d.Class, d.Path)
	return d
}
