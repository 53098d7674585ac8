package growth

import (
	"math"
	"memtrail/analysis/leaks"
	"memtrail/analysis/paths"
	"memtrail/analysis/trend"
)

// findSpreadBytes looks at what is left of the program's own places once those
// that grow are taken out. If that still grows by more than may go unexplained,
// in every interval, no place of it is a finding: it is spread over many. What
// most of it has in common is named.
func (t *steps) findSpreadBytes(o Options) {
	covered := t.coverage()
	rest := make([][]uint64, len(t.s.dumps))
	for d, p := range t.s.dumps {
		own := make([]uint64, len(covered))
		for id := range own {
			if !covered[id] {
				own[id] = valueAt(p.self, paths.ShapeID(id))
			}
		}
		rest[d] = t.s.below(own)
	}
	series := func(ids []paths.ShapeID) []float64 {
		x := make([]float64, 0, len(rest))
		for d := t.from; d < len(rest); d++ {
			sum := 0.0
			for _, id := range ids {
				sum += float64(rest[d][id])
			}
			x = append(x, sum)
		}
		return x
	}
	limit := func(int) float64 { return float64(o.MaxUnexplained) }
	all := series([]paths.ShapeID{paths.NoShape})
	if o.MaxUnexplained >= math.MaxInt64 || !exceeds(all, limit) {
		return
	}
	gain := func(x []float64) float64 { return x[len(x)-1] - x[0] }
	f := finding{by: byBytes, everywhere: true}
	for _, step := range t.next[paths.NoShape] {
		f.keys = append(f.keys, stepKey{paths.NoShape, step, anyKind})
	}
	x, parents := all, []paths.ShapeID{paths.NoShape}
	for {
		var best *stepKey
		for _, p := range parents {
			for _, step := range t.next[p] {
				key := stepKey{p, step, anyKind}
				if y := series(t.to[key]); gain(y) >= leaks.MostOf*gain(x) && exceeds(y, limit) {
					best, x = &key, y
				}
			}
		}
		if best == nil {
			break
		}
		f.stepKey, f.keys, f.everywhere = *best, []stepKey{*best}, false
		parents = t.to[*best]
	}
	f.bytes = make([]uint64, len(rest))
	for d := range rest {
		for _, key := range f.keys {
			for _, id := range t.to[key] {
				f.bytes[d] += rest[d][id]
			}
		}
	}
	f.evidence, f.grewIn, _ = trend.Grows(x, false)
	f.rate = Rate{Bytes: trend.Of(x).Slope}
	t.found = append(t.found, f)
}
