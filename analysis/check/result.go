package check

import (
	"memtrail/analysis"
	"memtrail/analysis/paths"
)

// Check says whether a dump is sound, what it does not show, and how much of
// the process's memory its items explain.
type Check struct {
	analysis.Source
	// Name is the dump's name for commands that go on from here; set by
	// whoever knows it.
	Name     string
	Verdict  analysis.Verdict
	Producer string
	PHP      string // the version, or range of versions, that wrote the dump
	PHPWhy   string // what tells
	Modelled string // the version whose layouts were taken
	Real     bool   // the dump's sizes are what was allocated: nothing was modelled
	Edges    uint64
	Weak     uint64 // edges of WeakMaps
	Flaws    []Flaw // Source.Defects with an example each
	Lost     []LostClass
	// Blocks are those of a capture that have no owner of PHP's; of other dumps the
	// items that no root leads to.
	Blocks analysis.Lost
	// WeakMaps are those of which not all entries are kept by their keys.
	WeakMaps []CheckedWeakMap
	Spent    Spent
	Bounds   Bounds
	Balance  *Balance // nil where the dump has no header
}

// Flaw is a defect with an example.
type Flaw struct {
	analysis.Defect
	Example string // where it occurs, printable; "" where nothing is known of it
}

// CheckedWeakMap is a WeakMap with entries that no key keeps.
type CheckedWeakMap struct {
	paths.WeakMapUse
	ID   string
	Path string // expression of a shortest path to it
}

// LostClass is a class some of whose objects show another's contents.
type LostClass struct {
	Class      string // "array" for references out of arrays
	Objects    uint64 // objects whose own contents are not in the dump
	References uint64 // references of theirs that need not exist
}

// Spent is what PHP spent for the items, in bytes, by what for.
type Spent struct {
	Strings, Arrays, Keys, Objects, Tables, References uint64
}

// Total is the sum.
func (s Spent) Total() uint64 {
	return s.Strings + s.Arrays + s.Keys + s.Objects + s.Tables + s.References
}

// Bounds are what the items may have cost, by what no dump can tell.
type Bounds struct {
	Low, High uint64
	Open      bool     // nothing bounds it above
	Why       []string // sentences without a full stop
	// Parts are those for strings, arrays and objects, with what belongs to
	// them; the reasons are only those that matter for the sum.
	Parts []PartBounds
}

// PartBounds are the bounds for the items of one type.
type PartBounds struct {
	Type      string
	Modelled  uint64 // what the model takes
	Low, High uint64
	Open      bool
	Why       []string
}

// Balance sets what the items explain against the header's memory_usage.
type Balance struct {
	MemoryUsage uint64
	ObjectTable uint64  // the engine's table of all objects
	Baseline    uint64  // an empty script
	Unexplained int64   // what is left; negative where the model comes to more
	Share       float64 // explained share of memory_usage
	Causes      []Cause // to think of, the most plausible first; none where little is left
}

// CauseKind is a reason why a balance does not come out even.
type CauseKind string

// The causes.
const (
	// Of memory that the items do not explain.
	CutOff         CauseKind = "cut_off"         // the dump ends early, or parts were left out
	LostTables     CauseKind = "lost_tables"     // contents lost to address reuse
	ShrunkArrays   CauseKind = "shrunk_arrays"   // arrays that keep the room they had
	HiddenState    CauseKind = "hidden_state"    // frames of generators, stacks of fibers
	CompiledCode   CauseKind = "compiled_code"   // classes and functions, without opcache
	PropertyTables CauseKind = "property_tables" // made by the dump itself, a cast, a foreach
	Cycles         CauseKind = "cycles"          // garbage not yet collected
	HiddenRoots    CauseKind = "hidden_roots"    // function statics and the like
	Extensions     CauseKind = "extensions"      // buffers, result sets, documents

	// Of items that come to more than there is.
	SharedStrings CauseKind = "shared_strings" // counted once for each place
	LiteralKeys   CauseKind = "literal_keys"   // taken for built at run time
	SharedArrays  CauseKind = "shared_arrays"  // copies that cannot be told
	OtherVersion  CauseKind = "other_version"  // the layouts are not those of the version assumed
)

// Cause is one of them.
type Cause struct {
	Kind CauseKind
	UpTo uint64 // the most that it can make, in bytes; 0 where nothing is known
}
