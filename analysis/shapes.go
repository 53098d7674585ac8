package analysis

import (
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
	kinds []Kind   // by name; zero for steps
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
		text: []string{element: "[*]", manyProps: "->{*}"}, kinds: make([]Kind, firstName),
	}
	return s
}

// step numbers a root's name or a property's step.
func (s *shapes) step(text string) nameID { return s.intern("-"+text, text, Kind{}) }

// kind numbers a type and class.
func (s *shapes) kind(typ, class string) nameID {
	k := Kind{strings.Clone(typ), foldName(strings.Clone(class))}
	return s.intern("="+typ+"|"+k.Class, "", k)
}

func (s *shapes) intern(key, text string, k Kind) nameID {
	id, ok := s.names[key]
	if !ok {
		id = nameID(len(s.text))
		s.names[strings.Clone(key)] = id
		s.text = append(s.text, strings.Clone(text))
		s.kinds = append(s.kinds, k)
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
type placing struct {
	g     *graph.Graph
	shape []shapeID // by node; lostShape where no root leads
}

// place finds the shapes of a graph's nodes. It takes 4 bytes a node, and 4
// more while it works.
func (s *shapes) place(g *graph.Graph) placing {
	p := placing{g, make([]shapeID, g.Len())}
	kinds := make([]nameID, len(g.Kinds()))
	objects := make([]bool, len(g.Kinds()))
	for k, kind := range g.Kinds() {
		kinds[k] = s.kind(g.Name(kind.Type), g.Name(kind.Class))
		objects[k] = g.Name(kind.Type) == "object"
	}
	steps := map[graph.Label]nameID{}
	var cache [1 << 10]struct {
		shapeKey
		id shapeID
	}
	queue := make([]graph.NodeID, 0, g.Len())
	for _, r := range g.Roots() {
		if p.shape[r.Node] == noShape {
			name := foldName(rootExpression(g.Name(r.Frame), g.Name(r.Symbol)))
			p.shape[r.Node] = s.child(noShape, s.step(name), kinds[g.KindID(r.Node)])
			queue = append(queue, r.Node)
		}
	}
	for i := 0; i < len(queue); i++ {
		n := queue[i]
		object := objects[g.KindID(n)]
		_, last := g.Children(n) // behind them come values of WeakMaps
		from, to := g.Held(n)
		for e := from; e < to; e++ {
			l, t := g.Label(e), g.Target(e)
			if l.Weak() || l.Unreliable() || p.shape[t] != noShape {
				continue
			}
			key := shapeKey{p.shape[n], element, kinds[g.KindID(t)]}
			named := object
			if e >= last {
				_, number := g.IntKey(l)
				named = !number
			}
			if named {
				step, ok := steps[l]
				if !ok {
					var b strings.Builder
					if e < last {
						appendStep(&b, true, foldName(g.Key(l)), true)
					} else {
						b.WriteString(viaKey)
					}
					step = s.step(b.String())
					steps[l] = step
				}
				key.step = step
			}
			c := &cache[(uint32(key.parent)*31+uint32(key.step)*7+uint32(key.kind))%uint32(len(cache))]
			if c.shapeKey != key || c.id == noShape {
				c.shapeKey, c.id = key, s.child(key.parent, key.step, key.kind)
			}
			p.shape[t] = c.id
			queue = append(queue, t)
		}
	}
	for n := range p.shape {
		if p.shape[n] == noShape {
			p.shape[n] = lostShape
		}
	}
	return p
}
