package leaks

import (
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/column"
)

const (
	// A chain of fewer links is an ordinary structure.
	minLinks = 16
	// One of so many items of its class below a chain's head is in the chain, or
	// it is a tree.
	linksOf = 3
	// More chains are not looked for.
	maxChains = 64
)

// link is the next node of a chain behind a node: the nearest of its kind
// among those that dominate one another, each the heaviest of its parent.
func (s *suspector) link(n graph.NodeID) graph.NodeID {
	kind := s.kindOf(n)
	next := n
	for range paths.MaxStride {
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
	walked := retain.NewSet(s.g.Len()) // in a chain, or on a path that is none
	var chains []*candidate
	for _, head := range s.big {
		if len(chains) == maxChains {
			break
		}
		if walked.Has(head) {
			continue
		}
		length, last := s.walkLinks(head, walked)
		if length < minLinks {
			continue
		}
		s.between(head, last, walked.Add)
		kind := s.kindOf(head)
		if length*linksOf < s.perKind[kind] && length*linksOf < s.below(head, kind) {
			continue
		}
		c := &candidate{
			kind: ChainSuspect, at: head, container: graph.None, retained: s.r.Retained.At(head),
			holds: group{kind: kind, count: length},
		}
		chains = append(chains, c)
		s.markChain(c, last, uint16(len(chains)))
	}
	s.leaveBigOut(chains)
	for _, c := range chains {
		if c.retained >= s.threshold {
			c.holds.bytes = c.retained
			s.found = append(s.found, c)
		}
	}
}

// walkLinks counts the links of a chain from its head on, and gives the last one.
func (s *suspector) walkLinks(head graph.NodeID, walked retain.Set) (length uint64, last graph.NodeID) {
	length, last = 1, head
	for next := s.link(head); next != graph.None && !walked.Has(next); next = s.link(next) {
		length++
		last = next
	}
	return length, last
}

// markChain notes for the nodes of a chain that they are in it, and samples its
// links.
func (s *suspector) markChain(c *candidate, last graph.NodeID, number uint16) {
	if s.chain == nil {
		s.chain = column.Of[uint16](s.g.Len())
	}
	step, i := c.holds.count/MaxSample, uint64(0)
	s.between(c.at, last, func(n graph.NodeID) {
		s.chain[n] = number
		if s.kindOf(n) == c.holds.kind && (step == 0 || i%step == 0) && len(c.members) < MaxSample {
			c.members = append(c.members, n)
		}
		i++
	})
}

// leaveBigOut takes out of the chains what hangs on them and is big: it is a
// suspect itself.
func (s *suspector) leaveBigOut(chains []*candidate) {
	for _, n := range s.big {
		if p := s.r.Dominators.Parent(n); s.isChained(p) && !s.isChained(n) {
			chains[s.chain[p]-1].retained -= s.r.Retained.At(n)
		}
	}
}

// between goes from a node to one below it, always to the heaviest child.
func (s *suspector) between(top, last graph.NodeID, visit func(graph.NodeID)) {
	for n := top; ; n = s.heaviest[n] {
		visit(n)
		if n == last {
			return
		}
	}
}

func (s *suspector) isChained(n graph.NodeID) bool {
	return n < graph.Unreachable && s.chain != nil && s.chain[n] != 0
}

// below counts the items of a kind that a node dominates, itself included.
func (s *suspector) below(top graph.NodeID, kind graph.KindID) uint64 {
	inside, count := retain.NewSet(s.g.Len()), uint64(0)
	for n := range s.r.Dominators.All() {
		p := s.r.Dominators.Parent(n)
		if n == top || p < graph.Unreachable && inside.Has(p) {
			inside.Add(n)
			if s.kindOf(n) == kind {
				count++
			}
		}
	}
	return count
}
