package growth

import (
	"math"

	"memtrail/analysis/leaks"
	"memtrail/analysis/paths"
	"memtrail/analysis/trend"
)

// findSpreadBytes looks at growth that is spread over many small places:
//
//  1. What grows is taken out, and what is left of the program's own places is
//     summed up (rest).
//  2. If that grows by more than may go unexplained, no place of it is a finding:
//     it is spread over many.
//  3. What most of it has in common is named: from the roots down, the step that
//     has most of the growth (mostOf).
func (t *steps) findSpreadBytes(o Options) {
	if o.MaxUnexplained >= math.MaxInt64 {
		return
	}
	r := t.rest(float64(o.MaxUnexplained))
	parents := []paths.ShapeID{paths.NoShape}
	x := r.amounts(parents)
	if !r.grows(x) {
		return
	}
	f := finding{by: byBytes, everywhere: true}
	for _, step := range t.next[paths.NoShape] {
		f.keys = append(f.keys, stepKey{paths.NoShape, step, anyKind})
	}
	for {
		key, y, ok := r.mostOf(x, parents)
		if !ok {
			break
		}
		f.stepKey, f.keys, f.everywhere = key, []stepKey{key}, false
		parents, x = t.to(key), y
	}
	f.bytes = t.sum(f.keys, func(d int, id paths.ShapeID) uint64 { return r.bytes[d][id] })
	f.evidence, f.grewIn, _ = trend.Grows(x, false)
	f.rate = Rate{Bytes: trend.Of(x).Slope}
	t.found = append(t.found, f)
}

// A rest is what the places take that belong to no finding.
type rest struct {
	t     *steps
	bytes [][]uint64 // by dump and shape: of it and all below
	limit float64    // bytes per interval
}

func (t *steps) rest(limit float64) *rest {
	covered := t.coverage()
	r := &rest{t: t, bytes: make([][]uint64, len(t.s.dumps)), limit: limit}
	for d, p := range t.s.dumps {
		own := make([]uint64, len(covered))
		for id := range own {
			if !covered[id] {
				own[id] = valueAt(p.self, paths.ShapeID(id))
			}
		}
		r.bytes[d] = t.s.below(own)
	}
	return r
}

// amounts is what some shapes take, by judged dump.
func (r *rest) amounts(ids []paths.ShapeID) []float64 {
	x := make([]float64, 0, len(r.bytes))
	for _, bytes := range r.bytes[r.t.from:] {
		sum := 0.0
		for _, id := range ids {
			sum += float64(bytes[id])
		}
		x = append(x, sum)
	}
	return x
}

func (r *rest) grows(x []float64) bool {
	return exceeds(x, func(int) float64 { return r.limit })
}

// mostOf is the step from some shapes that has most of what these grow by, and
// what it takes; false if none has.
func (r *rest) mostOf(x []float64, parents []paths.ShapeID) (key stepKey, amounts []float64, ok bool) {
	gain := func(x []float64) float64 { return x[len(x)-1] - x[0] }
	for _, p := range parents {
		for _, step := range r.t.next[p] {
			k := stepKey{p, step, anyKind}
			if y := r.amounts(r.t.to(k)); gain(y) >= leaks.MostOf*gain(x) && r.grows(y) {
				key, amounts, ok = k, y, true
				x = y
			}
		}
	}
	return key, amounts, ok
}
