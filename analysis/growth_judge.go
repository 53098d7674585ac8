package analysis

import "slices"

const (
	// With fewer measurements a rank test can say nothing; then it is growth if
	// there is some in every interval, and about as much.
	minForRank = 5
	// How much less than the most an interval may have grown by.
	minOfMost = 0.1
	// The chance that values without a trend have as much of one: of few, and of
	// so many that hardly any other order is left.
	significance, strictly = 0.05, 0.01
	// From that many on it is the strict one.
	manyValues = 7
	// How much less than the most an interval may have grown by without a word,
	// and what doubtful growth must have made of what was there.
	mostly, large = 0.5, 1.5
)

// grows judges a series of measurements at equal intervals, warm-up left out.
//
// With few of them growing means in every interval, by about as much: what
// fills up grows less and less.
//
// With more there may be noise. Then there must be a trend, by the test of Mann
// and Kendall; it must still go on in the end, or it is a cache that is full;
// and what has once been reached must stay: the floor, which is the least that
// any later measurement has, must have risen in either half. What is flushed,
// or wanders, comes back to where it was.
func grows(x []float64) (e Evidence, rises int, ok bool) {
	t := trendOf(x)
	e = Evidence{Tau: t.tau, P: t.p}
	rises = t.rises
	if len(x) < 2 || t.slope <= 0 {
		return e, rises, false
	}
	if len(x) < minForRank {
		least, most := x[1]-x[0], x[1]-x[0]
		for i := 2; i < len(x); i++ {
			least, most = min(least, x[i]-x[i-1]), max(most, x[i]-x[i-1])
		}
		even := least >= mostly*most || least >= minOfMost*most && x[len(x)-1] >= large*x[0]
		return e, rises, least > 0 && even
	}
	e.Robust = true
	// What varies by chance does so by a part of what it is.
	sure := t.p <= strictly
	if len(x) < manyValues {
		sure = sure || t.p <= significance && x[len(x)-1] >= large*x[0]
	}
	if !sure || rises*2 < len(x)-2 {
		return e, rises, false
	}
	return e, rises, goesOn(x, t.slope) && floorRises(x)
}

// goesOn reports whether a trend has not come to an end: the later half of the
// measurements still has a good part of it.
func goesOn(x []float64, slope float64) bool {
	late := x[len(x)/2:]
	if trendOf(late).slope < 0.25*slope {
		return false
	}
	third := x[len(x)-max(3, len(x)/3):]
	return slices.Max(third[1:]) > third[0]
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
