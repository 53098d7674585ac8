package leaks

import (
	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/column"
)

// maxScattered is how many classes findScattered looks at: each takes a look at
// the whole graph.
const maxScattered = 8

// findScattered finds classes of which many objects lie all over the place,
// each kept alive by something else: what no suspect keeps alive, if that is
// enough, is looked at class by class.
func (s *suspector) findScattered() {
	covered := s.cover()
	left := s.r.Retained.Root - s.r.Retained.Unreachable
	for _, c := range s.found {
		left -= min(left, c.retained)
	}
	if left < s.threshold {
		return
	}
	kinds := uint32(len(s.g.Kinds()))
	objects := make([]bool, kinds)
	for k, kind := range s.g.Kinds() {
		objects[k] = s.g.Name(kind.Type) == "object"
	}
	group := func(n graph.NodeID) uint32 {
		k := uint32(s.kindOf(n))
		if !objects[k] || covered[n] != 0 || !s.r.Dominators.Reachable(n) || s.isBig(n) {
			return kinds
		}
		return k
	}
	for range maxScattered {
		sums := s.r.Children().GroupRetained(group, int(kinds), s.r.Retained)
		most := uint32(0)
		for k := range kinds {
			if sums[k] > sums[most] {
				most = k
			}
		}
		if sums[most] < s.threshold {
			return
		}
		objects[most] = false
		if c := s.scattered(graph.KindID(most), sums[most], covered); c != nil {
			s.found = append(s.found, c)
			covered = s.cover()
		}
	}
}

// scattered makes a suspect of all objects of a kind that none covers.
func (s *suspector) scattered(kind graph.KindID, bytes uint64, covered []uint8) *candidate {
	sample, all := sampleOf(func(yield func(graph.NodeID) bool) {
		for n := range graph.NodeID(s.g.Items()) {
			if s.kindOf(n) == kind && covered[n] == 0 && s.r.Dominators.Reachable(n) && !s.isBig(n) && !yield(n) {
				return
			}
		}
	}, MaxSample)
	if all < FewMembers {
		return nil
	}
	c := &candidate{
		kind: GroupSuspect, shared: true, at: graph.None, container: graph.None, retained: bytes,
		holds: group{kind: kind, count: uint64(all), bytes: bytes}, members: sample,
	}
	s.trace(c, graph.VirtualRoot)
	return c
}

// cover tells for each node which suspect, counted from 1, keeps it alive; 0
// for none. Of more than 255 suspects the others share the last number.
func (s *suspector) cover() []uint8 {
	cover := column.Of[uint8](s.g.Len())
	own := map[graph.NodeID]uint8{}
	type key struct {
		parent graph.NodeID
		kind   graph.KindID
	}
	groups := map[key]uint8{}
	marked := retain.NewSet(s.g.Len())
	for i, c := range s.found {
		number := uint8(min(i+1, 255))
		if !c.shared {
			own[c.at] = number
			marked.Add(c.at)
			continue
		}
		for _, n := range c.members {
			groups[key{s.r.Dominators.Parent(n), c.holds.kind}] = number
		}
	}
	for n := range s.r.Dominators.All() {
		p := s.r.Dominators.Parent(n)
		if p < graph.Unreachable {
			cover[n] = cover[p]
		}
		if marked.Has(n) {
			cover[n] = own[n]
		}
		if len(groups) > 0 {
			if number, ok := groups[key{p, s.kindOf(n)}]; ok && cover[n] == 0 {
				cover[n] = number
			}
		}
	}
	return cover
}
