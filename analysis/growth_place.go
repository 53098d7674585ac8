package analysis

import (
	"cmp"
	"slices"
	"strings"
)

// place is the shape of the place where a finding accumulates: what holds the
// step's items. What a property leads to, if it is not one of a list's or of
// very many, is that place itself; so is a string. Of a list or a tree, whose
// items hold each other, it is the first item.
func (t *steps) place(f *finding) shapeID {
	sh := t.s.shapes
	own := t.mainShape(f.keys...)
	n := &sh.nodes[own]
	at := n.parent
	if len(t.to[f.stepKey]) == 0 && f.step == element {
		at = f.parent // what it holds has no shape there
	}
	if f.by == byText || f.by == byBytes || at < firstShape {
		return own
	}
	if n.loops && !t.isBroad(f) {
		return t.chainHead(own)
	}
	if !t.holdsByKey(f.stepKey) && !f.anyName {
		return own
	}
	// The table that one of PHP's collections shows is no place of the program.
	if up := sh.nodes[at].parent; up >= firstShape && t.isTable(at) {
		at = up
	}
	return at
}

// isBroad reports whether items that hold each other are more and more because
// the first of them get more beside them, in one array.
func (t *steps) isBroad(f *finding) bool {
	if f.step != element {
		return false
	}
	x := t.judged(t.widths(f.stepKey))
	return trendOf(x).slope > broadly*trendOf(t.judged(t.counts(f.keys...))).slope
}

// chainHead is the topmost shape of those of one class that stand one above the
// other, at most a link's length apart; the shape's parent if there is none.
func (t *steps) chainHead(own shapeID) shapeID {
	sh := t.s.shapes
	kind, head := sh.nodes[own].kind, noShape
	for at, gap := sh.nodes[own].parent, 1; at >= firstShape && gap <= maxStride; at, gap = sh.nodes[at].parent, gap+1 {
		if sh.nodes[at].kind == kind {
			head, gap = at, 0
		}
	}
	if head == noShape {
		return sh.nodes[own].parent
	}
	return head
}

// holdsByKey reports whether a step is one of many of its kind: by the key of an
// array, or by the name of a property that is not the program's own.
func (t *steps) holdsByKey(key stepKey) bool {
	return key.step == element || key.step == manyProps || strings.Contains(t.s.shapes.text[key.step], "#")
}

// isTable reports whether a shape is that of a table that an object shows and
// has paid for.
func (t *steps) isTable(id shapeID) bool {
	sh := t.s.shapes
	n := &sh.nodes[id]
	name, ok := strings.CutPrefix(sh.text[n.step], "->")
	last := t.s.dumps[len(t.s.dumps)-1]
	return ok && n.parent >= firstShape && slices.Contains(shownTables, name) && sh.kinds[sh.nodes[n.parent].kind].Type == "object" &&
		(t.s.options.Reported || of(last.self, id) == 0)
}

// mainShape is the shape of the kind that made steps grow most, in bytes.
func (t *steps) mainShape(keys ...stepKey) shapeID {
	last := len(t.s.dumps) - 1
	gain := func(id shapeID) int64 { return signed(t.bytes[last][id]) - signed(t.bytes[t.from][id]) }
	count := func(id shapeID) int64 {
		return signed(of(t.s.dumps[last].count, id)) - signed(of(t.s.dumps[t.from].count, id))
	}
	var all []shapeID
	for _, key := range keys {
		all = append(all, t.to[key]...)
	}
	if len(all) == 0 {
		return keys[0].parent // arrays of which every element is held elsewhere, too
	}
	return slices.MaxFunc(all, func(a, b shapeID) int {
		return cmp.Or(cmp.Compare(gain(a), gain(b)), cmp.Compare(count(a), count(b)), cmp.Compare(b, a))
	})
}

// owner is the object in whose property a place stands, or in an array there.
func (t *steps) owner(at shapeID) shapeID {
	sh := t.s.shapes
	for range 3 {
		if at = sh.nodes[at].parent; at < firstShape {
			return noShape
		}
		if sh.kinds[sh.nodes[at].kind].Type == "object" {
			return at
		}
	}
	return noShape
}

// merge makes one finding of those that are one thing: steps from one place, such
// as a tree's left and right, or from places that differ in nothing but the
// classes on the way; and those that grow in step in one object, such as an
// identity map and its companions. The one of these that holds objects comes
// first, and then the one that is larger.
func (t *steps) merge() {
	var kept []finding
	for _, f := range t.found {
		if i := slices.IndexFunc(kept, func(k finding) bool { return t.samePlace(&k, &f) }); i >= 0 {
			if joined, ok := t.judge(append(slices.Clone(kept[i].keys), f.keys...)...); ok {
				joined.also, joined.anyName = kept[i].also, kept[i].anyName
				kept[i] = joined
				continue
			}
		}
		i := slices.IndexFunc(kept, func(k finding) bool { return t.companions(&k, &f) })
		switch {
		case i < 0:
			kept = append(kept, f)
		case t.comesFirst(&f, &kept[i]):
			f.also = append(kept[i].also, kept[i])
			f.also[len(f.also)-1].also = nil
			kept[i] = f
		default:
			kept[i].also = append(kept[i].also, f)
		}
	}
	t.found = kept
}

func (t *steps) samePlace(a, b *finding) bool {
	sh := t.s.shapes
	return a.by == b.by && sh.path(t.place(a)) == sh.path(t.place(b))
}

// companions reports whether two findings are of one object and have as many
// members all along.
func (t *steps) companions(a, b *finding) bool {
	own := t.owner(t.place(a))
	return a.by <= byWidth && b.by <= byWidth && own != noShape && own == t.owner(t.place(b)) &&
		inStep(t.held(a), t.held(b))
}

// comesFirst reports whether a finding tells more of the place than another: it
// holds objects, or it is larger; of those that are as large, the one that the
// program declares first. Suspects of one dump are chosen likewise, so that the
// same place names them.
func (t *steps) comesFirst(a, b *finding) bool {
	sh := t.s.shapes
	objects := func(f *finding) int {
		if sh.kinds[sh.nodes[t.mainShape(f.keys...)].kind].Type == "object" {
			return 1
		}
		return 0
	}
	if c := cmp.Compare(objects(a), objects(b)); c != 0 {
		return c > 0
	}
	bytesA, bytesB := t.weights(a.keys...), t.weights(b.keys...)
	last := len(bytesA) - 1
	if !alikeInSize(bytesA[last], bytesB[last]) {
		return bytesA[last] > bytesB[last]
	}
	return t.mainShape(a.keys...) < t.mainShape(b.keys...)
}

// inStep reports whether two containers have as many members all along.
func inStep(a, b []uint64) bool {
	for i := range a {
		if !alikeInSize(a[i], b[i]) {
			return false
		}
	}
	return true
}
