package simseries

import (
	"cmp"
	"slices"
)

// replaced reports whether the members are others from dump to dump, so that
// whoever follows them can tell that this is no leak: less than a quarter of
// them are seen again.
func (c *Container) replaced() bool {
	kept, of := 0, 0
	counts := judged(c.Counts)
	for i, k := range c.Kept[max(0, len(c.Kept)-len(counts)+1):] {
		kept += k
		of += counts[i]
	}
	return of > 0 && len(c.Kept) > 0 && 4*kept < of
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
// upward trend and still set a new record in each of the last two dumps. What
// held more once, even before the warm-up was over, has been emptied by something.
func looksLeaky(counts []int) bool {
	c := judged(counts)
	n := len(c)
	switch {
	case emptied(counts):
		return false
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
	if emptied(counts) {
		return false
	}
	if len(c) <= few {
		return len(c) > 1 && strictlyRising(c)
	}
	sorted := slices.Sorted(slices.Values(c))
	return concordance(c) > 0.3 && c[len(c)-1] > sorted[len(c)/2]
}

// emptied reports whether the warm-up dump shows more than the last one does.
func emptied(counts []int) bool {
	return len(counts) > 3 && counts[0] > counts[len(counts)-1]
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
