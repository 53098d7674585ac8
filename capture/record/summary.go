package record

import (
	"slices"
	"time"
)

// Summary is what a recording has.
type Summary struct {
	PID    int
	PHP    string // version; "" if none was found
	Dir    string
	Curve  string // path; "" if there is none
	Began  time.Time
	Length time.Duration

	Dumps   []Dump // of the series, by number
	Moments []Dump // others, at most one of a kind
	Rises   []Dump // of units of work that have left memory behind, by their order
	Removed int    // dumps that made room for others
	Skipped int    // dumps that could not be taken
	// Unwritten are those of them that were taken and could not be written.
	Unwritten int
	// Stopped is how long the process stood still in all, Longest at once.
	Stopped, Longest time.Duration

	Trace  Trace
	First  Level // the first reading
	Last   Level // the last one with values of PHP
	High   Level // the highest of each
	HighAt time.Duration
	Limit  uint64 // memory_limit; 0: none
	// Fatal is set if PHP was seen to report that memory_limit is exhausted.
	Fatal bool

	// Work is what is known of the units of work; nil if the program told of none.
	Work *Work

	Ended   string // why the recording ended
	Trouble string // what could not be written; "" if all could

	made    int
	skipped string
}

// Level is memory at a moment, in bytes.
type Level struct{ Usage, Real, Peak, RSS uint64 }

// Dump is a dump of a recording.
type Dump struct {
	Number int    // from 1; 0 for one that is none of the series
	File   string // below the recording's directory
	Kind   Kind
	Reason string
	At     time.Duration // since the recording began
	Usage  uint64        // memory_usage
	RSS    uint64
	Paused time.Duration
	Bytes  int64 // of the file
}

// add takes a reading in.
func (s *Summary) add(x *Sample) {
	l := Level{x.Usage, x.Real, x.Peak, x.RSS}
	if s.Trace.Length == 0 {
		s.First = l
	}
	s.Trace.Add(x.At, l)
	// What ends has no values any more, and php-fpm none between two requests.
	if l.Usage > 0 || s.Last.Usage == 0 {
		s.Last = l
	}
	if x.Usage > s.High.Usage {
		s.HighAt = x.At
	}
	h := &s.High
	h.Usage, h.Real, h.Peak, h.RSS = max(h.Usage, l.Usage), max(h.Real, l.Real), max(h.Peak, l.Peak), max(h.RSS, l.RSS)
	s.Limit, s.Fatal = x.Limit, s.Fatal || x.Fatal
}

// keep notes a dump that was written.
func (s *Summary) keep(d Dump) {
	if d.Kind == Series {
		s.Dumps = append(s.Dumps, d)
		return
	}
	if d.Kind == Rise {
		s.Rises = append(s.Rises, d)
		return
	}
	s.Moments = append(slices.DeleteFunc(s.Moments, func(x Dump) bool { return x.Kind == d.Kind }), d)
}

// largest is the size of the largest file so far.
func (s *Summary) largest() int64 {
	n := int64(0)
	for _, all := range [][]Dump{s.Dumps, s.Moments, s.Rises} {
		for _, d := range all {
			n = max(n, d.Bytes)
		}
	}
	return n
}
