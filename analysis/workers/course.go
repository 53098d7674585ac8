package workers

import (
	"math"
	"unsafe"

	"memtrail/analysis/levels"
	"memtrail/usage"
)

// maxSpans is how many spans a course has at most: enough for a chart and a rank
// test, and little for each of ten thousand workers.
const maxSpans = 64

// Span is a run of readings of one worker.
type Span struct {
	From, To int64 // nanoseconds since 1970; 0 without times
	Readings uint64
	Min, Max uint64 // of usage, in bytes
	MaxReal  uint64
	MaxRSS   uint64
}

// spanBytes is what a span takes.
const spanBytes = uint64(unsafe.Sizeof(Span{}))

// course is how a worker's memory went, in memory that does not grow: spans of
// equally many readings, which are joined two by two when they become too many.
type course struct {
	spans []Span
	each  uint64 // readings of a whole span
}

func (c *course) add(r *usage.Reading) {
	if c.each == 0 {
		c.each = 1
	}
	if n := len(c.spans); n == 0 || c.spans[n-1].Readings == c.each {
		if n == maxSpans {
			c.halve()
		}
		if n := len(c.spans); n == 0 || c.spans[n-1].Readings == c.each {
			c.spans = append(c.spans, Span{From: r.Nanos, Min: math.MaxUint64})
		}
	}
	s := &c.spans[len(c.spans)-1]
	s.To = r.Nanos
	s.Readings++
	s.Min, s.Max, s.MaxReal = min(s.Min, r.Usage), max(s.Max, r.Usage), max(s.MaxReal, r.Real)
	s.MaxRSS = max(s.MaxRSS, r.RSS)
}

// halve joins the spans two by two.
func (c *course) halve() {
	for i := 0; i+1 < len(c.spans); i += 2 {
		a, b := c.spans[i], c.spans[i+1]
		c.spans[i/2] = Span{a.From, b.To, a.Readings + b.Readings, min(a.Min, b.Min), max(a.Max, b.Max),
			max(a.MaxReal, b.MaxReal), max(a.MaxRSS, b.MaxRSS)}
	}
	c.spans = c.spans[:len(c.spans)/2]
	c.each *= 2
}

// floors are the least usage of each whole span: what is there when the least is in
// use, between requests or after the collector ran.
func (c *course) floors() []float64 {
	var x []float64
	for _, s := range c.spans {
		if s.Readings == c.each {
			x = append(x, float64(s.Min))
		}
	}
	return x
}

// most are the most of each span.
func (c *course) most() []levels.Level {
	list := make([]levels.Level, len(c.spans))
	for i, s := range c.spans {
		list[i] = levels.Level{Usage: s.Max, Real: s.MaxReal, RSS: s.MaxRSS}
	}
	return list
}

// levels are what is known of each whole span.
func (c *course) levels() []levels.Level {
	var list []levels.Level
	for _, s := range c.spans {
		if s.Readings == c.each {
			list = append(list, levels.Level{Usage: s.Min, Real: s.MaxReal, RSS: s.MaxRSS})
		}
	}
	return list
}
