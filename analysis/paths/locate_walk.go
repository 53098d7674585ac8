package paths

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
			switch {
			case s.value:
				next = appendValues(next, g, n)
			case g.IsObject(n) == s.object:
				next = keys.appendChildren(next, n, s.doubtful)
			case !s.object:
				next = keys.appendEntry(next, n)
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
	if v, ok := IntegerKey([]byte(key)); ok && v >= 0 {
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

// appendValues appends what a node keeps as a key of WeakMaps.
func appendValues(to []graph.NodeID, g *graph.Graph, n graph.NodeID) []graph.NodeID {
	_, from := g.Children(n)
	_, end := g.Held(n)
	for e := from; e < end; e++ {
		if entry, ok := g.Entry(e); ok && entry.Keeper == graph.KeptByKey {
			to = append(to, entry.Value)
		}
	}
	return to
}

// appendEntry appends the value of the entry that a WeakMap shows under the
// key.
func (s *keySearch) appendEntry(to []graph.NodeID, n graph.NodeID) []graph.NodeID {
	for _, entry := range entriesOf(s.g, n) {
		if s.is(entry.Index) {
			to = append(to, entry.Value)
		}
	}
	return to
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
