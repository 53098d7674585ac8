// Package levels says what the figures of a process tell that no value of PHP's
// explains: chunks that PHP keeps and does not use, and memory that rises outside
// PHP's allocator.
package levels

import (
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/trend"
	"memtrail/dump"
)

// Level is the memory of a process at a moment, in bytes; 0 where that is not known.
type Level struct {
	Usage uint64 // memory_get_usage()
	Real  uint64 // memory_get_usage(true)
	Peak  uint64 // memory_get_peak_usage()
	RSS   uint64 // resident, as the system counts
}

// Of is the level at a dump. Only captures know RSS.
func Of(s *analysis.Source) (l Level) {
	if h := s.Header; h != nil {
		l.Usage, l.Real, l.Peak = h.MemoryUsage, h.MemoryUsageReal, h.PeakMemoryUsage
	}
	if c := s.Capture; c != nil {
		for _, o := range c.Process {
			l.RSS += o.Bytes
		}
	}
	return l
}

// Kept is memory that PHP has taken from the system and does not use.
type Kept struct {
	Level
	// Chunks, and of them those in which no block is allocated and those that a few
	// blocks keep; 0 where the heap is not known.
	Chunks, Hollow, NearlyEmpty int
}

// Bytes is what nothing uses.
func (k *Kept) Bytes() uint64 { return k.Real - k.Usage }

// What PHP keeps is worth a word from so many bytes on, where it has taken so many
// times what it uses.
const (
	leastKept = 16 << 20
	timesKept = 4
)

// KeptOf says what PHP keeps, with the heap of a capture or nil. It is nil where
// little is kept, as it is while a program runs, or where that is not known.
func KeptOf(l Level, heap *dump.HeapUse) *Kept {
	if l.Usage == 0 || l.Real < l.Usage || l.Real-l.Usage < leastKept || l.Real/timesKept < l.Usage {
		return nil
	}
	k := &Kept{Level: l}
	if heap == nil {
		return k
	}
	k.Chunks = len(heap.Chunks)
	for i := range heap.Chunks {
		switch c := &heap.Chunks[i]; {
		case c.Blocks == 0:
			k.Hollow++
		case len(c.KeptBy) > 0:
			k.NearlyEmpty++
		}
	}
	return k
}

// Lately is the level with the most in use in the last tenth of a series, of which the
// last level alone may be one of a process that is being torn down; nothing of none.
func Lately(series []Level) (most Level) {
	for _, l := range series[len(series)-min(len(series), max(1, len(series)/parts)):] {
		if l.Usage >= most.Usage {
			most = l
		}
	}
	return most
}

// Running leaves out the last two levels of a series: a process that ends gives back
// its memory first. A short series has nothing else.
func Running(series []Level) []Level {
	const ending, short = 2, 8
	if len(series) < short {
		return series
	}
	return series[:len(series)-ending]
}

// KeptBy is KeptOf a dump.
func KeptBy(s *analysis.Source) *Kept {
	var heap *dump.HeapUse
	if s.Capture != nil {
		heap = &s.Capture.Heap
	}
	return KeptOf(Of(s), heap)
}

// Outside is memory that rises outside PHP's allocator. Bytes are from the first
// judged level to the last.
type Outside struct {
	First, Last Level
	Rise        uint64 // what RSS exceeds memory_get_usage(true) by has become so much more
}

const (
	// parts are the levels that are judged: a trend shows in the least of each of so
	// many runs, however long the series.
	parts = 10
	// A process that starts touches its libraries page by page: less than that is no
	// finding, nor is what usage rises along with.
	leastOutside = 4 << 20
	timesOutside = 4
)

// RisesOutside judges levels at about equal intervals, the oldest first, without
// warm-up. RSS rises with whatever PHP touches of the chunks that it has taken; what
// is more than all of these can only be outside them. It is nil where that does not
// rise for good, where usage rises with it, or where a level is not known.
func RisesOutside(series []Level) *Outside {
	const fewest = 4 // three rise by chance
	if len(series) < fewest || slices.ContainsFunc(series, func(l Level) bool { return l.RSS == 0 || l.Real == 0 }) {
		return nil
	}
	beyond := make([]float64, len(series))
	for i, l := range series {
		beyond[i] = float64(l.RSS - min(l.Real, l.RSS))
	}
	first, last := series[0], series[len(series)-1]
	rise := beyond[len(beyond)-1] - beyond[0]
	used := float64(last.Usage) - float64(first.Usage)
	// What falls back to where it was in the first half has only been touched late.
	before := slices.Max(beyond[:len(beyond)/2])
	if rise < leastOutside || rise < timesOutside*used || beyond[len(beyond)-1] <= before {
		return nil
	}
	if _, _, grows := trend.Grows(trend.Floors(beyond, parts), false); !grows {
		return nil
	}
	return &Outside{First: first, Last: last, Rise: uint64(rise)}
}
