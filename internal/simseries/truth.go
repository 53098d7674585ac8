package simseries

import (
	"cmp"
	"fmt"
	"slices"
)

// A Verdict is what there is to say of a series.
type Verdict uint8

// The verdicts.
const (
	Leak      Verdict = iota // a container grows without bound
	Clean                    // whatever grows, stops
	Invisible                // the memory grows, and the items do not
)

var verdictNames = [...]string{"leak", "clean", "invisible"}

func (v Verdict) String() string {
	if int(v) >= len(verdictNames) {
		return fmt.Sprintf("Verdict(%d)", int(v))
	}
	return verdictNames[v]
}

// MarshalText writes the verdict's name.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Truth is what is known of a series.
type Truth struct {
	Verdict Verdict `json:"verdict"`
	// Ambiguous: the dumps do not tell the verdict. Of a leak, none of Leaks
	// can be told; of any other series, something that is bounded happens to
	// look like a leak.
	Ambiguous bool `json:"ambiguous"`
	// Leaks are the containers that grow without bound.
	Leaks []Container `json:"leaks"`
	// Bounded are those whose content varies and does not leak. A finding
	// there is a false alarm, unless that one is Ambiguous.
	Bounded []Container `json:"bounded"`
}

// A Container is something whose content varies over the series.
type Container struct {
	// Paths name it, any of them rightly, in the analyzer's notation. [*] is
	// all keys, and * in a name any text. Counts belong to the first.
	Paths []string `json:"paths"`
	// Holds is the class of what it holds, or the type; * is any text.
	Holds string `json:"holds"`
	// Link is set where it is a chain: the property that leads to the next.
	Link string `json:"link,omitempty"`
	// Counts is how much it holds in each dump: its children, all together
	// where a path names several containers; of a chain the objects; of a
	// string the bytes.
	Counts []int `json:"counts"`
	// From is the dump from which on it leaks.
	From int `json:"from"`
	// PerInterval is how much Counts grows in an interval since From, in the mean.
	PerInterval float64 `json:"per_interval"`
	// Ambiguous: Counts does not tell whether this is a leak.
	Ambiguous bool `json:"ambiguous"`
}

func (c *Container) finish(leak bool) {
	n := len(c.Counts)
	if intervals := n - 1 - c.From; intervals > 0 {
		c.PerInterval = float64(c.Counts[n-1]-c.Counts[c.From]) / float64(intervals)
	}
	if leak {
		c.Ambiguous = !couldLeak(c.Counts)
	} else {
		c.Ambiguous = looksLeaky(c.Counts)
	}
}

// few is the number of dumps up to which nothing but growth in every interval
// tells a leak: of five counts in any order, one more fits in 24 orders.
const few = 4

// judged leaves out the dump that only shows the warm-up.
func judged(counts []int) []int {
	if len(counts) > 3 {
		return counts[1:]
	}
	return counts
}

// looksLeaky reports whether nobody could tell the counts of a bounded
// container from a leak's: they grow in every interval, or they have a clear
// upward trend and still set a new record in each of the last two dumps.
func looksLeaky(counts []int) bool {
	c := judged(counts)
	n := len(c)
	switch {
	case n < 2 || strictlyRising(c):
		return n > 1
	case n <= few:
		return false
	}
	record := func(i int) bool { return c[i] > slices.Max(c[:i]) }
	return record(n-1) && record(n-2) && concordance(c) > 0.5
}

// couldLeak reports whether the counts of a leak show one to anybody: they grow
// in every interval or, where there are more than a few, tend upwards at all
// and end in their upper half.
func couldLeak(counts []int) bool {
	c := judged(counts)
	if len(c) <= few {
		return len(c) > 1 && strictlyRising(c)
	}
	sorted := slices.Sorted(slices.Values(c))
	return concordance(c) > 0.3 && c[len(c)-1] > sorted[len(c)/2]
}

func strictlyRising(c []int) bool {
	for i := 1; i < len(c); i++ {
		if c[i] <= c[i-1] {
			return false
		}
	}
	return true
}

// concordance is Kendall's tau of the counts with time: the pairs that rise
// less those that fall, of all pairs.
func concordance(c []int) float64 {
	s := 0
	for i := range c {
		for j := range i {
			s += cmp.Compare(c[i], c[j])
		}
	}
	return float64(s) / float64(len(c)*(len(c)-1)/2)
}
