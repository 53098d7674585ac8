package trend

import (
	"math"
	"slices"
)

// An Estimate is what a short series of equally spaced measurements says about its
// direction, without assuming how they vary.
type Estimate struct {
	n     int
	Slope float64 // per interval: the median of all pairwise slopes
	tau   float64 // Kendall's rank correlation with time, -1 … 1
	p     float64 // probability of so high a tau without any trend, one-sided
	rises int     // intervals in which it grew
}

// Of computes the estimator of Theil (1950) and Sen (1968), and the rank
// test of Mann (1945) and Kendall (1975), which is exact where no two values
// are equal.
func Of(x []float64) Estimate {
	n := len(x)
	t := Estimate{n: n, p: 1}
	if n < 2 {
		return t
	}
	var slopes []float64
	s := 0
	ties := false
	for i := range x {
		for j := i + 1; j < n; j++ {
			slopes = append(slopes, (x[j]-x[i])/float64(j-i))
			switch {
			case x[j] > x[i]:
				s++
			case x[j] < x[i]:
				s--
			default:
				ties = true
			}
		}
		if i > 0 && x[i] > x[i-1] {
			t.rises++
		}
	}
	t.Slope = median(slopes)
	t.tau = float64(s) / float64(n*(n-1)/2)
	switch {
	case ties || n > maxExact:
		t.p = normalP(x, s)
	default:
		t.p = exactP(n, s)
	}
	return t
}

// Mean is what values rise by from one to the next, on the average. Of parts
// that add up to a whole, the mean rises do, too; median slopes do not. It says how
// much, the trend whether.
func Mean(x []float64) float64 {
	if len(x) < 2 {
		return 0
	}
	return (x[len(x)-1] - x[0]) / float64(len(x)-1)
}

// Floors joins a series to the least of each of at most n runs of it.
func Floors(x []float64, n int) []float64 {
	if len(x) <= n {
		return x
	}
	floors := make([]float64, n)
	for i := range floors {
		floors[i] = slices.Min(x[i*len(x)/n : (i+1)*len(x)/n])
	}
	return floors
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	x = slices.Clone(x)
	slices.Sort(x)
	m := len(x) / 2
	if len(x)%2 == 1 {
		return x[m]
	}
	return (x[m-1] + x[m]) / 2
}

// maxExact is the length up to which the number of orders fits a float64
// without a loss that matters.
const maxExact = 100

// exactP is the share of all orders of n values that have a score of s or
// more: by the numbers of inversions (Knuth, The Art of Computer Programming 3,
// 5.1.1).
func exactP(n, s int) float64 {
	most := n * (n - 1) / 2
	// share[k] is that of orders with k inversions.
	share := make([]float64, most+1)
	share[0] = 1
	for m := 2; m <= n; m++ {
		next := make([]float64, most+1)
		window := 0.0
		for k := range next {
			window += share[k]
			if k >= m {
				window -= share[k-m]
			}
			next[k] = window / float64(m)
		}
		share = next
	}
	inversions := (most - s) / 2 // at most so many
	p := 0.0
	for k := 0; k <= inversions; k++ {
		p += share[k]
	}
	return min(1, p)
}

// normalP is the approximation for a score with ties, corrected for
// continuity (Kendall, Rank Correlation Methods, 1975).
func normalP(x []float64, s int) float64 {
	n := float64(len(x))
	v := n * (n - 1) * (2*n + 5)
	sorted := slices.Clone(x)
	slices.Sort(sorted)
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		t := float64(j - i)
		v -= t * (t - 1) * (2*t + 5)
		i = j
	}
	v /= 18
	if v <= 0 {
		return 1
	}
	z := (float64(s) - 1) / math.Sqrt(v)
	return 0.5 * math.Erfc(z/math.Sqrt2)
}
