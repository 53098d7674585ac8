package growth

import (
	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/analysis/trend"
	"memtrail/graph"
	"slices"
)

// A step is what one place of a shape holds: all shapes that a step leads to
// from it, whatever their kinds, or those of one kind.
type stepKey struct {
	parent paths.ShapeID
	step   paths.NameID
	kind   paths.NameID // anyKind for all
}

// anyKind is no kind's name.
const anyKind paths.NameID = 0

// steps are the steps of a series.
type steps struct {
	s        *Series
	from     int // first dump that is judged
	o        Options
	to       map[stepKey][]paths.ShapeID
	next     map[paths.ShapeID][]paths.NameID
	bytes    [][]uint64 // by dump and shape: of it and all below
	items    [][]uint64 // by dump and shape: it and all below
	found    []finding
	turnover map[paths.ShapeID]bool // by shape of arrays: they exchange their members, see exchanged
	open     []stepKey              // that do not grow, nor stand below one that does; parents first

	// Of the places of findings, in the last dump.
	example map[paths.ShapeID]graph.NodeID
	places  map[paths.ShapeID]uint64         // how many there are
	members map[paths.ShapeID][]graph.NodeID // what they hold, by its own shape
	wide    []graph.NodeID                   // all nodes that hold some number of others
	paths   *paths.Paths
}

// A measure is what a finding is judged by, and its Counts are in.
type measure uint8

const (
	byItems   measure = iota // what the step leads to
	byContent                // of these, objects and arrays: the slots held null or a number before
	bySlots                  // these and strings: memory_usage must confirm that the strings are no literals
	byWidth                  // the elements of arrays: what they hold, others hold as well
	byText                   // the bytes of the strings it leads to
	byBytes                  // all bytes below: many small places, none of which is a finding
)

// A finding is a step that grows. If what it starts from is not held in the
// same way in all dumps, it is several.
type finding struct {
	stepKey            // the one that holds most in the last dump
	keys     []stepKey // all of them
	by       measure
	anyName  bool // the properties of an object, all together
	evidence trend.Evidence
	grewIn   int
	rate     Rate
	more     bool      // there are more and more items, even if fewer than the limits
	turns    bool      // but they are others each time
	also     []finding // places that grow in step with it
	frames   bool      // what grows is the number of frames of one function, which calls itself

	// Of what grows byBytes:
	bytes      []uint64 // by dump, without what is below other findings
	everywhere bool     // no variable has most of it
}

func newSteps(s *Series, from int, o Options) *steps {
	t := &steps{s: s, from: from, o: o, to: map[stepKey][]paths.ShapeID{}, next: map[paths.ShapeID][]paths.NameID{}}
	for id := paths.FirstShape; int(id) < len(s.shapes.Nodes); id++ {
		n := &s.shapes.Nodes[id]
		key := stepKey{n.Parent, n.Step, anyKind}
		if t.to[key] == nil {
			t.next[n.Parent] = append(t.next[n.Parent], n.Step)
		}
		t.to[key] = append(t.to[key], id)
		key.kind = n.Kind
		t.to[key] = append(t.to[key], id)
	}
	// Arrays of which every element is held elsewhere, too, lead to no shape.
	for id := paths.FirstShape; int(id) < len(s.shapes.Nodes); id++ {
		key := stepKey{id, paths.Element, anyKind}
		if t.to[key] == nil && slices.ContainsFunc(s.dumps, func(d *profile) bool { return valueAt(d.width, id) > 0 }) {
			t.next[id] = append(t.next[id], paths.Element)
		}
	}
	for _, d := range s.dumps {
		t.bytes = append(t.bytes, s.below(d.self))
		t.items = append(t.items, s.below(d.count))
	}
	return t
}

// find goes through the steps from the roots down. Below a step that grows, but
// by less than the limits, there is growth only if there is more and more of it
// in each.
func (t *steps) find() {
	type place struct {
		shape paths.ShapeID
		above []float64 // items of the nearest such step; nil for none
	}
	stack := []place{{shape: paths.LostShape}, {shape: paths.NoShape}}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, step := range t.next[at.shape] {
			key := stepKey{at.shape, step, anyKind}
			f, ok := t.judge(key)
			if !ok && (!f.more || f.turns) {
				if one, found := t.judgeKinds(key); found {
					f, ok = one, true
				}
			}
			if ok && (at.above == nil || growsIn(t.amount(&f), at.above)) && t.growsInHolders(&f) {
				t.found = append(t.found, f)
				continue
			}
			t.open = append(t.open, key)
			above := at.above
			if f.more && !ok {
				above = t.judged(t.counts(key))
			}
			for _, id := range t.to[key] {
				stack = append(stack, place{id, above})
			}
		}
	}
}

// growsInHolders reports whether a step has more and more for each of the places
// that it starts from, if their number changes: else it is they that grow.
func (t *steps) growsInHolders(f *finding) bool {
	if f.parent < paths.FirstShape {
		return true
	}
	holders := make([]uint64, len(t.s.dumps))
	for d, p := range t.s.dumps {
		holders[d] = valueAt(p.count, f.parent)
	}
	judged := t.judged(holders)
	return steady(judged) || growsIn(t.amount(f), judged)
}

// staying is the share of its members that a class must keep in every interval,
// to be a finding beside others that go.
const staying = 0.95

// judgeKinds judges the classes of what arrays hold one by one: one may become
// more and more while another goes. As that is looked at for each of many classes,
// chance has more of a chance: it must grow in every interval, and keep what it
// has.
func (t *steps) judgeKinds(key stepKey) (finding, bool) {
	sh := t.s.shapes
	if key.step != paths.Element || len(t.to[key]) < 2 {
		return finding{}, false
	}
	for _, id := range t.to[key] {
		one := stepKey{key.parent, key.step, sh.Nodes[id].Kind}
		if !t.isContent(id) {
			continue
		}
		x := t.judged(t.counts(one))
		if least, _ := trend.Increments(x); len(x) < 2 || least <= 0 {
			continue
		}
		f, ok := t.judge(one)
		if !ok || f.by != byItems || len(f.evidence.Kept) == 0 || slices.Min(f.evidence.Kept) < staying {
			continue
		}
		return f, true
	}
	return finding{}, false
}

// amount is what a finding is judged by.
func (t *steps) amount(f *finding) []float64 {
	switch f.by {
	case byText:
		return t.judged(t.texts(f.keys...))
	case byBytes:
		return t.judged(f.bytes)
	}
	return t.judged(t.held(f))
}

// growsIn reports whether there is more and more of something in each of what
// it is in.
func growsIn(x, above []float64) bool {
	each := make([]float64, len(x))
	for i := range x {
		each[i] = x[i] / max(1, above[i])
	}
	_, _, ok := trend.Grows(each, false)
	return ok
}

// held is the number of items that a finding counts, by dump.
func (t *steps) held(f *finding) []uint64 {
	switch f.by {
	case byContent:
		return t.contents(f.keys...)
	case bySlots:
		return t.filled(f.keys...)
	case byWidth:
		return t.widths(f.keys...)
	case byText:
		return t.stringCounts(f.keys)
	case byBytes:
		return t.sum(f.keys, func(d int, id paths.ShapeID) uint64 { return t.items[d][id] })
	}
	return t.counts(f.keys...)
}

// counts is the number of items of a step, by dump.
func (t *steps) counts(keys ...stepKey) []uint64 {
	return t.sum(keys, func(d int, id paths.ShapeID) uint64 { return valueAt(t.s.dumps[d].count, id) })
}

// contents is the number of those that are objects or arrays, by dump.
func (t *steps) contents(keys ...stepKey) []uint64 {
	return t.sum(keys, func(d int, id paths.ShapeID) uint64 {
		if !t.isContent(id) {
			return 0
		}
		return valueAt(t.s.dumps[d].count, id)
	})
}

// isContent reports whether a shape is that of objects or arrays. Strings are
// not: what fills slots is often a literal, which takes nothing.
func (t *steps) isContent(id paths.ShapeID) bool {
	switch retain.TypeCodeOf(t.s.shapes.Kinds[t.s.shapes.Nodes[id].Kind].Type) {
	case retain.TypeObject, retain.TypeArray:
		return true
	}
	return false
}

// filled is the number of those that are objects, arrays or strings, by dump.
func (t *steps) filled(keys ...stepKey) []uint64 {
	sums := t.contents(keys...)
	for d, n := range t.stringCounts(keys) {
		sums[d] += n
	}
	return sums
}

// widths is the number of elements of the arrays that steps start from, by dump:
// also of those elements that something else holds, and that are counted there.
func (t *steps) widths(keys ...stepKey) []uint64 {
	sums := make([]uint64, len(t.s.dumps))
	for _, key := range keys {
		if key.step != paths.Element || key.parent < paths.FirstShape || key.kind != anyKind {
			continue
		}
		for d, p := range t.s.dumps {
			sums[d] += valueAt(p.width, key.parent)
		}
	}
	return sums
}

// weights is what a step's places take for what they hold: its items, what
// hangs on them, and the table and keys by which they are held; bytes, by dump.
// It is the same measure as that of a container in one dump, except that what
// several hold counts for the first that reaches it.
func (t *steps) weights(keys ...stepKey) []uint64 {
	sums := t.sum(keys, func(d int, id paths.ShapeID) uint64 { return t.bytes[d][id] })
	for id := range t.tables(keys) {
		for d := range sums {
			sums[d] += valueAt(t.s.dumps[d].self, id)
		}
	}
	return sums
}

// tables are the shapes whose own bytes are the tables that steps hold their
// items in.
func (t *steps) tables(keys []stepKey) map[paths.ShapeID]bool {
	tables := map[paths.ShapeID]bool{}
	for _, key := range keys {
		if key.parent < paths.FirstShape || !t.holdsByKey(key) {
			continue
		}
		tables[key.parent] = true
		// The object has paid for the table that it shows.
		if up := t.s.shapes.Nodes[key.parent].Parent; up >= paths.FirstShape && t.isTable(key.parent) {
			tables[up] = true
		}
	}
	for id := range tables {
		for up := t.s.shapes.Nodes[id].Parent; up >= paths.FirstShape; up = t.s.shapes.Nodes[up].Parent {
			if t.isTarget(up, keys) {
				delete(tables, id) // it is counted below an item already
				break
			}
		}
	}
	return tables
}

// isTarget reports whether steps lead to a shape.
func (t *steps) isTarget(id paths.ShapeID, keys []stepKey) bool {
	n := &t.s.shapes.Nodes[id]
	return slices.Contains(keys, stepKey{n.Parent, n.Step, anyKind}) || slices.Contains(keys, stepKey{n.Parent, n.Step, n.Kind})
}

// texts is the bytes of a step's strings, by dump.
func (t *steps) texts(keys ...stepKey) []uint64 {
	return t.sum(keys, func(d int, id paths.ShapeID) uint64 {
		return valueAt(t.s.dumps[d].text, id)
	})
}

// stringCounts is the number of a step's strings, by dump.
func (t *steps) stringCounts(keys []stepKey) []uint64 {
	return t.sum(keys, func(d int, id paths.ShapeID) uint64 {
		if retain.TypeCodeOf(t.s.shapes.Kinds[t.s.shapes.Nodes[id].Kind].Type) != retain.TypeString {
			return 0
		}
		return valueAt(t.s.dumps[d].count, id)
	})
}

func (t *steps) sum(keys []stepKey, value func(d int, id paths.ShapeID) uint64) []uint64 {
	sums := make([]uint64, len(t.s.dumps))
	for d := range sums {
		for _, key := range keys {
			for _, id := range t.to[key] {
				sums[d] += value(d, id)
			}
		}
	}
	return sums
}

// judged leaves the warm-up out, which only says how much there has been once.
func (t *steps) judged(x []uint64) []float64 {
	out := make([]float64, 0, len(x))
	for _, v := range x[t.from:] {
		out = append(out, float64(v))
	}
	return out
}

// fewItemsBytesFactor is how many times MinBytes a place must grow by where it
// grows by fewer items than MinCount: a handful of anything comes and goes.
const fewItemsBytesFactor = 16

// fewButFull is how many times the least items those few must have on them,
// instead; one more each time, or two intervals, may still be a pool that fills.
const fewButFull = 6

// muchLarger is how many times as large as the others those few may be: more,
// and it is something that was held elsewhere before.
const muchLarger = 8

// judge tells whether a step grows; several are judged as one. In this order:
// in items; in those of its items that are objects or arrays, where slots were
// null before; in elements, where others hold the items, too; in the strings
// they are.
func (t *steps) judge(keys ...stepKey) (finding, bool) {
	f := finding{stepKey: keys[0], keys: keys}
	counts := t.counts(keys...)
	widths := t.widths(keys...)
	if slices.Max(counts) == 0 && slices.Max(widths) == 0 || t.inTurnover(keys) {
		return f, false
	}
	if t.judgeCounts(&f, counts) {
		return f, true
	}
	if !f.more && keys[0].kind == anyKind {
		for _, m := range []struct {
			by measure
			x  []uint64
		}{{byContent, t.contents(keys...)}, {bySlots, t.filled(keys...)}, {byWidth, widths}} {
			g := f
			g.by = m.by
			if !slices.Equal(m.x, counts) && t.judgeCounts(&g, m.x) && t.takesMore(&g, m.x) {
				return g, true
			}
		}
	}
	texts := t.texts(keys...)
	if text := t.judged(texts); !steady(text) {
		e, grewIn, ok := t.grows(texts, false)
		rate := Rate{Bytes: trend.Of(text).Slope}
		// Strings whose number varies vary in size with it.
		if ok && rate.Bytes >= t.o.MinBytes && !varies(t.judged(t.stringCounts(keys))) {
			f.by, f.evidence, f.grewIn, f.rate = byText, e, grewIn, rate
			return f, true
		}
	}
	return f, false
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
		each := weight[len(weight)-1] / count[len(count)-1]
		inside := trend.Of(t.judged(t.sum(f.keys, func(d int, id paths.ShapeID) uint64 { return t.items[d][id] }))).Slope
		long := len(count) >= trend.ManyValues && slices.IsSorted(count)
		large := f.rate.Bytes >= fewItemsBytesFactor*t.o.MinBytes ||
			len(count) > 3 && (f.rate.Count > 1 || long) && inside >= fewButFull*t.o.MinCount && f.rate.Bytes >= 2*t.o.MinBytes
		ok = ok && large && f.rate.Bytes <= muchLarger*f.rate.Count*each
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
