package leaks

import (
	"cmp"
	"slices"
	"sort"

	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/column"
	"memtrail/internal/slots"
)

// MostOf is the share of its parent that a child must have to be where to look
// on.
const MostOf = 0.7

// manyClasses is the number of classes from which on a container is not described
// by the class of its objects.
const manyClasses = 8

// A point is a node where memory accumulates.
type point struct {
	node   graph.NodeID
	bytes  uint64 // that it retains without what other points below it do
	parts  bool   // there are other points, or big nodes, below it
	number uint32
	groups []group
	lost   uint64 // dominated children that the dump only names
}

// A group are those of a point's dominated children that have one kind.
type group struct {
	kind    graph.KindID
	point   uint32
	count   uint64
	bytes   uint64
	classes uint64 // of mixed ones, how many
}

// findBig lists the big nodes, and for each node its heaviest child.
func (s *suspector) findBig() {
	d, retained := s.r.Dominators, s.r.Retained
	s.heaviest = column.Room[graph.NodeID](s.g.Len())[:s.g.Len()]
	for i := range s.heaviest {
		s.heaviest[i] = graph.None
	}
	for n := range d.All() {
		if !s.g.Missing(n) {
			s.perKind[s.kindOf(n)]++
		}
		v := retained.At(n)
		if v >= s.threshold {
			s.big = append(s.big, n)
		}
		if p := d.Parent(n); p < graph.Unreachable {
			if h := s.heaviest[p]; h == graph.None || v > retained.At(h) {
				s.heaviest[p] = n
			}
		}
	}
	for _, n := range s.big {
		if p := d.Parent(n); p >= graph.Unreachable || s.heaviest[p] != n {
			s.beside[p] += s.r.Retained.At(n)
		}
	}
}

func (s *suspector) isBig(n graph.NodeID) bool {
	return n != graph.None && s.r.Retained.At(n) >= s.threshold
}

// residue is what a node retains without its big children.
func (s *suspector) residue(n graph.NodeID) uint64 {
	v := s.r.Retained.Of(n)
	if n == graph.VirtualRoot {
		v -= s.r.Retained.Unreachable
	}
	if n < graph.Unreachable && s.isBig(s.heaviest[n]) {
		v -= s.r.Retained.At(s.heaviest[n])
	}
	return v - s.beside[n]
}

// nested tells for each of some nodes the nearest other one that dominates it,
// by its place in the list; -1 for none. It takes 2 bytes a node while it works.
func (s *suspector) nested(nodes []graph.NodeID) []int {
	label := column.Of[uint16](s.g.Len())
	own := map[graph.NodeID]uint16{}
	for i, n := range nodes {
		if _, ok := own[n]; !ok && n < graph.Unreachable {
			own[n] = uint16(i + 1)
		}
	}
	marked := retain.NewSet(s.g.Len())
	for n := range own {
		marked.Add(n)
	}
	for n := range s.r.Dominators.All() {
		if marked.Has(n) {
			label[n] = own[n]
		} else if p := s.r.Dominators.Parent(n); p < graph.Unreachable {
			label[n] = label[p]
		}
	}
	above := make([]int, len(nodes))
	for i, n := range nodes {
		above[i] = -1
		if n < graph.Unreachable {
			if p := s.r.Dominators.Parent(n); p < graph.Unreachable {
				above[i] = int(label[p]) - 1
			}
		}
	}
	return above
}

// findPoints finds where memory accumulates other than in chains: at the nodes
// that retain the threshold without their big children and, from these on down,
// where no child has most of what is left.
func (s *suspector) findPoints() {
	s.startPoints()
	heaviest := s.heaviestBelow()
	for _, p := range s.points {
		h, ok := heaviest[p]
		for ok && (float64(s.r.Retained.At(h)) >= MostOf*float64(p.bytes) || s.isTable(h)) {
			p.node, p.bytes, p.parts = h, s.r.Retained.At(h), false
			h = s.heaviest[h]
			ok = h != graph.None
		}
	}
	s.heaviest = nil // its memory is wanted for the ways from the roots
	s.groupPoints()
}

// startPoints notes the nodes that retain the threshold without their big
// children.
func (s *suspector) startPoints() {
	for _, n := range append([]graph.NodeID{graph.VirtualRoot, graph.Unreachable}, s.big...) {
		if s.isChained(n) {
			continue
		}
		if v := s.residue(n); v >= s.threshold {
			s.points = append(s.points, &point{node: n, bytes: v, parts: v < s.r.Retained.Of(n)})
		}
	}
}

// heaviestBelow gives for each point the child that retains most of those that are
// not big.
func (s *suspector) heaviestBelow() map[*point]graph.NodeID {
	at, isPoint := s.pointsByNode()
	d, retained := s.r.Dominators, s.r.Retained
	heaviest := map[*point]graph.NodeID{}
	for n := range d.All() {
		parent := d.Parent(n)
		if retained.At(n) >= s.threshold || parent < graph.Unreachable && !isPoint.Has(parent) {
			continue
		}
		if p := at[parent]; p != nil {
			if h, ok := heaviest[p]; !ok || retained.At(n) > retained.At(h) {
				heaviest[p] = n
			}
		}
	}
	return heaviest
}

// pointsByNode gives the point of a node, and a set that spares most nodes the
// look-up.
func (s *suspector) pointsByNode() (at map[graph.NodeID]*point, isPoint retain.Set) {
	at, isPoint = map[graph.NodeID]*point{}, retain.NewSet(s.g.Len())
	for _, p := range s.points {
		at[p.node] = p
		if p.node < graph.Unreachable {
			isPoint.Add(p.node)
		}
	}
	return at, isPoint
}

// groupPoints sorts what the points dominate by kind.
func (s *suspector) groupPoints() {
	for i, p := range s.points {
		p.number = uint32(i)
	}
	var found groups
	at, isPoint := s.pointsByNode()
	for n := range s.r.Dominators.All() {
		parent := s.r.Dominators.Parent(n)
		if parent < graph.Unreachable && !isPoint.Has(parent) {
			continue
		}
		p := at[parent]
		if p == nil || p.parts && s.isBig(n) {
			continue
		}
		if s.g.Missing(n) {
			p.lost++
			continue
		}
		t := found.of(p.number, s.kindOf(n))
		t.count++
		t.bytes += s.r.Retained.At(n)
	}
	slices.SortStableFunc(found.list, func(a, b group) int { return cmp.Compare(a.point, b.point) })
	for list := found.list; len(list) > 0; {
		p := list[0].point
		n := sort.Search(len(list), func(i int) bool { return list[i].point > p })
		s.points[p].groups, list = list[:n:n], list[n:]
	}
}

// groups are those of all points: there may be a million.
type groups struct {
	list    []group
	numbers slots.Table
}

// of finds or makes the group of a kind.
func (f *groups) of(point uint32, kind graph.KindID) *group {
	// Kinds are met in their order: eight slots are one line of the cache.
	const near = 8
	hash := uint32((uint64(point)<<32|uint64(kind/near))*0x9e3779b97f4a7c15>>32)&^(near-1) | (point+uint32(kind))%near
	at := hash
	for i, ok := f.numbers.Next(&at, hash); ok; i, ok = f.numbers.Next(&at, hash) {
		if t := &f.list[i]; t.kind == kind && t.point == point {
			return t
		}
	}
	f.numbers.Put(at, hash, uint32(len(f.list)))
	f.list = append(f.list, group{kind: kind, point: point})
	return &f.list[len(f.list)-1]
}

// largest lists a point's groups, most bytes first. If together, objects of very
// many classes are one group, unless one of these has half of them.
func (s *suspector) largest(p *point, together bool) []group {
	all := group{kind: mixed}
	most := uint64(0)
	for i := range p.groups {
		if t := &p.groups[i]; s.objects[t.kind] {
			all.count += t.count
			all.bytes += t.bytes
			all.classes++
			most = max(most, t.count)
		}
	}
	list := p.groups
	if together && all.classes >= manyClasses && most*2 < all.count {
		list = []group{all}
		for _, t := range p.groups {
			if !s.objects[t.kind] {
				list = append(list, t)
			}
		}
	}
	slices.SortFunc(list, func(a, b group) int {
		switch {
		case a.bytes != b.bytes:
			return cmp.Compare(b.bytes, a.bytes)
		case a.count != b.count:
			return cmp.Compare(b.count, a.count)
		}
		return cmp.Compare(a.kind, b.kind)
	})
	return list
}
