package members

import (
	"cmp"
	"slices"

	"memtrail/graph"
)

// sketchSize is how many members a sketch keeps. With 64 the standard error of a
// share is at most 6 % (the root of ¼ ÷ 64).
const sketchSize = 64

// A Sketch holds the members of a place whose hashes are smallest. The zero value
// is that of a place without members.
type Sketch struct {
	members []member // by hash
	below   uint64   // every member whose hash is below it is in members; 0: none was left out
}

// A member is one that a place has in one dump.
type member struct {
	hash    uint64
	node    graph.NodeID // in its own dump, while that is read
	content uint32       // of objects in lists, a hash of the sizes of their strings; else 0
}

func byHash(a, b member) int { return cmp.Compare(a.hash, b.hash) }

func (s *Sketch) add(m member) {
	if s.below != 0 && m.hash >= s.below {
		return
	}
	s.members = append(s.members, m)
	if len(s.members) >= 8*sketchSize {
		s.cut()
	}
}

// cut sorts the members and keeps the smallest.
func (s *Sketch) cut() {
	slices.SortFunc(s.members, byHash)
	s.members = slices.CompactFunc(s.members, func(a, b member) bool { return a.hash == b.hash })
	if len(s.members) > sketchSize {
		s.below = s.members[sketchSize].hash
		s.members = s.members[:sketchSize]
	}
}

// Join gives the members of several places of one dump, of which there may be as
// many as members; nil stands for a place without.
func Join(all []*Sketch) *Sketch {
	s := &Sketch{}
	for _, o := range all {
		if o != nil && o.below != 0 && (s.below == 0 || o.below < s.below) {
			s.below = o.below
		}
	}
	for _, o := range all {
		if o == nil {
			continue
		}
		for _, m := range o.members {
			if s.below == 0 || m.hash < s.below {
				s.members = append(s.members, m)
			}
		}
	}
	slices.SortFunc(s.members, byHash)
	return s
}

// Kept compares the members of one dump with those of the next: how many of a
// sample there are, and how many of these the next still has.
func (s *Sketch) Kept(next *Sketch) (compared, found int) {
	limit := s.below
	if limit == 0 || next.below != 0 && next.below < limit {
		limit = next.below
	}
	for _, m := range s.members {
		if limit != 0 && m.hash >= limit {
			break
		}
		compared++
		if i, ok := slices.BinarySearchFunc(next.members, m, byHash); ok && next.members[i].content == m.content {
			found++
		}
	}
	return compared, found
}
