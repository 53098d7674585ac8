package heapsnapshot

import (
	"memtrail/analysis/paths"
	"memtrail/graph"
)

// hideKeys finds whose keys are hidden, and which names of the graph the snapshot has
// nevertheless: types, classes, and what else holds items by these names.
func (s *snapshot) hideKeys() {
	s.hidden = s.text(paths.HiddenKey)
	s.arrays = make([]bool, len(s.g.Kinds()))
	s.unnamed = make([]bool, s.g.Names())
	for i := range s.unnamed {
		s.unnamed[i] = true
	}
	for i, k := range s.g.Kinds() {
		s.unnamed[k.Type], s.unnamed[k.Class] = false, false
		s.arrays[i] = typeOf(s.g.Name(k.Type)) == array
	}
	for n := range graph.NodeID(s.g.Len()) {
		from, to := s.g.Held(n)
		_, listed := s.g.Children(n)
		for e := from; e < to; e++ {
			if l := s.g.Label(e); !s.hides(n, e >= listed) {
				if _, isInt := s.g.IntKey(l); !isInt {
					s.unnamed[s.g.KeyName(l)] = false
				}
			}
		}
	}
}

// hides reports whether the key of an edge of a node is hidden. entry edges have no
// keys of the dump.
func (s *snapshot) hides(n graph.NodeID, entry bool) bool {
	return s.arrays != nil && !entry && s.arrays[s.g.KindID(n)]
}
