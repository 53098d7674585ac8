package cases

import (
	"slices"
	"testing"
)

func TestSample(t *testing.T) {
	defer func(was bool) { *full = was }(*full)
	list := []int{0, 1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		full    bool
		n, seed int
		want    []int
	}{
		{false, 3, 0, []int{0, 2, 4}},
		{false, 3, 5, []int{5, 0, 2}},
		{false, 1, 8, []int{1}},
		{false, 0, 1, nil},
		{false, 7, 3, list},
		{false, 9, 3, list},
		{true, 1, 3, list},
	} {
		*full = c.full
		if got := Sample(list, c.n, c.seed); !slices.Equal(got, c.want) {
			t.Errorf("%+v: got %v", c, got)
		}
		if want := c.n; c.full != Full() || Number(c.n, 99) != map[bool]int{false: want, true: 99}[c.full] {
			t.Errorf("%+v: full %v, %d", c, Full(), Number(c.n, 99))
		}
	}
	// One element each, by the index of a loop: all are met.
	*full = false
	var met []int
	for i := range list {
		met = append(met, Sample(list, 1, i)...)
	}
	if !slices.Equal(met, list) {
		t.Error(met)
	}
}
