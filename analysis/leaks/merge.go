package leaks

import (
	"cmp"
	"slices"

	"memtrail/graph"
)

// maxCandidates is how many suspects are compared with each other: the
// heaviest.
const maxCandidates = 200

// merge makes one suspect of those that are one thing:
//
//  1. Suspects are taken in the order of what they retain, each with all that are
//     the same thing as it is (isSame). Containers below one another stay apart.
//  2. Of these, the container of the objects is what the others are about; of
//     containers that are as large, the one that stands first in the dump
//     (precedes).
//  3. What it retains is what all of them do, the others are named beside it. So
//     are containers in the same object that have as many members, but are no
//     suspects: an identity map has companions, which know of the same entities by
//     another key.
func (s *suspector) merge() {
	slices.SortStableFunc(s.found, func(a, b *candidate) int { return cmp.Compare(b.retained, a.retained) })
	s.found = s.found[:min(len(s.found), maxCandidates)]
	m := s.newMerger()
	for i, c := range m.found {
		if !m.merged[i] && c.at != graph.None {
			m.join(i)
		}
	}
	s.found = m.kept()
}

// A merger joins candidates.
type merger struct {
	s      *suspector
	found  []*candidate
	shapes []string // by candidate, of the paths to where they are
	above  []int    // by candidate: the nearest other one that dominates it; -1 for none
	merged []bool   // by candidate: it is a part of another one
}

func (s *suspector) newMerger() *merger {
	m := &merger{s: s, found: s.found, shapes: make([]string, len(s.found)), merged: make([]bool, len(s.found))}
	nodes := make([]graph.NodeID, len(s.found))
	for i, c := range s.found {
		nodes[i] = c.at
		if c.at != graph.None {
			m.shapes[i] = s.rootPaths().Shape(c.at)
		}
	}
	m.above = s.nested(nodes)
	return m
}

// join makes one candidate of one and of all that are the same thing.
func (m *merger) join(i int) {
	c := m.found[i]
	companions := m.companionsOf(c)
	hasJoined := false
	for j, other := range m.found {
		if j == i || m.merged[j] || other.at == graph.None || m.areNested(i, j) || !m.isSame(i, j, companions) {
			continue
		}
		m.merged[j] = true
		if m.precedes(other, c, hasJoined) {
			m.swap(i, j)
		}
		hasJoined = true
		c.take(other, m.shapes[i] == m.shapes[j])
	}
	c.also = append(c.also, companions...)
	slices.Sort(c.also)
	c.also = slices.DeleteFunc(slices.Compact(c.also), func(n graph.NodeID) bool { return n == c.at || n == c.container })
}

// companionsOf lists the containers beside a candidate's, if it has so many
// members that their number says something.
func (m *merger) companionsOf(c *candidate) []graph.NodeID {
	if c.kind == ChainSuspect || c.container == graph.None || c.holds.count < minAlike {
		return nil
	}
	return m.s.companions(c)
}

// areNested reports whether one of two candidates dominates the other.
func (m *merger) areNested(i, j int) bool {
	return m.found[i].at != m.found[j].at && (m.isBelow(i, j) || m.isBelow(j, i))
}

func (m *merger) isBelow(i, top int) bool {
	for up := m.above[i]; up >= 0; up = m.above[up] {
		if m.found[up].at == m.found[top].at {
			return true
		}
	}
	return false
}

// isSame reports whether two candidates are one thing: they have the same shape,
// hold the same members, or are companions.
func (m *merger) isSame(i, j int, companions []graph.NodeID) bool {
	c, other := m.found[i], m.found[j]
	return m.shapes[i] == m.shapes[j] || slices.Contains(other.also, c.at) || slices.Contains(c.also, other.at) ||
		slices.Contains(companions, other.at) || slices.Contains(companions, other.container)
}

// precedes reports whether a candidate tells more of what both are than another.
// One that has joined others already is not replaced by its equal.
func (m *merger) precedes(c, other *candidate, hasJoined bool) bool {
	objects, otherObjects := m.s.holdsObjects(c), m.s.holdsObjects(other)
	if objects != otherObjects {
		return objects
	}
	return !hasJoined && AlikeInSize(c.retained, other.retained) && c.at < other.at
}

func (m *merger) swap(i, j int) {
	*m.found[i], *m.found[j] = *m.found[j], *m.found[i]
	m.shapes[i], m.shapes[j] = m.shapes[j], m.shapes[i]
	m.above[i], m.above[j] = m.above[j], m.above[i]
}

// kept are the candidates that are not a part of another one.
func (m *merger) kept() []*candidate {
	var kept []*candidate
	for i, c := range m.found {
		if !m.merged[i] {
			kept = append(kept, c)
		}
	}
	return kept
}

// take counts another candidate at this one. Containers of the same shape hold
// different members, which add up.
func (c *candidate) take(other *candidate, sameShape bool) {
	c.retained += other.retained
	if sameShape && other.at != c.at && c.holds.kind == other.holds.kind && !slices.Contains(c.also, other.at) {
		c.holds.count += other.holds.count
		c.holds.bytes += other.holds.bytes
	}
	c.also = append(append(c.also, other.at), other.also...)
}
