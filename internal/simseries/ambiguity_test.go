package simseries

import "testing"

func TestAmbiguity(t *testing.T) {
	for _, test := range []struct {
		counts            []int
		looksLeaky, leaks bool
	}{
		{[]int{1, 2, 3}, true, true},
		{[]int{1, 1, 2}, false, false},
		{[]int{2, 1, 2, 3}, true, true},   // the first of more than three is warm-up
		{[]int{9, 1, 2, 3}, false, false}, // but it shows that something is emptied
		{[]int{0, 1, 2, 2, 3}, false, false},
		{[]int{5, 5, 5, 5, 5, 5}, false, false},
		{[]int{0, 10, 20, 30, 40, 40, 40, 40}, false, false}, // filled
		{[]int{0, 10, 20, 5, 30, 40, 50}, true, true},
		{[]int{0, 50, 10, 20, 30, 40, 55}, false, true}, // one record is luck
		{[]int{0, 30, 10, 50, 20, 40, 15}, false, false},
		{[]int{0, 60, 50, 40, 30, 70, 80}, false, false}, // no trend
		{[]int{0, 10, 30, 25, 45, 40, 60, 55}, false, true},
		{[]int{9, 8, 7, 6, 5, 4}, false, false},
		{[]int{}, false, false},
	} {
		if got := looksLeaky(test.counts); got != test.looksLeaky {
			t.Errorf("%v looks like a leak: %v", test.counts, got)
		}
		if got := couldLeak(test.counts); got != test.leaks {
			t.Errorf("%v can be told as a leak: %v", test.counts, got)
		}
	}
}
