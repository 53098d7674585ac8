package analysis

import (
	"memtrail/graph"
)

// walk goes the steps of a text from byte end on, which were read without an
// error before, from the roots. Wherever several edges have the key it goes
// them all, in the order in which they are to count.
func walk(g *graph.Graph, text string, end int, roots []graph.NodeID) (graph.NodeID, error) {
	r := reader{text, end}
	at, next := roots, []graph.NodeID(nil)
	for !r.done() {
		s, err := r.step()
		if err != nil {
			return graph.None, err
		}
		keys := newKeySearch(g, s.key)
		next = next[:0]
		for _, n := range at {
			if g.IsObject(n) == s.object {
				next = keys.appendChildren(next, n, s.doubtful)
			}
		}
		if len(next) == 0 {
			return graph.None, noSuchStep(g, text, s, at)
		}
		at, next = distinct(next), at
	}
	return at[0], nil
}

// keySearch looks for the edges with a key.
type keySearch struct {
	g      *graph.Graph
	key    string
	number uint64 // if labels hold the key as such
	isInt  bool
	later  []graph.NodeID
}

func newKeySearch(g *graph.Graph, key string) *keySearch {
	s := &keySearch{g: g, key: key}
	if v, ok := integer([]byte(key)); ok && v >= 0 {
		s.number, s.isInt = uint64(v), true
	}
	return s
}

func (s *keySearch) is(l graph.Label) bool {
	if v, ok := s.g.IntKey(l); ok {
		return s.isInt && v == s.number
	}
	return s.g.Key(l) == s.key
}

// appendChildren appends what a node holds under the key, reliable edges
// first, or doubtful ones.
func (s *keySearch) appendChildren(to []graph.NodeID, n graph.NodeID, doubtful bool) []graph.NodeID {
	s.later = s.later[:0]
	from, end := s.g.Children(n)
	for e := from; e < end; e++ {
		l := s.g.Label(e)
		if !s.is(l) {
			continue
		}
		if l.Unreliable() == doubtful {
			to = append(to, s.g.Target(e))
		} else {
			s.later = append(s.later, s.g.Target(e))
		}
	}
	return append(to, s.later...)
}

// distinct drops all but the first of equal nodes, in place.
func distinct(nodes []graph.NodeID) []graph.NodeID {
	if len(nodes) < 2 {
		return nodes
	}
	seen := make(map[graph.NodeID]bool, len(nodes))
	kept := nodes[:0]
	for _, n := range nodes {
		if !seen[n] {
			seen[n] = true
			kept = append(kept, n)
		}
	}
	return kept
}
