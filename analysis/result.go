package analysis

import (
	"slices"

	"memtrail/dump"
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
	HasClass    bool // the dump has a class for it, which may be ""
	HasChildren bool // arrays and objects, empty ones included
	Missing     bool // only named as a child: the dump has no such item

	ChildrenCount uint64
	Children      []Child // nil where only the count was asked for
	Extra         []Extra // fields that php-meminfo does not write

	Allocated *uint64 // bytes that PHP's allocator spent for it; nil unless asked for
	Retained  *uint64 // bytes that would be freed with it; nil unless asked for
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

// Collector is the state of PHP's collector of cycles, of a capture.
type Collector = dump.Collector
