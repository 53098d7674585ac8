package analysis

import (
	"cmp"
	"slices"
	"strings"
)

// place is the shape of the place where a finding accumulates: what holds the
// step's items. What a property leads to, if it is not one of a list's or of
// very many, is that place itself; so is a string.
func (t *steps) place(f *finding) shapeID {
	sh := t.s.shapes
	own := t.mainShape(f.keys...)
	n := &sh.nodes[own]
	at := n.parent
	if f.text || at < firstShape {
		return own
	}
	if n.step != element && n.step != manyProps && !f.anyName && !strings.Contains(sh.text[n.step], "#") && !n.loops {
		return own
	}
	// The table that one of PHP's collections shows is no place of the program.
	if up := sh.nodes[at].parent; up >= firstShape && t.isTable(at) {
		at = up
	}
	return at
}

// isTable reports whether a shape is that of a table that an object shows and
// has paid for.
func (t *steps) isTable(id shapeID) bool {
	sh := t.s.shapes
	n := &sh.nodes[id]
	name, ok := strings.CutPrefix(sh.text[n.step], "->")
	last := t.s.dumps[len(t.s.dumps)-1]
	return ok && slices.Contains(shownTables, name) && sh.kinds[sh.nodes[n.parent].kind].Type == "object" &&
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
	return slices.MaxFunc(all, func(a, b shapeID) int {
		return cmp.Or(cmp.Compare(gain(a), gain(b)), cmp.Compare(count(a), count(b)), cmp.Compare(b, a))
	})
}

// merge makes one finding of those that are one thing: steps from one place, such
// as a tree's left and right, or from places that differ in nothing but the
// classes on the way. And it names beside each other the findings in one object
// that grow in step: an identity map and its companions.
func (t *steps) merge() {
	sh := t.s.shapes
	owner := func(at shapeID) shapeID {
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
	var kept []finding
	for _, f := range t.found {
		at := t.place(&f)
		path := sh.path(at)
		i := slices.IndexFunc(kept, func(k finding) bool { return k.text == f.text && sh.path(t.place(&k)) == path })
		if i >= 0 {
			if joined, ok := t.judge(append(slices.Clone(kept[i].keys), f.keys...)...); ok {
				joined.also, joined.anyName = kept[i].also, kept[i].anyName
				kept[i] = joined
				continue
			}
		}
		i = slices.IndexFunc(kept, func(k finding) bool {
			own := owner(t.place(&k))
			return !k.text && !f.text && own != noShape && own == owner(at) && inStep(t.counts(k.keys...), t.counts(f.keys...))
		})
		switch {
		case i < 0:
			kept = append(kept, f)
		case f.rate.Bytes > kept[i].rate.Bytes:
			f.also = append(kept[i].also, t.place(&kept[i]))
			f.rate.Bytes += kept[i].rate.Bytes
			kept[i] = f
		default:
			kept[i].also = append(kept[i].also, at)
			kept[i].rate.Bytes += f.rate.Bytes
		}
	}
	t.found = kept
}

// inStep reports whether two containers have as many members all along.
func inStep(a, b []uint64) bool {
	for i := range a {
		if float64(max(a[i], b[i])-min(a[i], b[i])) > sameWidth*float64(max(a[i], b[i])) {
			return false
		}
	}
	return true
}
