package report

import (
	"memtrail/analysis"
	"memtrail/analysis/query"
)

type rootJSON struct {
	ID         string  `json:"id"`
	Frame      *string `json:"frame"`
	SymbolName *string `json:"symbol_name"`
	Raw        bool    `json:"raw,omitempty"`
}

// In a stepJSON key, reliable and weak are of the reference from the step
// before. The root has none: its key is null.
type stepJSON struct {
	ID       string  `json:"id"`
	Type     string  `json:"type"`
	Class    *string `json:"class"`
	Key      *string `json:"key"`
	Reliable bool    `json:"reliable"`
	Weak     bool    `json:"weak"`
	Entry    bool    `json:"entry,omitempty"`

	sizesJSON

	Raw bool `json:"raw,omitempty"`
}

func (r refPaths) document() document {
	d := document{
		{"item", encodeItem(&r.Item)},
		{"roots_reaching", r.RootsReaching},
		{"paths", listOf(r.Paths, encodePath)},
	}
	if r.Dominators != nil {
		d = append(d, member{"dominators", list(func(yield func(any) bool) {
			for _, x := range r.EachDominator {
				if !yield(encodeDominator(x)) {
					return
				}
			}
		})})
	}
	if r.DominatorsLeft > 0 {
		d = append(d, member{"dominators_left_out", leftOutJSON{r.DominatorsBefore, r.DominatorsLeft}})
	}
	if r.Cut > 0 {
		d = append(d, member{"more", r.Cut})
	}
	if r.WeakOnly {
		d = append(d, member{"weak_only", true})
	}
	if r.WeakRoots > 0 {
		d = append(d, member{"weak_roots", r.WeakRoots})
	}
	if len(r.Entries) > 0 {
		d = append(d, member{"entries", listOf(r.Entries, encodeMapEntry)})
	}
	return append(d, completeness(&r.Source)...)
}

// mapEntryJSON is a step to the value of a WeakMap's entry.
type mapEntryJSON struct {
	Step   string            `json:"step"`
	MapID  string            `json:"map_id"`
	Map    *string           `json:"map"`
	KeptBy query.EntryKeeper `json:"kept_by"`
	Raw    bool              `json:"raw,omitempty"`
}

func encodeMapEntry(e *query.EntryStep) mapEntryJSON {
	d := mapEntryJSON{Step: e.Expression, MapID: e.MapID, Map: orNull(e.MapPath, e.MapPath != ""), KeptBy: e.Keeper}
	d.Raw = latin1(&d.Step, &d.MapID, d.Map)
	return d
}

// A leftOutJSON says how many elements of a list are left out, and behind how many
// of those that it has.
type leftOutJSON struct {
	After int `json:"after"`
	Count int `json:"count"`
}

// encodePath gives a document, as a path may have any number of steps.
func encodePath(p *query.Path) document {
	expression, instead := p.Expression, orNull(p.Instead, p.Instead != "")
	raw := latin1(&expression, instead)
	d := document{
		{"expression", expression},
		{"root", encodeRoot(rootOf(p))},
		{"rank", p.Rank},
		{"reliable", p.Reliable},
		{"weak", p.Weak},
	}
	if instead != nil {
		d = append(d, member{"instead", *instead})
	}
	gap, cut := p.Gap()
	d = append(d, member{"steps", list(func(yield func(any) bool) {
		for i := range p.Len() {
			if cut && i == gap {
				continue
			}
			s := encodeStep(p.Step(i))
			if i == 0 {
				s.Key, s.Reliable, s.Weak = nil, true, false
			}
			if !yield(s) {
				return
			}
		}
	})})
	if cut {
		d = append(d, member{"left_out", leftOutJSON{gap, p.Left}})
	}
	if raw {
		d = append(d, member{"raw", true})
	}
	return d
}

type dominatorJSON struct {
	itemJSON
	Expression string `json:"expression"`
}

func encodeDominator(x *query.Dominator) dominatorJSON {
	return dominatorJSON{encodeItem(&x.Item), x.Expression}
}

func encodeRoot(it *analysis.Item) rootJSON {
	d := rootJSON{
		ID:         it.ID,
		Frame:      orNull(it.Frame, it.Frame != ""),
		SymbolName: orNull(it.Symbol, it.Symbol != ""),
	}
	d.Raw = latin1(&d.ID, d.Frame, d.SymbolName)
	return d
}

func encodeStep(s *query.Step) stepJSON {
	d := stepJSON{
		ID:        s.Item.ID,
		Type:      s.Item.Type,
		Class:     orNull(s.Item.Class, s.Item.HasClass || s.Item.Class != ""),
		Key:       orNull(s.Key, true),
		Reliable:  s.Reliable,
		Weak:      s.Weak,
		Entry:     s.Entry,
		sizesJSON: sizesJSON{s.Item.Allocated, s.Item.Retained},
	}
	d.Raw = latin1(&d.ID, &d.Type, d.Class, d.Key)
	return d
}
