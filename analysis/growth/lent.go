package growth

import (
	"slices"

	"memtrail/analysis/members"
	"memtrail/analysis/paths"
)

// findLent notes where else the members of places are counted in some dumps. What
// several hold counts for the first that reaches it, such as a copy of a list that a
// running function goes through. Where the copy is gone in the last dump, all members
// would seem to have come since.
//
// A shape has such members if, in each judged dump that has any of it, they are
// objects that are also among those elements of the place which are counted
// elsewhere: samples of one dump tell. A place whose members are counted elsewhere in
// the last dump, too, is an index of what others own, and borrows nothing.
func (t *steps) findLent() {
	covered := t.coverage()
	for i := range t.found {
		f := &t.found[i]
		if f.by != byWidth || !t.ownsMembers(f) {
			continue
		}
		elsewhere := t.elsewhere(f)
		for id := paths.FirstShape; int(id) < len(covered); id++ {
			if !covered[id] && t.isLent(id, elsewhere) {
				f.lent = append(f.lent, id)
			}
		}
		for _, id := range f.lent {
			covered[id] = true
		}
	}
}

// ownsMembers reports whether all elements of a place are counted there in the last
// dump.
func (t *steps) ownsMembers(f *finding) bool {
	counts, widths := t.counts(f.keys...), t.widths(f.keys...)
	last := len(counts) - 1
	return float64(counts[last]) >= allStay*float64(widths[last])
}

// elsewhere samples, by judged dump, the elements of a place that are not counted
// there; nil where all are.
func (t *steps) elsewhere(f *finding) []*members.Sketch {
	var samples []*members.Sketch
	counts, widths := t.counts(f.keys...), t.widths(f.keys...)
	for d, p := range t.s.dumps {
		if d < t.from {
			continue
		}
		var all []*members.Sketch
		if counts[d] < widths[d] {
			for _, key := range f.keys {
				if s := p.members[key.parent]; s != nil && key.step == paths.Element {
					all = append(all, s)
				}
			}
		}
		if all == nil {
			samples = append(samples, nil)
		} else {
			samples = append(samples, members.Join(all))
		}
	}
	return samples
}

// isLent reports whether all that a shape has are objects of which samples tell.
func (t *steps) isLent(id paths.ShapeID, samples []*members.Sketch) bool {
	if sh := t.s.shapes; sh.Kinds[sh.Nodes[id].Kind].Type != "object" {
		return false // others are recognised by their keys, which two places may have
	}
	lent := false
	for i, all := range samples {
		p := t.s.dumps[t.from+i]
		if valueAt(p.count, id) == 0 {
			continue
		}
		own := p.members[id]
		if own == nil || all == nil {
			return false
		}
		compared, found := own.Kept(all)
		if compared < leastCompared || float64(found) < allStay*float64(compared) {
			return false
		}
		lent = true
	}
	return lent
}

// lentBytes is what the members of findings take that are counted elsewhere, by dump.
func (t *steps) lentBytes(lent []paths.ShapeID) []uint64 {
	sums := make([]uint64, len(t.s.dumps))
	for _, id := range lent {
		for d := range sums {
			sums[d] += t.bytes[d][id]
		}
	}
	return sums
}

// allLent are the shapes of [steps.findLent] of a finding and of those that grow with
// it.
func (f *finding) allLent() []paths.ShapeID {
	lent := slices.Clone(f.lent)
	for i := range f.also {
		lent = append(lent, f.also[i].lent...)
	}
	return lent
}
