package trend

import (
	"math"
	"slices"
)

// The thresholds were chosen on simulated series with known truth. What a change
// costs in missed leaks and in false alarms, TestGrowthRates of analysis/growth
// shows; docs/leak-gate.md has the figures.
const (
	// MinForRank is the least number of measurements for a rank test: fewer have
	// too few orders for any to be rare.
	MinForRank = 5
	fewValues  = MinForRank - 1
	// ManyValues is the number from which on the rank test must reach Strictly.
	ManyValues = 7
	// significance and Strictly are the chances that values without a trend are
	// ordered as much: of fewer than ManyValues, and of any number.
	significance, Strictly = 0.05, 0.01
	// Evenly is the least increment of a few measurements, as a part of the
	// largest one. mostly takes its place where the last value is large times
	// the first, and minOfMost where it is twice that.
	Evenly, mostly, minOfMost = 0.6, 0.5, 0.1
	large                     = 1.5
	// steadily takes the place of Evenly where all members stay and there are
	// four values; accelerating where there are three, of which the last
	// increment must be no less than the first.
	steadily, accelerating = 0.3, 0.2
)

// Grows judges a series of measurements at equal intervals, without warm-up.
// stay says that all members of one measurement are known to be in the next.
//
// Fewer than MinForRank measurements grow if they rise in every interval by
// about as much (risesEvenly). What fills up rises less and less. If all members
// stay, the rises may differ more.
//
// More measurements may have noise. They grow if
//
//  1. the rank test of Mann and Kendall finds a trend, and they rise in about
//     half of the intervals (hasTrend);
//  2. the trend goes on in the later half: a cache that is full does not (goesOn);
//  3. what was reached stays: the floor, which is the least of all later
//     measurements, rises in either half. What is flushed, or wanders, comes
//     back to where it was (floorRises);
//  4. the mean increment differs from 0 by more than chance allows, for what
//     wanders has a trend in most short series (drifts).
func Grows(x []float64, stay bool) (e Evidence, rises int, ok bool) {
	t := Of(x)
	e = Evidence{Tau: t.tau, P: t.p}
	if len(x) < 2 || t.Slope <= 0 {
		return e, t.rises, false
	}
	if len(x) < MinForRank {
		return e, t.rises, risesEvenly(x, stay)
	}
	e.Robust = true
	return e, t.rises, hasTrend(x, t) && goesOn(x, t.Slope) && floorRises(x) && drifts(x)
}

// risesEvenly reports whether a few measurements rise in every interval by about
// as much, and in the last one about as much as in the first.
func risesEvenly(x []float64, stay bool) bool {
	least, most := Increments(x)
	first, last := x[1]-x[0], x[len(x)-1]-x[len(x)-2]
	return least > 0 && last >= Evenly*first && (least >= evenness(x)*most || stay && staysEven(x))
}

// evenness is the least increment that a few measurements must have, as a part of
// the largest one: less, if they have become many times what they were.
func evenness(x []float64) float64 {
	times := x[len(x)-1] / max(1, x[0])
	switch {
	case times >= 2*large:
		return minOfMost
	case times >= large:
		return mostly
	}
	return Evenly
}

// staysEven asks less of measurements of which all members stay.
func staysEven(x []float64) bool {
	least, most := Increments(x)
	switch len(x) {
	case fewValues:
		return least >= steadily*most
	case fewValues - 1:
		return least >= accelerating*most && x[2]-x[1] >= x[1]-x[0]
	}
	return false
}

// hasTrend reports whether the rank test finds a trend that is no chance. What
// varies by chance does so by a part of what it is: unless nothing ever falls, the
// last value must be large times the first.
func hasTrend(x []float64, t Estimate) bool {
	if t.rises*2 < len(x)-2 {
		return false
	}
	grown := x[len(x)-1] >= large*x[0]
	if t.p <= Strictly && (grown || slices.IsSorted(x)) {
		return true
	}
	return len(x) < ManyValues && t.p <= significance && grown
}

// Increments are the least and the most that two or more measurements rise by.
func Increments(x []float64) (least, most float64) {
	least, most = x[1]-x[0], x[1]-x[0]
	for i := 2; i < len(x); i++ {
		least, most = min(least, x[i]-x[i-1]), max(most, x[i]-x[i-1])
	}
	return least, most
}

const (
	// Increments whose correlation with the next is below that are of something
	// steady with noise on top: too high is followed by too low.
	noisy = -0.25
	// The least ratio of the mean increment to its standard error.
	drift = 2
)

// drifts reports whether something that wanders does so in one direction. The
// rank test takes measurements for independent, but for the trend; a backlog is
// what it was before, and a bit more or less. Then it is the increments that are
// independent, and their mean must differ from 0.
func drifts(x []float64) bool {
	d := make([]float64, len(x)-1)
	mean := 0.0
	for i := range d {
		d[i] = x[i+1] - x[i]
		mean += d[i] / float64(len(d))
	}
	squares, products := 0.0, 0.0
	for i := range d {
		squares += (d[i] - mean) * (d[i] - mean)
		if i > 0 {
			products += (d[i] - mean) * (d[i-1] - mean)
		}
	}
	if squares == 0 || products/squares < noisy {
		return true
	}
	n := float64(len(d))
	return mean*math.Sqrt(n) >= drift*math.Sqrt(squares/(n-1))
}

const (
	// levelling is the share of its earlier rise below which something fills up.
	levelling = 0.5
	// wentOn is the part of the whole trend that the later half must have.
	wentOn = 0.25
)

// goesOn reports whether a trend has not come to an end: the later half of the
// measurements still has a good part of it.
func goesOn(x []float64, slope float64) bool {
	late := Of(x[len(x)/2:]).Slope
	if late < wentOn*slope {
		return false
	}
	// What rose in every interval but the last is full.
	if end := len(x) - 1; strictlyRises(x[:end]) && x[end] <= x[end-1] {
		return false
	}
	// What fills up rises ever less: the halves tell, where nothing falls.
	if early := Of(x[:len(x)/2+1]).Slope; slices.IsSorted(x) && late < levelling*early {
		return false
	}
	third := x[len(x)-max(3, len(x)/3):]
	return slices.Max(third[1:]) > third[0]
}

// strictlyRises reports whether each value is more than the one before.
func strictlyRises(x []float64) bool {
	for i := 1; i < len(x); i++ {
		if x[i] <= x[i-1] {
			return false
		}
	}
	return true
}

// floorRises reports whether the least that is still to come rises in either
// half.
func floorRises(x []float64) bool {
	floor := slices.Clone(x)
	for i := len(floor) - 2; i >= 0; i-- {
		floor[i] = min(floor[i], floor[i+1])
	}
	middle := len(x) / 2
	return floor[middle] > floor[0] && floor[len(x)-1] > floor[middle]
}

// Evidence is how sure it is that something grows.
type Evidence struct {
	Robust bool    // judged by rank test and median slope; else by every interval
	Tau    float64 // Kendall's rank correlation with time
	P      float64 // chance of that without a trend, one-sided
	// Kept is the share of the members of each judged dump, but the last, that
	// the next one still has, as far as samples tell; nil if members cannot be
	// recognised.
	Kept []float64
}
