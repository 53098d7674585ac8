package report

import (
	"strconv"

	"memtrail/analysis"
)

type topChildren struct{ *analysis.TopChildren }

func (t topChildren) page(out sheet, _ Options) {
	g := grid{columns: []column{numeric("Num"), {title: "Item ids"}, numeric("Children")}}
	if t.WithPaths {
		g.columns = append(g.columns, columns("Type", "Class", "Path")...)
	}
	g.rows = rowsOf(t.Containers, func(i int, c *analysis.Container) []cell {
		row := []cell{{strconv.Itoa(i + 1)}, {c.ID}, {count(c.Children)}}
		if t.WithPaths {
			row = append(row, cell{c.Type}, cell{c.Class}, cell{c.Path})
		}
		return row
	})
	out.table(g)
}

func (t topChildren) records(Options) grid {
	if !t.WithPaths {
		return grid{
			columns: columns("id", "children"),
			rows: rowsOf(t.Containers, func(_ int, c *analysis.Container) []cell {
				return []cell{{c.ID}, {count(c.Children)}}
			}),
		}
	}
	return grid{
		columns: columns("id", "type", "class", "children", "path"),
		rows: rowsOf(t.Containers, func(_ int, c *analysis.Container) []cell {
			return []cell{{c.ID}, {c.Type}, {c.Class}, {count(c.Children)}, {c.Path}}
		}),
	}
}

// In a containerJSON type, class and path are null where nobody asked for them.
type containerJSON struct {
	ID       string  `json:"id"`
	Type     *string `json:"type"`
	Class    *string `json:"class"`
	Children uint64  `json:"children"`
	Path     *string `json:"path"`
	Raw      bool    `json:"raw,omitempty"`
}

func (t topChildren) document() document {
	d := document{{"containers", listOf(t.Containers, encodeContainer)}}
	return append(d, completeness(&t.Source)...)
}

func encodeContainer(c *analysis.Container) containerJSON {
	d := containerJSON{
		ID:       c.ID,
		Type:     orNull(c.Type, c.Type != ""),
		Class:    orNull(c.Class, c.Class != ""),
		Children: c.Children,
		Path:     orNull(c.Path, c.Path != ""),
	}
	d.Raw = latin1(&d.ID, d.Type, d.Class, d.Path)
	return d
}
