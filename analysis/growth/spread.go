package growth

import (
	"memtrail/analysis/paths"
	"slices"
)

// findSpread judges as one the steps that are not found to grow and differ in
// nothing but the classes on the way: fifty handlers, each of a class of its
// own, that have a few more each. And it judges as one all properties of the
// objects of a shape: those that a program adds by any name, of which each is
// there but once.
func (t *steps) findSpread() {
	var order []string
	same := map[string][]stepKey{}
	add := func(name string, key stepKey) {
		if same[name] == nil {
			order = append(order, name)
		}
		same[name] = append(same[name], key)
	}
	sh := t.s.shapes
	for _, key := range t.open {
		if key.parent < paths.FirstShape {
			continue
		}
		at := sh.Path(key.parent)
		add(at+sh.Names[key.step], key)
		if key.step != paths.Element && sh.Kinds[sh.Nodes[key.parent].Kind].Type == "object" {
			add(at+"->{*}", key)
		}
	}
	covered := map[paths.ShapeID]bool{}
	isCovered := func(k stepKey) bool {
		for id := k.parent; id >= paths.FirstShape; id = sh.Nodes[id].Parent {
			if covered[id] {
				return true
			}
		}
		return false
	}
	for _, name := range order { // parents first
		keys := same[name]
		if len(keys) < 2 || slices.ContainsFunc(keys, isCovered) {
			continue
		}
		f, ok := t.judge(keys...)
		if !ok || f.by == byText && keys[0].step != keys[1].step || !growsIn(t.amount(&f), t.judged(t.holders(keys))) {
			continue
		}
		f.anyName = keys[0].step != keys[1].step
		t.found = append(t.found, f)
		for _, k := range keys {
			for _, id := range t.to[k] {
				covered[id] = true
			}
		}
	}
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
