package growth

import (
	"slices"

	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
)

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
			for _, id := range t.to(key) {
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
