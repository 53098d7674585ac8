package trend

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// naiveScore is Kendall's.
func naiveScore(x []float64) int {
	s := 0
	for i := range x {
		for j := range i {
			s += cmpFloat(x[i], x[j])
		}
	}
	return s
}

func cmpFloat(a, b float64) int {
	switch {
	case a > b:
		return 1
	case a < b:
		return -1
	}
	return 0
}

// The exact distribution is that of all orders.
func TestExactPAgainstAllOrders(t *testing.T) {
	for n := 2; n <= 7; n++ {
		var scores []int
		order := make([]float64, n)
		for i := range order {
			order[i] = float64(i)
		}
		var permute func(k int)
		permute = func(k int) {
			if k == n {
				scores = append(scores, naiveScore(order))
				return
			}
			for i := k; i < n; i++ {
				order[k], order[i] = order[i], order[k]
				permute(k + 1)
				order[k], order[i] = order[i], order[k]
			}
		}
		permute(0)
		for s := -n * (n - 1) / 2; s <= n*(n-1)/2; s += 2 {
			high := 0
			for _, o := range scores {
				if o >= s {
					high++
				}
			}
			if want, got := float64(high)/float64(len(scores)), exactP(n, s); math.Abs(got-want) > 1e-12 {
				t.Errorf("%d values, score %d: %v, want %v", n, s, got, want)
			}
		}
	}
}

// Of noise without ties no more is taken for a trend than the level says, and
// the approximation for ties is near the exact value where there are none.
func TestTrendOfNoise(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{6, 9, 12} {
		const rounds = 4000
		below := 0
		for range rounds {
			x := make([]float64, n)
			for i := range x {
				x[i] = rng.Float64()
			}
			tr := Of(x)
			if tr.p <= 0.05 {
				below++
			}
			if approx := normalP(x, naiveScore(x)); math.Abs(approx-tr.p) > 0.03 {
				t.Fatalf("%v: %v by approximation, %v", x, approx, tr.p)
			}
		}
		if share := float64(below) / rounds; share > 0.06 {
			t.Errorf("%d values: %v of noise below 0.05", n, share)
		}
	}
}

func TestTrendOf(t *testing.T) {
	for _, c := range []struct {
		x          []float64
		slope, tau float64
		rises      int
	}{
		{nil, 0, 0, 0},
		{[]float64{3}, 0, 0, 0},
		{[]float64{1, 2, 3, 4}, 1, 1, 3},
		{[]float64{4, 3, 2, 1}, -1, -1, 0},
		{[]float64{5, 5, 5, 5}, 0, 0, 0},
		{[]float64{0, 10, 20, 1000, 40}, 10, 0.8, 3}, // one value that is off does not matter
	} {
		got := Of(c.x)
		if got.Slope != c.slope && math.Abs(got.Slope-c.slope) > 1 || math.Abs(got.tau-c.tau) > 1e-9 || got.rises != c.rises {
			t.Errorf("%v: %+v", c.x, got)
		}
	}
	if p := Of([]float64{5, 5, 5, 5}).p; p != 1 {
		t.Errorf("p of what does not change is %v", p)
	}
}

func TestGrows(t *testing.T) {
	for _, c := range []struct {
		name string
		x    []float64
		want bool
	}{
		{"every interval", []float64{100, 200, 300}, true},
		{"once", []float64{100, 200, 200}, false},
		{"less and less", []float64{100, 200, 205}, false},
		{"down", []float64{300, 200, 100}, false},
		{"nothing", []float64{7, 7, 7}, false},
		{"four, steadily", []float64{10, 20, 30, 40}, true},
		{"four, with a pause", []float64{10, 20, 20, 40}, false},
		{"long and steady", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, true},
		{"with noise", []float64{313, 250, 463, 415, 497, 729, 670, 933, 832}, true},
		{"fills up", []float64{100, 200, 300, 400, 450, 450, 450, 450, 450}, false},
		{"is flushed", []float64{10, 40, 70, 100, 20, 50, 80, 10, 40}, false},
		{"is flushed once, late", []float64{10, 20, 30, 40, 50, 60, 70, 10, 20}, false},
		{"saw teeth on a rising floor", []float64{100, 150, 120, 180, 150, 210, 190, 250, 220, 290, 260}, true},
		{"one step", []float64{50, 50, 50, 50, 50, 90, 90, 90, 90}, false},
		{"a step at the end", []float64{50, 50, 50, 50, 50, 50, 50, 50, 90}, false},
		{"wanders", []float64{50, 60, 55, 48, 52, 61, 57, 50, 54}, false},
		{"starts late", []float64{30, 30, 30, 60, 90, 120, 150, 180, 210}, true},
		{"two values", []float64{1, 2}, true},
		{"one value", []float64{1}, false},
		{"none", nil, false},
	} {
		if _, _, ok := Grows(c.x, false); ok != c.want {
			t.Errorf("%s: %v: %v, want %v", c.name, c.x, ok, c.want)
		}
	}
}

// Growing does not depend on the unit, nor on what else is there.
func TestGrowsInAnyUnit(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		x := make([]float64, 3+rng.IntN(9))
		for i := range x {
			x[i] = float64(i*rng.IntN(20) + rng.IntN(50))
		}
		scaled := slices.Clone(x)
		for i := range scaled {
			scaled[i] *= 1024
		}
		_, _, a := Grows(x, false)
		if _, _, b := Grows(scaled, false); a != b {
			t.Fatalf("%v: %v, a thousand times as large %v", x, a, b)
		}
	}
}
