package analysis

import (
	"cmp"
	"slices"

	"memtrail/graph"
)

const (
	// Containers whose sizes differ by no more than this share have members
	// that come and go together.
	sameWidth = 0.02
	// Below that, equal sizes are chance.
	minAlike = 100
)

// merge makes one suspect of those that are one thing: of containers of the
// same shape, of groups that a suspect holds as well, and of containers in one
// object that have as many members, such as an identity map and its
// companions, which know of the same entities by another key. Of the latter
// those are named, too, that are no suspects.
func (s *suspector) merge() {
	slices.SortStableFunc(s.found, func(a, b *candidate) int { return cmp.Compare(b.retained, a.retained) })
	merged := map[*candidate]bool{}
	for _, c := range s.found {
		if merged[c] || c.at == graph.None {
			continue
		}
		var companions []graph.NodeID
		if c.kind != ChainSuspect && c.container != graph.None && c.holds.count >= minAlike {
			companions = s.companions(c)
		}
		shape := s.rootPaths().shape(c.at)
		for _, other := range s.found {
			if other == c || merged[other] || other.at == graph.None || other.at != c.at && (s.dominates(c.at, other.at) || s.dominates(other.at, c.at)) {
				continue
			}
			same := s.rootPaths().shape(other.at) == shape || slices.Contains(other.also, c.at) || slices.Contains(c.also, other.at) ||
				slices.Contains(companions, other.at) || slices.Contains(companions, other.container)
			if same {
				merged[other] = true
				c.retained += other.retained
				if c.holds.kind == other.holds.kind && other.at != c.at && !slices.Contains(c.also, other.at) {
					c.holds.count += other.holds.count
					c.holds.bytes += other.holds.bytes
				} else if !c.shared {
					c.others += other.holds.count
				}
				c.also = append(append(c.also, other.at), other.also...)
			}
		}
		c.also = append(c.also, companions...)
		slices.Sort(c.also)
		c.also = slices.DeleteFunc(slices.Compact(c.also), func(n graph.NodeID) bool { return n == c.at || n == c.container })
	}
	s.found = slices.DeleteFunc(s.found, func(c *candidate) bool { return merged[c] })
}

// companions lists the parallel containers of a candidate's.
func (s *suspector) companions(c *candidate) []graph.NodeID {
	own := s.width(c.container)
	owner, ok := s.ownerOf(c.at)
	if !ok || own < minAlike {
		return nil
	}
	var found []graph.NodeID
	look := func(n graph.NodeID) bool {
		w := s.width(n)
		if n == c.container || n == c.at || s.typeOf(n) != typeArray || float64(max(w, own)-min(w, own)) > sameWidth*float64(own) {
			return false
		}
		found = append(found, n)
		return true
	}
	from, to := s.g.Children(owner)
	for e := from; e < min(to, from+maxSample); e++ {
		t := s.g.Target(e)
		if !s.strong(e) || look(t) || s.typeOf(t) != typeArray || s.width(t) >= minAlike {
			continue
		}
		inner, end := s.g.Children(t)
		for f := inner; f < end; f++ {
			if s.strong(f) {
				look(s.g.Target(f))
			}
		}
	}
	return found
}

func (s *suspector) width(n graph.NodeID) uint64 {
	from, to := s.g.Children(n)
	return uint64(to - from)
}

// ownerOf is the object in whose property a container stands, be it in an
// array there.
func (s *suspector) ownerOf(n graph.NodeID) (graph.NodeID, bool) {
	for range 3 {
		up, ok := s.rootPaths().parent(n)
		if !ok {
			return 0, false
		}
		if s.g.IsObject(up) {
			return up, true
		}
		n = up
	}
	return 0, false
}
