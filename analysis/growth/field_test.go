package growth_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/analysis/leaks"
	"memtrail/analysis/retain"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumptest"
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
	text, err := os.ReadFile(dumptest.Path("field", "truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []fieldSeries
	if err := json.Unmarshal(text, &all); err != nil || len(all) < 12 {
		t.Fatalf("%d series: %v", len(all), err)
	}
	return all
}

// fieldGrowth is what grows over a series, and the suspects of its last dump.
func fieldGrowth(t testing.TB, folder string, f *fieldSeries) (*growth.Growth, *leaks.Leaks) {
	t.Helper()
	s := growth.NewSeries(growth.SeriesOptions{})
	var g *graph.Graph
	var info *dump.Info
	for i := range f.Dumps {
		g, info = dumptest.LoadGraph(t, folder, fmt.Sprintf("%s-%d", f.Name, i+1))
		s.Add(fmt.Sprintf("%s-%d", f.Name, i+1), g, info)
	}
	grown := s.Growth(growth.DefaultGrowth)
	if f.Kind != "leak" {
		return grown, nil
	}
	return grown, leaks.Find(retain.Retain(g, info, retain.RetentionOptions{PHP: zend.Auto, Retained: true}), leaks.Options{Threshold: 0.1})
}

// accumulates reports whether a place is one that the truth names.
func (f *fieldSeries) accumulates(path string) bool {
	return slices.ContainsFunc(f.Accumulators, func(a string) bool { return growth.AnyKey(a) == growth.AnyKey(path) })
}

// TestField holds judgements of real programs against the truth: what leaks is
// named by the gate, and leads the suspects of the last dump under the same
// fingerprint; what is mended passes; and what no item shows is told as such,
// without blaming a place.
func TestField(t *testing.T) {
	all := fieldTruth(t)
	for _, f := range cases.Sample(all, len(all)/20, 0) {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			g, l := fieldGrowth(t, "field", &f)
			growth.CheckBalance(t, g)
			judged := gate.Judge(g, gate.DefaultLimits(), nil, gate.JudgeOptions{})
			var named []growth.GrowingPlace
			for _, w := range judged.Growing {
				if f.accumulates(w.Path) {
					named = append(named, w)
				}
			}
			switch f.Kind {
			case "leak":
				if !judged.Failed || judged.Verdict != growth.Leaking || len(named) == 0 {
					t.Fatalf("%s, want one of %q", judged.Verdict, f.Accumulators)
				}
				f.checkHolds(t, named)
				if f.Single == nil || *f.Single {
					f.checkFirst(t, l, named)
				}
			case "clean":
				if judged.Failed || judged.Verdict != growth.CleanSeries || len(judged.Growing) > 0 {
					t.Errorf("%s, caveats %v, unexplained %v", judged.Verdict, judged.Caveats, judged.Unexplained.Bytes)
				}
			case "invisible":
				if !judged.Failed || judged.Verdict != growth.Unexplained || len(judged.Growing) > 0 {
					t.Errorf("%s, unexplained %v", judged.Verdict, judged.Unexplained.Bytes)
				}
				if len(judged.Unexplained.Hints) == 0 {
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
func (f *fieldSeries) checkHolds(t *testing.T, named []growth.GrowingPlace) {
	t.Helper()
	if f.Holds == "" {
		return
	}
	is := func(k analysis.Kind) bool {
		return strings.TrimLeft(k.Class, `\`) == f.Holds || k.Class == "" && k.Type == f.Holds
	}
	for _, w := range named {
		if is(w.Holds) || slices.ContainsFunc(w.PerClass, func(c growth.ClassGrowth) bool { return is(c.Kind) }) {
			return
		}
	}
	t.Errorf("%s holds %+v, not %s", named[0].Path, named[0].Holds, f.Holds)
}

// checkFirst looks at the first suspect of the last dump.
func (f *fieldSeries) checkFirst(t *testing.T, l *leaks.Leaks, named []growth.GrowingPlace) {
	t.Helper()
	i := slices.IndexFunc(l.Suspects, func(s leaks.Suspect) bool { return s.Innocent == "" })
	if i < 0 || !f.accumulates(l.Suspects[i].At.Path) {
		t.Fatalf("leaks leads with %v of %d, want one of %q", i, len(l.Suspects), f.Accumulators)
	}
	first := &l.Suspects[i]
	var samePath, sameMark bool
	for _, w := range named {
		samePath = samePath || growth.AnyKey(w.Path) == growth.AnyKey(first.At.Path)
		sameMark = sameMark || w.Fingerprint == first.Fingerprint
	}
	if samePath && !sameMark {
		t.Errorf("%s is %s in leaks, but %s in growth", first.At.Path, first.Fingerprint, named[0].Fingerprint)
	}
}

// TestSeriesKept: the same of the series that the documents show.
func TestSeriesKept(t *testing.T) {
	verdicts := map[string]growth.Verdict{"leak": growth.Leaking, "clean": growth.CleanSeries, "invisible": growth.Unexplained}
	for _, f := range seriesKept {
		g, _ := fieldGrowth(t, "series", &f)
		growth.CheckBalance(t, g)
		if g.Verdict != verdicts[f.Kind] {
			t.Errorf("%s: %s, caveats %v", f.Name, g.Verdict, g.Caveats)
		}
	}
}
