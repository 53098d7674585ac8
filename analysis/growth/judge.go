package growth

import (
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/analysis/trend"
)

// fewItemsBytesFactor is how many times MinBytes a place must grow by where it
// grows by fewer items than MinCount: a handful of anything comes and goes.
const fewItemsBytesFactor = 16

// fewButFull is how many times the least items those few must have on them,
// instead; one more each time, or two intervals, may still be a pool that fills.
const fewButFull = 6

// muchLarger is how many times as large as the others those few may be: more,
// and it is something that was held elsewhere before.
const muchLarger = 8

// judge tells whether a step grows; several are judged as one:
//
//  1. in items;
//  2. in those of its items that are objects or arrays, or strings as well, where
//     slots were null before, and in elements, where others hold the items, too
//     (judgeOtherwise);
//  3. in the bytes of the strings it leads to (judgeTexts).
func (t *steps) judge(keys ...stepKey) (finding, bool) {
	f := finding{stepKey: keys[0], keys: keys}
	counts := t.counts(keys...)
	if slices.Max(counts) == 0 && slices.Max(t.widths(keys...)) == 0 || t.inTurnover(keys) {
		return f, false
	}
	if t.judgeCounts(&f, counts) {
		return f, true
	}
	if !f.more && keys[0].kind == anyKind {
		if g, ok := t.judgeOtherwise(f, counts); ok {
			return g, true
		}
	}
	return f, t.judgeTexts(&f)
}

// judgeOtherwise judges a step, whose items are not more and more, by some of them
// or by its elements.
func (t *steps) judgeOtherwise(f finding, counts []uint64) (finding, bool) {
	for _, by := range []measure{byContent, bySlots, byWidth} {
		f := f
		f.by = by
		x := t.held(&f)
		if !slices.Equal(x, counts) && t.judgeCounts(&f, x) && t.takesMore(&f, x) {
			return f, true
		}
	}
	return f, false
}

// judgeTexts judges a step by the bytes of its strings. Strings whose number varies
// vary in size with it.
func (t *steps) judgeTexts(f *finding) bool {
	texts := t.texts(f.keys...)
	text := t.judged(texts)
	if steady(text) {
		return false
	}
	e, grewIn, ok := t.grows(texts, false)
	rate := Rate{Bytes: trend.Of(text).Slope}
	if !ok || rate.Bytes < t.o.MinBytes || varies(t.judged(t.stringCounts(f.keys))) {
		return false
	}
	f.by, f.evidence, f.grewIn, f.rate = byText, e, grewIn, rate
	return true
}

// byFar is how much more elements a place must have in the end, where it is
// only elements that it has more of: their number varies with that of the arrays.
const byFar = 1.1

// takesMore reports whether what fills slots, or the tables of what only holds
// more, take memory.
func (t *steps) takesMore(f *finding, x []uint64) bool {
	weights := t.weights(f.keys...)
	last := len(weights) - 1
	_, _, grown := t.grows(weights, false)
	switch f.by {
	case byWidth:
		// Tables double: they grow in few of the intervals.
		tables := t.judged(t.keyBytes(f.keys))
		return slices.IsSorted(tables) && tables[len(tables)-1] > tables[0] && float64(x[last]) >= byFar*float64(x[t.from])
	case bySlots:
		return grown && f.rate.Bytes >= t.o.MinBytes && t.confirmed(analysis.Signed(weights[last])-analysis.Signed(weights[t.from]))
	}
	return grown && f.rate.Bytes >= t.o.MinBytes
}

// literal is the part of what strings are said to take that memory_usage must lack
// for them to be literals; the estimate of what dumps cause is not that exact.
const literal = 0.75

// confirmed reports whether memory_usage grows by what some items are said to
// take: strings that are literals of the program, or one string in many slots,
// take nothing.
func (t *steps) confirmed(gain int64) bool {
	last, first := t.s.dumps[len(t.s.dumps)-1], t.s.dumps[t.from]
	if last.Header == nil || first.Header == nil || t.s.options.Reported {
		return false
	}
	unexplained := func(d *profile) int64 {
		return analysis.Signed(d.Header.MemoryUsage) - analysis.Signed(d.Explained) - analysis.Signed(d.Rebuilt)
	}
	return float64(unexplained(last)-unexplained(first)) > -literal*float64(gain)
}

// judgeCounts judges a step by a number of items, and notes what it found.
func (t *steps) judgeCounts(f *finding, counts []uint64) bool {
	count := t.judged(counts)
	if steady(count) && count[0] == 0 {
		return false
	}
	weights := t.weights(f.keys...)
	weight := t.judged(weights)
	kept := t.kept(f.keys)
	e, grewIn, ok := t.grows(counts, kept.all())
	f.more = ok
	f.rate = Rate{Count: trend.Of(count).Slope, Bytes: trend.Of(weight).Slope}
	if ok && f.rate.Count < t.o.MinCount {
		_, _, ok = t.grows(weights, kept.all())
		ok = ok && t.areFewLarge(f, count, weight)
	}
	if !ok {
		return false
	}
	f.evidence, f.grewIn = e, grewIn
	if f.turns = turnsOver(count, kept); f.turns {
		return false
	}
	if kept != nil && kept.known() {
		f.evidence.Kept = kept.share
	}
	return true
}

// areFewLarge reports whether what grows by fewer items than the limit is large
// enough, in bytes or in what hangs on it, but not so much larger than the others
// that it was held elsewhere before.
func (t *steps) areFewLarge(f *finding, count, weight []float64) bool {
	each := weight[len(weight)-1] / count[len(count)-1]
	if f.rate.Bytes > muchLarger*f.rate.Count*each {
		return false
	}
	return f.rate.Bytes >= fewItemsBytesFactor*t.o.MinBytes || t.areFewFull(f, count)
}

// areFewFull reports whether the few have much hanging on them, in a series that
// tells them from a pool that fills.
func (t *steps) areFewFull(f *finding, count []float64) bool {
	if len(count) <= 3 || f.rate.Bytes < 2*t.o.MinBytes {
		return false
	}
	isLong := len(count) >= trend.ManyValues && slices.IsSorted(count)
	inside := t.sum(f.keys, func(d int, id paths.ShapeID) uint64 { return t.items[d][id] })
	return (f.rate.Count > 1 || isLong) && trend.Of(t.judged(inside)).Slope >= fewButFull*t.o.MinCount
}

// grows judges by the dumps after the warm-up; but what has been as much in it
// does not grow. What was larger in the warm-up than in the next dump has been
// emptied by something: then the warm-up is evidence like the rest.
func (t *steps) grows(x []uint64, stay bool) (trend.Evidence, int, bool) {
	e, rises, ok := trend.Grows(t.judged(x), stay)
	if !ok || slices.Max(x[:t.from+1]) >= x[len(x)-1] {
		return e, rises, false
	}
	if t.from > 0 && x[t.from-1] > x[t.from] {
		all := make([]float64, len(x))
		for i, v := range x {
			all[i] = float64(v)
		}
		_, _, ok = trend.Grows(all, stay)
	}
	return e, rises, ok
}

func steady(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}

// varies reports whether a number goes up and down by more than a tenth.
func varies(x []float64) bool {
	return slices.Max(x)-slices.Min(x) > slices.Max(x)/10
}
