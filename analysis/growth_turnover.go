package analysis

// kept estimates for each judged interval the share of the members of steps that
// are still there at its end; nil if that is not known of each of them.
func (t *steps) kept(keys []stepKey) []float64 {
	shares := make([]float64, 0, len(t.s.dumps))
	for d := t.from; d+1 < len(t.s.dumps); d++ {
		if !t.s.dumps[d].anchors.stable(t.s.dumps[d+1].anchors) {
			return nil
		}
		sum, known, all := 0.0, 0.0, 0.0
		for _, key := range keys {
			n := 0.0
			for _, id := range t.to[key] {
				n += float64(of(t.s.dumps[d].count, id))
			}
			all += n
			if key.step != element {
				continue
			}
			if share, ok := t.s.dumps[d].members[key.parent].kept(t.s.dumps[d+1].members[key.parent]); ok {
				sum += share * n
				known += n
			}
		}
		if known == 0 || known*2 < all {
			return nil
		}
		shares = append(shares, sum/known)
	}
	return shares
}

// inTurnover reports whether steps start below an array whose members are others
// each time: what they have more of was made with them, and goes with them.
func (t *steps) inTurnover(keys []stepKey) bool {
	sh := t.s.shapes
	for _, key := range keys {
		below := false
		for id := key.parent; id >= firstShape && !below; id = sh.nodes[id].parent {
			below = t.exchanged(sh.nodes[id].parent)
		}
		if !below {
			return false
		}
	}
	return true
}

// exchanged reports whether the arrays of a shape have other members each time.
func (t *steps) exchanged(id shapeID) bool {
	if t.turnover == nil {
		t.turnover = map[shapeID]bool{}
	}
	answer, ok := t.turnover[id]
	if !ok && id >= firstShape {
		kept := t.kept([]stepKey{{id, element}})
		answer = len(kept) > 0 && median(kept) < exchanges
		t.turnover[id] = answer
	}
	return answer
}

const (
	// Below that share of members that stay on the median, a place exchanges them.
	// A leak that keeps one in two of the members that it is given has more of
	// them than that from the second interval on.
	exchanges = 0.5
	// The part of what a place has grown by, by which those of its members that
	// stay must have become more.
	ofGrowth = 0.3
)

// turnsOver reports whether a place has other members each time: a cache that is
// emptied, a queue. Its members are more and more, and it is no leak, unless the
// number of those that stay grows as well.
func turnsOver(count, kept []float64) bool {
	if len(kept) == 0 || median(kept) >= exchanges {
		return false
	}
	// A dump's members are known to stay by the next one; so the last is not
	// judged.
	last := len(kept) - 1
	stay := kept[last]*count[last] - kept[0]*count[0]
	return last == 0 || stay < ofGrowth*(count[last]-count[0])
}
