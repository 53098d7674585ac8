package growth

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/analysis/paths"
)

// findMoved looks once more at what has not been found to grow. A variable of a
// running function may hold the very object that a service does, and a dump names
// an item by the root that it comes to first. So one container has one path in one
// dump and another in the next, and on neither does it grow all along.
//
//  1. Steps are the same if they are so from the nearest object on: its class, and
//     the properties that follow (anchored).
//  2. They are judged as one if some dumps have only one of them, and others only
//     another (moves), the topmost first.
//  3. Where it began may be further up (lift).
func (t *steps) findMoved() {
	alike := newStepGroups()
	for _, key := range t.open {
		if a := t.anchored(key); a != "" {
			alike.add(a, key)
		}
	}
	last := len(t.s.dumps) - 1
	for _, keys := range alike.keys {
		slices.SortStableFunc(keys, func(a, b stepKey) int {
			return cmp.Compare(t.counts(b)[last], t.counts(a)[last])
		})
	}
	// By where most of them are.
	depth := func(a string) uint32 { return t.s.shapes.Nodes[alike.keys[a][0].parent].Depth }
	slices.SortStableFunc(alike.order, func(a, b string) int { return cmp.Compare(depth(a), depth(b)) })
	covered := shapeSet{}
	for _, a := range alike.order {
		keys := slices.DeleteFunc(alike.keys[a], func(k stepKey) bool { return t.isBelow(k.parent, covered) })
		if len(keys) < 2 || !t.moves(keys) {
			continue
		}
		keys = t.lift(keys)
		if f, ok := t.judge(keys...); ok {
			t.found = append(t.found, f)
			t.cover(covered, keys)
		}
	}
}

// lift goes up from steps to those that lead to what they start from, as long as
// these, together, grow as well: then they are where it began.
func (t *steps) lift(keys []stepKey) []stepKey {
	for {
		var up []stepKey
		seen := map[stepKey]bool{}
		for _, k := range keys {
			if k.parent < paths.FirstShape {
				return keys
			}
			n := &t.s.shapes.Nodes[k.parent]
			if key := (stepKey{n.Parent, n.Step, anyKind}); !seen[key] {
				seen[key] = true
				up = append(up, key)
			}
		}
		if _, ok := t.judge(up...); !ok {
			return keys
		}
		keys = up
	}
}

// anchored writes a step from the class of the nearest object on; "" if there
// is none.
func (t *steps) anchored(key stepKey) string {
	sh := t.s.shapes
	parts := []string{sh.Names[key.step]}
	for id := key.parent; id >= paths.FirstShape; id = sh.Nodes[id].Parent {
		if k := sh.Kinds[sh.Nodes[id].Kind]; k.Type == "object" {
			parts = append(parts, k.Class)
			slices.Reverse(parts)
			return strings.Join(parts, "")
		}
		parts = append(parts, sh.Names[sh.Nodes[id].Step])
	}
	return ""
}

// moves reports whether what steps hold is now here, now there: each of two
// has something in a dump in which the other has nothing.
func (t *steps) moves(keys []stepKey) bool {
	// Sets of dumps of which any two are one within the other are so in the order
	// of their sizes, each within the next.
	sets := make([][]bool, len(keys))
	for i, k := range keys {
		for _, n := range t.counts(k)[t.from:] {
			sets[i] = append(sets[i], n > 0)
		}
	}
	size := func(set []bool) (n int) {
		for _, has := range set {
			if has {
				n++
			}
		}
		return n
	}
	slices.SortFunc(sets, func(a, b []bool) int { return cmp.Compare(size(a), size(b)) })
	for i := range len(sets) - 1 {
		for d, has := range sets[i] {
			if has && !sets[i+1][d] {
				return true
			}
		}
	}
	return false
}
