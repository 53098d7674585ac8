package leaks

import (
	"memtrail/analysis/retain"
	"memtrail/graph"
)

const (
	// Containers whose sizes differ by no more than this share have members
	// that come and go together.
	sameWidth = 0.02
	// Below that, equal sizes are chance.
	minAlike = 100
)

// AlikeInSize reports whether two sizes or numbers of members are the same but for
// a few.
func AlikeInSize(a, b uint64) bool {
	return float64(max(a, b)-min(a, b)) <= sameWidth*float64(max(a, b))
}

func (s *suspector) holdsObjects(c *candidate) bool {
	return c.holds.count > 0 && s.name(c.holds.kind).Type == "object"
}

// companions lists the parallel containers of a candidate's: arrays in the same
// object that have as many members.
func (s *suspector) companions(c *candidate) []graph.NodeID {
	width := s.width(c.container)
	owner, ok := s.ownerOf(c.at)
	if !ok || width < minAlike {
		return nil
	}
	w := companionSearch{s: s, c: c, width: width}
	from, to := s.g.Children(owner)
	for e := from; e < min(to, from+MaxSample); e++ {
		if s.strong(e) {
			w.lookAt(s.g.Target(e))
		}
	}
	return w.found
}

// A companionSearch looks for arrays that have as many members as a candidate's
// container.
type companionSearch struct {
	s     *suspector
	c     *candidate
	width uint64 // of the container
	found []graph.NodeID
}

// add takes an array that has that many members, or whose arrays have, if these
// are as many as the candidate's.
func (w *companionSearch) add(n graph.NodeID, members uint64) bool {
	if n == w.c.container || n == w.c.at || w.s.typeOf(n) != retain.TypeArray || !AlikeInSize(members, w.width) {
		return false
	}
	w.found = append(w.found, n)
	return true
}

// lookAt looks at a property's value: an array or a small table of arrays, by
// class say, of which it is all of them or each alone that counts.
func (w *companionSearch) lookAt(n graph.NodeID) {
	s := w.s
	if w.add(n, s.width(n)) || s.typeOf(n) != retain.TypeArray || s.width(n) >= minAlike {
		return
	}
	members, arrays := s.widthOfArrays(n)
	if s.r.Dominators.Parent(w.c.container) == n || arrays > 1 && w.add(n, members) {
		return
	}
	from, to := s.g.Children(n)
	for e := from; e < to; e++ {
		if s.strong(e) {
			w.add(s.g.Target(e), s.width(s.g.Target(e)))
		}
	}
}

// widthOfArrays is how many members the arrays in an array have, and how many
// arrays there are.
func (s *suspector) widthOfArrays(n graph.NodeID) (members uint64, arrays int) {
	from, to := s.g.Children(n)
	for e := from; e < to; e++ {
		if t := s.g.Target(e); s.strong(e) && s.typeOf(t) == retain.TypeArray {
			members += s.width(t)
			arrays++
		}
	}
	return members, arrays
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
