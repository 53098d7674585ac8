package analysis

import "memtrail/graph"

const (
	// A chain of fewer links is an ordinary structure.
	minLinks = 16
	// The most nodes from one link to the next: an object, its list, the next.
	maxStride = 4
)

// link is the next node of a chain behind a node: the nearest of its kind
// among those that dominate one another, each the heaviest of its parent.
func (s *suspector) link(n graph.NodeID) graph.NodeID {
	kind := s.kindOf(n)
	next := n
	for range maxStride {
		if next = s.heaviest[next]; next == graph.None {
			return graph.None
		}
		if s.kindOf(next) == kind {
			return next
		}
	}
	return graph.None
}

// findChains finds chains of items of one kind of which each keeps the next
// alive. A tree has such paths, too: there most items lie beside them.
func (s *suspector) findChains() {
	type found struct {
		candidate
		head graph.NodeID
	}
	var chains []*found
	for _, head := range s.big {
		if s.walked.has(head) {
			continue
		}
		length, last := uint64(1), head
		for next := s.link(head); next != graph.None && !s.walked.has(next); next = s.link(next) {
			length++
			last = next
		}
		if length < minLinks {
			continue
		}
		for n := head; ; n = s.heaviest[n] {
			s.walked.add(n)
			if n == last {
				break
			}
		}
		kind := s.kindOf(head)
		if length*2 < s.perKind[kind] && length*2 < s.below(head, kind) {
			continue
		}
		c := &found{head: head}
		c.candidate = candidate{
			kind: ChainSuspect, at: head, container: graph.None, retained: s.r.retained.Nodes[head],
			holds: group{kind, length, s.r.retained.Nodes[head]}, next: s.link(head),
		}
		step := length / maxSample
		for n, i := head, uint64(0); ; n, i = s.heaviest[n], i+1 {
			s.chained.add(n)
			if s.kindOf(n) == kind && (step == 0 || i%step == 0) && len(c.members) < maxSample {
				c.members = append(c.members, n)
			}
			if n == last {
				break
			}
		}
		chains = append(chains, c)
	}
	// What hangs on a chain is not the chain's if it is a suspect itself.
	for _, n := range s.big {
		p := s.r.dominators.Parent(n)
		if p >= graph.Unreachable || !s.chained.has(p) || s.chained.has(n) {
			continue
		}
		for _, c := range chains {
			if s.dominates(c.head, n) {
				c.retained -= s.r.retained.Nodes[n]
				c.holds.bytes = c.retained
			}
		}
	}
	for _, c := range chains {
		if c.retained >= s.threshold {
			s.found = append(s.found, &c.candidate)
		}
	}
}

// below counts the items of a kind that a node dominates, itself included.
func (s *suspector) below(top graph.NodeID, kind graph.KindID) uint64 {
	inside, count := newBits(s.g.Len()), uint64(0)
	for n := range s.r.dominators.All() {
		p := s.r.dominators.Parent(n)
		if n == top || p < graph.Unreachable && inside.has(p) {
			inside.add(n)
			if s.kindOf(n) == kind {
				count++
			}
		}
	}
	return count
}
