package trend

import (
	"math"
	"slices"
)

const (
	// With fewer measurements a rank test can say nothing; then it is growth if
	// there is some in every interval, and about as much.
	MinForRank = 5
	fewValues  = MinForRank - 1
	// How much less than the most an interval may have grown by.
	minOfMost = 0.1
	// The chance that values without a trend have as much of one: of few, and of
	// so many that hardly any other order is left.
	significance, Strictly = 0.05, 0.01
	// From that many on it is the strict one.
	ManyValues = 7
	// How much less than the most an interval may have grown by without a word;
	// by how much less if what was there has become large, or twice that.
	Evenly, mostly, large = 0.6, 0.5, 1.5
	// The same limits where all members stay: of four values, and of three, the last of
	// which must then rise by no less than the one before.
	steadily, accelerating = 0.3, 0.2
)

// Grows judges a series of measurements at equal intervals, warm-up left out.
//
// With few of them growing means in every interval, by about as much: what
// fills up grows less and less.
//
// With more there may be noise. Then there must be a trend, by the test of Mann
// and Kendall; it must still go on in the end, or it is a cache that is full;
// and what has once been reached must stay: the floor, which is the least that
// any later measurement has, must have risen in either half. What is flushed,
// or wanders, comes back to where it was.
//
// stay says that all members of one measurement are known to be there in the
// next: then a few need not rise so evenly. What still fills up has them too, and
// rises ever less.
func Grows(x []float64, stay bool) (e Evidence, rises int, ok bool) {
	t := Of(x)
	e = Evidence{Tau: t.tau, P: t.p}
	rises = t.rises
	if len(x) < 2 || t.Slope <= 0 {
		return e, rises, false
	}
	if len(x) < MinForRank {
		least, most := Increments(x)
		times := x[len(x)-1] / max(1, x[0])
		even := least >= Evenly*most || least >= mostly*most && times >= large || least >= minOfMost*most && times >= 2*large
		last, first := x[len(x)-1]-x[len(x)-2], x[1]-x[0]
		if stay && len(x) == fewValues {
			even = even || least >= steadily*most
		} else if stay && len(x) == fewValues-1 {
			even = even || least >= accelerating*most && last >= first
		}
		return e, rises, least > 0 && even && last >= Evenly*first
	}
	e.Robust = true
	// What varies by chance does so by a part of what it is.
	grown := x[len(x)-1] >= large*x[0]
	sure := t.p <= Strictly && (grown || slices.IsSorted(x)) || len(x) < ManyValues && t.p <= significance && grown
	if !sure || rises*2 < len(x)-2 {
		return e, rises, false
	}
	return e, rises, goesOn(x, t.Slope) && floorRises(x) && drifts(x)
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

// levelling is the share of its earlier rise that something has when it fills
// up.
const levelling = 0.5

// goesOn reports whether a trend has not come to an end: the later half of the
// measurements still has a good part of it.
func goesOn(x []float64, slope float64) bool {
	late := Of(x[len(x)/2:]).Slope
	if late < 0.25*slope {
		return false
	}
	// What rose in every interval but the last is full.
	if end := len(x) - 1; StrictlyRises(x[:end]) && x[end] <= x[end-1] {
		return false
	}
	// What fills up rises ever less: the halves tell, where nothing falls.
	if early := Of(x[:len(x)/2+1]).Slope; slices.IsSorted(x) && late < levelling*early {
		return false
	}
	third := x[len(x)-max(3, len(x)/3):]
	return slices.Max(third[1:]) > third[0]
}

func StrictlyRises(x []float64) bool {
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
