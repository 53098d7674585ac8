package simseries_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/simseries"
)

func read(t testing.TB, text []byte) (*graph.Graph, dump.Info) {
	t.Helper()
	in, err := dump.FromReader("dump", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	g, info, err := graph.Build(in, 1)
	if err != nil {
		t.Fatal(err)
	}
	return g, info
}

// someScenarios are an eighth of all scenarios, or all of them.
func someScenarios(seed int) []simseries.Scenario {
	all := simseries.Scenarios()
	return cases.Sample(all, len(all)/8, seed)
}

// Dumps are sound, and hold what the truth says.
func TestSeries(t *testing.T) {
	all := simseries.Scenarios()
	for i, scenario := range cases.Sample(all, len(all)/2, 0) {
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			for _, seed := range cases.Sample([]int{0, 1}, 1, i) {
				dumps := []int{3, 10}[seed]
				s := scenario.Series(uint64(seed), dumps)
				if len(s.Dumps) != dumps {
					t.Fatalf("%d dumps, not %d", len(s.Dumps), dumps)
				}
				graphs, usage := sound(t, s)
				truthful(t, s.Truth, graphs)
				consistent(t, s, usage)
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

// sound reads the dumps, and the memory_usage that they tell.
func sound(t *testing.T, s simseries.Series) (graphs []*graph.Graph, usage []uint64) {
	peak := uint64(0)
	for i, text := range s.Dumps {
		g, info := read(t, text)
		if defects := info.Defects.List(); len(defects) > 0 {
			t.Errorf("dump %d: defects %v", i, defects)
		}
		if c := g.Counts(); c.Dangling+c.Duplicates > 0 {
			t.Errorf("dump %d: %+v", i, c)
		}
		if n := g.Items(); n < 50 || n > 4000 {
			t.Errorf("dump %d: %d items", i, n)
		}
		graphs, usage = append(graphs, g), append(usage, info.Header.MemoryUsage)
		// The peak never falls, and the dumps raise it: they note what they have visited.
		if i > 0 && info.Header.PeakMemoryUsage < max(peak, usage[i-1]+80*uint64(graphs[i-1].Items())) {
			t.Errorf("dump %d: the peak is %d after %d", i, info.Header.PeakMemoryUsage, peak)
		}
		peak = info.Header.PeakMemoryUsage
	}
	again, err := dumpbuild.Read(s.Dumps[0])
	if err != nil || !bytes.Equal(again.PrintUsual(), s.Dumps[0]) {
		t.Errorf("not in the usual layout: %v", err)
	}
	return graphs, usage
}

// truthful holds the truth against the dumps.
func truthful(t *testing.T, truth simseries.Truth, graphs []*graph.Graph) {
	last := graphs[len(graphs)-1]
	for _, c := range slices.Concat(truth.Leaks, truth.Bounded) {
		if len(c.Counts) != len(graphs) {
			t.Fatalf("%d counts of %d dumps", len(c.Counts), len(graphs))
		}
		for i, g := range graphs {
			if got := count(g, c); got != c.Counts[i] && !(c.Lossy && got < c.Counts[i]) {
				t.Errorf("dump %d: %s holds %d, not %d", i, c.Paths[0], got, c.Counts[i])
			}
		}
		for _, path := range c.Paths {
			// A function may not run when the last dump is made.
			if len(resolve(last, path)) == 0 && !strings.Contains(path, "->inspect()") {
				t.Errorf("nothing is at %s", path)
			}
		}
		if !holds(last, c) {
			t.Errorf("no %s in %s", c.Holds, c.Paths[0])
		}
	}
}

// consistent holds the verdict against the counts and the memory_usage.
func consistent(t *testing.T, s simseries.Series, usage []uint64) {
	truth := s.Truth
	if leaks := len(truth.Leaks) > 0; leaks != (truth.Verdict == simseries.Leak) {
		t.Errorf("%v with %d leaks", truth.Verdict, len(truth.Leaks))
	}
	for _, c := range truth.Leaks {
		first, last := c.Counts[c.From], c.Counts[len(c.Counts)-1]
		if !c.Ambiguous && (last <= first || c.PerInterval <= 0) {
			t.Errorf("%v grows by %g", c.Counts, c.PerInterval)
		}
	}
	for i, m := range s.Memory {
		if usage[i] != m.Usage || truth.Unexplained.Bytes[i] != int(m.Unexplained) {
			t.Errorf("dump %d: memory_usage is %d, %d of it unexplained, not %+v", i, usage[i], truth.Unexplained.Bytes[i], m)
		}
	}
	unexplained := truth.Unexplained
	if unexplained.Grows && !unexplained.Ambiguous && unexplained.PerInterval < 256<<10 {
		t.Errorf("%d bytes of unexplained memory, which is to grow", unexplained.Bytes)
	}
	if truth.Verdict == simseries.Unexplained && !unexplained.Grows {
		t.Error("unexplained, and nothing grows")
	}
}

// What is freed leaves its place to something new, by a rate that depends on the
// order in which that happens. -v tells the rates.
func TestMembersTakePlaces(t *testing.T) {
	for _, c := range []struct {
		scenario    string
		least, most float64 // of the members that did not stay
	}{
		{"list_made_anew", 0.3, 1}, // freed and made in one order
		{"index_made_anew", 0.3, 1},
		{"jobs_of_many_kinds", 0.0002, 0.05},
		{"leak_among_jobs", 0, 0.01}, // all have stayed
		{"fifo_full", 0, 0},          // strings have no handle
	} {
		scenario, _ := simseries.Find(c.scenario)
		byChance, byHandle, gone := 0, 0, 0
		for seed := range uint64(6) {
			s := scenario.Series(seed, 6)
			at := len(s.Matched) - 1 // what is planted, and declared last
			container := slices.Concat(s.Truth.Leaks, s.Truth.Bounded)[at]
			if len(s.Truth.Leaks) > 0 {
				at, container = 0, s.Truth.Leaks[0]
			}
			for i, matched := range s.Matched[at] {
				byChance += max(0, matched-container.Stayed[i])
				byHandle += container.Kept[i] - container.Stayed[i]
				gone += container.Counts[i+1] - container.Stayed[i]
			}
		}
		share := float64(byChance) / float64(max(gone, 1))
		t.Logf("%-20s of %4d new members %4d have handle, class and address of an old one (%.3f), %4d handle and class",
			c.scenario, gone, byChance, share, byHandle)
		if share < c.least || share > c.most {
			t.Errorf("%s: %.3f, not %g to %g", c.scenario, share, c.least, c.most)
		}
	}
}

func TestDeterminism(t *testing.T) {
	for _, scenario := range someScenarios(0) {
		a, b, other := scenario.Series(7, 3), scenario.Series(7, 3), scenario.Series(8, 3)
		for i := range a.Dumps {
			if !bytes.Equal(a.Dumps[i], b.Dumps[i]) {
				t.Errorf("%s, dump %d: the same seed gives other bytes", scenario.Name, i)
			}
		}
		if !reflect.DeepEqual(a.Truth, b.Truth) {
			t.Errorf("%s: the same seed gives another truth", scenario.Name)
		}
		if bytes.Equal(a.Dumps[0], other.Dumps[0]) {
			t.Errorf("%s: another seed gives the same bytes", scenario.Name)
		}
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range simseries.Scenarios() {
		if seen[s.Name] {
			t.Errorf("%s occurs twice", s.Name)
		}
		seen[s.Name] = true
		if found, ok := simseries.Find(s.Name); !ok || found.Verdict != s.Verdict {
			t.Errorf("%s is not found", s.Name)
		}
	}
	if _, ok := simseries.Find("none"); ok {
		t.Error("finds what there is not")
	}
}

// What is bounded stays so, however long the process lives.
func TestBoundedIsBounded(t *testing.T) {
	for _, scenario := range someScenarios(1) {
		truth := scenario.Truth(1, 60)
		for _, c := range truth.Bounded {
			early, late := slices.Max(c.Counts[:40]), slices.Max(c.Counts[40:])
			if late > early*3/2+3 {
				t.Errorf("%s: %s had %d at most, and then %d", scenario.Name, c.Paths[0], early, late)
			}
			if scenario.Verdict != simseries.Leak && c.Ambiguous {
				t.Errorf("%s: %s is ambiguous: %v", scenario.Name, c.Paths[0], c.Counts)
			}
		}
		for _, c := range truth.Leaks {
			if early, late := slices.Max(c.Counts[:40]), slices.Max(c.Counts[50:]); late <= early || c.Ambiguous {
				t.Errorf("%s: %s had %d, and then only %d", scenario.Name, c.Paths[0], early, late)
			}
		}
	}
}

// What a clean process frees comes back.
func TestCleanMemoryStays(t *testing.T) {
	for _, scenario := range someScenarios(3) {
		if scenario.Verdict != simseries.Clean {
			continue
		}
		if scenario.Name == "hidden_below_limit" {
			continue // it does grow, by too little to be told
		}
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			const slack = 24 << 10 // for what is loaded late, and two tables that double by chance
			_, usage := sound(t, scenario.Series(2, 24))
			if early, late := slices.Max(usage[2:14]), slices.Max(usage[14:]); late > early+slack {
				t.Errorf("memory_usage was %d at most, and then %d", early, late)
			}
		})
	}
}

// Most series can be told, most of all the long ones.
func TestFewAreAmbiguous(t *testing.T) {
	for _, c := range []struct{ dumps, percent int }{{3, 30}, {6, 12}, {10, 5}} {
		ambiguous, all := 0, 0
		for _, scenario := range simseries.Scenarios() {
			for seed := range uint64(cases.Number(1, 2)) {
				if scenario.Truth(seed, c.dumps).Ambiguous {
					ambiguous++
				}
				all++
			}
		}
		if 100*ambiguous > c.percent*all || ambiguous == 0 && c.dumps == 3 {
			t.Errorf("%d dumps: %d of %d series are ambiguous", c.dumps, ambiguous, all)
		}
	}
}

// The truth does not depend on whether the process is dumped.
func TestTruthAlone(t *testing.T) {
	for _, scenario := range someScenarios(2) {
		alone, with := scenario.Truth(3, 5), scenario.Series(3, 5).Truth
		if !reflect.DeepEqual(alone, with) {
			t.Errorf("%s: %+v\nand %+v", scenario.Name, alone, with)
		}
	}
}

func BenchmarkSeries(b *testing.B) {
	scenarios := simseries.Scenarios()
	dumps, text := 0, 0
	for i := 0; b.Loop(); i++ {
		s := scenarios[i%len(scenarios)].Series(uint64(i), 3+i%10)
		for _, d := range s.Dumps {
			dumps++
			text += len(d)
		}
	}
	b.ReportMetric(float64(dumps)/float64(b.N), "dumps/op")
	b.ReportMetric(float64(text)/float64(b.N), "bytes/op")
}
