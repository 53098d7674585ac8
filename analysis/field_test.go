package analysis

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
)

// A fieldSeries is a program of testdata/field, made after a public report or
// for one kind of growth, and what is true of it. Names that begin with clean_
// are of programs that do not leak; most are the mended ones of another.
type fieldSeries struct {
	Name         string
	Dumps        int
	Kind         string   // leak, clean or invisible
	Accumulators []string // any of these is right; a class of "*" is any that has a static of a trait
	Holds        string   // class or type of what accumulates
	Single       *bool    // false: one dump alone cannot tell
	Source       string
}

// seriesKept are the series of testdata/series.
var seriesKept = []fieldSeries{
	{Name: "cache_service", Dumps: 3, Kind: "leak"}, {Name: "clean_worker", Dumps: 3, Kind: "clean"}, {Name: "ffi_invisible", Dumps: 3, Kind: "invisible"},
	{Name: "static_registry", Dumps: 3, Kind: "leak"}, {Name: "weak_map", Dumps: 3, Kind: "leak"},
}

func fieldTruth(t testing.TB) []fieldSeries {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "field", "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []fieldSeries
	if err := json.Unmarshal(text, &all); err != nil || len(all) < 12 {
		t.Fatalf("%d series: %v", len(all), err)
	}
	return all
}

// loadGraph reads a dump of testdata.
func loadGraph(t testing.TB, folder, name string) (*graph.Graph, *dump.Info) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "testdata", folder, name+".json.*"))
	if err != nil || len(paths) != 1 {
		t.Fatalf("%s: %v, %v", name, paths, err)
	}
	in, err := dump.Open(paths[0], nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	g, info, err := graph.Build(in, 1)
	if err != nil {
		t.Fatal(err)
	}
	return g, &info
}

// fieldGrowth is what grows over a series, and the suspects of its last dump.
func fieldGrowth(t testing.TB, folder string, f *fieldSeries) (*Growth, *Leaks) {
	t.Helper()
	s := NewSeries(SeriesOptions{})
	var g *graph.Graph
	var info *dump.Info
	for i := range f.Dumps {
		g, info = loadGraph(t, folder, fmt.Sprintf("%s-%d", f.Name, i+1))
		s.Add(fmt.Sprintf("%s-%d", f.Name, i+1), g, info)
	}
	growth := s.Growth(defaultGrowth)
	if f.Kind != "leak" {
		return growth, nil
	}
	return growth, Retain(g, info, RetentionOptions{PHP: zend.Auto, Retained: true}).Leaks(LeaksOptions{Threshold: 0.1})
}

var anyOfKeys = regexp.MustCompile(`\[("(?:[^"\\]|\\.)*"|\d+)\]`)

// anyKey writes a path with [*] for its keys.
func anyKey(path string) string { return anyOfKeys.ReplaceAllString(path, "[*]") }

// accumulates reports whether a place is one that the truth names.
func (f *fieldSeries) accumulates(path string) bool {
	return slices.ContainsFunc(f.Accumulators, func(a string) bool { return anyKey(a) == anyKey(path) })
}

// TestField holds judgements of real programs against the truth: what leaks is
// named by the gate, and leads the suspects of the last dump under the same
// fingerprint; what is mended passes; and what no item shows is told as such,
// without blaming a place.
func TestField(t *testing.T) {
	for _, f := range fieldTruth(t) {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			g, l := fieldGrowth(t, "field", &f)
			checkBalance(t, g)
			gate := Judge(g, DefaultLimits(), nil, JudgeOptions{})
			var named []Grower
			for _, w := range gate.Growing {
				if f.accumulates(w.Path) {
					named = append(named, w)
				}
			}
			switch f.Kind {
			case "leak":
				if !gate.Failed || gate.Verdict != Leaking || len(named) == 0 {
					t.Fatalf("%s, want one of %q", briefly(gate), f.Accumulators)
				}
				f.checkHolds(t, named)
				if f.Single == nil || *f.Single {
					f.checkFirst(t, l, named)
				}
			case "clean":
				if gate.Failed || gate.Verdict != CleanSeries || len(gate.Growing) > 0 {
					t.Errorf("%s, doubts %v, unexplained %v", briefly(gate), gate.Doubts, gate.Unseen.Bytes)
				}
			case "invisible":
				if !gate.Failed || gate.Verdict != Invisible || len(gate.Growing) > 0 {
					t.Errorf("%s, unexplained %v", briefly(gate), gate.Unseen.Bytes)
				}
				if len(gate.Unseen.Hints) == 0 {
					t.Error("no hint at what it may be")
				}
			default:
				t.Fatalf("kind %q", f.Kind)
			}
		})
	}
}

// checkHolds looks for the class of what accumulates: as what most are of, or
// among the classes.
func (f *fieldSeries) checkHolds(t *testing.T, named []Grower) {
	t.Helper()
	if f.Holds == "" {
		return
	}
	is := func(k Kind) bool {
		return strings.TrimLeft(k.Class, `\`) == f.Holds || k.Class == "" && k.Type == f.Holds
	}
	for _, w := range named {
		if is(w.Holds) || slices.ContainsFunc(w.PerClass, func(c ClassGrowth) bool { return is(c.Kind) }) {
			return
		}
	}
	t.Errorf("%s holds %+v, not %s", named[0].Path, named[0].Holds, f.Holds)
}

// checkFirst looks at the first suspect of the last dump.
func (f *fieldSeries) checkFirst(t *testing.T, l *Leaks, named []Grower) {
	t.Helper()
	i := slices.IndexFunc(l.Suspects, func(s Suspect) bool { return s.Innocent == "" })
	if i < 0 || !f.accumulates(l.Suspects[i].At.Path) {
		t.Fatalf("leaks leads with %v of %d, want one of %q", i, len(l.Suspects), f.Accumulators)
	}
	first := &l.Suspects[i]
	checkSuspect(t, l, first)
	var samePath, sameMark bool
	for _, w := range named {
		samePath = samePath || anyKey(w.Path) == anyKey(first.At.Path)
		sameMark = sameMark || w.Fingerprint == first.Fingerprint
	}
	if samePath && !sameMark {
		t.Errorf("%s is %s in leaks, but %s in growth", first.At.Path, first.Fingerprint, named[0].Fingerprint)
	}
}

// TestSeriesKept: the same of the series that the documents show.
func TestSeriesKept(t *testing.T) {
	verdicts := map[string]SeriesVerdict{"leak": Leaking, "clean": CleanSeries, "invisible": Invisible}
	for _, f := range seriesKept {
		g, _ := fieldGrowth(t, "series", &f)
		checkBalance(t, g)
		if g.Verdict != verdicts[f.Kind] {
			t.Errorf("%s: %s, doubts %v", f.Name, g.Verdict, g.Doubts)
		}
	}
}

// checkBalance checks that a growth's parts add up to the change of memory_usage,
// to the byte, and that its rates belong to the series beside them. It is true of
// any series.
func checkBalance(t *testing.T, g *Growth) {
	t.Helper()
	for _, problem := range unbalanced(g) {
		t.Error(problem)
	}
}

// unbalanced lists what does not add up.
func unbalanced(g *Growth) (problems []string) {
	fail := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	last := len(g.Moments) - 1
	headers := last >= 1 && !slices.ContainsFunc(g.Moments, func(m Moment) bool { return m.Header == nil })
	b := &g.Balance
	if headers {
		from, to := g.Moments[g.WarmUp].Header, g.Moments[last].Header
		if change := signed(to.MemoryUsage) - signed(from.MemoryUsage); !b.Known || b.MemoryUsage != change {
			fail("memory_usage changes by %d, not %+v", change, b)
		}
		if sum := b.Growing + b.Other + b.Engine + b.DumpTables + b.Unreachable + b.Unexplained; sum != b.MemoryUsage {
			fail("the parts come to %d, not %d: %+v", sum, b.MemoryUsage, b)
		}
		if b.Places()+b.Unreachable+b.Unexplained != b.MemoryUsage || b.From != g.WarmUp || b.To != last {
			fail("places %d of %+v", b.Places(), b)
		}
		if want := float64(b.MemoryUsage) / float64(last-g.WarmUp); !g.HasUsage || !nearly(g.UsageRate, want) {
			fail("memory_usage grows by %v per interval, want %v", g.UsageRate, want)
		}
		if n := len(g.Unseen.Bytes); n == last+1 && g.Unseen.Bytes[last]-g.Unseen.Bytes[g.WarmUp] != b.Unexplained {
			fail("unexplained %v, but %d in the balance", g.Unseen.Bytes, b.Unexplained)
		}
	}
	sum := int64(0)
	for i := range g.Growing {
		w := &g.Growing[i]
		if len(w.Counts) != 0 && len(w.Counts) != last+1 || len(w.Bytes) != last+1 {
			fail("%s: %d counts, %d bytes of %d dumps", w.Path, len(w.Counts), len(w.Bytes), last+1)
			continue
		}
		intervals := float64(last - g.WarmUp)
		rise := signed(w.Bytes[last]) - signed(w.Bytes[g.WarmUp])
		sum += rise
		if !nearly(w.PerInterval.Bytes, float64(rise)/intervals) {
			fail("%s: %v bytes per interval, but %v", w.Path, w.PerInterval.Bytes, w.Bytes)
		}
		if n := len(w.Counts); n > 0 && !nearly(w.PerInterval.Count, (float64(w.Counts[last])-float64(w.Counts[g.WarmUp]))/intervals) {
			fail("%s: %v per interval, but %v", w.Path, w.PerInterval.Count, w.Counts)
		}
		for d := range w.Bytes {
			keys, classes := uint64(0), uint64(0)
			if len(w.KeyBytes) > 0 {
				keys = w.KeyBytes[d]
			}
			for _, c := range w.PerClass {
				classes += c.Bytes[d]
			}
			if keys > w.Bytes[d] || classes > w.Bytes[d] {
				fail("%s: of %d bytes in dump %d %d are keys, %d members", w.Path, w.Bytes[d], d, keys, classes)
			}
		}
	}
	if len(g.Doubts) == 0 && sum != b.Growing {
		fail("places grow by %d, in the balance by %d", sum, b.Growing)
	}
	return problems
}

func nearly(a, b float64) bool { return a-b < 1e-6*max(1, b, -b) && b-a < 1e-6*max(1, b, -b) }
