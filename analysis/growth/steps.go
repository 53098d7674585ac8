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
	ids      []paths.ShapeID // behind one another, those that a step leads to: see to
	standsAt []uint32        // by shape: where it stands in ids
	spans    map[stepID]span // of ids
	next     [][]paths.NameID
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

// A stepID is a step whatever its kinds.
type stepID struct {
	parent paths.ShapeID
	step   paths.NameID
}

// A span is a part of a list: from, and behind the last.
type span struct{ from, to uint32 }

func newSteps(s *Series, from int, o Options) *steps {
	t := &steps{s: s, from: from, o: o}
	t.order()
	// Arrays of which every element is held elsewhere, too, lead to no shape.
	for id := paths.FirstShape; int(id) < len(s.shapes.Nodes); id++ {
		if len(t.to(stepKey{id, paths.Element, anyKind})) == 0 && slices.ContainsFunc(s.dumps, func(d *profile) bool { return valueAt(d.width, id) > 0 }) {
			t.next[id] = append(t.next[id], paths.Element)
		}
	}
	for _, d := range s.dumps {
		t.bytes = append(t.bytes, s.below(d.self))
		t.items = append(t.items, s.below(d.count))
	}
	return t
}

// order lists the shapes by the steps that lead to them. There may be as many steps
// as shapes.
func (t *steps) order() {
	nodes := t.s.shapes.Nodes
	t.next, t.spans = make([][]paths.NameID, len(nodes)), map[stepID]span{}
	t.ids, t.standsAt = make([]paths.ShapeID, len(nodes)), make([]uint32, len(nodes))
	for id := paths.FirstShape; int(id) < len(nodes); id++ {
		step := stepID{nodes[id].Parent, nodes[id].Step}
		x := t.spans[step]
		if x.to++; x.to == 1 {
			t.next[step.parent] = append(t.next[step.parent], step.step)
		}
		t.spans[step] = x
	}
	end := uint32(0)
	for parent, steps := range t.next {
		for _, step := range steps {
			step := stepID{paths.ShapeID(parent), step}
			n := t.spans[step].to
			t.spans[step] = span{end, end}
			end += n
		}
	}
	for id := paths.FirstShape; int(id) < len(nodes); id++ {
		step := stepID{nodes[id].Parent, nodes[id].Step}
		x := t.spans[step]
		t.ids[x.to], t.standsAt[id] = id, x.to
		x.to++
		t.spans[step] = x
	}
}

// to are the shapes that a step leads to. The caller must not change them.
func (t *steps) to(key stepKey) []paths.ShapeID {
	if key.kind == anyKind {
		x := t.spans[stepID{key.parent, key.step}]
		return t.ids[x.from:x.to:x.to]
	}
	id, ok := t.s.shapes.Find(key.parent, key.step, key.kind)
	if !ok {
		return nil
	}
	return t.ids[t.standsAt[id] : t.standsAt[id]+1 : t.standsAt[id]+1]
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
			for _, id := range t.to(key) {
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
	if key.step != paths.Element || len(t.to(key)) < 2 {
		return finding{}, false
	}
	for _, id := range t.to(key) {
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
