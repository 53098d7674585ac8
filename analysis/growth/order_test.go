package growth_test

import (
	"fmt"
	"slices"
	"testing"

	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

// A read dump is one of testdata/field.
type readDump struct {
	g    *graph.Graph
	info *dump.Info
}

func readSeries(t *testing.T, name string) (list []readDump) {
	t.Helper()
	for at := range 3 {
		g, info := dumptest.LoadGraph(t, "field", fmt.Sprintf("%s-%d", name, at+1))
		list = append(list, readDump{g, info})
	}
	return list
}

// seriesInOrder adds dumps of a series in an order, from 1 on, under their own
// names, or as many copies under others.
func seriesInOrder(list []readDump, order []int, names func(i int) string) *growth.Growth {
	s := growth.NewSeries(growth.SeriesOptions{})
	for i, at := range order {
		s.Add(names(i), list[at-1].g, list[at-1].info)
	}
	return s.Growth(growth.DefaultGrowth)
}

func permutations(n int) (all [][]int) {
	if n == 0 {
		return [][]int{nil}
	}
	for _, p := range permutations(n - 1) {
		for at := range n {
			all = append(all, slices.Insert(slices.Clone(p), at, n))
		}
	}
	return all
}

// A wrong order of real dumps never passes, and blames nothing: the peaks tell.
func TestWrongOrder(t *testing.T) {
	for _, name := range cases.Sample([]string{"lru_no_evict", "macro_traits", "spl_cachingiter"}, 1, 0) {
		list := readSeries(t, name)
		for _, order := range permutations(3) {
			if slices.IsSorted(order) {
				continue
			}
			g := seriesInOrder(list, order, func(i int) string { return fmt.Sprint(order[i]) })
			if g.Verdict != growth.Inconclusive {
				t.Errorf("%s %v: %s, %v", name, order, g.Verdict, g.Caveats)
			}
			if !slices.ContainsFunc(g.Caveats, func(d growth.Caveat) bool { return d.Kind == growth.Restarted || d.Kind == growth.Shrinking }) {
				t.Errorf("%s %v: caveats %v", name, order, g.Caveats)
			}
		}
	}
}

// The same file twice, and copies of one file, tell nothing.
func TestRepeatedAndEqual(t *testing.T) {
	list := readSeries(t, "macro_traits")
	for _, c := range []struct {
		order []int
		names []string
		want  growth.CaveatKind
	}{
		{[]int{1, 2, 2, 3}, []string{"a", "b", "b", "c"}, growth.Repeated},
		{[]int{1, 1, 1}, []string{"a", "a", "a"}, growth.Repeated},
		{[]int{2, 2, 2}, []string{"a", "b", "c"}, growth.Equal},
		{[]int{3, 3, 3, 3, 3}, []string{"a", "b", "c", "d", "e"}, growth.Equal},
	} {
		g := seriesInOrder(list, c.order, func(i int) string { return c.names[i] })
		if g.Verdict != growth.Inconclusive || len(g.Caveats) == 0 || g.Caveats[0].Kind != c.want {
			t.Errorf("%v: %s, %v, want %s", c.names, g.Verdict, g.Caveats, c.want)
		}
		if judged := gate.Judge(g, gate.DefaultLimits(), nil, gate.JudgeOptions{}); judged.Failed || judged.Verdict != growth.Inconclusive {
			t.Errorf("%v: %s", c.names, judged.Verdict)
		}
	}
}

// What falls all along may be a leak in the wrong order, unless the peak tells.
func TestShrinking(t *testing.T) {
	type mem struct{ usage, peak uint64 }
	const k = 1 << 10
	for _, c := range []struct {
		name   string
		counts []int
		header func(at int) *mem
		want   growth.Verdict
	}{
		{"without headers", []int{900, 600, 300}, func(int) *mem { return nil }, growth.Inconclusive},
		{"one peak, long past", []int{900, 600, 300}, func(at int) *mem { return &mem{uint64(1000-200*at) * k, 4000 * k} }, growth.Inconclusive},
		{"a peak of the first dump", []int{900, 600, 300}, func(at int) *mem { return &mem{uint64(1000-200*at) * k, 1100 * k} }, growth.CleanSeries},
		{"peaks that rise", []int{900, 600, 300}, func(at int) *mem { return &mem{uint64(1000-200*at) * k, uint64(4000+100*at) * k} }, growth.CleanSeries},
		{"hardly less", []int{900, 890, 880}, func(int) *mem { return nil }, growth.CleanSeries},
		{"down and up", []int{900, 300, 600}, func(int) *mem { return nil }, growth.CleanSeries},
		{"memory stays", []int{900, 600, 300}, func(int) *mem { return &mem{1000 * k, 4000 * k} }, growth.CleanSeries},
	} {
		s := growth.NewSeries(growth.SeriesOptions{})
		for at, n := range c.counts {
			b := dumpbuild.New().NoHeader()
			if h := c.header(at); h != nil {
				b = dumpbuild.New().Memory(h.usage, 8<<20, h.peak, 8<<20)
			}
			b.Global("app", dumptest.Object("App", dumptest.To("fixtures", dumptest.ListOf(n, dumptest.User))))
			growth.AddDump(t, s, at, b.Dump().PrintUsual())
		}
		if g := s.Growth(growth.DefaultGrowth); g.Verdict != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, g.Verdict, g.Caveats, c.want)
		}
	}
}
