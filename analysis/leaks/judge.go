package leaks

import (
	"iter"
	"slices"

	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
)

const (
	// MaxSample is how many members of a group are looked at one by one.
	MaxSample = 1000
	// A container of fewer members is a record rather than a collection.
	FewMembers = 16
	// Broadly is the share of the items that hold each other which one array must
	// have, for the place to be that array rather than the top of a tree or the head
	// of a chain.
	Broadly = 0.2
	// Of more groups than that it is not looked for who holds them.
	maxTraced = 32
)

// judgePoints tells which points are suspects, and of which kind. Dominators
// come first, as some make one with what is below them.
func (s *suspector) judgePoints() {
	nodes := make([]graph.NodeID, 0, len(s.points)+len(s.found))
	for _, p := range s.points {
		nodes = append(nodes, p.node)
	}
	chains := s.found
	for _, c := range chains {
		nodes = append(nodes, c.at)
	}
	a := absorption{s: s, nodes: nodes, above: s.nested(nodes), members: map[int][]graph.NodeID{}}
	s.found = nil
	for i, p := range s.points {
		if !a.isAbsorbed(i) {
			a.members[i] = s.judgePoint(p)
		}
	}
	for i, c := range chains {
		if !a.isAbsorbed(len(s.points) + i) {
			s.found = append(s.found, c)
		}
	}
	s.joinTrees()
}

// An absorption is what suspects have made their own of what is below them: it is
// no suspect by itself.
type absorption struct {
	s       *suspector
	nodes   []graph.NodeID         // of the points, and of the chains behind them
	above   []int                  // by node: the nearest other one that dominates it; -1 for none
	members map[int][]graph.NodeID // by node: its big members, which are nothing else
}

// isAbsorbed reports whether a node is, or is in, what a point above it has
// absorbed.
func (a *absorption) isAbsorbed(i int) bool {
	for up := a.above[i]; up >= 0; up = a.above[up] {
		if big := a.members[up]; big != nil && a.s.isBelowAny(a.nodes[i], a.nodes[up], big) {
			return true
		}
	}
	return false
}

// judgePoint makes suspects of a point, if it is one. It returns the big members
// that it has absorbed.
func (s *suspector) judgePoint(p *point) (absorbed []graph.NodeID) {
	groups := s.groupsOf(p)
	switch {
	case p.node >= graph.Unreachable:
		s.judgeShared(p, groups)
	case len(groups) == 0 || s.holdsOthers(p, groups):
		s.found = append(s.found, s.alone(p))
	case s.holdsItself(p, &groups[0]):
		if p.parts && groups[0].count < FewMembers {
			return nil // a record; its big members are the suspects
		}
		c := s.single(p, groups)
		if p.parts && c.holds.kind != mixed {
			absorbed = s.absorb(c)
		}
		s.found = append(s.found, c)
	case !s.judgeShared(p, groups) && !p.parts:
		s.found = append(s.found, s.single(p, groups))
	}
	return absorbed
}

// groupsOf lists a point's groups, most bytes first: objects of many classes
// together if the point's node holds most of them itself.
func (s *suspector) groupsOf(p *point) []group {
	if p.node < graph.Unreachable {
		if all := s.largest(p, true); len(all) > 0 && all[0].kind == mixed && s.holdsItself(p, &all[0]) {
			return all
		}
	}
	return s.largest(p, false)
}

// isBelowAny reports whether a node is below top by way of one of some children
// of it.
func (s *suspector) isBelowAny(n, top graph.NodeID, children []graph.NodeID) bool {
	for n < graph.Unreachable {
		p := s.r.Dominators.Parent(n)
		if p == top {
			return slices.Contains(children, n)
		}
		n = p
	}
	return false
}

// holdsOthers reports whether a point is large for its own table, whose elements
// are mostly kept alive by others as well: enum cases, the same callback again and
// again, objects that stay anyway.
func (s *suspector) holdsOthers(p *point, groups []group) bool {
	return p.node < graph.Unreachable && s.typeOf(p.node) == retain.TypeArray && 2*s.r.Own(p.node) >= p.bytes &&
		s.width(p.node) >= FewMembers && s.width(p.node) > 2*groups[0].count
}

// alone makes a suspect of a point that dominates nothing: a string, or a
// container whose slots are what weighs.
func (s *suspector) alone(p *point) *candidate {
	c := &candidate{kind: SingleSuspect, at: p.node, container: p.node, retained: p.bytes}
	count := map[graph.KindID]uint64{}
	from, to := s.g.Held(p.node)
	for e := from; e < to; e++ {
		if s.strong(e) {
			k := s.kindOf(s.g.Target(e))
			count[k]++
			if h := &c.holds; count[k] > h.count {
				h.kind, h.count = k, count[k]
			}
		}
	}
	if c.holds.count > 0 {
		c.holds.bytes = p.bytes
		c.others = uint64(to-from) - c.holds.count
	}
	return c
}

// joinTrees makes one suspect of those that are parts of one tree: objects of
// one class below each other, each with a few members of which several are big,
// directly or in arrays.
func (s *suspector) joinTrees() {
	tops := map[graph.NodeID]bool{}
	s.found = slices.DeleteFunc(s.found, func(c *candidate) bool {
		top, ok := s.treeOf(c)
		if !ok {
			return false
		}
		if tops[top] {
			return true
		}
		tops[top] = true
		kind := s.kindOf(top)
		*c = candidate{kind: SingleSuspect, at: top, container: graph.None, retained: s.r.Retained.At(top)}
		c.holds = group{kind: kind, count: s.below(top, kind), bytes: c.retained}
		return false
	})
}

// treeOf is the top of the tree that a candidate is a part of. A container of many
// members is one only if these are the tree's own objects, and few of them all.
func (s *suspector) treeOf(c *candidate) (top graph.NodeID, ok bool) {
	if c.kind != SingleSuspect || c.holds.count == 0 {
		return 0, false
	}
	top, ok = s.treeTop(c.at, c.holds.kind)
	if !ok || c.holds.count < FewMembers {
		return top, ok
	}
	isOfTree := s.kindOf(top) == c.holds.kind && float64(c.holds.count) < Broadly*float64(s.below(top, c.holds.kind))
	return top, isOfTree
}

// treeTop is the topmost of the objects of one class that stand above a node,
// one near the other; false if there are not two, that of the node's members
// included.
func (s *suspector) treeTop(n graph.NodeID, members graph.KindID) (top graph.NodeID, ok bool) {
	up := s.r.Dominators.Parent
	top = n
	for gap := 0; !s.g.IsObject(top); gap++ {
		if top = up(top); top >= graph.Unreachable || gap == paths.MaxStride {
			return 0, false
		}
	}
	kind, links := s.kindOf(top), 0
	if kind == members {
		links = 1
	}
	for at, gap := up(top), 0; at < graph.Unreachable && gap < paths.MaxStride; at, gap = up(at), gap+1 {
		if s.g.IsObject(at) && s.kindOf(at) == kind {
			top, gap = at, -1
			links++
		}
	}
	return top, links > 0
}

// absorb adds to a suspect those of its members that are big: they may be
// suspects by themselves, but among many of their kind they are only the
// largest. It returns them.
func (s *suspector) absorb(c *candidate) []graph.NodeID {
	var big []graph.NodeID
	for _, n := range s.big {
		if s.r.Dominators.Parent(n) == c.container && s.isOf(n, c.holds.kind) {
			big = append(big, n)
			c.holds.count++
			c.holds.bytes += s.r.Retained.At(n)
			c.retained += s.r.Retained.At(n)
		}
	}
	return big
}

// holdsItself reports whether a point's node refers to most of a group itself.
func (s *suspector) holdsItself(p *point, t *group) bool {
	count := uint64(0)
	for range s.membersHeld(p.node, t.kind) {
		count++
	}
	return count*2 >= t.count
}

// membersHeld gives the nodes of a kind that a node both refers to and dominates,
// each once for every reference.
func (s *suspector) membersHeld(n graph.NodeID, kind graph.KindID) iter.Seq[graph.NodeID] {
	return func(yield func(graph.NodeID) bool) {
		from, to := s.g.Held(n)
		for e := from; e < to; e++ {
			if t := s.g.Target(e); s.strong(e) && s.isOf(t, kind) && s.r.Dominators.Parent(t) == n && !yield(t) {
				return
			}
		}
	}
}

// sampleOf is [Sampled] for what is not in memory: it is gone through twice. It gives
// how many there are, too.
func sampleOf(nodes iter.Seq[graph.NodeID], limit int) (sample []graph.NodeID, all int) {
	for range nodes {
		all++
	}
	next, i := 0, 0 // in the sample, and of all
	for n := range nodes {
		if next == min(limit, all) {
			break
		}
		if all <= limit || i == next*all/limit {
			sample = append(sample, n)
			next++
		}
		i++
	}
	return sample, all
}

// Sampled keeps that many of nodes, evenly chosen; all for limit 0.
func Sampled(nodes []graph.NodeID, limit int) []graph.NodeID {
	if limit <= 0 || len(nodes) <= limit {
		return nodes
	}
	kept := make([]graph.NodeID, limit)
	for i := range kept {
		kept[i] = nodes[i*len(nodes)/limit]
	}
	return kept
}

// strong reports whether an edge keeps its target alive.
func (s *suspector) strong(e graph.EdgeID) bool {
	l := s.g.Label(e)
	return !l.Weak() && !l.Unreliable()
}

// single makes a suspect of a point that keeps its members alive alone.
func (s *suspector) single(p *point, groups []group) *candidate {
	c := &candidate{kind: SingleSuspect, at: p.node, container: p.node, retained: p.bytes, holds: groups[0]}
	for _, t := range groups[1:] {
		c.others += t.count
	}
	c.lost = p.lost
	c.members, _ = sampleOf(s.membersHeld(p.node, c.holds.kind), MaxSample)
	if holder, ok := s.tableOf(p.node); ok {
		c.at = holder
		c.retained += s.r.Retained.At(holder) - s.r.Retained.At(p.node)
	}
	return c
}

// judgeShared makes suspects of those groups of a point that weigh enough and
// that others than the point hold. It reports whether there are any.
func (s *suspector) judgeShared(p *point, groups []group) bool {
	found := false
	for i := range groups {
		t := &groups[i]
		if t.bytes < s.threshold && (p.parts || p.node >= graph.Unreachable || t.bytes*2 < p.bytes) {
			break
		}
		if t.count < FewMembers {
			continue
		}
		if s.traced++; s.traced > maxTraced {
			break
		}
		c := &candidate{kind: GroupSuspect, shared: true, at: graph.None, container: graph.None, retained: t.bytes, holds: *t}
		c.members, _ = sampleOf(s.membersOf(p, t), MaxSample)
		if p.node != graph.Unreachable {
			s.trace(c, p.node)
			s.leaveOut(c, p.node)
		}
		s.found = append(s.found, c)
		found = true
	}
	return found
}

// membersOf gives the members of a point's group, whoever holds them.
func (s *suspector) membersOf(p *point, t *group) iter.Seq[graph.NodeID] {
	return func(yield func(graph.NodeID) bool) {
		for n := range s.r.Dominators.All() {
			if s.r.Dominators.Parent(n) == p.node && s.isOf(n, t.kind) && !(p.parts && s.isBig(n)) && !yield(n) {
				return
			}
		}
	}
}

// leaveOut takes the containers of a group out of it: they may be of its kind,
// and below the same node.
func (s *suspector) leaveOut(c *candidate, top graph.NodeID) {
	left := map[graph.NodeID]bool{}
	for _, n := range append([]graph.NodeID{c.container}, c.also...) {
		for ; n < graph.Unreachable && n != top && !left[n]; n = s.r.Dominators.Parent(n) {
			left[n] = true
			if s.r.Dominators.Parent(n) == top && s.isOf(n, c.holds.kind) && !s.isBig(n) {
				c.holds.count--
				c.holds.bytes -= s.r.Retained.At(n)
			}
		}
	}
}

// ShownTables are the keys under which the engine shows what its collections hold.
var ShownTables = []string{"storage", "dllist", "heap"}

// tableOf gives the object whose table a node is. Such a table is no array of
// the program: the dump shows it, and the object has paid for it.
func (s *suspector) tableOf(n graph.NodeID) (graph.NodeID, bool) {
	p := s.r.Dominators.Parent(n)
	if p >= graph.Unreachable || s.r.Sizes.Of(n) != 0 || !s.g.IsObject(p) || s.g.IsObject(n) {
		return 0, false
	}
	from, to := s.g.Children(p)
	for e := from; e < to; e++ {
		if s.g.Target(e) == n && slices.Contains(ShownTables, s.g.Key(s.g.Label(e))) {
			return p, true
		}
	}
	return 0, false
}

func (s *suspector) isTable(n graph.NodeID) bool {
	_, ok := s.tableOf(n)
	return ok
}
