package growth

import (
	"slices"

	"memtrail/analysis/paths"
)

// findSpread judges as one the steps that are not found to grow and differ in
// nothing but the classes on the way: fifty handlers, each of a class of its
// own, that have a few more each. And it judges as one all properties of the
// objects of a shape: those that a program adds by any name, of which each is
// there but once.
func (t *steps) findSpread() {
	sh := t.s.shapes
	alike := newStepGroups()
	for _, key := range t.open {
		if key.parent < paths.FirstShape {
			continue
		}
		at := sh.Path(key.parent)
		alike.add(at+sh.Names[key.step], key)
		if key.step != paths.Element && sh.Kinds[sh.Nodes[key.parent].Kind].Type == "object" {
			alike.add(at+"->{*}", key)
		}
	}
	covered := shapeSet{}
	for _, name := range alike.order { // parents first
		keys := alike.keys[name]
		if len(keys) < 2 || slices.ContainsFunc(keys, func(k stepKey) bool { return t.isBelow(k.parent, covered) }) {
			continue
		}
		f, ok := t.judge(keys...)
		f.anyName = keys[0].step != keys[1].step
		if !ok || f.by == byText && f.anyName || !growsIn(t.amount(&f), t.judged(t.holders(keys))) {
			continue
		}
		t.found = append(t.found, f)
		t.cover(covered, keys)
	}
}

// stepGroups are steps by what they have in common, in the order in which they
// come.
type stepGroups struct {
	order []string
	keys  map[string][]stepKey
}

func newStepGroups() *stepGroups { return &stepGroups{keys: map[string][]stepKey{}} }

func (g *stepGroups) add(name string, key stepKey) {
	if g.keys[name] == nil {
		g.order = append(g.order, name)
	}
	g.keys[name] = append(g.keys[name], key)
}

type shapeSet map[paths.ShapeID]bool

// cover adds the shapes that steps lead to.
func (t *steps) cover(covered shapeSet, keys []stepKey) {
	for _, k := range keys {
		for _, id := range t.to(k) {
			covered[id] = true
		}
	}
}

// isBelow reports whether a shape is one of some, or below one.
func (t *steps) isBelow(id paths.ShapeID, top shapeSet) bool {
	for ; id >= paths.FirstShape; id = t.s.shapes.Nodes[id].Parent {
		if top[id] {
			return true
		}
	}
	return false
}

// holders counts the items that steps start from, by dump, each once.
func (t *steps) holders(keys []stepKey) []uint64 {
	shapes := map[paths.ShapeID]bool{}
	sums := make([]uint64, len(t.s.dumps))
	for _, k := range keys {
		if !shapes[k.parent] {
			shapes[k.parent] = true
			for d := range sums {
				sums[d] += valueAt(t.s.dumps[d].count, k.parent)
			}
		}
	}
	return sums
}
