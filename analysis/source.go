package analysis

import (
	"memtrail/dump"
	"memtrail/graph"
)

// SourceOf turns what a reader learnt into what a result carries.
func SourceOf(info *dump.Info) Source {
	s := Source{Items: info.Items, Roots: info.Roots, Complete: info.Complete, EndsAt: info.EndsAt, Capture: info.Capture}
	if h := info.Header; h != nil {
		s.Header = &Header{h.MemoryUsage, h.MemoryUsageReal, h.PeakMemoryUsage, h.PeakMemoryUsageReal}
	}
	if info.Fault != nil {
		s.Fault = info.Fault.Error()
	}
	for _, d := range info.Defects.List() {
		s.Defects = append(s.Defects, Defect{d.Kind.String(), d.Count, d.First, d.Kind.Loses()})
	}
	return s
}

// GraphSource adds the defects that only a graph shows. Their first offset is
// not kept: -1.
//
// What they mean depends on who wrote the dump. php-meminfo writes depth first
// since 1.0.4: it prints what it has named as a child, once, unless it has
// printed it before, and nothing else but roots. A child that the dump does not
// have, an item that nothing names, and two of one id are then what a lost or
// altered part of the file leaves behind; none occurs in some 230 real dumps.
// Older versions, forks and other tools do all three by themselves.
func GraphSource(g *graph.Graph, info *dump.Info) Source {
	s := SourceOf(info)
	c := g.Counts()
	orphans := uint64(0)
	closed := info.Closed && info.Complete && ProducerOf(g, info) == ProducerMeminfo
	if closed {
		orphans, _ = g.Orphans()
	}
	for _, d := range []Defect{
		{"duplicate_id", c.Duplicates, -1, closed},
		{"orphan_item", orphans, -1, closed},
		{"dangling_child", c.Dangling, -1, closed},
		{"address_reuse", c.Unreliable, -1, false},
	} {
		if d.Count > 0 {
			s.Defects = append(s.Defects, d)
		}
	}
	return s
}

// NoType stands for the type of an item that has none.
const NoType = "(no type)"

func ItemOf(it *dump.Item) Item {
	v := Item{
		ID: string(it.ID), Type: string(it.Type), Class: string(it.Class), Handle: string(it.Handle),
		Size: it.Size, IsRoot: it.IsRoot, Frame: string(it.Frame), Symbol: string(it.Symbol),
		HasClass: it.Has(dump.HasClass), HasChildren: it.Has(dump.HasChildren), ChildrenCount: it.NumChildren,
	}
	if !it.Has(dump.HasType) {
		v.Type = NoType
	}
	for _, x := range it.Extra {
		v.Extra = append(v.Extra, Extra{string(x.Name), string(x.Value)})
	}
	return v
}

// NodeItem is a node as an item, without its children.
func NodeItem(g *graph.Graph, n graph.NodeID) Item {
	k := g.Kind(n)
	from, to := g.Children(n)
	v := Item{
		ID: g.ID(n), Type: g.Name(k.Type), Class: g.Name(k.Class), Handle: g.Handle(n), Size: g.Size(n),
		HasClass: k.Fields&dump.HasClass != 0, HasChildren: k.Fields&dump.HasChildren != 0,
		ChildrenCount: uint64(to - from), Missing: g.Missing(n),
	}
	if k.Fields&dump.HasType == 0 && !v.Missing {
		v.Type = NoType
	}
	if r, ok := g.Root(n); ok {
		v.IsRoot, v.Frame, v.Symbol = true, g.Name(r.Frame), g.Name(r.Symbol)
	}
	return v
}
