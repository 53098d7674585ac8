package growth

import (
	"slices"

	"memtrail/analysis/members"
	"memtrail/analysis/paths"
)

// A keeping is what samples tell of the members of a place: how many of those of
// each judged dump, but the last, the next one still has.
type keeping struct {
	share    []float64 // by interval; meaningless where nothing was compared
	compared []float64 // members, by interval
}

// known reports whether enough members could be compared, in each interval.
func (k *keeping) known() bool {
	for _, n := range k.compared {
		if n < leastCompared {
			return false
		}
	}
	return len(k.compared) > 0
}

// total is how many members were compared, and the share of them that stayed.
func (k *keeping) total() (compared, share float64) {
	for i, n := range k.compared {
		compared += n
		share += n * k.share[i]
	}
	return compared, share / max(1, compared)
}

// leastCompared is how many members must be comparable for a share to say
// anything: of fewer, one more or less is most of it.
const leastCompared = 8

// leastGone is how many must be comparable to say that most have gone: one that
// is gone is certain.
const leastGone = 4

// kept compares the members of steps from dump to dump; nil if the dumps'
// addresses say nothing, or most of the items do not stand in these steps' own
// arrays: the links of a chain do not. A place that the next dump has not is not
// compared: what it held may be held elsewhere.
func (t *steps) kept(keys []stepKey) *keeping {
	k := &keeping{}
	for d := t.from; d+1 < len(t.s.dumps); d++ {
		now, next := t.s.dumps[d], t.s.dumps[d+1]
		if !t.stable(d) {
			return nil
		}
		var width, items, later uint64
		var a, b []*members.Sketch
		for _, key := range keys {
			for _, id := range t.to(key) {
				items += valueAt(now.count, id)
				if key.step == paths.Element {
					a, b = append(a, now.members[id]), append(b, next.members[id])
				}
			}
			if key.step == paths.Element && key.kind == anyKind {
				width += valueAt(now.width, key.parent)
				later += valueAt(next.width, key.parent)
				a, b = append(a, now.members[key.parent]), append(b, next.members[key.parent])
			}
		}
		if len(keys) == 1 && keys[0].kind != anyKind {
			width, later = items, t.counts(keys...)[d+1]
		}
		if 2*width < items {
			return nil
		}
		compared, found := 0, 0
		if later > 0 {
			compared, found = members.Join(a).Kept(members.Join(b))
		}
		k.share = append(k.share, float64(found)/float64(max(1, compared)))
		k.compared = append(k.compared, float64(compared))
	}
	return k
}

// stable reports whether the addresses of a dump say something of the next: that is
// found out once, from as many items as there are variables.
func (t *steps) stable(d int) bool {
	if t.isStable == nil {
		for i := range len(t.s.dumps) - 1 {
			t.isStable = append(t.isStable, t.s.dumps[i].anchors.Stable(t.s.dumps[i+1].anchors))
		}
	}
	return t.isStable[d]
}

// inTurnover reports whether steps start below an array whose members are others
// each time: what they have more of was made with them, and goes with them.
func (t *steps) inTurnover(keys []stepKey) bool {
	sh := t.s.shapes
	for _, key := range keys {
		below := false
		for id := key.parent; id >= paths.FirstShape && !below; id = sh.Nodes[id].Parent {
			below = t.exchanged(sh.Nodes[id].Parent)
		}
		if !below {
			return false
		}
	}
	return true
}

// exchanged reports whether the arrays of a shape have other members each time.
func (t *steps) exchanged(id paths.ShapeID) bool {
	if t.turnover == nil {
		t.turnover = map[paths.ShapeID]bool{}
	}
	answer, ok := t.turnover[id]
	if !ok && id >= paths.FirstShape {
		answer = t.kept([]stepKey{{id, paths.Element, anyKind}}).exchanges()
		t.turnover[id] = answer
	}
	return answer
}

const (
	// Below that share of members that stay, a place exchanges them. A leak that
	// keeps one in two of the members that it is given has more of them than that
	// from the second interval on.
	exchanges = 0.5
	// The part of what a place has grown by, by which those of its members that
	// stay must have become more.
	ofGrowth = 0.3
)

// allStay is the share of members from which on all of them are said to stay:
// samples do not err by more.
const allStay = 0.98

// all reports whether each dump is known to have all members of the one before.
func (k *keeping) all() bool { return k != nil && k.known() && slices.Min(k.share) >= allStay }

// exchanges reports whether most members are others each time.
func (k *keeping) exchanges() bool {
	if k == nil {
		return false
	}
	compared, share := k.total()
	return compared >= leastGone && share < exchanges
}

// turnsOver reports whether a place has other members each time: a cache that is
// emptied, a queue. Its members are more and more, and it is no leak, unless the
// number of those that stay grows as well.
func turnsOver(count []float64, k *keeping) bool {
	if !k.exchanges() {
		return false
	}
	// A dump's members are known to stay by the next one; so the last is not
	// judged.
	last := len(k.share) - 1
	stay := k.share[last]*count[last] - k.share[0]*count[0]
	return last < 2 || stay < ofGrowth*(count[last]-count[0])
}
