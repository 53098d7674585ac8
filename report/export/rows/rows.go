// Package rows writes dumps as tables: of items, references, places, classes and
// the dumps themselves, each row with the name of its dump, for databases.
//
// The tables are the same in Parquet, JSON and CSV. Text in Parquet and JSON is
// that of the dump: a row any of whose names is not UTF-8 has raw set, and then all
// its names are in Latin-1, each code point one byte of the original. In CSV it is
// escaped as in package report.
package rows

import (
	"time"
	"unicode/utf8"

	"memtrail/analysis"
	"memtrail/analysis/inventory"
	"memtrail/graph"
	"memtrail/report"
)

// Dump is what is known of a dump.
type Dump struct {
	Dump     string     `json:"dump"`
	Seq      uint32     `json:"seq"`
	Time     *time.Time `json:"time"`
	Producer string     `json:"producer"`
	PHP      string     `json:"php"`
	Verdict  string     `json:"verdict"`
	Complete bool       `json:"complete"`
	Items    uint64     `json:"items"`
	Roots    uint64     `json:"roots"`
	Edges    uint64     `json:"edges"`

	MemoryUsage     *uint64 `json:"memory_usage"`
	MemoryUsageReal *uint64 `json:"memory_usage_real"`
	Peak            *uint64 `json:"peak_memory_usage"`
	PeakReal        *uint64 `json:"peak_memory_usage_real"`

	Explained   uint64 `json:"explained_bytes"`
	Itself      uint64 `json:"php_itself_bytes"`
	Unexplained *int64 `json:"unexplained_bytes"`
	Unreachable uint64 `json:"unreachable_bytes"`
	Raw         bool   `json:"raw,omitempty"`
}

// Item is an item of a dump.
type Item struct {
	Dump      string  `json:"dump"`
	Item      uint32  `json:"item"`
	ID        string  `json:"id"`
	Address   uint64  `json:"-"` // 0 where the id is no number
	Type      string  `json:"type"`
	Class     *string `json:"class"`
	Handle    *uint64 `json:"object_handle"`
	Reported  uint64  `json:"reported_bytes"`
	Allocated uint64  `json:"allocated_bytes"`
	Retained  uint64  `json:"retained_bytes"`
	Idom      *uint32 `json:"idom"`
	Reachable bool    `json:"reachable"`
	IsRoot    bool    `json:"is_root"`
	Frame     *string `json:"frame"`
	Symbol    *string `json:"symbol"`
	Children  uint64  `json:"children_count"`
	Raw       bool    `json:"raw,omitempty"`
}

// Edge is a reference.
type Edge struct {
	Dump     string  `json:"dump"`
	From     uint32  `json:"from_item"`
	To       *uint32 `json:"to_item"`
	Key      string  `json:"key"`
	KeyKind  string  `json:"key_kind"`
	Weak     bool    `json:"weak"`
	Reliable bool    `json:"reliable"`
	Raw      bool    `json:"raw,omitempty"`
}

// Place is a node of the dominator tree.
type Place struct {
	Dump        string  `json:"dump"`
	Node        uint32  `json:"node"`
	Parent      *uint32 `json:"parent"`
	Depth       uint32  `json:"depth"`
	Label       string  `json:"label"`
	Path        *string `json:"path"`
	Fingerprint *string `json:"fingerprint"`
	Type        *string `json:"type"`
	Class       *string `json:"class"`
	Count       uint64  `json:"count"`
	Own         uint64  `json:"own_bytes"`
	Retained    uint64  `json:"retained_bytes"`
	LeftItems   uint64  `json:"left_out_items"`
	LeftBytes   uint64  `json:"left_out_bytes"`
	Raw         bool    `json:"raw,omitempty"`
}

// Type is a class, or a type of what has none.
type Type struct {
	Dump      string `json:"dump"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Count     uint64 `json:"count"`
	Reported  uint64 `json:"reported_bytes"`
	Allocated uint64 `json:"allocated_bytes"`
	Retained  uint64 `json:"retained_bytes"`
	Raw       bool   `json:"raw,omitempty"`
}

// A filler makes the rows of one dump. Pointers of a row are to fields of the filler,
// which the next row but some overwrites: see batch.
type filler struct {
	v    *inventory.Inventory
	name string // of the dump; one that is not UTF-8 makes all rows raw
	// escapes says that what is not UTF-8 is escaped later on.
	escapes bool
	plain   bool // the name of the dump is UTF-8
}

// raw applies the rule for raw bytes to the names of a row, which may be nil.
func (f *filler) raw(names ...*string) bool { return !f.escapes && report.Latin1(names...) }

// ascii reports whether a text needs no look at the rule for raw bytes, if the name
// of the dump does not either.
func (f *filler) ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return f.plain
}

func (f *filler) dump() Dump {
	v := f.v
	d := Dump{
		Dump: f.name, Seq: uint32(v.Seq), Producer: v.Producer, PHP: v.PHP, Verdict: string(v.Verdict()), Complete: v.Complete,
		Items: v.Source.Items, Roots: v.Roots, Edges: v.Edges, Explained: v.Explained, Itself: v.Itself(), Unreachable: v.Unreachable,
	}
	if !v.Time.IsZero() {
		t := v.Time.UTC()
		d.Time = &t
	}
	if h := v.Header; h != nil {
		h := *h
		d.MemoryUsage, d.MemoryUsageReal = &h.MemoryUsage, &h.MemoryUsageReal
		d.Peak, d.PeakReal = &h.PeakMemoryUsage, &h.PeakMemoryUsageReal
	}
	if _, ok := v.MemoryUsage(); ok {
		rest := v.Unexplained()
		d.Unexplained = &rest
	}
	d.Raw = f.raw(&d.Dump, &d.PHP)
	return d
}

func (f *filler) item(it *inventory.Item, row *Item, room *itemRoom, text bool) {
	*row = Item{
		Dump: f.name, Item: uint32(it.Node), Type: it.Type,
		Reported: it.Reported, Allocated: it.Allocated, Retained: it.Retained,
		Reachable: it.Reachable, IsRoot: it.IsRoot, Children: it.Children,
	}
	if text {
		row.ID = f.v.ID(it.Node)
	}
	row.Address = it.Address
	row.Class = place(&room.class, it.Class, it.HasClass)
	row.Handle = place(&room.handle, it.Handle, it.HasHandle)
	row.Idom = place(&room.idom, uint32(it.Dominator), it.Dominator != graph.None)
	row.Frame = place(&room.frame, it.Frame, it.Frame != "")
	row.Symbol = place(&room.symbol, it.Symbol, it.Symbol != "")
	if !f.ascii(row.Type) || !f.ascii(it.Class) || !f.ascii(row.ID) || !f.ascii(it.Frame) || !f.ascii(it.Symbol) {
		row.Raw = f.raw(&row.Dump, &row.ID, &row.Type, row.Class, row.Frame, row.Symbol)
	}
}

// itemRoom is where the optional values of a row lie.
type itemRoom struct {
	handle               uint64
	class, frame, symbol string
	idom                 uint32
}

// place puts a value where it may be pointed at; nil if there is none.
func place[T any](at *T, value T, present bool) *T {
	if !present {
		return nil
	}
	*at = value
	return at
}

func (f *filler) edge(e *inventory.Edge, row *Edge, to *uint32) {
	*row = Edge{Dump: f.name, From: uint32(e.From), Key: e.Key, KeyKind: string(e.KeyKind), Weak: e.Weak, Reliable: e.Reliable}
	row.To = place(to, uint32(e.To), !e.Missing)
	if !f.ascii(row.Key) {
		row.Raw = f.raw(&row.Dump, &row.Key)
	}
}

func (f *filler) place(p *inventory.Place) Place {
	row := Place{
		Dump: f.name, Node: uint32(p.Node), Depth: uint32(p.Depth), Label: p.Label, Count: p.Items(),
		Own: p.Own, Retained: p.Retained, LeftItems: p.LeftOutItems, LeftBytes: p.LeftOutBytes,
	}
	if p.Parent >= 0 {
		parent := uint32(p.Parent)
		row.Parent = &parent
	}
	row.Path, row.Fingerprint = orNull(p.Path), orNull(p.Fingerprint)
	row.Type, row.Class = orNull(p.Type), orNull(p.Class)
	row.Raw = f.raw(&row.Dump, &row.Label, row.Path, row.Type, row.Class)
	return row
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (f *filler) types(yield func(*Type) bool) {
	for _, t := range f.v.Types() {
		row := Type{Dump: f.name, Name: t.Name, Type: t.Kind, Count: t.Count, Reported: t.ReportedBytes, Allocated: t.AllocatedBytes, Retained: t.RetainedBytes}
		if row.Type == analysis.NoType {
			row.Name = analysis.NoType
		}
		row.Raw = f.raw(&row.Dump, &row.Name, &row.Type)
		if !yield(&row) {
			return
		}
	}
}
