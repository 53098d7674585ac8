package record

import "time"

// Trace is a curve in memory that does not grow: where it would have more than
// maxSpans, two of them become one. Its spans are of equal length.
type Trace struct {
	Length time.Duration // of a span
	Spans  []Span        // from the beginning of the recording on
}

// Span is what was seen within a time: the least and the most of memory_usage, and
// the last reading. Readings is 0 where nothing was seen.
type Span struct {
	Min, Max uint64
	Last     Level
	Readings uint32
}

const (
	firstSpan = Pace
	maxSpans  = 2048
)

// Add takes a reading in; those of one trace come in the order of their time.
func (t *Trace) Add(at time.Duration, l Level) {
	if t.Length == 0 {
		t.Length = firstSpan
	}
	for int64(at/t.Length) >= maxSpans {
		t.halve()
	}
	i := int(at / t.Length)
	for len(t.Spans) <= i {
		t.Spans = append(t.Spans, Span{})
	}
	t.Spans[i] = merge(t.Spans[i], Span{l.Usage, l.Usage, l, 1})
}

func (t *Trace) halve() {
	t.Length *= 2
	for i := range (len(t.Spans) + 1) / 2 {
		s := t.Spans[2*i]
		if 2*i+1 < len(t.Spans) {
			s = merge(s, t.Spans[2*i+1])
		}
		t.Spans[i] = s
	}
	t.Spans = t.Spans[:(len(t.Spans)+1)/2]
}

func merge(a, b Span) Span {
	switch {
	case b.Readings == 0:
		return a
	case a.Readings == 0:
		return b
	}
	return Span{min(a.Min, b.Min), max(a.Max, b.Max), b.Last, a.Readings + b.Readings}
}
