package leaks

import (
	"cmp"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"slices"
)

const (
	// Of items that hold each other, one array must have that part for the place to
	// be that array rather than the top of a tree or the head of a chain.
	Broadly = 0.2
	// Containers whose sizes differ by no more than this share have members
	// that come and go together.
	sameWidth = 0.02
	// Below that, equal sizes are chance.
	minAlike = 100
)

// maxCandidates is how many suspects are compared with each other: the
// heaviest.
const maxCandidates = 200

// merge makes one suspect of those that are one thing: of containers of the
// same shape, of groups that a suspect holds as well, and of containers in one
// object that have as many members, such as an identity map and its
// companions, which know of the same entities by another key. Of the latter
// those are named, too, that are no suspects. Containers below one another stay
// apart.
func (s *suspector) merge() {
	slices.SortStableFunc(s.found, func(a, b *candidate) int { return cmp.Compare(b.retained, a.retained) })
	s.found = s.found[:min(len(s.found), maxCandidates)]
	nodes := make([]graph.NodeID, len(s.found))
	shapes := make([]string, len(s.found))
	for i, c := range s.found {
		nodes[i] = c.at
		if c.at != graph.None {
			shapes[i] = s.rootPaths().Shape(c.at)
		}
	}
	above := s.nested(nodes)
	isBelow := func(i, top int) bool {
		for up := above[i]; up >= 0; up = above[up] {
			if nodes[up] == nodes[top] {
				return true
			}
		}
		return false
	}
	merged := make([]bool, len(s.found))
	for i, c := range s.found {
		if merged[i] || c.at == graph.None {
			continue
		}
		grown := false // it has taken others in
		var companions []graph.NodeID
		if c.kind != ChainSuspect && c.container != graph.None && c.holds.count >= minAlike {
			companions = s.companions(c)
		}
		for j, other := range s.found {
			if j == i || merged[j] || other.at == graph.None || other.at != c.at && (isBelow(i, j) || isBelow(j, i)) {
				continue
			}
			alike := shapes[j] == shapes[i]
			if !alike && !slices.Contains(other.also, c.at) && !slices.Contains(c.also, other.at) &&
				!slices.Contains(companions, other.at) && !slices.Contains(companions, other.container) {
				continue
			}
			merged[j] = true
			first := s.holdsObjects(c) == s.holdsObjects(other) && AlikeInSize(c.retained, other.retained) && other.at < c.at
			if !s.holdsObjects(c) && s.holdsObjects(other) || first && !grown {
				// The container of the objects is what the others are about; of those that
				// are as large, the one that stands first in the dump.
				*c, *other = *other, *c
				shapes[i], shapes[j] = shapes[j], shapes[i]
				nodes[i], nodes[j] = nodes[j], nodes[i]
				above[i], above[j] = above[j], above[i]
			}
			grown = true
			c.retained += other.retained
			if alike && other.at != c.at && c.holds.kind == other.holds.kind && !slices.Contains(c.also, other.at) {
				c.holds.count += other.holds.count
				c.holds.bytes += other.holds.bytes
			}
			c.also = append(append(c.also, other.at), other.also...)
		}
		c.also = append(c.also, companions...)
		slices.Sort(c.also)
		c.also = slices.DeleteFunc(slices.Compact(c.also), func(n graph.NodeID) bool { return n == c.at || n == c.container })
	}
	var kept []*candidate
	for i, c := range s.found {
		if !merged[i] {
			kept = append(kept, c)
		}
	}
	s.found = kept
}

// AlikeInSize reports whether two sizes or numbers of members are the same but for
// a few.
func AlikeInSize(a, b uint64) bool {
	return float64(max(a, b)-min(a, b)) <= sameWidth*float64(max(a, b))
}

func (s *suspector) holdsObjects(c *candidate) bool {
	return c.holds.count > 0 && s.name(c.holds.kind).Type == "object"
}

// companions lists the parallel containers of a candidate's.
func (s *suspector) companions(c *candidate) []graph.NodeID {
	own := s.width(c.container)
	owner, ok := s.ownerOf(c.at)
	if !ok || own < minAlike {
		return nil
	}
	var found []graph.NodeID
	look := func(n graph.NodeID, w uint64) bool {
		if n == c.container || n == c.at || s.typeOf(n) != retain.TypeArray || !AlikeInSize(w, own) {
			return false
		}
		found = append(found, n)
		return true
	}
	from, to := s.g.Children(owner)
	for e := from; e < min(to, from+MaxSample); e++ {
		t := s.g.Target(e)
		if !s.strong(e) || look(t, s.width(t)) || s.typeOf(t) != retain.TypeArray || s.width(t) >= minAlike {
			continue
		}
		// A table of tables, by class say: all of it, or one of them.
		inner, end := s.g.Children(t)
		sum, tables := uint64(0), 0
		for f := inner; f < end; f++ {
			if s.strong(f) && s.typeOf(s.g.Target(f)) == retain.TypeArray {
				sum += s.width(s.g.Target(f))
				tables++
			}
		}
		if s.r.Dominators.Parent(c.container) == t || tables > 1 && look(t, sum) {
			continue
		}
		for f := inner; f < end; f++ {
			if s.strong(f) {
				look(s.g.Target(f), s.width(s.g.Target(f)))
			}
		}
	}
	return found
}

func (s *suspector) width(n graph.NodeID) uint64 {
	from, to := s.g.Children(n)
	return uint64(to - from)
}

// ownerOf is the object in whose property a container stands, directly or in an
// array there.
func (s *suspector) ownerOf(n graph.NodeID) (graph.NodeID, bool) {
	for range 3 {
		up, ok := s.rootPaths().Parent(n)
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
