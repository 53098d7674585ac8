package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"memtrail/analysis/growth"
	"memtrail/analysis/units"
	"memtrail/capture/marks"
	"memtrail/capture/record"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/atomicfile"
	"memtrail/report"
)

// unitsFile is the file of what units of work have left behind, beside their dumps.
const unitsFile = record.Units + "/units.json"

// judgeUnit says what holds the memory that a unit has left which is over its
// limit. The unit waits for it.
func (s *session) judgeUnit(before, after string, r *marks.Request) marks.Answer {
	s.judging.Lock() // two graphs are enough
	defer s.judging.Unlock()
	var c comparer
	for _, path := range []string{before, after} {
		if err := c.next(s.app, path); err != nil {
			s.note("%s: %v", r.Name, err)
			return marks.Answer{}
		}
	}
	found := units.Blame([]units.Interval{{Ended: []units.Ended{{Number: 1, Name: r.Name, Left: r.Left, Code: r.Code}}, Units: 1, Holders: c.holders()}}, nil)
	if len(found) == 0 {
		return marks.Answer{Judged: true}
	}
	return marks.Answer{Judged: true, Held: found[0].Held(), Trace: report.HolderTrace(found[0].Holders)}
}

// comparer compares each dump with the one before.
type comparer struct {
	name, before   string
	graph, earlier *graph.Graph
	info, last     dump.Info
}

// next reads the next dump.
func (c *comparer) next(a *app, path string) error {
	c.before, c.earlier, c.last = c.name, c.graph, c.info
	c.name, c.graph = path, nil
	g, info, err := a.graph(path)
	if err != nil {
		return err
	}
	c.graph, c.info = g, info
	return nil
}

// holders gives what has become more since the dump before.
func (c *comparer) holders() []units.Holder {
	if c.earlier == nil || c.graph == nil {
		return nil
	}
	pair := growth.NewSeries(growth.SeriesOptions{})
	pair.Add(c.before, c.earlier, &c.last)
	pair.Add(c.name, c.graph, &c.info)
	return units.NewSorter(c.graph, &c.info).Holders(pair.Growth(units.PairOptions()))
}

// reportUnits says what the units of work have left behind, of each process that
// told of any, and writes it down.
func (s *session) reportUnits(all []*recorded) {
	o := report.Options{Format: report.Table, Color: s.app.color(), Width: width(s.app.stderr)}
	for _, x := range all {
		if x.summary == nil || x.summary.Work == nil || x.summary.Dir == "" {
			continue
		}
		u, err := s.unitsOf(x)
		if err != nil {
			s.note("%v", err)
		}
		list := []units.Units{*u}
		path := filepath.Join(x.summary.Dir, filepath.FromSlash(unitsFile))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			s.note("%v", err)
			continue
		}
		err = atomicfile.WriteOn(path, atomicfile.Private, func(w io.Writer) error {
			return report.Units(w, list, report.Options{Format: report.JSON})
		})
		if err != nil {
			s.note("%v", err)
		}
		if s.app.quiet {
			continue
		}
		fmt.Fprintln(s.app.stderr)
		if err := report.Units(s.app.stderr, list, o); err != nil {
			s.note("%v", err)
		}
	}
}

// unitsOf compares the dumps of a recording.
func (s *session) unitsOf(x *recorded) (*units.Units, error) {
	work := x.summary.Work
	u := &units.Units{PID: x.pid, Ended: work.Ended, Unnamed: work.Others, Beside: map[units.What]uint64{}}
	series := growth.NewSeries(growth.SeriesOptions{})
	var intervals []units.Interval
	var c comparer
	var failed error
	seriesUnits := uint64(0)
	seriesFrom := uint64(0)
	for _, k := range cutsOf(x.summary) {
		series.Forget()
		path := filepath.Join(x.summary.Dir, filepath.FromSlash(k.File))
		if failed = c.next(s.app, path); failed != nil {
			break
		}
		u.Compared++
		if k.compare && u.Compared > 1 {
			v := units.Interval{Units: k.units, Ended: k.ended, Holders: c.holders()}
			intervals = append(intervals, v)
			for i := range v.Holders {
				u.Beside[v.Holders[i].What] += v.Holders[i].Bytes
			}
		}
		if filepath.Dir(k.File) == "." {
			series.Add(path, c.graph, &c.info)
			if seriesFrom == 0 {
				seriesFrom = k.upTo
			}
			seriesUnits = k.upTo - seriesFrom
		}
	}
	delete(u.Beside, units.Held)
	if failed == nil && c.graph != nil {
		u.Steady = steadyIn(series, &c, seriesUnits)
	}
	u.Steady = units.Join(u.Steady, units.Recurring(intervals))
	u.Blamed = units.Blame(intervals, u.Steady)
	u.Rows = unitRows(work, u.Blamed)
	return u, failed
}

// cutUnits is a dump that is there, with the units since the one before that is.
type cutUnits struct {
	record.Cut
	ended   []units.Ended
	units   uint64 // how many ended
	upTo    uint64
	compare bool // something was left that is worth a look
}

// maxCompared bounds the pairs of dumps that are compared.
const maxCompared = 32

// cutsOf gives the dumps that are there. Those between which most was left are
// compared.
func cutsOf(sum *record.Summary) []*cutUnits {
	there := map[string]bool{}
	for _, list := range [][]record.Dump{sum.Dumps, sum.Rises} {
		for _, d := range list {
			there[filepath.ToSlash(d.File)] = true
		}
	}
	var all []*cutUnits
	var open []units.Ended
	from := uint64(0)
	for _, k := range sum.Work.Cuts {
		for _, e := range k.Units {
			open = append(open, units.Ended(e))
		}
		if !there[k.File] {
			continue
		}
		all = append(all, &cutUnits{Cut: k, ended: open, units: k.Ended - from, upTo: k.Ended})
		open, from = nil, k.Ended
	}
	byLeft := slices.Clone(all)
	left := func(k *cutUnits) (n int64) {
		for _, e := range k.ended {
			n += e.Left
		}
		return n
	}
	slices.SortStableFunc(byLeft, func(a, b *cutUnits) int { return cmp.Compare(left(b), left(a)) })
	for i, k := range byLeft {
		k.compare = i < maxCompared && left(k) >= units.Least
	}
	return all
}

// steadyIn finds the places that grow over the whole series, in which so many
// units have ended.
func steadyIn(series *growth.Series, last *comparer, ended uint64) []units.Steady {
	// While a program starts, much grows that does not later.
	const fewest = 5
	g := series.Growth(growth.Options{MinCount: growth.DefaultMinCount, MinBytes: growth.DefaultMinBytes, MaxUnexplained: growth.DefaultMaxUnexplained})
	if g.Verdict != growth.Leaking || len(g.Snapshots) < fewest || ended == 0 {
		return nil
	}
	var list []units.Steady
	for _, h := range units.NewSorter(last.graph, &last.info).Holders(g) {
		if h.What == units.Held && h.Path != growth.ManyPlaces {
			list = append(list, units.Steady{Holder: h, PerUnit: float64(h.Bytes) / float64(ended)})
		}
	}
	return list
}

// unitRows gives the rows of the table of units, most bytes first.
func unitRows(work *record.Work, blamed []units.Blamed) []units.Row {
	held := map[string]uint64{}
	for i := range blamed {
		held[blamed[i].Name] += blamed[i].Held()
	}
	rows := make([]units.Row, len(work.Units))
	for i, x := range work.Units {
		sorted := slices.Sorted(slices.Values(x.Recent))
		rows[i] = units.Row{
			Name: x.Name, Times: x.Times, Left: x.Left, Each: sorted[len(sorted)/2], Code: x.Code, Held: held[x.Name],
			Trend: units.TrendOf(x.Times, x.First, x.Recent),
		}
	}
	slices.SortStableFunc(rows, func(a, b units.Row) int { return cmp.Compare(b.Left, a.Left) })
	return rows
}
