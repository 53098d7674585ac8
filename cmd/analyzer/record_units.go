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
	s.judging.Lock()
	defer s.judging.Unlock()
	c := comparer{session: s, paths: []string{before, after}}
	defer c.close()
	for range 2 {
		if err := c.next(); err != nil {
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

// comparer compares each of some dumps with the one before. While it does, it reads
// the next, if that is small: three large graphs are one more than is needed.
type comparer struct {
	session         *session
	paths           []string // still to be read
	earlier, loaded *loaded
	ahead           chan *loaded // of the next; nil if it is not read yet
}

// loaded is a dump that was read.
type loaded struct {
	path  string
	graph *graph.Graph
	info  dump.Info
	err   error
}

// next goes on to the next dump, of which there must be one.
func (c *comparer) next() error {
	if c.earlier = c.loaded; c.ahead != nil {
		c.loaded = <-c.ahead
	} else {
		c.loaded = c.read(c.paths[0])
	}
	c.paths, c.ahead = c.paths[1:], nil
	const small = 8 << 20 // bytes, compressed
	if len(c.paths) > 0 && c.loaded.err == nil {
		if info, err := os.Stat(c.paths[0]); err == nil && info.Size() <= small {
			path, ahead := c.paths[0], make(chan *loaded, 1)
			go func() { ahead <- c.read(path) }()
			c.ahead = ahead
		}
	}
	return c.loaded.err
}

func (c *comparer) read(path string) *loaded {
	x := &loaded{path: path}
	x.graph, x.info, x.err = c.session.app.graph(path)
	return x
}

// close waits until nothing is read any more.
func (c *comparer) close() {
	if c.ahead != nil {
		<-c.ahead
	}
}

// holders gives what has become more since the dump before.
func (c *comparer) holders() []units.Holder {
	if c.earlier == nil {
		return nil
	}
	if known, ok := c.session.compared[[2]string{c.earlier.path, c.loaded.path}]; ok {
		return known
	}
	pair := growth.NewSeries(growth.SeriesOptions{})
	for _, x := range []*loaded{c.earlier, c.loaded} {
		pair.Add(x.path, x.graph, &x.info)
	}
	return units.NewSorter(c.loaded.graph, &c.loaded.info).Holders(pair.Growth(units.PairOptions()))
}

// lookAt compares a dump of units of work with the one before it, path and before,
// while the program goes on: there is less to be done at its end. It does so for as
// many as the dumps of a run of some hundred units, and for small ones.
func (s *session) lookAt(before, path string) {
	const (
		most  = 24
		items = 1 << 20 // of all that are kept
		small = 1 << 20 // bytes, compressed
	)
	info, err := os.Stat(path)
	if err != nil || info.Size() > small || s.context.Err() != nil {
		return
	}
	s.judging.Lock()
	defer s.judging.Unlock()
	if len(s.compared) >= most {
		return
	}
	if s.app.kept == nil {
		s.app.kept = &keptDumps{most: most, items: items}
		s.compared = map[[2]string][]units.Holder{}
	}
	c := comparer{session: s, paths: []string{path}}
	defer c.close()
	if before != "" {
		c.paths = []string{before, path}
	}
	for len(c.paths) > 0 {
		if c.next() != nil {
			return // it is said at the end
		}
	}
	if before != "" {
		s.compared[[2]string{before, path}] = c.holders()
	}
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
	var failed error
	seriesUnits := uint64(0)
	seriesFrom := uint64(0)
	cuts := cutsOf(x.summary)
	c := comparer{session: s, paths: pathsOf(x.summary, cuts)}
	defer c.close()
	for _, k := range cuts {
		series.Forget()
		if failed = c.next(); failed != nil {
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
			series.Add(c.loaded.path, c.loaded.graph, &c.loaded.info)
			if seriesFrom == 0 {
				seriesFrom = k.upTo
			}
			seriesUnits = k.upTo - seriesFrom
		}
	}
	delete(u.Beside, units.Held)
	if failed == nil && c.loaded != nil {
		u.Steady = steadyIn(series, c.loaded, seriesUnits)
	}
	u.Steady = units.Join(u.Steady, units.Recurring(intervals))
	u.Blamed = units.Blame(intervals, u.Steady)
	for i := range u.Blamed {
		for _, h := range u.Blamed[i].Holders {
			if h.Inside {
				u.Beside[units.FirstUse] -= h.Bytes
			}
		}
	}
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

// pathsOf gives the files of dumps.
func pathsOf(sum *record.Summary, cuts []*cutUnits) []string {
	paths := make([]string, len(cuts))
	for i, k := range cuts {
		paths[i] = filepath.Join(sum.Dir, filepath.FromSlash(k.File))
	}
	return paths
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
func steadyIn(series *growth.Series, last *loaded, ended uint64) []units.Steady {
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
