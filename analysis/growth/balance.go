package growth

import (
	"math"
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/analysis/trend"
)

// A Balance says where each byte is by which memory_usage changed from one dump
// to another: its parts add up to the change. Bytes.
type Balance struct {
	Known       bool // both dumps have a header
	From, To    int  // the dumps, by their place in the series
	MemoryUsage int64
	// Growing is what the places that grow took, with what hangs on them, Other
	// what all other places of the program did.
	Growing, Other int64
	// Engine is the engine's table of objects, DumpTables what the dumps before
	// made PHP allocate: the tables of properties that they look at.
	Engine, DumpTables int64
	Unreachable        int64 // items that no root leads to
	Unexplained        int64 // what no item accounts for; below 0 where the model is high
}

// Places is what has a name: all that is neither unreachable nor unexplained.
func (b *Balance) Places() int64 { return b.Growing + b.Other + b.Engine + b.DumpTables }

// column is one part of memory_usage, by dump, in bytes.
type column []int64

func (c column) change(from, to int) int64 { return c[to] - c[from] }

// balance is what each part of memory takes in each dump.
type balance struct {
	usage, growing, other, engine, tables, lost, unexplained column
}

// balances splits the memory of each dump. Each byte of an item is in one part:
// below a place that grows, below another variable, or unreachable.
func (t *steps) balances() (b balance) {
	growing := t.coverage()
	sh := t.s.shapes
	lost := make([]bool, len(sh.Nodes))
	lost[paths.LostShape] = true
	for id := int(paths.FirstShape); id < len(lost); id++ {
		lost[id] = lost[sh.Nodes[id].Parent]
	}
	for _, d := range t.s.dumps {
		var grown, other, unreachable int64
		for id, bytes := range d.self {
			switch {
			case growing[id]:
				grown += analysis.Signed(bytes)
			case lost[id]:
				unreachable += analysis.Signed(bytes)
			default:
				other += analysis.Signed(bytes)
			}
		}
		usage := int64(0)
		if d.Header != nil {
			usage = analysis.Signed(d.Header.MemoryUsage)
		}
		b.usage = append(b.usage, usage)
		b.growing, b.other, b.lost = append(b.growing, grown), append(b.other, other), append(b.lost, unreachable)
		b.engine, b.tables = append(b.engine, analysis.Signed(d.engine)), append(b.tables, analysis.Signed(d.Rebuilt))
		b.unexplained = append(b.unexplained, usage-grown-other-unreachable-analysis.Signed(d.engine)-analysis.Signed(d.Rebuilt))
	}
	return b
}

// coverage marks the shapes whose own bytes belong to a place that grows.
func (t *steps) coverage() []bool {
	sh := t.s.shapes
	covered := make([]bool, len(sh.Nodes))
	var tables []paths.ShapeID
	for i := range t.found {
		keys := t.found[i].allKeys()
		for _, key := range keys {
			for _, id := range t.to(key) {
				covered[id] = true
			}
		}
		for _, id := range t.found[i].allLent() {
			covered[id] = true
		}
		for id := range t.tables(keys) {
			tables = append(tables, id)
		}
	}
	for id := int(paths.FirstShape); id < len(covered); id++ {
		covered[id] = covered[id] || covered[sh.Nodes[id].Parent]
	}
	for _, id := range tables {
		covered[id] = true
	}
	return covered
}

// allKeys are the steps of a finding and of those that grow with it.
func (f *finding) allKeys() []stepKey {
	keys := append([]stepKey{}, f.keys...)
	for i := range f.also {
		keys = append(keys, f.also[i].keys...)
	}
	return keys
}

// balanceOf is the change from the first judged dump to the last.
func (s *Series) balanceOf(b *balance, warmUp int) Balance {
	from, to := warmUp, len(s.dumps)-1
	return Balance{
		Known: s.dumps[from].Header != nil && s.dumps[to].Header != nil, From: from, To: to,
		MemoryUsage: b.usage.change(from, to), Growing: b.growing.change(from, to), Other: b.other.change(from, to),
		Engine: b.engine.change(from, to), DumpTables: b.tables.change(from, to),
		Unreachable: b.lost.change(from, to), Unexplained: b.unexplained.change(from, to),
	}
}

// modelError is how far off the allocator model may be in what items grow by.
const modelError = 0.3

// unexplained looks for memory that grows while the items do not: what memory_usage
// has beyond what they explain and beyond the property tables that the dumps
// themselves made PHP build.
func (s *Series) unexplained(g *Growth, b *balance, o Options) {
	u := &g.Unexplained
	u.Limit, u.Known = o.MaxUnexplained, true
	for _, d := range s.dumps {
		if d.Header == nil {
			*u = UnexplainedGrowth{Limit: o.MaxUnexplained}
			return
		}
	}
	u.Bytes = b.unexplained
	if s.options.Reported {
		u.Known = false // the dumps' own sizes explain little
		return
	}
	x := make([]float64, 0, len(s.dumps))
	for _, v := range u.Bytes[g.WarmUp:] {
		x = append(x, float64(v))
	}
	u.PerInterval = trend.Mean(x)
	u.Grows = exceeds(x, func(i int) float64 {
		// What the model gets wrong of the items grows with them.
		known := float64(s.dumps[g.WarmUp+i].Explained) - float64(s.dumps[g.WarmUp+i-1].Explained)
		return float64(o.MaxUnexplained) + modelError*max(0, known)
	})
	if u.Grows {
		s.hints(u, g.WarmUp)
	}
}

// exceeds reports whether bytes grow by more than a limit in every interval or,
// where there are enough measurements for a test, whether they grow on the whole
// and by more than the limit in the median.
func exceeds(x []float64, limit func(i int) float64) bool {
	if len(x) < 2 {
		return false
	}
	always, sum := true, 0.0
	for i := 1; i < len(x); i++ {
		always = always && x[i]-x[i-1] > limit(i)
		sum += limit(i) / float64(len(x)-1)
	}
	if always || len(x) < trend.MinForRank || len(x) < trend.ManyValues && !slices.IsSorted(x) {
		return always
	}
	// The test compares values with each other, and asks for positive ones.
	least := x[0]
	for _, v := range x {
		least = min(least, v)
	}
	above := make([]float64, len(x))
	for i, v := range x {
		above[i] = v - least + 1
	}
	_, _, ok := trend.Grows(above, false)
	return ok && trend.Of(x).Slope > sum
}

// Exhaustion is when memory_usage reaches the memory_limit, if it goes on as it
// does.
type Exhaustion struct {
	Limit     uint64  // bytes; 0: not known
	Exceeded  bool    // the last dump is above it
	Intervals float64 // until then; 0: never, or not known
}

// exhaustion extrapolates memory_usage.
func (s *Series) exhaustion(limit uint64, warmUp int) Exhaustion {
	e := Exhaustion{Limit: limit}
	usage, ok := s.usage(warmUp)
	if limit == 0 || !ok {
		return e
	}
	last := usage[len(usage)-1]
	if e.Exceeded = last >= float64(limit); e.Exceeded {
		return e
	}
	if rise := trend.Mean(usage); rise > 0 {
		e.Intervals = math.Ceil((float64(limit) - last) / rise)
	}
	return e
}

// usage is the memory_usage of the judged dumps; false if not all have a header,
// or there is one only.
func (s *Series) usage(warmUp int) (usage []float64, ok bool) {
	for _, d := range s.dumps[warmUp:] {
		if d.Header == nil {
			return nil, false
		}
		usage = append(usage, float64(d.Header.MemoryUsage))
	}
	return usage, len(usage) > 1
}
