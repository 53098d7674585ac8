package retain

import (
	"sync"

	"memtrail/analysis"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/column"
	"memtrail/zend"
)

// Measurer prices the nodes of a graph in their order. It works in two passes:
//
//  1. What is common to all is found out: the version of PHP, and what the objects
//     of each class have in common (inferVersion, learn).
//  2. Each node is priced, and hands down to its children what they are to it: a
//     collection's table, a closure's variables (Price, hand).
type Measurer struct {
	Graph   *graph.Graph
	Out     *Sizes
	types   []TypeCode    // by kind
	Classes []*zend.Class // by kind, of objects; kinds of one class share it
	Roles   []zend.Role   // by node: what it is to the first that holds it
	shown   Set           // tables that objects have paid for
	stored  Set           // first slots of bucket stores that are paid for
	objects Set           // nodes that are objects: a bit is more often in the cache than a kind
	highest uint64        // object handle

	Array  zend.Array
	object zend.Object
	buf    [24]byte
}

// NewMeasurer makes a measurer that knows version and classes, and has yet to
// price the nodes.
func NewMeasurer(g *graph.Graph, info *dump.Info, php zend.Version, withBounds bool) *Measurer {
	m := &Measurer{
		Graph: g, Out: &Sizes{Lost: map[string]uint64{}, allocated: column.Of[uint16](g.Len()), big: map[graph.NodeID]uint64{}},
		types: make([]TypeCode, len(g.Kinds())),
		Roles: column.Of[zend.Role](g.Len()), shown: NewSet(g.Len()), stored: NewSet(g.Len()), objects: NewSet(g.Len()),
	}
	m.findTypes()
	m.inferVersion(php)
	if info.Header != nil {
		m.Out.Model.Limit = info.Header.PeakMemoryUsage
	}
	m.Out.Model.Real = analysis.ProducerOf(g, info) == analysis.ProducerReli
	if withBounds {
		m.Out.Bounds = &zend.Bounds{}
	}
	m.learn()
	m.Out.ObjectTable = zend.ObjectStore(m.highest)
	m.Out.Baseline = m.Out.Model.Baseline()
	return m
}

// Code is the type of a node.
func (m *Measurer) Code(n graph.NodeID) TypeCode { return m.types[m.Graph.KindID(n)] }

// enoughEvidence is the number of neighbouring elements from which on no
// further array is looked at for the version.
const enoughEvidence = 10_000

// findTypes finds out what is an object.
func (m *Measurer) findTypes() {
	g := m.Graph
	for k, kind := range g.Kinds() {
		m.types[k] = TypeCodeOf(g.Name(kind.Type))
	}
	for n := range graph.NodeID(g.Len()) {
		if m.Code(n) == TypeObject {
			m.objects.Add(n)
		}
	}
}

// inferVersion finds out which PHP wrote the dump, and so the model.
func (m *Measurer) inferVersion(php zend.Version) {
	g := m.Graph
	var e zend.Evidence
	for _, kind := range g.Kinds() {
		e.Type([]byte(g.Name(kind.Type)))
	}
	if php == zend.Auto {
		for n := range graph.NodeID(g.Items()) {
			switch m.Code(n) {
			case TypeArray:
				m.FillArray(n)
				e.Array(&m.Array)
			case TypeObject:
				if g.Name(g.Kind(n).Class) == "Closure" {
					from, to := g.Children(n)
					for c := from; c < to; c++ {
						e.Closure = e.Closure || g.Key(g.Label(c)) == "file"
					}
				}
			}
			if e.Narrow+e.Wide > enoughEvidence {
				break
			}
		}
		m.Out.PHP, m.Out.Why = e.Range(), e.Why()
		php = m.Out.PHP.Version()
	} else {
		m.Out.PHP, m.Out.Why = zend.Range{From: php, To: php}, "as given"
	}
	m.Out.Model = zend.New(php)
}

// sharedFrom is the number of items from which on two goroutines learn.
const sharedFrom = 1 << 16

// learn looks at all objects, so that what their classes have in common is
// known before the first is priced.
func (m *Measurer) learn() {
	items := graph.NodeID(m.Graph.Items())
	classes := m.newClasses()
	// Of classes with few objects, knowing all twice takes longer than it saves.
	const manyClasses = 16
	if items < sharedFrom || len(classes) > int(items)/manyClasses {
		m.learnFrom(0, items)
		return
	}
	half := *m
	second := half.newClasses()
	var wg sync.WaitGroup
	wg.Go(func() { half.learnFrom(items/2, items) })
	m.learnFrom(0, items/2)
	wg.Wait()
	m.highest = max(m.highest, half.highest)
	for i := range classes {
		classes[i].Merge(&second[i])
	}
}

// newClasses prepares what is known of each kind's class by its name, and gives
// the classes, each once.
func (m *Measurer) newClasses() []zend.Class {
	g := m.Graph
	m.Classes = make([]*zend.Class, len(g.Kinds()))
	number := make([]uint32, g.Names()) // by name: of the class, plus one
	var names []graph.NameID
	for k, kind := range g.Kinds() {
		if m.types[k] == TypeObject && number[kind.Class] == 0 {
			names = append(names, kind.Class)
			number[kind.Class] = uint32(len(names))
		}
	}
	classes := make([]zend.Class, len(names)) // at once: there may be millions
	for i, name := range names {
		classes[i] = *m.Out.Model.Class(g.Name(name))
	}
	for k, kind := range g.Kinds() {
		if m.types[k] == TypeObject {
			m.Classes[k] = &classes[number[kind.Class]-1]
		}
	}
	return classes
}

func (m *Measurer) learnFrom(from, to graph.NodeID) {
	g := m.Graph
	for n := from; n < to; n++ {
		if c := m.Classes[g.KindID(n)]; c != nil {
			m.fillObject(n)
			m.Out.Model.Recognise(c, &m.object)
			c.Learn(&m.object)
			if h, ok := g.HandleNumber(n); ok {
				m.highest = max(m.highest, h)
			}
		}
	}
}

// FillArray looks at an array's keys and elements, for [Measurer.Array].
func (m *Measurer) FillArray(n graph.NodeID) {
	g := m.Graph
	m.Array.Reset()
	from, to := g.Children(n)
	for e := from; e < to; e++ {
		l, t := g.Label(e), g.Target(e)
		if i, ok := g.IntKey(l); ok {
			m.Array.AddInt(i, m.id(t), m.childKind(t))
		} else {
			m.Array.Add(g.KeyBytes(l, nil), m.id(t), m.childKind(t))
		}
	}
}

func (m *Measurer) fillObject(n graph.NodeID) {
	g := m.Graph
	m.object.Reset(m.id(n))
	// Where an object lies tells nothing of the one that refers to it, unless a child
	// follows of which the dump does not say what it is. To look is mostly a miss in the
	// cache.
	allKnown := g.Len() == g.Items()
	from, to := g.Children(n)
	for e := from; e < to; e++ {
		t := g.Target(e)
		id, kind := uint64(zend.NoAddress), m.childKind(t)
		if kind != zend.IsObject || !allKnown {
			id = m.id(t)
		}
		m.object.Add(g.KeyBytes(g.Label(e), m.buf[:]), id, kind)
	}
}

// id is a node's address as package zend wants it.
func (m *Measurer) id(n graph.NodeID) uint64 {
	if a := m.Graph.Address(n); !a.Opaque() {
		return uint64(a)
	}
	return zend.NoAddress
}

func (m *Measurer) childKind(n graph.NodeID) zend.Kind {
	switch {
	case m.Graph.Missing(n):
		return zend.Unknown
	case m.objects.Has(n):
		return zend.IsObject
	}
	return zend.IsValue
}
