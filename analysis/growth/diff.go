package growth

import (
	"cmp"
	"slices"

	"memtrail/analysis/paths"
)

// DiffSort is what the lines of a diff are sorted by, descending; changes by
// their size, be they up or down.
type DiffSort string

// The orders.
const (
	DiffByCount      DiffSort = "count"
	DiffByBytes      DiffSort = "bytes"
	DiffByCountDelta DiffSort = "dcount"
	DiffByBytesDelta DiffSort = "dbytes" // the default
)

// DiffOptions says how a diff is arranged.
type DiffOptions struct {
	Sort  DiffSort
	Limit int // lines of each part; 0: all
}

// Diff compares the first dump of a series with the last: how much there is of
// each class, and what the places of the program hold. The shape of its
// path identifies a place. Of places below one another that have changed in the
// number of what they hold, only the topmost is listed; what changes in nothing
// but the length of its strings is listed, too.
func (s *Series) Diff(o DiffOptions) *Diff {
	first, last := s.dumps[0], s.dumps[len(s.dumps)-1]
	d := &Diff{Before: first.Snapshot, After: last.Snapshot, Reported: s.options.Reported}
	for i := range s.shapes.All.Len() {
		k := s.shapes.All.At(i)
		if before, after := first.ofKind(i), last.ofKind(i); before.Count > 0 || after.Count > 0 {
			d.Classes = append(d.Classes, Change{Kind: k, Before: before, After: after})
		}
	}
	if o.Sort != DiffByCount && o.Sort != DiffByBytes {
		d.Classes = slices.DeleteFunc(d.Classes, func(c Change) bool { return c.Before == c.After })
	}
	t := newSteps(s, 0, Options{})
	stack := []paths.ShapeID{paths.NoShape}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, step := range t.next[at] {
			key := stepKey{at, step, anyKind}
			if c, ok := t.change(key); ok {
				d.Paths = append(d.Paths, c)
			} else {
				stack = append(stack, t.to(key)...)
			}
		}
	}
	d.CutClasses = arrangeChanges(&d.Classes, o)
	d.CutPaths = arrangeChanges(&d.Paths, o)
	return d
}

// change is what a step holds in the first dump and in the last, if that
// differs.
func (t *steps) change(key stepKey) (Change, bool) {
	last := len(t.s.dumps) - 1
	counts, bytes := t.counts(key), t.weights(key)
	f := finding{stepKey: key, keys: []stepKey{key}}
	if counts[0] == counts[last] {
		bytes = t.texts(key)
		if bytes[0] == bytes[last] {
			return Change{}, false
		}
		f.by = byText
	}
	at, own := t.place(&f), t.mainShape(key)
	sh := t.s.shapes
	return Change{
		Path: sh.Path(at), Fingerprint: paths.Fingerprint(sh.Signature(at)), Kind: sh.Kinds[sh.Nodes[own].Kind],
		Before: Amount{counts[0], bytes[0]}, After: Amount{counts[last], bytes[last]},
	}, true
}

// arrangeChanges sorts lines and cuts them to the limit. It returns how many
// were left out.
func arrangeChanges(lines *[]Change, o DiffOptions) (cut int) {
	delta := func(before, after uint64) uint64 { return max(before, after) - min(before, after) }
	weight := func(c *Change) (uint64, uint64) {
		switch o.Sort {
		case DiffByCount:
			return max(c.Before.Count, c.After.Count), max(c.Before.Bytes, c.After.Bytes)
		case DiffByBytes:
			return max(c.Before.Bytes, c.After.Bytes), max(c.Before.Count, c.After.Count)
		case DiffByCountDelta:
			return delta(c.Before.Count, c.After.Count), delta(c.Before.Bytes, c.After.Bytes)
		}
		return delta(c.Before.Bytes, c.After.Bytes), delta(c.Before.Count, c.After.Count)
	}
	slices.SortFunc(*lines, func(a, b Change) int {
		a1, a2 := weight(&a)
		b1, b2 := weight(&b)
		return cmp.Or(cmp.Compare(b1, a1), cmp.Compare(b2, a2), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Class, b.Class))
	})
	if o.Limit > 0 && len(*lines) > o.Limit {
		cut = len(*lines) - o.Limit
		*lines = (*lines)[:o.Limit]
	}
	return cut
}
