package growth

import (
	"slices"

	"memtrail/analysis/paths"
	"memtrail/analysis/trend"
	"memtrail/graph"
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
	isStable []bool                 // by dump but the last, see stable
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
	more     bool            // there are more and more items, even if fewer than the limits
	turns    bool            // but they are others each time
	also     []finding       // places that grow in step with it
	lent     []paths.ShapeID // where its members are counted in dumps in which they are not counted here: see findLent
	frames   bool            // what grows is the number of frames of one function, which calls itself

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
			f, ok := t.judgeWithKinds(key)
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

// judgeWithKinds judges a step, and where it does not grow, or its members change,
// the classes of what it leads to.
func (t *steps) judgeWithKinds(key stepKey) (finding, bool) {
	f, ok := t.judge(key)
	if !ok && (!f.more || f.turns) {
		if one, found := t.judgeKinds(key); found {
			return one, true
		}
	}
	return f, ok
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
