package analysis

import (
	"slices"

	"memtrail/dump"
	"memtrail/graph"
)

// Names (types, classes, keys, symbols, frames, ids) are Go strings that hold
// the dump's own bytes, escapes undone. They need not be UTF-8 and may hold
// control bytes; whoever prints them escapes them.

// Header is the dump's own account of memory, in bytes.
type Header struct {
	MemoryUsage         uint64
	MemoryUsageReal     uint64
	PeakMemoryUsage     uint64
	PeakMemoryUsageReal uint64
}

// Defect is one kind of flaw met while reading a dump.
type Defect struct {
	Kind  string // stable snake_case name, e.g. "duplicate_key"
	Count uint64 // occurrences
	First int64  // byte offset of the first one in the uncompressed dump; -1 where it is not known
	// Loses says that the results have less than what was written, or something
	// else: items, references or roots are missing, or may be.
	Loses bool
}

// Source says what was read and how far it can be trusted. Every result that
// is rendered on its own carries one.
type Source struct {
	Header   *Header // nil when the dump has none
	Items    uint64
	Roots    uint64
	Complete bool  // false: the dump is truncated, see EndsAt
	EndsAt   int64 // byte offset behind the last byte that was understood
	// Fault is what is wrong with the input itself, as a clause: an error of
	// reading it, or that the file changed meanwhile; "" as a rule.
	Fault   string
	Defects []Defect
	Capture *dump.Capture // what only a capture knows; nil for a dump
}

// Verdict judges by what could not be read.
func (s *Source) Verdict() Verdict {
	switch {
	case !s.Complete:
		return Incomplete
	case slices.ContainsFunc(s.Defects, func(d Defect) bool { return d.Loses }):
		return Damaged
	case s.Capture != nil && !s.Capture.Balanced:
		return Damaged
	}
	return Sound
}

// Grouping is what a summary's rows stand for.
type Grouping string

// The groupings of a summary.
const (
	ByClass     Grouping = "class"     // php-meminfo's: the class of an object, else the type
	ByType      Grouping = "type"      // object, array, string, …
	ByNamespace Grouping = "namespace" // the namespace of an object's class, else the type
	ByFrame     Grouping = "frame"     // the frame or static that reaches the item first
)

// Summary counts the items of a dump in groups.
type Summary struct {
	Source
	Columns
	GroupedBy Grouping
	Groups    []Group // sorted, cut to the limit
	Cut       int     // groups that the limit left out
}

// Group is one row of a summary.
type Group struct {
	Name           string
	Kind           string // type of its items: object, array, string, …; "mixed" where they differ
	Count          uint64
	ReportedBytes  uint64 // sum of the dump's own size field
	AllocatedBytes uint64 // what PHP's allocator spent for the items; see Summary.Columns
	RetainedBytes  uint64 // what the items keep alive between them; likewise
}

// Columns says which sizes beside the reported one a result has.
type Columns struct {
	Allocated bool // what PHP's allocator spent, by the model of package zend
	Retained  bool // what would be freed if the items went
}

// TopChildren lists the widest containers, widest first.
type TopChildren struct {
	Source
	Columns
	Containers []Container
	WithPaths  bool // Type, Class and Path of the containers are filled in
}

// Container is an item with children.
type Container struct {
	ID       string
	Type     string
	Class    string // "" for arrays
	Children uint64
	Path     string // expression of its shortest root path; "" when no root reaches it

	Allocated uint64 // bytes; see TopChildren.Columns
	Retained  uint64
}

// Item is one item of the dump in full.
type Item struct {
	ID     string // as printed in the dump
	Type   string
	Class  string // objects only, "" otherwise
	Handle string // object_handle as printed; "" when absent
	Size   uint64 // as reported, bytes
	Frame  string // "" when absent
	Symbol string // "" when absent

	IsRoot      bool
	HasClass    bool // the dump has a class for it, be it ""
	HasChildren bool // arrays and objects, be they empty
	Missing     bool // only named as a child: the dump has no such item

	ChildrenCount uint64
	Children      []Child // nil where only the count was asked for
	Extra         []Extra // fields that php-meminfo does not write

	Allocated *uint64 // bytes that PHP's allocator spent for it; nil unless asked for
	Retained  *uint64 // bytes that would be freed with it; likewise
}

// Child is one reference of a container to another item.
type Child struct {
	Key      string
	ID       string
	Reliable bool // false: the address was reused, the reference need not exist
	Weak     bool // held by a WeakMap: does not keep the item alive
}

// Extra is a field of an item that php-meminfo does not write itself.
type Extra struct{ Name, Value string }

// Query is what matched a query.
type Query struct {
	Source
	Matched uint64
	Items   []Item // the first ones in dump order, up to the limit
}

// RefPaths are the ways by which roots reach an item.
type RefPaths struct {
	Source
	Item          Item
	RootsReaching int    // roots that reach it by edges that are not weak
	Paths         []Path // shortest per root, in the order in which a search back from the item meets the roots
	Cut           int    // paths that the limit left out
	WeakOnly      bool   // no root reaches it but by weak edges; Paths are then these
	WeakRoots     int    // further roots that reach it, but by weak edges only

	// Entries are the entries of WeakMaps by which the paths lead, one of each
	// map and keeper.
	Entries []EntryStep

	// Dominators are the items without which the item would be freed, the
	// topmost first and the item itself last; nil unless asked for.
	Dominators []Dominator
}

// EntryStep is a step to the value of a WeakMap's entry.
type EntryStep struct {
	Expression string // of the step: "=>WeakMap" or "[17]"
	MapID      string
	MapPath    string // expression of a shortest path to the map
	Keeper     EntryKeeper
}

// EntryKeeper says what keeps the value of a WeakMap's entry alive.
type EntryKeeper string

// The keepers: see the ones of package graph.
const (
	KeptByKey   EntryKeeper = "key"
	KeptByValue EntryKeeper = "value"
	KeptByMap   EntryKeeper = "map"
)

// Dominator is an item through which all paths to another one lead.
type Dominator struct {
	Item       Item   // with its sizes, without children
	Expression string // of a shortest path to it
}

// Path is one way from a root to an item.
type Path struct {
	Expression string
	Steps      []Step // root first, the item itself last
	Reliable   bool   // no step uses an edge that address reuse made up
	Weak       bool   // some step is weak
	Rank       int    // 0: the shortest from its root; 1…: the next, disjoint ones
	Instead    string // where not Reliable: expression of the shortest reliable path from the same root, if any
}

// Step is one item on a path.
type Step struct {
	Item     Item   // without children
	Key      string // key by which the previous step refers to it; "" for the root
	Reliable bool   // of the edge that leads here
	Weak     bool
	Entry    bool // it is none of the dump: it is the value of a WeakMap's entry

	node graph.NodeID // of the item
}
