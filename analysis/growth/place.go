package growth

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
	"memtrail/analysis/paths"
	"memtrail/analysis/trend"
)

// place is the shape of the place where a finding accumulates: what holds the
// step's items. What a property leads to, if it is not one of a list's or of
// very many, is that place itself; so is a string. Of a list or a tree, whose
// items hold each other, it is the first item.
func (t *steps) place(f *finding) paths.ShapeID {
	sh := t.s.shapes
	own := t.mainShape(f.keys...)
	n := &sh.Nodes[own]
	at := n.Parent
	if len(t.to(f.stepKey)) == 0 && f.step == paths.Element {
		at = f.parent // what it holds has no shape there
	}
	if f.by == byText || f.by == byBytes || at < paths.FirstShape {
		return own
	}
	if n.Loops && !t.isBroad(f) {
		return t.chainHead(own)
	}
	if !t.holdsByKey(f.stepKey) && !f.anyName {
		return own
	}
	// The table that one of PHP's collections shows is no place of the program.
	if up := sh.Nodes[at].Parent; up >= paths.FirstShape && t.isTable(at) {
		at = up
	}
	return at
}

// isBroad reports whether items that hold each other are more and more because
// the first of them get more beside them, in one array.
func (t *steps) isBroad(f *finding) bool {
	if f.step != paths.Element {
		return false
	}
	x := t.judged(t.widths(f.stepKey))
	return trend.Of(x).Slope > leaks.Broadly*trend.Of(t.judged(t.counts(f.keys...))).Slope
}

// chainHead is the topmost shape of those of one class that stand one above the
// other, at most a link's length apart; the shape's parent if there is none.
func (t *steps) chainHead(own paths.ShapeID) paths.ShapeID {
	sh := t.s.shapes
	kind, head := sh.Nodes[own].Kind, paths.NoShape
	for at, gap := sh.Nodes[own].Parent, 1; at >= paths.FirstShape && gap <= paths.MaxStride; at, gap = sh.Nodes[at].Parent, gap+1 {
		if sh.Nodes[at].Kind == kind {
			head, gap = at, 0
		}
	}
	if head == paths.NoShape {
		return sh.Nodes[own].Parent
	}
	return head
}

// holdsByKey reports whether a step is one of many of its kind: by the key of an
// array, or by the name of a property that is not the program's own.
func (t *steps) holdsByKey(key stepKey) bool {
	return key.step == paths.Element || key.step == paths.ManyProps || strings.Contains(t.s.shapes.Names[key.step], "#")
}

// isTable reports whether a shape is that of a table that an object shows and
// has paid for.
func (t *steps) isTable(id paths.ShapeID) bool {
	sh := t.s.shapes
	n := &sh.Nodes[id]
	name, ok := strings.CutPrefix(sh.Names[n.Step], "->")
	last := t.s.dumps[len(t.s.dumps)-1]
	return ok && n.Parent >= paths.FirstShape && slices.Contains(leaks.ShownTables, name) && sh.Kinds[sh.Nodes[n.Parent].Kind].Type == "object" &&
		(t.s.options.Reported || valueAt(last.self, id) == 0)
}

// mainShape is the shape of the kind that made steps grow most, in bytes.
func (t *steps) mainShape(keys ...stepKey) paths.ShapeID {
	last := len(t.s.dumps) - 1
	gain := func(id paths.ShapeID) int64 {
		return analysis.Signed(t.bytes[last][id]) - analysis.Signed(t.bytes[t.from][id])
	}
	count := func(id paths.ShapeID) int64 {
		return analysis.Signed(valueAt(t.s.dumps[last].count, id)) - analysis.Signed(valueAt(t.s.dumps[t.from].count, id))
	}
	var all []paths.ShapeID
	for _, key := range keys {
		all = append(all, t.to(key)...)
	}
	if len(all) == 0 {
		return keys[0].parent // arrays of which every element is held elsewhere, too
	}
	return slices.MaxFunc(all, func(a, b paths.ShapeID) int {
		return cmp.Or(cmp.Compare(gain(a), gain(b)), cmp.Compare(count(a), count(b)), cmp.Compare(b, a))
	})
}

// owner is the object in whose property a place stands, or in an array there.
func (t *steps) owner(at paths.ShapeID) paths.ShapeID {
	sh := t.s.shapes
	for range 3 {
		if at = sh.Nodes[at].Parent; at < paths.FirstShape {
			return paths.NoShape
		}
		if sh.Kinds[sh.Nodes[at].Kind].Type == "object" {
			return at
		}
	}
	return paths.NoShape
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
	return a.by == b.by && sh.Path(t.place(a)) == sh.Path(t.place(b))
}

// companions reports whether two findings are of one object and have as many
// members all along.
func (t *steps) companions(a, b *finding) bool {
	own := t.owner(t.place(a))
	return a.by <= byWidth && b.by <= byWidth && own != paths.NoShape && own == t.owner(t.place(b)) &&
		inStep(t.held(a), t.held(b))
}

// comesFirst reports whether a finding tells more of the place than another: it
// holds objects, or it is larger; of those that are as large, the one that the
// program declares first. Suspects of one dump are chosen in the same way, so that the
// same place names them.
func (t *steps) comesFirst(a, b *finding) bool {
	sh := t.s.shapes
	objects := func(f *finding) int {
		if sh.Kinds[sh.Nodes[t.mainShape(f.keys...)].Kind].Type == "object" {
			return 1
		}
		return 0
	}
	if c := cmp.Compare(objects(a), objects(b)); c != 0 {
		return c > 0
	}
	bytesA, bytesB := t.weights(a.keys...), t.weights(b.keys...)
	last := len(bytesA) - 1
	if !leaks.AlikeInSize(bytesA[last], bytesB[last]) {
		return bytesA[last] > bytesB[last]
	}
	return t.mainShape(a.keys...) < t.mainShape(b.keys...)
}

// inStep reports whether two containers have as many members all along.
func inStep(a, b []uint64) bool {
	for i := range a {
		if !leaks.AlikeInSize(a[i], b[i]) {
			return false
		}
	}
	return true
}
