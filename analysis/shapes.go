package analysis

import (
	"slices"
	"strings"

	"memtrail/graph"
)

// shapeID numbers the shapes of paths that the dumps of a series have. A shape
// stands behind the one that it goes on from.
type shapeID uint32

// The first shapes.
const (
	noShape    shapeID = iota // of no path; above all others
	lostShape                 // of what no root leads to
	firstShape                // a root's, or what follows one
)

// shapes is the tree of all shapes of paths in a series of dumps: of root
// names, property names and classes, and [*] for what arrays hold. It belongs
// to no dump, so that the same place has one number in all of them.
//
// It stays small. The way through a list or a tree does not grow it: a step to
// an object by which one of the last few shapes was reached, to the same class,
// leads back to that shape. Generated names count as one: # is for numbers in
// them, and an object with very many properties has but one more. Beyond a
// depth or a number that only wild graphs have, everything counts as what it
// hangs on.
type shapes struct {
	nodes []shapeNode
	index map[shapeKey]shapeID
	names map[string]nameID
	text  []string // by name
	kinds []Kind   // by name; zero for steps. Generated classes that differ by a number are one, see foldName
	// class is the class as the dumps have it, by name of a kind, if it is the
	// same wherever that kind occurs; else that of kinds.
	class []string
	// frames are the functions of variables, by their steps' names.
	frames map[nameID]string
}

// A Kind is a type, with the class of objects.
type Kind struct{ Type, Class string }

// nameID numbers the steps and kinds of a series.
type nameID uint32

// The first names.
const (
	element   nameID = iota // the step to whatever an array holds
	manyProps               // the step to the properties of an object that has too many
	firstName
)

type shapeKey struct {
	parent shapeID
	step   nameID
	kind   nameID
}

type shapeNode struct {
	shapeKey
	depth uint32
	props uint32 // distinct properties that lead on from it
	loops bool   // a step from here or below leads back here: a list or a tree
}

const (
	// The numbers of shapes, of steps from a root, and of properties of one
	// object, beyond which what follows is not told apart.
	maxAllShapes, maxShapeDepth, maxProps = 1 << 18, 48, 100
)

func newShapes() *shapes {
	s := &shapes{
		nodes: make([]shapeNode, firstShape), index: map[shapeKey]shapeID{}, names: map[string]nameID{},
		text: []string{element: "[*]", manyProps: "->{*}"}, kinds: make([]Kind, firstName), class: make([]string, firstName),
		frames: map[nameID]string{},
	}
	return s
}

// step numbers a root's name or a property's step.
func (s *shapes) step(text string) nameID { return s.intern("-"+text, text, Kind{}) }

// kind numbers a type and class.
func (s *shapes) kind(typ, class string) nameID {
	k := Kind{strings.Clone(typ), foldName(strings.Clone(class))}
	id := s.intern("="+typ+"|"+k.Class, "", k)
	switch s.class[id] {
	case "":
		s.class[id] = strings.Clone(class)
	case class:
	default:
		s.class[id] = k.Class
	}
	return id
}

// named is a kind with its class as the dumps have it.
func (s *shapes) named(id nameID) Kind { return Kind{s.kinds[id].Type, s.class[id]} }

// root numbers the step to a root, by its frame and symbol.
func (s *shapes) root(frame, symbol string) nameID {
	id := s.step(foldName(rootExpression(frame, symbol)))
	if frame != "" && !strings.HasPrefix(frame, "<") {
		s.frames[id] = strings.Clone(frame)
	}
	return id
}

// frame is the function that a root's step is a variable of; "" for others.
func (s *shapes) frame(step nameID) string { return s.frames[step] }

func (s *shapes) intern(key, text string, k Kind) nameID {
	id, ok := s.names[key]
	if !ok {
		id = nameID(len(s.text))
		s.names[strings.Clone(key)] = id
		s.text = append(s.text, strings.Clone(text))
		s.kinds = append(s.kinds, k)
		s.class = append(s.class, "")
	}
	return id
}

// child is the shape that a step leads to.
func (s *shapes) child(parent shapeID, step, kind nameID) shapeID {
	key := shapeKey{parent, step, kind}
	if id, ok := s.index[key]; ok {
		return id
	}
	id := s.newChild(key)
	s.index[key] = id
	return id
}

func (s *shapes) newChild(key shapeKey) shapeID {
	up := &s.nodes[key.parent]
	if key.parent >= firstShape && (up.depth >= maxShapeDepth || len(s.nodes) >= maxAllShapes) {
		return key.parent
	}
	if s.kinds[key.kind].Type == "object" {
		for a, i := key.parent, 0; a >= firstShape && i < maxStride; a, i = s.nodes[a].parent, i+1 {
			if n := &s.nodes[a]; n.step == key.step && n.kind == key.kind {
				n.loops = true
				return a
			}
		}
	}
	// In a tree whose nodes hold each other, left and right of all levels are
	// those of the first.
	if grand := up.parent; key.parent >= firstShape && grand >= firstShape && key.step >= firstName &&
		s.kinds[key.kind].Type == "object" && up.kind == key.kind && s.nodes[grand].kind == key.kind {
		id := s.child(grand, key.step, key.kind)
		s.nodes[id].loops = true
		return id
	}
	if key.parent >= firstShape && key.step >= firstName && s.kinds[up.kind].Type == "object" {
		if up.props >= maxProps {
			return s.child(key.parent, manyProps, key.kind)
		}
		up.props++
	}
	s.nodes = append(s.nodes, shapeNode{shapeKey: key, depth: up.depth + 1})
	return shapeID(len(s.nodes) - 1)
}

// path writes a shape as an expression, with [*] for the keys of arrays.
func (s *shapes) path(id shapeID) string {
	var steps []nameID
	for ; id >= firstShape; id = s.nodes[id].parent {
		steps = append(steps, s.nodes[id].step)
	}
	var b strings.Builder
	for i := len(steps) - 1; i >= 0; i-- {
		b.WriteString(s.text[steps[i]])
	}
	return b.String()
}

// shape writes a shape as [Paths.shape] does, for its fingerprint.
func (s *shapes) shape(id shapeID) string {
	var ids []shapeID
	for ; id >= firstShape; id = s.nodes[id].parent {
		ids = append(ids, id)
	}
	var b strings.Builder
	for i := len(ids) - 1; i >= 0; i-- {
		n := &s.nodes[ids[i]]
		k := s.kinds[n.kind]
		b.WriteString(s.text[n.step])
		b.WriteString("|" + k.Type + "|" + k.Class + "|")
	}
	return b.String()
}

// A placing is the shape of each node of a graph, by a shortest path from any
// root. Weak and unreliable edges are not walked, those of [graph.Graph.Held] are.
// What no root reaches has a path of its own, below lostShape.
type placing struct {
	shapes *shapes
	g      *graph.Graph
	shape  []shapeID // by node; lostShape for nodes that are no items, unless an item leads there
}

// A shapePlacer walks a graph and gives each node its shape.
type shapePlacer struct {
	s       *shapes
	g       *graph.Graph
	shape   []shapeID
	kinds   []nameID // by kind
	objects []bool   // by kind
	steps   map[graph.Label]nameID
	queue   []graph.NodeID
	// cache has the shapes found last: neighbours have the same.
	cache [1 << 10]struct {
		shapeKey
		id shapeID
	}
}

// place finds the shapes of a graph's nodes. It takes 4 bytes a node, and 4
// more while it works.
func (s *shapes) place(g *graph.Graph) placing {
	p := &shapePlacer{
		s: s, g: g, shape: make([]shapeID, g.Len()), kinds: make([]nameID, len(g.Kinds())), objects: make([]bool, len(g.Kinds())),
		steps: map[graph.Label]nameID{}, queue: make([]graph.NodeID, 0, g.Len()),
	}
	for k, kind := range g.Kinds() {
		p.kinds[k] = s.kind(g.Name(kind.Type), g.Name(kind.Class))
		p.objects[k] = g.Name(kind.Type) == "object"
	}
	for _, r := range g.Roots() {
		if p.shape[r.Node] == noShape {
			p.start(r.Node, noShape, s.root(g.Name(r.Frame), g.Name(r.Symbol)))
		}
	}
	p.walk()
	p.placeUnreachable()
	return placing{s, g, p.shape}
}

func (p *shapePlacer) start(n graph.NodeID, parent shapeID, step nameID) {
	p.shape[n] = p.s.child(parent, step, p.kinds[p.g.KindID(n)])
	p.queue = append(p.queue, n)
}

// walk goes on from all nodes in the queue, breadth first.
func (p *shapePlacer) walk() {
	g := p.g
	for i := 0; i < len(p.queue); i++ {
		n := p.queue[i]
		object := p.objects[g.KindID(n)]
		from, to := g.Held(n)
		for e := from; e < to; e++ {
			l, t := g.Label(e), g.Target(e)
			if l.Weak() || l.Unreliable() || p.shape[t] != noShape {
				continue
			}
			key := shapeKey{p.shape[n], element, p.kinds[g.KindID(t)]}
			if stepIsNamed(g, n, e, object) {
				step, ok := p.steps[l]
				if !ok {
					step = p.s.namedStep(g, n, e)
					p.steps[l] = step
				}
				key.step = step
			}
			c := &p.cache[(uint32(key.parent)*31+uint32(key.step)*7+uint32(key.kind))%uint32(len(p.cache))]
			if c.shapeKey != key || c.id == noShape {
				c.shapeKey, c.id = key, p.s.child(key.parent, key.step, key.kind)
			}
			p.shape[t] = c.id
			p.queue = append(p.queue, t)
		}
	}
	p.queue = p.queue[:0]
}

// stepIsNamed reports whether a step has a name: that of a property, or the one
// to the value that a WeakMap's key keeps. What arrays hold, and what a WeakMap
// keeps itself, is an element.
func stepIsNamed(g *graph.Graph, from graph.NodeID, e graph.EdgeID, object bool) bool {
	if _, last := g.Children(from); e < last { // behind them come values of WeakMaps
		return object
	}
	_, number := g.IntKey(g.Label(e))
	return !number
}

// namedStep numbers a step that has a name.
func (s *shapes) namedStep(g *graph.Graph, from graph.NodeID, e graph.EdgeID) nameID {
	if _, last := g.Children(from); e >= last {
		return s.step(viaKey)
	}
	var b strings.Builder
	appendStep(&b, true, foldName(g.Key(g.Label(e))), true)
	return s.step(b.String())
}

// placeUnreachable places what no root leads to, by what holds it: first from
// those items that nothing holds, then from those that hold each other.
func (p *shapePlacer) placeUnreachable() {
	if !slices.Contains(p.shape, noShape) {
		return
	}
	g := p.g
	items := graph.NodeID(g.Items())
	lost, held, pairs := newBits(g.Len()), newBits(g.Len()), p.weakPairs()
	for n := range items {
		if p.shape[n] != noShape || pairs.has(n) {
			continue
		}
		lost.add(n)
		from, to := g.Held(n)
		for e := from; e < to; e++ {
			if l := g.Label(e); !l.Weak() && !l.Unreliable() && g.Target(e) != n {
				held.add(g.Target(e))
			}
		}
	}
	step := p.s.step(graph.UnreachableLabel)
	for _, orphans := range []bool{true, false} {
		for n := range items {
			if lost.has(n) && p.shape[n] == noShape && (!orphans || !held.has(n)) {
				p.start(n, lostShape, step)
				if !orphans {
					p.walk()
				}
			}
		}
		p.walk()
	}
	for n := range p.shape {
		if p.shape[n] == noShape {
			p.shape[n] = lostShape
		}
	}
}

// weakPairs are the arrays that the dumper made to show the entries of WeakMaps:
// no root leads to them, and they are no garbage.
func (p *shapePlacer) weakPairs() bits {
	pairs := newBits(p.g.Len())
	if p.g.Counts().Weak == 0 {
		return pairs
	}
	for e := range graph.EdgeID(p.g.Edges()) {
		if p.g.Label(e).Weak() && !p.g.IsObject(p.g.Target(e)) {
			pairs.add(p.g.Target(e))
		}
	}
	return pairs
}
