package report

import (
	"fmt"
	"memtrail/analysis/query"
)

type summary struct{ *query.Summary }

func (s summary) page(out sheet, _ Options) {
	titles := map[query.Grouping]string{
		query.ByNamespace: "Namespace",
		query.ByFrame:     "Frame or static",
	}
	first, ok := titles[s.GroupedBy]
	if !ok {
		first = "Type"
	}
	g := grid{columns: []column{nameColumn(first), numeric("Instances Count"), numeric("Cumulated Self Size (bytes)")}}
	if s.Allocated {
		g.columns = append(g.columns, numeric("Allocated (bytes)"))
	}
	if s.Retained {
		g.columns = append(g.columns, numeric("Retained (bytes)"))
	}
	g.rows = rowsOf(s.Groups, func(_ int, g *query.Group) []cell {
		return s.sizes([]cell{{g.Name}, {count(g.Count)}, {count(g.ReportedBytes)}}, g)
	})
	out.table(g)
	if s.Cut > 0 {
		out.line(fmt.Sprintf("%s not shown (--limit)", plural(s.Cut, "more row")))
	}
}

// sizes appends the sizes that the summary has beside the reported one.
func (s summary) sizes(row []cell, g *query.Group) []cell {
	if s.Allocated {
		row = append(row, cell{count(g.AllocatedBytes)})
	}
	if s.Retained {
		row = append(row, cell{count(g.RetainedBytes)})
	}
	return row
}

func (s summary) records(Options) grid {
	name := "type"
	if !s.byClass() {
		name = string(s.GroupedBy)
	}
	g := grid{
		columns: columns(name, "kind", "count", "reported_bytes"),
		rows: rowsOf(s.Groups, func(_ int, g *query.Group) []cell {
			return s.sizes([]cell{{g.Name}, {g.Kind}, {count(g.Count)}, {count(g.ReportedBytes)}}, g)
		}),
	}
	if s.Allocated {
		g.columns = append(g.columns, columns("allocated_bytes")...)
	}
	if s.Retained {
		g.columns = append(g.columns, columns("retained_bytes")...)
	}
	return g
}

// byClass tells php-meminfo's own grouping, which goes without saying.
func (s summary) byClass() bool {
	return s.GroupedBy == query.ByClass || s.GroupedBy == ""
}

type groupJSON struct {
	Type          string `json:"type"`
	Kind          string `json:"kind"`
	Count         uint64 `json:"count"`
	ReportedBytes uint64 `json:"reported_bytes"`

	AllocatedBytes *uint64 `json:"allocated_bytes,omitempty"`
	RetainedBytes  *uint64 `json:"retained_bytes,omitempty"`

	Raw bool `json:"raw,omitempty"`
}

func (s summary) document() document {
	defects := make(map[string]uint64, len(s.Defects))
	for _, d := range s.Defects {
		defects[d.Kind] += d.Count
	}
	d := document{
		{"header", (*headerJSON)(s.Header)},
		{"items", s.Items},
		{"roots", s.Roots},
	}
	if !s.byClass() {
		d = append(d, member{"grouped_by", s.GroupedBy})
	}
	d = append(d, member{"types", listOf(s.Groups, s.encodeGroup)})
	if s.Cut > 0 {
		d = append(d, member{"more", s.Cut})
	}
	d = append(d, completeness(&s.Source)...)
	return append(d, member{"defects", defects})
}

func (s summary) encodeGroup(g *query.Group) groupJSON {
	d := groupJSON{Type: g.Name, Kind: g.Kind, Count: g.Count, ReportedBytes: g.ReportedBytes}
	if s.Allocated {
		d.AllocatedBytes = &g.AllocatedBytes
	}
	if s.Retained {
		d.RetainedBytes = &g.RetainedBytes
	}
	d.Raw = latin1(&d.Type, &d.Kind)
	return d
}
