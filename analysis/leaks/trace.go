package leaks

import (
	"cmp"
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"slices"
)

const (
	// A node is common to a group if this share of its members is reached
	// through it.
	common = 0.8
	// Members stand no deeper below what they have in common.
	maxClimb = 256
)

// trace finds where the members of a group stand: the nodes through which
// nearly all of them are reached. A member counts once for each node on the
// shortest root path of anything that refers to it. Shortest paths form a
// forest, and so do the nodes that are common; its leaves are what the members
// have in common at last: several, if parallel containers hold the same ones.
// All ways to the members lead through top, which dominates them. Members that
// refer to each other are a chain.
func (s *suspector) trace(c *candidate, top graph.NodeID) {
	paths := s.rootPaths()
	holders := s.holdersOf(c.members)
	type tally struct {
		count int
		last  int // member that was counted last
	}
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
	linked := 0
	for i := range c.members {
		for _, h := range holders[i] {
			pass(i, h)
		}
		if slices.ContainsFunc(holders[i], func(h graph.NodeID) bool { return s.g.IsObject(h) && s.kindOf(h) == c.holds.kind }) {
			linked++
		}
	}
	if float64(linked) >= common*float64(len(c.members)) {
		c.kind = ChainSuspect
	}
	need := int(common * float64(len(c.members)))
	var leaves []graph.NodeID
	inner := map[graph.NodeID]bool{}
	for n, t := range passed {
		if t.count >= need {
			if up, ok := paths.Parent(n); ok && t.count > 0 {
				inner[up] = true
			}
		}
	}
	for n, t := range passed {
		if t.count >= need && !inner[n] && t.count > 0 {
			leaves = append(leaves, n)
		}
	}
	switch {
	case len(leaves) > 0:
	case top < graph.Unreachable:
		leaves = append(leaves, top)
	default:
		c.pattern = s.commonPattern(c.members)
		return
	}
	// The one that the most are reached through names the suspect.
	slices.SortFunc(leaves, func(a, b graph.NodeID) int {
		return cmp.Or(cmp.Compare(passed[b].count, passed[a].count), cmp.Compare(a, b))
	})
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
	most := func(name func(n graph.NodeID) string) string {
		count := map[string]int{}
		for _, m := range members {
			if name := name(m); name != "" {
				count[name]++
			}
		}
		best := ""
		for p, n := range count {
			if n > count[best] || n == count[best] && p < best {
				best = p
			}
		}
		if count[best]*2 < len(members) {
			return ""
		}
		return best
	}
	if p := most(s.rootPaths().Pattern); p != "" {
		return p
	}
	return most(func(n graph.NodeID) string {
		r, ok := s.g.Root(n)
		if !ok {
			return ""
		}
		return paths.PlainText(s.g.Name(r.Frame))
	})
}

// rootPaths finds the shortest paths when they are first asked for.
func (s *suspector) rootPaths() *paths.Paths {
	if s.paths == nil {
		s.paths = paths.RootPaths(s.g)
	}
	return s.paths
}
