package analysis

import (
	"bytes"
	"flag"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/simseries"
)

var (
	seriesWanted = flag.Int("series", 0, "simulated series of each scenario and length for TestGrowthRates; 0: one of some lengths")
	seriesOf     = flag.String("scenario", "", "only scenarios whose name has this")
)

// rates is how often a judgement of series was wrong.
type rates struct {
	series, ambiguous int
	missed            int // leaks not found, or not where they are
	alarms            int // series with a finding that is none, or unseen growth where there is none
	examples          []string
}

func (r *rates) add(o rates) {
	r.series += o.series
	r.ambiguous += o.ambiguous
	r.missed += o.missed
	r.alarms += o.alarms
	r.examples = append(r.examples, o.examples...)
}

// TestGrowthRates judges simulated series whose truth is known. With -series
// 100 -v it tells the rates.
func TestGrowthRates(t *testing.T) {
	type job struct {
		scenario simseries.Scenario
		dumps    int
		seed     uint64
	}
	lengths := []int{3, 4, 5, 6, 7, 8, 10, 12}
	each := uint64(*seriesWanted)
	if each == 0 {
		lengths, each = []int{3, 5, 9}, 1
	}
	jobs := make(chan job)
	var mu sync.Mutex
	byScenario, byLength := map[string]*rates{}, map[int]*rates{}
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for j := range jobs {
				r := judgeSeries(t, j.scenario.Series(j.seed, j.dumps))
				mu.Lock()
				if byScenario[j.scenario.Name] == nil {
					byScenario[j.scenario.Name] = &rates{}
				}
				if byLength[j.dumps] == nil {
					byLength[j.dumps] = &rates{}
				}
				byScenario[j.scenario.Name].add(r)
				byLength[j.dumps].add(r)
				mu.Unlock()
			}
		})
	}
	for _, s := range simseries.Scenarios() {
		if !strings.Contains(s.Name, *seriesOf) {
			continue
		}
		for _, n := range lengths {
			for seed := range each {
				jobs <- job{s, n, seed}
			}
		}
	}
	close(jobs)
	wg.Wait()
	var all rates
	for _, s := range simseries.Scenarios() {
		if r := byScenario[s.Name]; r != nil {
			t.Logf("%-28s %-9s %5d series, %4d ambiguous, %4d missed, %4d false alarms", s.Name, s.Verdict, r.series, r.ambiguous, r.missed, r.alarms)
			for i, e := range r.examples {
				if i < 3 {
					t.Logf("      %s", e)
				}
			}
			all.add(*r)
		}
	}
	for _, n := range lengths {
		if r := byLength[n]; r != nil {
			t.Logf("%2d dumps: %5d series, %4d ambiguous, %4d missed, %4d false alarms", n, r.series, r.ambiguous, r.missed, r.alarms)
		}
	}
	t.Logf("all: %d series, %d ambiguous, %d missed, %d false alarms", all.series, all.ambiguous, all.missed, all.alarms)
	if all.alarms*1000 > all.series || all.missed*100 > 3*all.series {
		t.Errorf("of %d series %d leaks missed and %d false alarms", all.series, all.missed, all.alarms)
	}
}

// judgeSeries compares a judgement with the truth.
func judgeSeries(t *testing.T, s simseries.Series) rates {
	series := NewSeries(SeriesOptions{})
	for i, text := range s.Dumps {
		in, err := dump.FromReader(fmt.Sprint("mem-", i), bytes.NewReader(text))
		if err != nil {
			t.Error(err)
			return rates{}
		}
		g, info, err := graph.Build(in, 1)
		if err != nil {
			t.Error(err)
			return rates{}
		}
		series.Add(in.Name, g, &info)
	}
	g := series.Growth(GrowthOptions{MinCount: DefaultMinCount, MinBytes: DefaultMinBytes, MaxUnseen: DefaultMaxUnseen})
	if len(g.Doubts) > 0 {
		t.Errorf("%s, %d dumps, seed %d: doubts %v", s.Scenario, len(s.Dumps), s.Seed, g.Doubts)
	}
	r := rates{series: 1}
	where := fmt.Sprintf("-scenario %s, %d dumps, seed %d: ", s.Scenario, len(s.Dumps), s.Seed)
	found, wrong := map[string]bool{}, 0
	for _, x := range g.Growing {
		named := false
		for _, path := range append([]string{x.Path, x.Example.Path}, x.Also...) {
			if c, ok := s.Truth.Leak(path); ok {
				found[c.Paths[0]] = true
				named = true
			}
			named = named || s.Truth.Excused(path)
		}
		if !named {
			wrong++
			r.examples = append(r.examples, fmt.Sprintf("%sALARM %s %v p=%.4f", where, x.Path, x.Counts, x.Evidence.P))
		}
	}
	if g.Unseen.Grows != (s.Truth.Verdict == simseries.Invisible) && !s.Truth.Ambiguous {
		if g.Unseen.Grows {
			wrong++
		} else {
			r.missed = 1
		}
		r.examples = append(r.examples, fmt.Sprintf("%sUNSEEN %v", where, g.Unseen.Bytes))
	}
	r.alarms = min(wrong, 1)
	for _, c := range s.Truth.Leaks {
		if !c.Ambiguous && !found[c.Paths[0]] {
			r.missed = 1
			r.examples = append(r.examples, fmt.Sprintf("%sMISSED %s %v", where, c.Paths[0], c.Counts))
		}
	}
	if s.Truth.Ambiguous {
		r.ambiguous = 1
	}
	return r
}
