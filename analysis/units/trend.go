package units

import "slices"

// Trend is how what the units of one name leave behind goes.
type Trend string

// The trends.
const (
	Once   Trend = "once"    // it ended once: nothing is said
	First  Trend = "warm-up" // the first left something, the later ones do not
	Level  Trend = "level"   // they leave nothing, or free what they leave
	Rising Trend = "rises"   // each leaves more
)

// TrendOf judges what the last units of a name have left, the oldest first; times
// is how many there were in all, first what the first has left, in bytes.
//
// They rise if so many of them leave something that it is by chance in one of a
// hundred cases at most (sign test), and the others do not free half of it: caches
// that are emptied from time to time do.
func TrendOf(times uint64, first int64, recent []int64) Trend {
	if times < 2 {
		return Once
	}
	later := recent
	if times == uint64(len(recent)) {
		later = recent[1:]
	}
	const (
		least  = 16 // bytes, of one unit
		chance = 0.01
	)
	up, down, gain, loss := 0, 0, int64(0), int64(0)
	for _, n := range later {
		switch {
		case n >= least:
			up++
			gain += n
		case n <= -least:
			down++
			loss -= n
		}
	}
	if signTest(up, len(later)) <= chance && loss < gain/2 {
		return Rising
	}
	sorted := slices.Sorted(slices.Values(later))
	if middle := sorted[len(sorted)/2]; first >= 1<<10 && middle < first/10 {
		return First
	}
	return Level
}

// signTest is the probability that of n signs so many are up by chance.
func signTest(up, n int) float64 {
	p, term := 0.0, 1.0
	for range n {
		term /= 2
	}
	for k := 0; k <= n; k++ {
		if k >= up {
			p += term
		}
		term *= float64(n-k) / float64(k+1)
	}
	return p
}
