package paths

import (
	"slices"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/column"
)

// ShapeID numbers the shapes of paths that the dumps of a series have. A shape
// stands behind the one that it goes on from.
type ShapeID uint32

// The first shapes.
const (
	NoShape    ShapeID = iota // of no path; above all others
	LostShape                 // of what no root leads to
	FirstShape                // a root's, or what follows one
)

// Tree is the tree of all shapes of paths in a series of dumps: of root
// names, property names and classes, and [*] for what arrays hold. It belongs
// to no dump, so that the same place has one number in all of them.
//
// It stays small. The way through a list or a tree does not grow it: a step to
// an object by which one of the last few shapes was reached, to the same class,
// leads back to that shape. Generated names count as one: # is for numbers in
// them, and an object with very many properties has but one more. Beyond a
// depth or a number that only wild graphs have, everything counts as what it
// hangs on.
type Tree struct {
	Nodes []shapeNode
	index map[shapeKey]ShapeID
	names map[string]NameID
	Names []string        // by name
	Kinds []analysis.Kind // by name; zero for steps. Generated classes that differ by a number are one, see foldName
	// class is the class as the dumps have it, by name of a kind, if it is the
	// same wherever that kind occurs; else that of kinds.
	class []string
	// All are all kinds of the dumps, generated ones apart.
	All KindTable
	// kindOf are the names of kinds, by their number in all.
	kindOf []NameID
	// frames are the functions of variables, by their steps' names.
	frames map[NameID]string

	roots, kinds int // that have names of their own
	key          []byte
}

// NameID numbers the steps and kinds of a series.
type NameID uint32

// The first names.
const (
	Element   NameID = iota // the step to whatever an array holds
	ManyProps               // the step to the properties of an object that has too many
	ManyRoots               // the step to the roots of a dump that has too many
	firstName
)

type shapeKey struct {
	Parent ShapeID
	Step   NameID
	Kind   NameID
}

type shapeNode struct {
	shapeKey
	Depth uint32
	props uint32 // distinct properties that lead on from it
	Loops bool   // a step from here or below leads back here: a list or a tree
}

const (
	// The numbers of shapes, of steps from a root, and of properties of one
	// object, beyond which what follows counts as one.
	maxAllShapes, maxShapeDepth, maxProps = 1 << 18, 48, 100

	// The numbers of names of roots, and of types and classes, from which on the
	// others count as one: each takes a hundred bytes and more.
	maxRoots, maxKinds = 1 << 16, 1 << 16
)

func NewTree() *Tree {
	s := &Tree{
		Nodes: make([]shapeNode, FirstShape), index: map[shapeKey]ShapeID{}, names: map[string]NameID{},
		Names: []string{Element: "[*]", ManyProps: "->{*}", ManyRoots: "(variables)"}, Kinds: make([]analysis.Kind, firstName), class: make([]string, firstName),
		frames: map[NameID]string{},
	}
	return s
}

// step numbers a property's step.
func (s *Tree) step(text string) NameID {
	id, ok := s.find('-', text, "")
	if !ok {
		id = s.add(text, analysis.Kind{})
	}
	return id
}

// kind numbers a type and class. Of those behind maxKinds it is the type that has a
// number.
func (s *Tree) kind(typ, class string) NameID {
	folded := Fold(class)
	id, ok := s.find('=', typ, folded)
	if !ok && s.kinds >= maxKinds && class != "" {
		return s.kind(typ, "")
	}
	if !ok {
		s.kinds++
		id = s.add("", analysis.Kind{Type: strings.Clone(typ), Class: strings.Clone(folded)})
	}
	switch s.class[id] {
	case "":
		s.class[id] = strings.Clone(class)
	case class:
	default:
		s.class[id] = s.Kinds[id].Class
	}
	return id
}

// kindsOf gives the names of a graph's kinds, and their numbers in All.
func (s *Tree) kindsOf(g *graph.Graph) (names []NameID, numbers []uint32) {
	numbers = s.All.of(g)
	for i := len(s.kindOf); i < s.All.Len(); i++ {
		k := s.All.At(i)
		if s.kinds >= maxKinds && k.Class != "" && !Foldable(k.Class) {
			k.Class = "" // none of those that have a name has this one
		}
		s.kindOf = append(s.kindOf, s.kind(k.Type, k.Class))
	}
	names = make([]NameID, len(numbers))
	for k, number := range numbers {
		names[k] = s.kindOf[number]
	}
	return names, numbers
}

// Named is a kind with its class as the dumps have it.
func (s *Tree) Named(id NameID) analysis.Kind {
	return analysis.Kind{Type: s.Kinds[id].Type, Class: s.class[id]}
}

// root numbers the step to a root, by its frame and symbol; those behind maxRoots
// have one number.
func (s *Tree) root(frame, symbol string) NameID {
	name := RootExpression(frame, symbol)
	if frame != EngineFrame { // names of libraries are no generated ones
		name = Fold(name)
	}
	id, ok := s.find('-', name, "")
	if !ok {
		if s.roots >= maxRoots {
			return ManyRoots
		}
		s.roots++
		id = s.add(name, analysis.Kind{})
	}
	if frame != "" && !strings.HasPrefix(frame, "<") && s.frames[id] != frame {
		s.frames[id] = strings.Clone(frame)
	}
	return id
}

// Frame is the function that a root's step is a variable of; "" for others.
func (s *Tree) Frame(step NameID) string { return s.frames[step] }

// find looks a name up: a step's text, or a type with a class. Where there is none,
// [Tree.add] must add it next.
func (s *Tree) find(sort byte, text, class string) (NameID, bool) {
	s.key = append(append(append(append(s.key[:0], sort), text...), '|'), class...)
	id, ok := s.names[string(s.key)]
	return id, ok
}

// add adds the name that was looked up last.
func (s *Tree) add(text string, k analysis.Kind) NameID {
	id := NameID(len(s.Names))
	s.names[string(s.key)] = id
	s.Names = append(s.Names, strings.Clone(text))
	s.Kinds = append(s.Kinds, k)
	s.class = append(s.class, "")
	return id
}

// Find is the shape that a step to a kind leads to, and to no other place before; false
// if there is none.
func (s *Tree) Find(parent ShapeID, step, kind NameID) (ShapeID, bool) {
	id, ok := s.index[shapeKey{parent, step, kind}]
	return id, ok && s.Nodes[id].shapeKey == shapeKey{parent, step, kind}
}

// child is the shape that a step leads to.
func (s *Tree) child(parent ShapeID, step, kind NameID) ShapeID {
	key := shapeKey{parent, step, kind}
	if id, ok := s.index[key]; ok {
		return id
	}
	id := s.newChild(key)
	s.index[key] = id
	return id
}

// newChild gives the shape that a step leads to for the first time: that of a loop,
// or a new one.
func (s *Tree) newChild(key shapeKey) ShapeID {
	up := &s.Nodes[key.Parent]
	isRoot := key.Parent < FirstShape
	if !isRoot && (up.Depth >= maxShapeDepth || len(s.Nodes) >= maxAllShapes) {
		return key.Parent
	}
	if s.isObject(key.Kind) {
		if id, ok := s.loopOf(key); ok {
			s.Nodes[id].Loops = true
			return id
		}
	}
	if !isRoot && key.Step >= firstName && s.isObject(up.Kind) {
		if up.props >= maxProps {
			return s.child(key.Parent, ManyProps, key.Kind)
		}
		up.props++
	}
	s.Nodes = append(s.Nodes, shapeNode{shapeKey: key, Depth: up.Depth + 1})
	return ShapeID(len(s.Nodes) - 1)
}

func (s *Tree) isObject(kind NameID) bool { return s.Kinds[kind].Type == "object" }

// loopOf is the shape that a step to an object leads back to: one of the last few
// that the same step led to, or, in a tree whose nodes hold each other, the left
// and right of the first level.
func (s *Tree) loopOf(key shapeKey) (ShapeID, bool) {
	for a, i := key.Parent, 0; a >= FirstShape && i < MaxStride; a, i = s.Nodes[a].Parent, i+1 {
		if n := &s.Nodes[a]; n.Step == key.Step && n.Kind == key.Kind {
			return a, true
		}
	}
	up := &s.Nodes[key.Parent]
	if grand := up.Parent; key.Parent >= FirstShape && grand >= FirstShape && key.Step >= firstName &&
		up.Kind == key.Kind && s.Nodes[grand].Kind == key.Kind {
		return s.child(grand, key.Step, key.Kind), true
	}
	return 0, false
}

// Path writes a shape as an expression, with [*] for the keys of arrays.
func (s *Tree) Path(id ShapeID) string {
	var steps []NameID
	for ; id >= FirstShape; id = s.Nodes[id].Parent {
		steps = append(steps, s.Nodes[id].Step)
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		text := s.Names[steps[i]]
		if i > 0 && isNamedStep(s.Names[steps[i-1]]) {
			i--
			text, _ = memberWords(text, s.Names[steps[i]][1:])
		}
		b.WriteString(text)
	}
	return b.String()
}

// Signature writes a shape as [Paths.shape] does, for its fingerprint.
func (s *Tree) Signature(id ShapeID) string {
	var ids []ShapeID
	for ; id >= FirstShape; id = s.Nodes[id].Parent {
		ids = append(ids, id)
	}
	var b strings.Builder
	for i := len(ids) - 1; i >= 0; i-- {
		n := &s.Nodes[ids[i]]
		k := s.Kinds[n.Kind]
		b.WriteString(s.Names[n.Step])
		b.WriteString("|" + k.Type + "|" + k.Class + "|")
	}
	return b.String()
}

// A Placement is the shape of each node of a graph, by a shortest path from any
// root, from the C stack only if there is no other. Weak and unreliable edges are
// not walked, those of [graph.Graph.Held] are.
// What no root reaches has a path of its own, below lostShape.
type Placement struct {
	Shapes *Tree
	g      *graph.Graph
	Shape  []ShapeID // by node; lostShape for nodes that are no items, unless an item leads there
	Kinds  []uint32  // by kind: its number in Shapes.All
}

// A shapePlacer walks a graph and gives each node its shape.
type shapePlacer struct {
	s       *Tree
	g       *graph.Graph
	shape   []ShapeID
	kinds   []NameID // by kind
	objects []bool   // by kind
	groups  []bool   // by kind
	steps   map[graph.Label]NameID
	queue   []graph.NodeID
	// cache has the shapes found last: neighbours have the same.
	cache [1 << 10]struct {
		shapeKey
		id ShapeID
	}
}

// Place finds the shapes of a graph's nodes. It takes 4 bytes a node, and 4
// more while it works.
func (s *Tree) Place(g *graph.Graph) Placement {
	p := &shapePlacer{
		s: s, g: g, shape: column.Of[ShapeID](g.Len()),
		objects: make([]bool, len(g.Kinds())), groups: make([]bool, len(g.Kinds())),
		steps: map[graph.Label]NameID{}, queue: column.Room[graph.NodeID](g.Len()),
	}
	var numbers []uint32
	p.kinds, numbers = s.kindsOf(g)
	for k, kind := range g.Kinds() {
		p.objects[k] = g.Name(kind.Type) == "object"
		p.groups[k] = g.Name(kind.Type) == "group"
	}
	// Words on the C stack are left over from calls: what they lead to is theirs
	// only if nothing else leads there.
	const stack = "(native: stack)"
	for _, last := range []bool{false, true} {
		for _, r := range g.Roots() {
			if (g.Name(r.Symbol) == stack) == last && p.shape[r.Node] == NoShape {
				p.start(r.Node, NoShape, s.root(g.Name(r.Frame), g.Name(r.Symbol)))
			}
		}
		p.walk()
	}
	p.placeUnreachable()
	return Placement{s, g, p.shape, numbers}
}

func (p *shapePlacer) start(n graph.NodeID, parent ShapeID, step NameID) {
	p.shape[n] = p.s.child(parent, step, p.kinds[p.g.KindID(n)])
	p.queue = append(p.queue, n)
}

// walk goes on from all nodes in the queue, breadth first.
func (p *shapePlacer) walk() {
	g := p.g
	for i := 0; i < len(p.queue); i++ {
		n := p.queue[i]
		object, group := p.objects[g.KindID(n)], p.groups[g.KindID(n)]
		from, to := g.Held(n)
		for e := from; e < to; e++ {
			l, t := g.Label(e), g.Target(e)
			if l.Weak() || l.Unreliable() || p.shape[t] != NoShape {
				continue
			}
			key := shapeKey{p.shape[n], Element, p.kinds[g.KindID(t)]}
			if stepIsNamed(g, n, e, object, group) {
				step, ok := p.steps[l]
				if !ok || group {
					step = p.s.namedStep(g, n, e)
				}
				if !group { // an object may have a property of that name
					p.steps[l] = step
				}
				key.Step = step
			}
			c := &p.cache[(uint32(key.Parent)*31+uint32(key.Step)*7+uint32(key.Kind))%uint32(len(p.cache))]
			if c.shapeKey != key || c.id == NoShape {
				c.shapeKey, c.id = key, p.s.child(key.Parent, key.Step, key.Kind)
			}
			p.shape[t] = c.id
			p.queue = append(p.queue, t)
		}
	}
	p.queue = p.queue[:0]
}

// stepIsNamed reports whether a step has a name: that of a property or of what
// a group holds, or the one
// to the value that a WeakMap's key keeps. What arrays hold, and what a WeakMap
// keeps itself, is an element.
func stepIsNamed(g *graph.Graph, from graph.NodeID, e graph.EdgeID, object, group bool) bool {
	if _, last := g.Children(from); e < last && !group { // behind them come values of WeakMaps
		return object
	}
	_, number := g.IntKey(g.Label(e))
	return !number
}

// namedStep numbers a step that has a name.
func (s *Tree) namedStep(g *graph.Graph, from graph.NodeID, e graph.EdgeID) NameID {
	if _, last := g.Children(from); e >= last {
		return s.step(viaKey)
	}
	if g.IsGroup(from) {
		return s.step(" " + PlainText(g.Key(g.Label(e))))
	}
	var b strings.Builder
	AppendStep(&b, true, Fold(g.Key(g.Label(e))), true)
	return s.step(b.String())
}

// placeUnreachable places what no root leads to, by what holds it: first from
// those items that nothing holds, then from those that hold each other.
func (p *shapePlacer) placeUnreachable() {
	if !slices.Contains(p.shape, NoShape) {
		return
	}
	lost, held := p.lost()
	step := p.s.step(graph.UnreachableLabel)
	for _, orphans := range []bool{true, false} {
		for n := range graph.NodeID(p.g.Items()) {
			if lost.Has(n) && p.shape[n] == NoShape && (!orphans || !held.Has(n)) {
				p.start(n, LostShape, step)
				if !orphans {
					p.walk()
				}
			}
		}
		p.walk()
	}
	for n := range p.shape {
		if p.shape[n] == NoShape {
			p.shape[n] = LostShape
		}
	}
}

// lost are the items that no root leads to, and held those that they hold.
func (p *shapePlacer) lost() (lost, held retain.Set) {
	g := p.g
	lost, held = retain.NewSet(g.Len()), retain.NewSet(g.Len())
	pairs := p.weakPairs()
	for n := range graph.NodeID(g.Items()) {
		if p.shape[n] != NoShape || pairs.Has(n) {
			continue
		}
		lost.Add(n)
		from, to := g.Held(n)
		for e := from; e < to; e++ {
			if l := g.Label(e); !l.Weak() && !l.Unreliable() && g.Target(e) != n {
				held.Add(g.Target(e))
			}
		}
	}
	return lost, held
}

// weakPairs are the arrays that the dumper made to show the entries of WeakMaps:
// no root leads to them, and they are no garbage.
func (p *shapePlacer) weakPairs() retain.Set {
	pairs := retain.NewSet(p.g.Len())
	if p.g.Counts().Weak == 0 {
		return pairs
	}
	for e := range graph.EdgeID(p.g.Edges()) {
		if p.g.Label(e).Weak() && !p.g.IsObject(p.g.Target(e)) {
			pairs.Add(p.g.Target(e))
		}
	}
	return pairs
}
