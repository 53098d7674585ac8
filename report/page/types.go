package page

import (
	"memtrail/analysis/query"
	"memtrail/report"
)

// typeRow is a row of the table of types.
type typeRow struct {
	Name                    string
	Count, Allocated, Bytes uint64
	Share                   float64
	Width                   uint64 // of the bar, of 100
	Held                    []query.Holder
	MoreHeld                int // further holders
	RestHeld                query.Holder
}

// mostHeld are the holders of a type that a page names.
const mostHeld = 4

// mostTypes are the rows of a page: a program has hundreds of classes, code that
// is generated may have tens of thousands.
const mostTypes = 1000

func (v *view) addTypes(p *Page) {
	groups := p.Overview.Types.Groups
	if n := len(groups) - mostTypes; n > 0 {
		v.MoreTypes, groups = n, groups[:mostTypes]
	}
	for i := range groups {
		g := &groups[i]
		share := float64(g.RetainedBytes) / float64(max(v.Explained, 1))
		row := typeRow{
			Name: report.Shorten(g.Name, widest), Count: g.Count, Allocated: g.AllocatedBytes, Bytes: g.RetainedBytes,
			Share: share, Width: uint64(min(100*share+0.5, 100)),
		}
		row.addHolders(g.Held)
		v.Types = append(v.Types, row)
	}
}

// addHolders names the classes that hold a type.
func (r *typeRow) addHolders(h *query.Held) {
	if h == nil {
		return
	}
	r.MoreHeld, r.RestHeld = h.More, h.Rest
	for i, x := range h.By {
		if i >= mostHeld {
			r.MoreHeld++
			r.RestHeld.Count += x.Count
			r.RestHeld.RetainedBytes += x.RetainedBytes
			continue
		}
		x.Class = report.Shorten(x.Class, widest)
		r.Held = append(r.Held, x)
	}
}
