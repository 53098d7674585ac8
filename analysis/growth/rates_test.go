package growth

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/simseries"
)

var (
	seriesWanted = flag.Int("series", 0, "simulated series of each scenario and length for TestGrowthRates; 0: one of some lengths")
	seriesOf     = flag.String("scenario", "", "only scenarios whose name or family has this")
)

// rates is how often a judgement of series was wrong, and by how much.
type rates struct {
	series, ambiguous int
	leaks             int // series with a leak that can be told
	missed            int // leaks not found, or not where they are
	misnamed          int // leaks found, but as members of a class that does not leak there
	alarms            int // series with a finding that is none, or unexplained growth where there is none
	examples          []string
	counts, bytes     offsets // of the rates of leaks that were found
	grown             offsets // of the bytes from the first judged dump to the last
	hidden            offsets // of that of the memory that no item shows, where it grows
	unexplained       offsets // in bytes, of that of the memory that is not explained, elsewhere
}

// offsets are differences from the truth, as parts of it.
type offsets []float64

// near is up to which part a rate may differ from the truth.
const near = 0.15

func (d offsets) String() string {
	if len(d) == 0 {
		return fmt.Sprintf("%27s", "-")
	}
	within := 0
	for _, x := range d {
		if x <= near {
			within++
		}
	}
	return fmt.Sprintf("%6.1f %% %7.1f %% %7.1f %%", 100*d.at(0.5), 100*d.at(0.9), 100*float64(within)/float64(len(d)))
}

// at is the offset that a part of them does not exceed.
func (d offsets) at(part float64) float64 {
	slices.Sort(d)
	return d[int(part*float64(len(d)-1)+0.5)]
}

func (d *offsets) add(got, want float64) {
	if want != 0 {
		*d = append(*d, math.Abs(got-want)/math.Abs(want))
	}
}

func (r *rates) add(o rates) {
	r.series += o.series
	r.ambiguous += o.ambiguous
	r.leaks += o.leaks
	r.missed += o.missed
	r.misnamed += o.misnamed
	r.alarms += o.alarms
	r.examples = append(r.examples, o.examples...)
	r.counts = append(r.counts, o.counts...)
	r.bytes = append(r.bytes, o.bytes...)
	r.grown = append(r.grown, o.grown...)
	r.hidden = append(r.hidden, o.hidden...)
	r.unexplained = append(r.unexplained, o.unexplained...)
}

func (r *rates) String() string {
	return fmt.Sprintf("%6d %6d %6d %6d %6d %6d  %s  %s  %s", r.series, r.ambiguous, r.leaks, r.missed, r.misnamed, r.alarms, r.counts, r.bytes, r.grown)
}

const ratesHead = "series  ambig  leaks missed misnmd alarms" +
	"  members: median, 90 %, near   bytes: median, 90 %, near    grown: median, 90 %, near"

// A job is one series to judge.
type job struct {
	scenario simseries.Scenario
	dumps    int
	seed     uint64
}

// TestGrowthRates judges simulated series whose truth is known. With -series
// 100 -v it tells the rates.
func TestGrowthRates(t *testing.T) {
	jobs := jobsWanted()
	byScenario, byFamily, byLength := newTable(), newTable(), newTable()
	var all rates
	for i, r := range judgeAll(t, jobs) {
		j := jobs[i]
		byScenario.row(fmt.Sprintf("%-28s %s", j.scenario.Name, j.scenario.Verdict)).add(r)
		byFamily.row(j.scenario.Family).add(r)
		byLength.row(fmt.Sprintf("%d dumps", j.dumps)).add(r)
		all.add(r)
	}
	byScenario.tell(t, 3)
	byFamily.tell(t, 0)
	byLength.tell(t, 0)
	t.Logf("%-38s %s", "all", &all)
	t.Logf("unexplained growth: median, 90 %%, near: %s", all.hidden)
	if len(all.unexplained) > 0 {
		t.Logf("not explained, elsewhere: off by %.0f B an interval in the median, %.0f B at 90 %%",
			all.unexplained.at(0.5), all.unexplained.at(0.9))
	}
	byFamily.hold(t)
}

func jobsWanted() (jobs []job) {
	lengths, each := []int{3, 4, 5, 6, 7, 8, 10, 12}, uint64(*seriesWanted)
	each = max(each, 1)
	scenarios := simseries.Scenarios()
	if *seriesWanted == 0 && *seriesOf == "" {
		scenarios = cases.Sample(scenarios, len(scenarios)/2, 0)
	}
	for i, s := range scenarios {
		if !strings.Contains(s.Name, *seriesOf) && !strings.Contains(s.Family, *seriesOf) {
			continue
		}
		if *seriesWanted == 0 {
			lengths = cases.Sample([]int{3, 6, 10}, 1, i)
		}
		for _, n := range lengths {
			for seed := range each {
				jobs = append(jobs, job{s, n, seed})
			}
		}
	}
	return jobs
}

// A table has rates by name, in the order in which they came.
type table struct {
	names []string
	rows  map[string]*rates
}

func newTable() *table { return &table{rows: map[string]*rates{}} }

func (x *table) row(name string) *rates {
	if x.rows[name] == nil {
		x.rows[name] = &rates{}
		x.names = append(x.names, name)
	}
	return x.rows[name]
}

// tell logs the rows, with some examples of each.
func (x *table) tell(t *testing.T, examples int) {
	t.Logf("%-38s %s", "", ratesHead)
	for _, name := range x.names {
		r := x.rows[name]
		t.Logf("%-38s %s", name, r)
		for _, e := range r.examples[:min(examples, len(r.examples))] {
			t.Logf("      %s", e)
		}
	}
}

// hold compares the rates of families with what is allowed.
func (x *table) hold(t *testing.T) {
	var all rates
	for _, name := range x.names {
		all.add(*x.rows[name])
	}
	if target.exceeded(&all) {
		t.Errorf("of %d series %d leaks missed, %d misnamed, and %d false alarms", all.series, all.missed, all.misnamed, all.alarms)
	}
}

// allowance is how often a judgement may be wrong, as parts of the series.
type allowance struct{ missed, alarms float64 }

// target is that of all families together.
var target = allowance{0.03, 0.0001}

// exceeded reports whether rates are above an allowance by more than chance does
// to so many series.
func (a allowance) exceeded(r *rates) bool {
	most := func(part float64) float64 {
		mean := part * float64(r.series)
		return mean + 2*math.Sqrt(mean) + 1
	}
	return float64(max(r.missed, r.misnamed)) > most(a.missed) || float64(r.alarms) > most(a.alarms)
}

func judgeAll(t *testing.T, jobs []job) []rates {
	results := make([]rates, len(jobs))
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				j := jobs[i]
				results[i] = judgeSeries(t, j.scenario.Series(j.seed, j.dumps))
			}
		})
	}
	for i := range jobs {
		next <- i
	}
	close(next)
	wg.Wait()
	return results
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
	g := series.Growth(Options{MinCount: DefaultMinCount, MinBytes: DefaultMinBytes, MaxUnexplained: DefaultMaxUnexplained})
	if len(g.Caveats) > 0 {
		t.Errorf("%s, %d dumps, seed %d: caveats %v", s.Scenario, len(s.Dumps), s.Seed, g.Caveats)
	}
	for _, problem := range unbalanced(g) {
		t.Errorf("-scenario %s, %d dumps, seed %d: %s", s.Scenario, len(s.Dumps), s.Seed, problem)
	}
	j := judgement{rates: rates{series: 1}, Series: s, g: g, found: map[string]bool{}}
	for i := range g.Growing {
		j.place(&g.Growing[i])
	}
	j.compareUnseen()
	j.alarms = min(j.wrong, 1)
	j.notFound()
	if s.Truth.Ambiguous {
		j.ambiguous = 1
	}
	return j.rates
}

// A judgement is one series as it is compared.
type judgement struct {
	rates
	simseries.Series
	g     *Growth
	found map[string]bool // leaks, by their first path
	wrong int
}

func (j *judgement) tell(format string, args ...any) {
	where := fmt.Sprintf("-scenario %s, %d dumps, seed %d: ", j.Scenario, len(j.Dumps), j.Seed)
	j.examples = append(j.examples, where+fmt.Sprintf(format, args...))
}

// place looks for the leak that a finding names.
func (j *judgement) place(x *GrowingPlace) {
	named := false
	holds := x.Holds.Class
	if holds == "" {
		holds = x.Holds.Type
	}
	for _, path := range append([]string{x.Path, x.Example.Path}, x.Also...) {
		c, ok := j.Truth.Leak(path)
		named = named || ok || j.Truth.Excused(path)
		if !ok || j.found[c.Paths[0]] && len(c.AlsoHolds) == 0 {
			continue
		}
		j.found[c.Paths[0]] = true
		if c.Ambiguous {
			break
		}
		if !c.HasClass(holds) {
			j.misnamed = 1
			j.tell("MISNAMED %s holds %s, not %s", path, holds, c.Holds)
			break
		}
		members, size := c.Rate("", j.g.WarmUp)
		switch {
		case len(c.AlsoHolds) > 0:
			for _, k := range x.PerClass {
				if rate, _ := c.Rate(k.Class, j.g.WarmUp); c.HasClass(k.Class) {
					j.counts.add(k.PerInterval.Count, rate)
				}
			}
		case !c.IsString():
			j.counts.add(x.PerInterval.Count, members)
		}
		j.bytes.add(x.PerInterval.Bytes, size)
		from, last := max(j.g.WarmUp, c.From), len(x.Bytes)-1
		j.grown.add(float64(x.Bytes[last])-float64(x.Bytes[from]), size*float64(last-from))
		break
	}
	if !named {
		j.wrong++
		j.tell("ALARM %s %v p=%.4f", x.Path, x.Counts, x.Evidence.P)
	}
}

// compareUnseen compares the memory that no item shows.
func (j *judgement) compareUnseen() {
	unexplained := j.Truth.Unexplained.Grows
	if unexplained {
		j.rates.hidden.add(j.g.Unexplained.PerInterval, j.Truth.Unexplained.Rate(j.g.WarmUp))
	} else {
		j.unexplained = append(j.unexplained, math.Abs(j.g.Unexplained.PerInterval-j.unexplainedRate()))
	}
	if j.g.Unexplained.Grows == unexplained || j.Truth.Unexplained.Ambiguous {
		return
	}
	if j.g.Unexplained.Grows {
		j.wrong++
	} else {
		j.missed = 1
	}
	j.tell("UNEXPLAINED %v", j.g.Unexplained.Bytes)
}

// unexplainedRate is by how many bytes memory_usage grows in an interval that
// nobody could explain by the dumps.
func (j *judgement) unexplainedRate() float64 {
	at := func(i int) float64 { return float64(j.Memory[i].Unexplained) + float64(j.Memory[i].Lost) }
	last := len(j.Memory) - 1
	return (at(last) - at(j.g.WarmUp)) / float64(last-j.g.WarmUp)
}

// notFound looks for leaks that were not found.
func (j *judgement) notFound() {
	for _, c := range j.Truth.Leaks {
		if c.Ambiguous {
			continue
		}
		j.rates.leaks = 1
		if !j.found[c.Paths[0]] {
			j.missed = 1
			j.tell("MISSED %s %v, %v bytes", c.Paths[0], c.Counts, c.Bytes)
		}
	}
}
