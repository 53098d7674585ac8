package report

import (
	"fmt"

	"memtrail/analysis/query"
)

type summary struct{ *query.Summary }

func (s summary) page(out sheet, o Options) {
	titles := map[query.Grouping]string{
		query.ByNamespace: "Namespace",
		query.ByFrame:     "Frame or static",
	}
	first, ok := titles[s.GroupedBy]
	if !ok {
		first = "Type"
	}
	g := grid{columns: []column{nameColumn(first), numeric("Instances Count"), numeric("Cumulated Self Size (bytes)")}}
	g.columns = append(g.columns, s.sizes().columns(" (bytes)")...)
	g.rows = textRows(s.Groups, len(g.columns), func(g *query.Group, row []string) {
		row[0], row[1], row[2] = g.Name, ungrouped(g.Count), ungrouped(g.ReportedBytes)
		s.sizes().fill(row[3:], g.AllocatedBytes, g.RetainedBytes)
	})
	out.table(g)
	if s.Cut > 0 {
		out.line(fmt.Sprintf("%s not shown (--limit)", plural(s.Cut, "more row")))
	}
	if text := lostWords(&s.Lost, s.Capture != nil); text != "" {
		flow(out, o).line(text)
	}
}

func (s summary) sizes() moreSizes { return moreSizes{s.Allocated, s.Retained} }

func (s summary) records(Options) grid {
	name := "type"
	if !s.byClass() {
		name = string(s.GroupedBy)
	}
	g := grid{
		columns: columns(name, "kind", "count", "reported_bytes"),
	}
	g.columns = append(g.columns, s.sizes().csvColumns()...)
	g.rows = textRows(s.Groups, len(g.columns), func(g *query.Group, row []string) {
		row[0], row[1], row[2], row[3] = g.Name, g.Kind, ungrouped(g.Count), ungrouped(g.ReportedBytes)
		s.sizes().fill(row[4:], g.AllocatedBytes, g.RetainedBytes)
	})
	return g
}

// byClass reports whether the grouping is php-meminfo's own, which JSON and CSV do
// not name.
func (s summary) byClass() bool {
	return s.GroupedBy == query.ByClass || s.GroupedBy == ""
}

type groupJSON struct {
	Type          string `json:"type"`
	Kind          string `json:"kind"`
	Count         uint64 `json:"count"`
	ReportedBytes uint64 `json:"reported_bytes"`

	sizesJSON

	Holders     []holderJSON     `json:"holders,omitempty"`
	MoreHolders *moreHoldersJSON `json:"more_holders,omitempty"`

	Raw bool `json:"raw,omitempty"`
}

type holderJSON struct {
	Class         string `json:"class"`
	Count         uint64 `json:"count"`
	RetainedBytes uint64 `json:"retained_bytes"`
	Raw           bool   `json:"raw,omitempty"`
}

// moreHoldersJSON is what holders have that are not told apart.
type moreHoldersJSON struct {
	Holders       int    `json:"holders"`
	Count         uint64 `json:"count"`
	RetainedBytes uint64 `json:"retained_bytes"`
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
		if s.GroupedBy == query.ByFrame {
			d = append(d, member{"lost", encodeLostAmounts(&s.Lost)})
		}
	}
	d = append(d, member{"types", listOf(s.Groups, s.encodeGroup)})
	if s.Cut > 0 {
		d = append(d, member{"more", s.Cut})
	}
	d = append(d, completeness(&s.Source)...)
	return append(d, member{"defects", defects})
}

func (s summary) encodeGroup(g *query.Group) groupJSON {
	d := groupJSON{Type: g.Name, Kind: g.Kind, Count: g.Count, ReportedBytes: g.ReportedBytes, sizesJSON: s.sizes().encode(g.AllocatedBytes, g.RetainedBytes)}
	d.Raw = latin1(&d.Type, &d.Kind)
	if h := g.Held; h != nil {
		d.Holders = sliceOf(h.By, func(x *query.Holder) holderJSON {
			j := holderJSON{Class: x.Class, Count: x.Count, RetainedBytes: x.RetainedBytes}
			j.Raw = latin1(&j.Class)
			return j
		})
		if h.More > 0 {
			d.MoreHolders = &moreHoldersJSON{h.More, h.Rest.Count, h.Rest.RetainedBytes}
		}
	}
	return d
}
