package record

import (
	"testing"
	"time"
)

func TestBudget(t *testing.T) {
	// spent is how many of a number of events, at a rate, there is budget for.
	spent := func(b *budget, begin time.Time, n int, perSecond float64) (granted int) {
		for i := range n {
			if b.spend(begin.Add(time.Duration(float64(i) / perSecond * float64(time.Second)))) {
				granted++
			}
		}
		return granted
	}
	now := time.Now()
	for name, tt := range map[string]struct {
		n           int
		perSecond   float64
		least, most int
	}{
		"few":            {10000, 1000, 10000, 10000},
		"as many as may": {40000, maxStops, 40000, 40000},
		"a burst":        {maxBurst, 1e6, maxBurst, maxBurst},
		"too many":       {200000, 20000, maxBurst + 9*maxStops, maxBurst + 11*maxStops},
	} {
		if got := spent(new(budget), now, tt.n, tt.perSecond); got < tt.least || got > tt.most {
			t.Errorf("%s: %d of %d, want %d to %d", name, got, tt.n, tt.least, tt.most)
		}
	}
	b := new(budget)
	spent(b, now, 2*maxBurst, 1e6)
	if got := spent(b, now.Add(time.Hour), 2*maxBurst, 1e9); got < maxBurst-10 || got > maxBurst+100 {
		t.Errorf("after an hour there is a budget of %d", got)
	}
}
