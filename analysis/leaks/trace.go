package leaks

import (
	"cmp"
	"slices"

	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
)

const (
	// A node is common to a group if this share of its members is reached
	// through it.
	common = 0.8
	// Members stand no deeper below what they have in common.
	maxClimb = 256
)

// trace finds where the members of a group stand:
//
//  1. A member counts once for each node on the shortest root path of anything
//     that refers to it (countPassed). All ways to the members lead through top,
//     which dominates them.
//  2. A node is common if nearly all members are reached through it. Shortest
//     paths form a forest, and so do the nodes that are common; its leaves are
//     what the members have in common at last: several, if parallel containers
//     hold the same ones (leaves).
//  3. Where no node is common, it is the pattern of the members' expressions
//     (commonPattern).
//
// Members that refer to each other are a chain.
func (s *suspector) trace(c *candidate, top graph.NodeID) {
	holders := s.holdersOf(c.members)
	if s.areLinked(c, holders) {
		c.kind = ChainSuspect
	}
	passed := s.countPassed(holders, top)
	leaves := s.leaves(passed, int(common*float64(len(c.members))))
	if len(leaves) == 0 {
		if top >= graph.Unreachable {
			c.pattern = s.commonPattern(c.members)
			return
		}
		leaves = append(leaves, top)
	}
	for i, n := range leaves {
		at := n
		if holder, ok := s.tableOf(n); ok {
			at = holder
		}
		if i == 0 {
			c.at, c.container = at, n
		} else if at != c.at {
			c.also = append(c.also, at)
		}
	}
}

// areLinked reports whether nearly all members of a group are referred to by
// another object of their kind.
func (s *suspector) areLinked(c *candidate, holders [][]graph.NodeID) bool {
	isLink := func(n graph.NodeID) bool { return s.g.IsObject(n) && s.kindOf(n) == c.holds.kind }
	linked := 0
	for i := range c.members {
		if slices.ContainsFunc(holders[i], isLink) {
			linked++
		}
	}
	return float64(linked) >= common*float64(len(c.members))
}

// A tally counts the members that are reached through a node.
type tally struct {
	count int
	last  int // the member that was counted last
}

// countPassed counts for each node the members that are reached through it, by
// what refers to each of them.
func (s *suspector) countPassed(holders [][]graph.NodeID, top graph.NodeID) map[graph.NodeID]*tally {
	paths := s.rootPaths()
	passed := map[graph.NodeID]*tally{}
	pass := func(member int, n graph.NodeID) {
		for range maxClimb {
			t := passed[n]
			if t == nil {
				t = &tally{last: -1}
				passed[n] = t
			}
			if t.last == member {
				return // and so is the rest of the way
			}
			t.count, t.last = t.count+1, member
			up, ok := paths.Parent(n)
			if !ok || n == top {
				return
			}
			n = up
		}
	}
	for member, nodes := range holders {
		for _, n := range nodes {
			pass(member, n)
		}
	}
	return passed
}

// leaves lists the common nodes below which there is no other. The one that most
// members are reached through comes first: it names the suspect.
func (s *suspector) leaves(passed map[graph.NodeID]*tally, need int) []graph.NodeID {
	inner := map[graph.NodeID]bool{}
	for n, t := range passed {
		if up, ok := s.rootPaths().Parent(n); ok && t.count >= need {
			inner[up] = true
		}
	}
	var leaves []graph.NodeID
	for n, t := range passed {
		if t.count >= need && !inner[n] {
			leaves = append(leaves, n)
		}
	}
	slices.SortFunc(leaves, func(a, b graph.NodeID) int {
		return cmp.Or(cmp.Compare(passed[b].count, passed[a].count), cmp.Compare(a, b))
	})
	return leaves
}

// holdersOf lists for each member the nodes that refer to it, but for those
// that it keeps alive itself. It looks at all edges once.
func (s *suspector) holdersOf(members []graph.NodeID) [][]graph.NodeID {
	index := make(map[graph.NodeID]int, len(members))
	wanted := retain.NewSet(s.g.Len())
	for i, m := range members {
		index[m] = i
		wanted.Add(m)
	}
	holders := make([][]graph.NodeID, len(members))
	for n := range graph.NodeID(s.g.Items()) {
		from, to := s.g.Held(n)
		for e := from; e < to; e++ {
			t := s.g.Target(e)
			if !wanted.Has(t) || !s.strong(e) || s.isBelow(n, t) {
				continue
			}
			if i := index[t]; len(holders[i]) == 0 || holders[i][len(holders[i])-1] != n {
				holders[i] = append(holders[i], n)
			}
		}
	}
	return holders
}

// isBelow reports whether a node is dominated by another, as far as one need
// look for what refers back to what holds it.
func (s *suspector) isBelow(n, above graph.NodeID) bool {
	for range 32 {
		if n == above {
			return true
		}
		if n >= graph.Unreachable {
			return false
		}
		n = s.r.Dominators.Parent(n)
	}
	return false
}

// commonPattern is what the members' expressions have in common where no node
// is: the pattern that most of them have, with [*] for what an array holds and
// # for the numbers in names. Most members being variables of one frame, it is
// the frame. "" if most have nothing in common.
func (s *suspector) commonPattern(members []graph.NodeID) string {
	if p := mostFrequent(members, s.rootPaths().Pattern); p != "" {
		return p
	}
	return mostFrequent(members, func(n graph.NodeID) string {
		r, ok := s.g.Root(n)
		if !ok {
			return ""
		}
		return paths.PlainText(s.g.Name(r.Frame))
	})
}

// mostFrequent is the name that at least half of the members have; "" if there is
// none.
func mostFrequent(members []graph.NodeID, name func(n graph.NodeID) string) string {
	count := map[string]int{}
	for _, m := range members {
		if name := name(m); name != "" {
			count[name]++
		}
	}
	best := mostCounted(count)
	if count[best]*2 < len(members) {
		return ""
	}
	return best
}

// mostCounted is the text that was counted most, the first in order of equals; ""
// for none.
func mostCounted(count map[string]int) string {
	best := ""
	for text, n := range count {
		if n > count[best] || n == count[best] && text < best {
			best = text
		}
	}
	return best
}

// rootPaths finds the shortest paths when they are first asked for.
func (s *suspector) rootPaths() *paths.Paths {
	if s.paths == nil {
		s.paths = paths.Shared(s.r)
	}
	return s.paths
}
