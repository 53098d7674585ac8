package analysis

// Growth is what grows over a series of dumps of one process, taken at equal
// intervals.
type Growth struct {
	Moments   []Moment // the dumps, in the order in which they were taken
	WarmUp    int      // of them, how many at the beginning were not judged
	Intervals int      // between those that were
	Verdict   SeriesVerdict
	Doubts    []SeriesDoubt // why it is inconclusive, if it is
	Growing   []Grower      // most bytes per interval first
	Unseen    UnseenGrowth
	Reported  bool   // bytes are the dumps' own sizes, not allocated ones
	Limit     uint64 // memory_limit in bytes, 0 if not given
	Cut       int    // growing places that a limit left out
}

// Moment is one dump of a series.
type Moment struct {
	Name string // as given, a file's name
	Source
	Producer  string
	Explained uint64 // bytes that the items and the engine's own tables account for
	// Rebuilt is what property tables take that the dumps before made PHP build,
	// an estimate, in bytes: memory_usage has them, and no program is to blame.
	Rebuilt uint64
}

// SeriesVerdict is what a series shows.
type SeriesVerdict string

// The verdicts.
const (
	Leaking      SeriesVerdict = "leak"         // something grows, and it is known what
	CleanSeries  SeriesVerdict = "clean"        // nothing does
	Invisible    SeriesVerdict = "invisible"    // memory does, but nothing that the dumps show
	Inconclusive SeriesVerdict = "inconclusive" // the dumps do not tell
)

// DoubtKind is why a series does not tell.
type DoubtKind string

// The doubts.
const (
	TooFewDumps    DoubtKind = "too_few_dumps"   // Count dumps; three are needed, or limits
	EndsEarly      DoubtKind = "truncated"       // the dump Name does
	MixedProducers DoubtKind = "mixed_producers" // Name was written by another tool than the first dump
	Shrunk         DoubtKind = "other_process"   // Name has hardly anything in common with the dump before
	Restarted      DoubtKind = "restarted"       // the peak of Name is below that of the dump before: of one process it never falls
	NoItems        DoubtKind = "empty"           // the dump Name has no items
)

// SeriesDoubt is one reason why a series is inconclusive.
type SeriesDoubt struct {
	Kind  DoubtKind
	Name  string
	Count int
}

// Grower is a place where a process accumulates memory: a container, several of
// one shape, a chain, or a string.
type Grower struct {
	Fingerprint string // of the path's shape: that of the same place as a suspect of one dump
	Status      Status
	Path        string   // the shape as an expression, with [*] for the keys of arrays
	Kind                 // of the place itself
	Holds       Kind     // of what it accumulates, or most of it; for a string, its own
	Also        []string // the same of parallel containers, which grow with it
	Places      uint64   // how many there are of the shape, in the last dump
	Example     Place    // the largest one of them in the last dump; Retained is not known
	Trace       []PathStep

	Counts      []uint64 // items held, by dump; for a string 1
	Bytes       []uint64 // of these and of what hangs on them, by dump
	PerInterval Rate     // median slope over the judged intervals
	GrewIn      int      // of the judged intervals
	Evidence    Evidence
	Confidence  Confidence
	// Full is the number of further intervals until the process reaches the
	// memory limit, if that grows on and nothing else does; 0 if not known.
	Full float64
	// AllowedBy is the reason of the baseline entry or rule that lets it pass.
	AllowedBy string
}

// Rate is growth per interval.
type Rate struct {
	Count float64 // items
	Bytes float64
}

// Evidence is how sure it is that something grows.
type Evidence struct {
	Robust bool    // judged by rank test and median slope; else by every interval
	Tau    float64 // Kendall's rank correlation with time
	P      float64 // chance of that without a trend, one-sided
}

// Status says how a gate knows a grower.
type Status string

// The states. A growth without a gate has none.
const (
	NewLeak   Status = "new"
	KnownLeak Status = "known" // in the baseline, and no worse
	WorseLeak Status = "worse" // in the baseline, but it grows faster than allowed
)

// UnseenGrowth is memory that the header has and the items do not explain.
type UnseenGrowth struct {
	Known       bool    // all dumps have a header
	Bytes       []int64 // by dump, without property tables; negative where the model is high
	PerInterval float64 // bytes: median slope over the judged intervals
	Grows       bool    // more than the limit in every judged interval
	Limit       uint64  // bytes per interval
}

// Gate is a growth with a verdict for CI.
type Gate struct {
	Growth                     // Growing has what fails, and what a baseline knows
	Failed     bool            // a new or worse leak, or unseen growth
	Suppressed []Grower        // allowed by a rule
	Stale      []BaselineEntry // nothing that grows matches them
	Expired    []BaselineEntry // their time is over: what they match fails
	Strict     bool            // stale and expired entries fail, too
	Baseline   string          // name of its file; "" for none
}

// Baseline is what is known to leak and accepted for the time being.
type Baseline struct {
	Version int             `json:"version"`
	Entries []BaselineEntry `json:"entries"`
}

// BaselineEntry is one accepted leak.
type BaselineEntry struct {
	Fingerprint string  `json:"fingerprint"`
	Path        string  `json:"path"`
	Holds       string  `json:"holds,omitempty"`    // class or type
	Count       float64 `json:"count_per_interval"` // allowed
	Bytes       float64 `json:"bytes_per_interval"` // allowed
	Reason      string  `json:"reason"`
	Expires     string  `json:"expires,omitempty"` // a date, 2006-01-02; "" for never
}

// Diff is what differs between two dumps.
type Diff struct {
	Before, After Moment
	Classes       []Change // by type and class
	Paths         []Change // by the shape of the place, where something accumulates or goes
	CutClasses    int      // that a limit left out
	CutPaths      int
	Reported      bool // bytes are the dumps' own sizes, not allocated ones
}

// Change is one line of a diff.
type Change struct {
	Path        string // of Diff.Paths
	Fingerprint string // likewise
	Kind               // of what is counted: by class, or what a place holds
	Before      Amount
	After       Amount
}

// Amount is a number of items with their size.
type Amount struct {
	Count uint64
	Bytes uint64
}
