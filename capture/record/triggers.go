package record

import (
	"time"

	"memtrail/capture/watch"
)

// Triggers say when a dump is taken. Each that is set adds dumps to the series.
type Triggers struct {
	// Idle is when the process waits for work; see idle.go.
	Idle bool
	// Every is the time between two dumps.
	Every time.Duration
	// Lines is the number of lines of output between two dumps.
	Lines uint64
	// ByMarks is at the ends of units of work, of which the program tells: with
	// each Marks-th, or, if that is 0, as often as the number of units suggests;
	// and where one has left more behind than others do, see units.go.
	ByMarks bool
	Marks   uint64
	// Usage and RSS are limits of memory_usage and of the resident memory.
	Usage, RSS []Threshold
	// Rate is a growth of memory_usage, in bytes a second, over RateWindow.
	Rate float64

	// Cooldown is the least time between two dumps of the series. 0: Cooldown
	// for conditions, none for Every and Lines.
	Cooldown time.Duration
	// Count ends the series after so many dumps; 0 spreads the series over the
	// whole run, see [Spread].
	Count int

	// AtPeak keeps a dump of the highest memory_usage that was seen.
	AtPeak bool
	// NearLimit is the share of memory_limit at which a dump is kept; 0: none.
	NearLimit float64
}

// Threshold is a limit that memory passes. One of the fields is set.
type Threshold struct {
	Share float64 // over what it was at the last dump, 0.2: a fifth more
	Rise  uint64  // the same, in bytes
	Level uint64  // bytes, wherever the last dump was
}

const (
	// Cooldown is the least time between two dumps that conditions order.
	Cooldown = time.Second
	// RateWindow is how long memory must grow for its rate to count.
	RateWindow = 10 * time.Second
	// Spread is the number of dumps at which a series without a count is
	// thinned: every second dump goes, and from then on they are taken half as
	// often. So the dumps are at equal distances over a run of any length.
	Spread = 12
)

// Sample is what is known of a process at a moment.
type Sample struct {
	At    time.Duration // since the recording began
	Lines uint64        // of output so far that are to be counted
	Marks uint64        // units of work that have ended
	watch.Reading
}

// Kind is what a dump is for.
type Kind uint8

// The kinds of dumps.
const (
	Series    Kind = iota // mem-0001 and so on
	Peak                  // the highest usage so far
	NearLimit             // memory_limit is near
	Fatal                 // memory_limit is exhausted
	Rise                  // a unit of work has left memory behind
)

// Order is a dump that is due.
type Order struct {
	Kind   Kind
	Reason string // a word for the curve
	Urgency
}

// Urgency is how soon a process is to be stopped for its copy.
type Urgency uint8

// How urgent a copy is.
const (
	Calm    Urgency = iota // once all is made ready, so that it stands still the shorter
	AtOnce                 // the moment passes
	Waiting                // now, and briefly: the program waits until it is done
)

// exhausted is the reason of the dump of the fatal error.
const exhausted = "memory_limit exhausted"

// The reasons of dumps of the series.
const (
	ForIdle   = "idle"
	ForBusy   = "busy" // it should be idle, and never is
	ForTime   = "every"
	ForOutput = "output"
	ForUsage  = "usage"
	ForRSS    = "rss"
	ForRate   = "rate"
	ForBegin  = "begin" // before the first unit of work
	ForMark   = "mark"
	ForEnd    = "end" // behind the last unit of work
	ForRise   = "rise"
	ForLimit  = "limit" // of a unit of work
)
