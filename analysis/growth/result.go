package growth

import (
	"memtrail/analysis"
	"memtrail/analysis/leaks"
	"memtrail/analysis/levels"
	"memtrail/analysis/origin"
	"memtrail/analysis/paths"
	"memtrail/analysis/trend"
	"memtrail/dump"
)

// Growth is what grows over a series of dumps of one process, taken at equal
// intervals.
type Growth struct {
	Snapshots   []Snapshot // the dumps, in the order in which they were taken
	WarmUp      int        // of them, how many at the beginning were not judged
	Intervals   int        // between those that were
	Verdict     Verdict
	Caveats     []Caveat       // why it is inconclusive, if it is
	Growing     []GrowingPlace // most bytes per interval first
	Unexplained UnexplainedGrowth
	Balance     Balance // from the first judged dump to the last
	Exhaustion  Exhaustion
	// UsageRate is what memory_usage grows by per interval, the mean over the
	// judged ones, in bytes; HasUsage: all dumps have a header.
	UsageRate float64
	HasUsage  bool
	// Kept is what PHP keeps at the last dump without using it, nil where that is
	// little; Outside what rises outside PHP's allocator, nil where nothing does or
	// the dumps do not tell.
	Kept     *levels.Kept
	Outside  *levels.Outside
	Reported bool             // bytes are the dumps' own sizes, not allocated ones
	Profile  *origin.Profiled // nil without a profile
	Cut      int              // growing places that a limit left out
}

// Snapshot is one dump of a series.
type Snapshot struct {
	Name string // as given, a file's name
	analysis.Source
	Producer  string
	Explained uint64 // bytes that the items and the engine's own tables account for
	// Rebuilt is what property tables take that the dumps before made PHP build,
	// an estimate, in bytes: memory_usage has them, and no program is to blame.
	Rebuilt uint64
}

// Verdict is what a series shows.
type Verdict string

// The verdicts.
const (
	Leaking      Verdict = "leak"         // something grows, and it is known what
	CleanSeries  Verdict = "clean"        // nothing does
	Unexplained  Verdict = "unexplained"  // memory does, but nothing that the dumps show
	Inconclusive Verdict = "inconclusive" // the dumps do not tell
)

// CaveatKind is why a series does not tell.
type CaveatKind string

// The caveats.
const (
	TooFewDumps    CaveatKind = "too_few_dumps"   // Count dumps; three are needed, or limits
	EndsEarly      CaveatKind = "truncated"       // the dump Name does
	MixedProducers CaveatKind = "mixed_producers" // Name was written by another tool than the first dump
	Shrunk         CaveatKind = "other_process"   // Name has hardly anything in common with the dump before
	Restarted      CaveatKind = "restarted"       // the peak of Name is below what an earlier dump had: of one process it never falls
	NoItems        CaveatKind = "empty"           // the dump Name has no items
	Repeated       CaveatKind = "repeated"        // the dump Name was given before
	Equal          CaveatKind = "equal"           // all Count dumps are equal
	Shrinking      CaveatKind = "shrinking"       // memory falls in every interval; in the reverse order it would grow
)

// Caveat is one reason why a series is inconclusive.
type Caveat struct {
	Kind  CaveatKind
	Name  string
	Count int
}

// GrowingPlace is a place where a process accumulates memory: a container, several of
// one shape, a chain, or a string.
type GrowingPlace struct {
	Fingerprint   string // of the path's shape: that of the same place as a suspect of one dump
	Status        Status
	Path          string         // the shape as an expression, with [*] for the keys of arrays
	analysis.Kind                // of the place itself
	Holds         analysis.Kind  // of what it accumulates, or most of it; for a string, its own
	Also          []string       // the same of parallel containers, which grow with it
	Places        uint64         // how many there are of the shape, in the last dump
	Example       analysis.Place // the largest one of them in the last dump; Retained is not known
	Trace         []analysis.PathStep
	// Declared is where the program declares the code that the place belongs to;
	// nil where the dumps do not tell.
	Declared *analysis.Declared
	// Cycle is an example of uncollected cycles, and Collector says why they are
	// not collected, as far as it is known; of other places "" and nil.
	Cycle     string
	Collector *analysis.Collector
	// Shapes are what the first bytes of lost blocks look like, most bytes first;
	// nil for other places. Lost are the kinds of them that have become more, by
	// how many in all the judged intervals.
	Shapes []string
	Lost   []dump.Lost
	// Holder is the C code that holds the place, as a capture names it:
	// "libxml2.so.2: xmlLastError+16"; "" for other places.
	Holder string

	Counts      []uint64 // items held, by dump; for a string 1
	Bytes       []uint64 // of these, of what hangs on them, and of the table and keys by which they are held, by dump
	PerInterval Rate     // mean rise of Counts and Bytes over the judged intervals: so rates add up
	GrewIn      int      // of the judged intervals
	Evidence    trend.Evidence
	Confidence  analysis.Confidence
	// PerClass splits Counts by what is held, most growth in bytes first. What
	// does not change at all is not listed.
	PerClass []ClassGrowth
	// Frame is the function whose frames are more and more, as it calls itself;
	// "" for anything else. Frames is their number, by dump.
	Frame  string
	Frames []uint64
	// KeyBytes is what the place spends for its own table and the keys in it, by
	// dump: part of Bytes.
	KeyBytes []uint64
	// WeakMap is what is known of the entries where the place is a WeakMap whose
	// values hold their own keys; nil else.
	WeakMap  *paths.WeakMapUse
	MadeBy   []origin.MadeBy   // by a profile: the functions whose blocks fit the members, that of most bytes first
	Survives []origin.Survival // by a profile, of what it holds
	Makers   []leaks.Maker     // of the closures that it holds; nil if it holds others
	// Changes is the code that can add to the place and remove from it, by the
	// last dump; nil where that is not known.
	Changes *analysis.Changes
	// Reason is that of the baseline entry or rule that lets it pass.
	Reason string
}

// Rate is growth per interval.
type Rate struct {
	Count float64 // items
	Bytes float64
}

// ClassGrowth is the part of a place's growth that is of one type and class.
type ClassGrowth struct {
	analysis.Kind
	Counts      []uint64 // by dump
	Bytes       []uint64 // of these and of what hangs on them, by dump
	PerInterval Rate
}

// Status says how a gate knows a place.
type Status string

// The states. A growth without a gate has none.
const (
	NewLeak   Status = "new"
	KnownLeak Status = "known" // in the baseline, and no worse
	WorseLeak Status = "worse" // in the baseline, but it grows faster than its entry says
)

// UnexplainedGrowth is memory that the header has and the items do not explain.
type UnexplainedGrowth struct {
	Known       bool    // all dumps have a header
	Bytes       []int64 // by dump, without property tables; negative where the model is high
	PerInterval float64 // bytes: mean over the judged intervals
	Grows       bool    // more than the limit in every judged interval, or by a trend test
	Limit       uint64  // bytes per interval
	Hints       []Hint  // what may be the cause, the most plausible first; only if it grows
}

// HintKind is a cause of growth that dumps do not show.
type HintKind string

// The causes. What Hint's fields hold is said behind each.
const (
	HintObjects    HintKind = "unseen_objects"   // Rate objects more are alive per interval than the dumps show, by their handles
	HintHidden     HintKind = "hidden_state"     // Count objects of Class, whose contents a dump does not show
	HintBare       HintKind = "no_properties"    // Count objects of Class show no property: __debugInfo() may hide them
	HintClosures   HintKind = "lost_closures"    // Count closures whose contents address reuse lost
	HintGenerated  HintKind = "generated_code"   // Count classes with generated names such as Class: code made at run time stays
	HintCallbacks  HintKind = "engine_callbacks" // callbacks that the engine holds
	HintStatics    HintKind = "function_statics" // statics of functions, generators, fibers
	HintCycles     HintKind = "cycles"           // garbage that waits for the collector
	HintExtensions HintKind = "extensions"       // memory of extensions and FFI
)

// Hint is a cause that memory may have which grows unexplained.
type Hint struct {
	Kind     HintKind
	Evidence bool // the dumps speak for it; else it is only possible
	Class    string
	Count    uint64
	Rate     float64
}

// Diff is what differs between two dumps.
type Diff struct {
	Before, After Snapshot
	Classes       []Change // by type and class
	Paths         []Change // by the shape of the place, where something accumulates or goes
	CutClasses    int      // that a limit left out
	CutPaths      int
	Reported      bool // bytes are the dumps' own sizes, not allocated ones
}

// Change is one line of a diff.
type Change struct {
	Path          string // of Diff.Paths
	Fingerprint   string // of Diff.Paths
	analysis.Kind        // of what is counted: by class, or what a place holds
	Before        Amount
	After         Amount
}

// Amount is a number of items with their size.
type Amount struct {
	Count uint64
	Bytes uint64
}

// Below reports whether growth is less than both limits.
func (r Rate) Below(limit Rate) bool { return r.Count < limit.Count && r.Bytes < limit.Bytes }
