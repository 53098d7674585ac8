package tree

import (
	"strings"

	"memtrail/analysis/paths"
	"memtrail/graph"
)

// holdKind says how a node of a dominator tree holds one below it.
type holdKind uint8

const (
	toVariable    holdKind = iota // a root
	toShared                      // below no single root
	toUnreachable                 // the node above all that no root leads to
	toEntry                       // below that
	toIndirect                    // through others
	toProperty                    // of this name
	toProperties                  // of an object with very many
	toInt                         // an array's element with an integer key
	toKey                         // with this string key
	toNumbered                    // with a key of this pattern: a name with numbers in it
	toKeys                        // with a string key, in an array with many
	toValue                       // as the key of a WeakMap
)

// hold is what siblings that are folded have in common: how they are held, and
// what they are.
type hold struct {
	how   holdKind
	kind  graph.KindID
	label uint32 // of a variable, its symbol; of properties and keys, the edge's label; of numbered ones, the pattern
	frame graph.NameID
}

const (
	// An array with more string keys is a map: they are no names of fields.
	// (As for shapes.)
	maxKeys = paths.MaxFields
	// The same of an object, which may well have many declared properties.
	maxProperties = 128
	// A key with more numbers in it is no numbered name, but a hash or the like.
	maxNumbers = 2
)

// holdSorter tells the holds of one item at a time.
type holdSorter struct {
	g       *graph.Graph
	holders *holders
	kinds   []graph.KindID // by kind: the first kind of the same type and class
	objects []bool         // by kind
	leaves  []bool         // by kind: its nodes have no children

	// The item whose holds are asked for.
	from  graph.NodeID
	named bool // different keys and properties are different holds
	asMap fact // it has too many of them for that

	pattern  map[graph.Label]hold // of string keys, without the kind
	patterns []string
	byText   map[string]uint32 // of patterns
}

// fact is something that may not be known yet.
type fact uint8

const (
	unknown fact = iota
	isSo
	isNot
)

func newHoldSorter(g *graph.Graph, h *holders) *holdSorter {
	s := &holdSorter{
		g: g, holders: h, kinds: g.KindsAlike(), objects: make([]bool, len(g.Kinds())),
		leaves: make([]bool, len(g.Kinds())), pattern: map[graph.Label]hold{}, byText: map[string]uint32{},
	}
	for k, kind := range g.Kinds() {
		s.objects[k] = g.Name(kind.Type) == "object"
		s.leaves[k] = true
	}
	for k, parents := range h.parents {
		if parents {
			s.leaves[s.kinds[k]] = false
		}
	}
	return s
}

// kind is a node's kind, of those that differ only in the fields they have
// the first.
func (s *holdSorter) kind(n graph.NodeID) graph.KindID { return s.kinds[s.g.KindID(n)] }

// enter makes an item, or one of the virtual nodes, the one whose holds are asked for.
func (s *holdSorter) enter(n graph.NodeID, named bool) { s.from, s.named, s.asMap = n, named, unknown }

// links reports whether a node that an item dominates is held by it just as
// the item is held itself.
func (s *holdSorter) links(by hold, n graph.NodeID) bool {
	if n >= graph.Unreachable {
		return false
	}
	e, ok := s.holders.edge(n)
	return ok && uint32(s.g.Label(e)) == by.label && s.kind(n) == by.kind
}

// to is the hold on a node that the item dominates.
func (s *holdSorter) to(n graph.NodeID) hold {
	if n == graph.Unreachable {
		return hold{how: toUnreachable}
	}
	by := s.holdOn(n)
	by.kind = s.kind(n)
	return by
}

// holdOn is the hold on a node, without the kind of it.
func (s *holdSorter) holdOn(n graph.NodeID) hold {
	switch s.from {
	case graph.VirtualRoot:
		if r, ok := s.g.Root(n); ok {
			return hold{how: toVariable, label: uint32(r.Symbol), frame: r.Frame}
		}
		return hold{how: toShared}
	case graph.Unreachable:
		return hold{how: toEntry}
	}
	e, ok := s.holders.edge(n)
	if !ok {
		return hold{how: toIndirect}
	}
	if _, listed := s.g.Children(s.from); e >= listed { // entries of WeakMaps stand behind the others
		if entry, ok := s.g.Entry(e); ok {
			if entry.Keeper == graph.KeptByKey {
				return hold{how: toValue}
			}
			return hold{how: toInt}
		}
	}
	if s.objects[s.g.KindID(s.from)] {
		return s.byProperty(s.g.Label(e))
	}
	return s.byElement(s.g.Label(e))
}

// byProperty is the hold by a property of an object.
func (s *holdSorter) byProperty(l graph.Label) hold {
	if s.named && !s.isMap() {
		return hold{how: toProperty, label: uint32(l)}
	}
	return hold{how: toProperties}
}

// byElement is the hold by an element of an array.
func (s *holdSorter) byElement(l graph.Label) hold {
	if _, ok := s.g.IntKey(l); ok {
		return hold{how: toInt}
	}
	if s.named && !s.isMap() {
		return s.byKey(l)
	}
	if key := s.g.Key(l); key != "" && key[0] <= '9' { // an integer, maybe: too large for a label, or negative
		if _, ok := paths.IntegerKey([]byte(key)); ok {
			return hold{how: toInt}
		}
	}
	return hold{how: toKeys}
}

// isMap reports whether the item has more keys than one gives names to.
func (s *holdSorter) isMap() bool {
	if s.asMap == unknown {
		s.asMap = isNot
		object := s.objects[s.g.KindID(s.from)]
		most := maxKeys
		if object {
			most = maxProperties
		}
		from, to := s.g.Children(s.from)
		for e := from; e < to; e++ {
			if _, isInt := s.g.IntKey(s.g.Label(e)); isInt && !object {
				continue
			}
			if most--; most < 0 {
				s.asMap = isSo
				break
			}
		}
	}
	return s.asMap == isSo
}

// byKey is the hold by a string key of an array that is no map.
func (s *holdSorter) byKey(l graph.Label) hold {
	if by, ok := s.pattern[l]; ok {
		return by
	}
	key := s.g.Key(l)
	by := hold{how: toKey, label: uint32(l)}
	if _, ok := paths.IntegerKey([]byte(key)); ok {
		by = hold{how: toInt}
	} else if text, numbers := starred(key); numbers > maxNumbers {
		by = hold{how: toKeys}
	} else if numbers > 0 {
		p, ok := s.byText[text]
		if !ok {
			p = uint32(len(s.patterns))
			s.byText[text] = p
			s.patterns = append(s.patterns, text)
		}
		by = hold{how: toNumbered, label: p}
	}
	s.pattern[l] = by
	return by
}

// starred writes a key with * for the numbers in it, and counts these.
func starred(key string) (pattern string, numbers int) {
	var b strings.Builder
	inside := false
	for i := range len(key) {
		digit := key[i]-'0' <= 9
		if !digit {
			b.WriteByte(key[i])
		} else if !inside {
			b.WriteByte('*')
			numbers++
		}
		inside = digit
	}
	return b.String(), numbers
}

// label writes the hold on some items.
func (s *holdSorter) label(by hold, items []graph.NodeID) string {
	switch by.how {
	case toVariable:
		return paths.RootExpression(s.g.Name(by.frame), s.g.Name(graph.NameID(by.label)))
	case toShared:
		return "(shared)"
	case toEntry:
		if len(items) == 1 {
			return s.g.ID(items[0])
		}
		return "…"
	}
	var b strings.Builder
	edge := s.holders.edge
	if by.how == toIndirect {
		b.WriteString("…")
		edge = s.holders.last
	}
	if by.how == toProperty || by.how == toKey {
		items = items[:1] // all have the same
	}
	e, same, ints, ok := s.commonEdge(items, edge)
	if ok && same {
		paths.AppendEdge(&b, s.g, e)
	} else if ok {
		s.appendAny(&b, by, ints && !s.g.IsObject(s.g.Source(e)))
	}
	return b.String()
}

// appendAny writes the step to items that are held by different keys; ints: all of
// them by integers, in an array.
func (s *holdSorter) appendAny(b *strings.Builder, by hold, ints bool) {
	switch {
	case by.how == toNumbered:
		paths.AppendStep(b, false, s.patterns[by.label], true)
	case by.how == toKeys:
		b.WriteString(`["*"]`)
	case by.how == toProperties:
		b.WriteString("->*")
	case by.how == toInt || ints:
		b.WriteString("[*]")
	}
}

// commonEdge gives the edge to the first of some items, and reports whether the
// edges to all of them have its label, or integer keys at least. It is not ok if
// one of them has no edge.
func (s *holdSorter) commonEdge(items []graph.NodeID, edge func(graph.NodeID) (graph.EdgeID, bool)) (first graph.EdgeID, same, ints, ok bool) {
	same, ints = true, true
	for i, n := range items {
		e, ok := edge(n)
		if !ok {
			return 0, false, false, false
		}
		if i == 0 {
			first = e
		}
		_, isInt := s.g.IntKey(s.g.Label(e))
		same = same && s.g.Label(e) == s.g.Label(first)
		ints = ints && isInt
		if !same && !ints {
			break
		}
	}
	return first, same, ints, true
}
