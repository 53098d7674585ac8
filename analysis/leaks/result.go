package leaks

import (
	"memtrail/analysis"
	"memtrail/analysis/origin"
)

// Leaks are the suspects of one dump: what keeps much memory alive in a shape
// that memory leaks have.
type Leaks struct {
	analysis.Source
	analysis.Caveats
	Threshold uint64 // bytes that make a suspect
	Reported  bool   // bytes are the dump's own sizes, not allocated ones
	Suspects  []Suspect
	Cut       int              // suspects that the limit left out
	Profile   *origin.Profiled // nil without a profile
	// Lost is what nothing of the program's holds.
	Lost analysis.Lost
}

// MemoryKind is what shares are shares of.
type MemoryKind string

// The kinds of memory.
const (
	OfUsage     MemoryKind = "memory_usage" // of the header
	OfProfile   MemoryKind = "profile"      // what the profile accounts for, the dump left out
	OfExplained MemoryKind = "explained"    // Caveats.Explained
)

// Memory is what the shares of suspects are shares of, in bytes: memory_usage;
// where the dump has none, as it is 0 while memprof is active, what the profile
// accounts for; else, and if the dump's own sizes are used, what is explained.
func (l *Leaks) Memory() (uint64, MemoryKind) {
	switch p := l.Profile; {
	case l.Reported:
	case l.Header != nil && l.Header.MemoryUsage > 0:
		return l.Header.MemoryUsage, OfUsage
	case p != nil && !p.Foreign && p.Program().Bytes > 0:
		return p.Program().Bytes, OfProfile
	}
	return l.Explained, OfExplained
}

// SuspectKind says what makes a suspect.
type SuspectKind string

// The kinds of suspects.
const (
	SingleSuspect SuspectKind = "single" // one item keeps it all alive
	GroupSuspect  SuspectKind = "group"  // many items of one class do, which no single item keeps alive
	ChainSuspect  SuspectKind = "chain"  // items of one class, each holding the next
)

// Suspect is one container, or several parallel ones of the same members, that
// may be leaking.
type Suspect struct {
	Fingerprint string // of the path's shape; the same in other dumps of the program
	Kind        SuspectKind
	At          analysis.Place   // the accumulation point
	Also        []analysis.Place // parallel containers of the same members
	Holds       Holding
	Member      *Member // what one of those held looks like; nil where nothing is held but bytes
	Retained    uint64  // bytes that would be freed with it
	Share       float64 // of Leaks.Memory
	OfExplained float64 // the same as a share of Caveats.Explained
	Confidence  analysis.Confidence
	Reasons     []Reason
	Innocent    Innocence
	Path        []analysis.PathStep // from a root to the accumulation point
	Unreliable  uint64              // references from or to what it keeps alive that address reuse made up
	Declared    *analysis.Declared  // the code that the point belongs to; nil where the dump does not tell
	Makers      []Maker             // of the closures that it holds; nil if it holds others
	// Changes is the code that can add to it and remove from it; nil where that is
	// not known.
	Changes  *analysis.Changes
	MadeBy   []origin.MadeBy   // by a profile: the functions whose blocks fit the members, that of most bytes first
	Survives []origin.Survival // by a profile: of the members' class, then of classes in them
	Frame    string            // the function whose variables hold it all, if it calls itself; Holds.Count is the number of its frames then
}

// Holding is what an accumulation point is full of.
type Holding struct {
	Type    string
	Class   string // "" where it is not objects
	Shape   string // of arrays: "array{id, name}" where most have these keys; else ""
	Count   uint64 // for chains, the length
	Bytes   uint64 // that these retain between them
	Table   uint64 // bytes of the container itself: its table and the keys in it
	Keys    KeyPattern
	Others  uint64 // further items of other classes that it keeps alive directly
	Classes uint64 // where the objects are of many classes, how many; Class is "" then
	Lost    uint64 // further members that the dump only names: it ends before them
	Through string // class of what wraps each of them, "" for nothing
}

// Average is what one of those held retains, in bytes.
func (h *Holding) Average() uint64 {
	if h.Count == 0 {
		return 0
	}
	return h.Bytes / h.Count
}

// KeyKind is how the keys of a container are made.
type KeyKind string

// The kinds of keys.
const (
	NoKeys       KeyKind = ""
	ListKeys     KeyKind = "list"     // 0, 1, 2 … without a gap: appended
	IntKeys      KeyKind = "int"      // integers
	NumberedKeys KeyKind = "numbered" // a fixed text with a number in it
	HashKeys     KeyKind = "hash"     // hashes, UUIDs and the like
	MadeKeys     KeyKind = "made"     // texts of several forms with numbers or hashes in them
	ClassKeys    KeyKind = "class"    // class names
	ObjectKeys   KeyKind = "object"   // objects, of a WeakMap
	PathKeys     KeyKind = "path"     // of files or URLs
	NameKeys     KeyKind = "name"     // other text
	MixedKeys    KeyKind = "mixed"
)

// KeyPattern describes the keys by which a container holds its members.
type KeyPattern struct {
	Kind        KeyKind
	First, Last string // keys, in the container's order
	Pattern     string // of numbered keys, with # for the number: "session_#"; of objects, the class of most
}

// Member is what a typical one of many looks like: one that retains about as
// much as half of them do less.
type Member struct {
	analysis.Place
	Content []Content // what it keeps alive, itself included, most bytes first
}

// Content is a part of what a member keeps alive.
type Content struct {
	Type  string
	Class string
	Count uint64
	Bytes uint64 // of these items alone
}

// ReasonKind is one thing that speaks for or against a suspect.
type ReasonKind string

// The reasons. What Reason's fields hold is said behind each.
const (
	ReasonShare      ReasonKind = "share"       // it retains Bytes, Share of all
	ReasonMany       ReasonKind = "many"        // Count members of one class, of Bytes each
	ReasonAppended   ReasonKind = "appended"    // its Count keys are those of a list to which is only appended
	ReasonNumbered   ReasonKind = "numbered"    // its Count keys are made from running numbers or hashes
	ReasonChain      ReasonKind = "chain"       // Count items each hold the next
	ReasonHuge       ReasonKind = "huge"        // a string of Bytes
	ReasonParallel   ReasonKind = "parallel"    // Count containers hold the same members
	ReasonCompanions ReasonKind = "companions"  // Count more containers of the same object have as many members
	ReasonSelfHeld   ReasonKind = "self_held"   // in Count of the Of entries of a WeakMap, the value holds its own key: see WeakMapUse
	ReasonAllOf      ReasonKind = "all_of"      // it has Share of all Count items of that class in the dump
	ReasonPeak       ReasonKind = "peak"        // memory is at Share of its peak, Bytes
	ReasonSurvive    ReasonKind = "survive"     // Count of the Of objects of its members' class that were made are alive
	ReasonKept       ReasonKind = "kept"        // nothing in the program's code removes from it that was seen
	ReasonRemovable  ReasonKind = "removable"   // against: Count places in the code remove from it
	ReasonSetUp      ReasonKind = "set_up"      // against: only constructors of the object that has it add to it
	ReasonEvicted    ReasonKind = "evicted"     // against: Count numbers up to its last key are missing, Share are there: members go, too, or are numbered elsewhere
	ReasonGone       ReasonKind = "gone"        // against: Count of the Of objects of its members' class that were made are gone
	ReasonNamed      ReasonKind = "named"       // against: its Count keys are names, as in a registry
	ReasonBelowPeak  ReasonKind = "below_peak"  // against: memory is at Share of its peak, Bytes: it has fallen; more than an earlier dump explains
	ReasonFew        ReasonKind = "few"         // against: only Count members
	ReasonScalars    ReasonKind = "scalars"     // against: its Count members are text and numbers, as in a table
	ReasonUnreliable ReasonKind = "unreliable"  // against: Count references near it are unreliable
	ReasonIncomplete ReasonKind = "incomplete"  // against: the dump ends early
	ReasonUnknown    ReasonKind = "unexplained" // against: the items explain Share of the memory only
	ReasonOneDump    ReasonKind = "one_dump"    // against: nothing in one dump tells it from a cache that is full
)

// Reason is one thing that speaks for or against a suspect, with its numbers.
type Reason struct {
	Kind    ReasonKind
	Against bool
	Count   uint64
	Of      uint64 // what Count is a part of; 0 where that does not matter
	Bytes   uint64
	Share   float64
}

// Innocence is a known shape of tables that are large and do not grow; "" is
// none.
type Innocence string

// The innocent shapes.
const (
	Routes       Innocence = "routes"       // URL patterns to what handles them
	Translations Innocence = "translations" // message keys to text
	ClassMap     Innocence = "class_map"    // class names to files, as an autoloader has
	Config       Innocence = "config"       // nested arrays of settings
	Services     Innocence = "services"     // objects by name, each of a class of its own
	LoadedCode   Innocence = "code"         // of files, which PHP compiles once each
)
