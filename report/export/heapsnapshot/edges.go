package heapsnapshot

import (
	"slices"
	"strconv"
	"strings"

	"memtrail/analysis/paths"
	"memtrail/graph"
)

func (s *snapshot) writeEdges() {
	s.comma = false
	for i := range s.above {
		for _, e := range s.above[i].edges {
			s.numbers(uint64(e.typ), uint64(e.name), uint64(e.to)*fieldsOfNode)
		}
	}
	shift := uint64(len(s.above))
	for n := range graph.NodeID(s.g.Len()) {
		from, to := s.g.Held(n)
		_, listed := s.g.Children(n)
		for e := from; e < to; e++ {
			typ, name := s.edge(n, e, e >= listed)
			s.numbers(uint64(typ), name, (uint64(s.g.Target(e))+shift)*fieldsOfNode)
		}
	}
}

// edge gives the type of an edge, and its number or that of its name.
func (s *snapshot) edge(n graph.NodeID, e graph.EdgeID, entry bool) (edgeType, uint64) {
	l := s.g.Label(e)
	i, isInt := s.g.IntKey(l)
	if s.hides(n, entry) {
		first, _ := s.g.Held(n)
		switch {
		case s.isWeak(n, e):
			return weak, uint64(s.hidden)
		case isInt:
			return element, uint64(e - first) // which one of them it is, but not its number
		}
		return property, uint64(s.hidden)
	}
	switch {
	case s.isWeak(n, e) && isInt:
		at, _ := slices.BinarySearch(s.weakInts, i)
		return weak, uint64(s.name(graph.NameID(s.g.Names()))) + uint64(at)
	case isInt:
		return element, i
	case s.isWeak(n, e):
		return weak, uint64(s.name(s.g.KeyName(l)))
	case entry:
		return internal, uint64(s.name(s.g.KeyName(l)))
	}
	return property, uint64(s.name(s.g.KeyName(l)))
}

// isWeak reports whether an edge keeps nothing alive. What no root reaches keeps
// nothing alive that a root does, as in the dominator tree.
func (s *snapshot) isWeak(n graph.NodeID, e graph.EdgeID) bool {
	l, d := s.g.Label(e), s.v.Retention.Dominators
	return l.Weak() || l.Unreliable() || !d.Reachable(n) && d.Reachable(s.g.Target(e))
}

// findWeakInts finds the numbers that weak edges are named by: the format has only
// names for these.
func (s *snapshot) findWeakInts() {
	if c := s.g.Counts(); c.Weak+c.Unreliable == 0 && !s.lost {
		return
	}
	for n := range graph.NodeID(s.g.Len()) {
		from, to := s.g.Held(n)
		_, listed := s.g.Children(n)
		for e := from; e < to; e++ {
			if i, ok := s.g.IntKey(s.g.Label(e)); ok && s.isWeak(n, e) && !s.hides(n, e >= listed) {
				s.weakInts = append(s.weakInts, i)
			}
		}
	}
	slices.Sort(s.weakInts)
	s.weakInts = slices.Compact(s.weakInts)
}

// writeStrings writes the texts, the names of the graph, and the numbers.
func (s *snapshot) writeStrings() {
	s.comma = false
	for _, t := range s.texts {
		s.writeString(t)
	}
	for n := range graph.NameID(s.g.Names()) {
		if s.unnamed != nil && s.unnamed[n] {
			s.writeString(paths.HiddenKey)
		} else {
			s.writeString(s.g.Name(n))
		}
	}
	for _, i := range s.weakInts {
		s.writeString(strconv.FormatUint(i, 10))
	}
}

// writeString writes a name as a string of JSON.
func (s *snapshot) writeString(name string) {
	b := s.buf[:0]
	if s.comma {
		b = append(b, ",\n"...)
	}
	s.comma = true
	b = append(b, '"')
	plain := 0
	for plain < len(name) && ' ' <= name[plain] && name[plain] <= '~' && name[plain] != '"' && name[plain] != '\\' && name[plain] != '#' {
		plain++
	}
	if plain == len(name) && !strings.HasPrefix(name, "<") {
		b = append(b, name...)
	} else {
		b = appendEscaped(b, shown(name))
	}
	b = append(b, '"')
	s.out.Write(b)
	s.buf = b
}

// shown is a name as a snapshot has it. One that cannot be printed is a string of
// PHP's, and different names stay different. So is one that begins as an element of
// HTML: Chrome takes these for nodes of a document, and shows no more than a tag.
func shown(name string) string {
	if paths.PlainText(name) == name && !strings.HasPrefix(name, `"`) && !strings.HasPrefix(name, "<") {
		return name
	}
	return paths.Quote(name)
}

// appendEscaped appends printable text inside a string of JSON. Of two #, which a
// runner of builds takes for a command, the second is an escape.
func appendEscaped(b []byte, text string) []byte {
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '#' && i > 0 && text[i-1] == '#':
			b = append(b, `\u0023`...)
		default:
			b = append(b, c)
		}
	}
	return b
}
