package retain

import (
	"math"
	"memtrail/analysis"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
	"sync"
)

// Sizes is what PHP's allocator spent for each node of a graph, as package
// zend models it: the heap that the dump describes. Arrays that share one
// bucket store are charged once, to the first in the dump. It takes 4 bytes a
// node.
type Sizes struct {
	// PHP are the versions that the dump may come from, Why what tells; the
	// model is that of one of them.
	PHP   zend.Range
	Why   string
	Model *zend.Model
	// ByKind is the sum of all nodes, by what it was spent for.
	ByKind zend.Cost
	// Bounds are what the nodes cost at least and at most; nil unless asked for.
	Bounds *zend.Bounds
	// ObjectTable is the engine's table of all objects, Baseline what an empty
	// script takes; both belong to no node.
	ObjectTable, Baseline uint64
	// Rebuilt is what the property tables of all objects would take that a dump
	// makes PHP build.
	Rebuilt uint64
	// Lost counts by class the objects that show a table which is another's.
	Lost map[string]uint64

	exact     *graph.Graph // of a capture, whose nodes have their bytes; else nil
	Allocated []uint32
	big       map[graph.NodeID]uint64
	Parts     [numTypes]part // by type, with Bounds
}

// part is what the nodes of one type come to.
type part struct {
	Spent  uint64
	Bounds zend.Bounds
}

// Of is what a node costs by itself, in bytes.
func (s *Sizes) Of(n graph.NodeID) uint64 {
	if s.exact != nil {
		return s.exact.Alloc(n)
	}
	if v := s.Allocated[n]; v != math.MaxUint32 {
		return uint64(v)
	}
	return s.big[n]
}

// Explained is what the nodes, the table of objects and the baseline come to.
func (s *Sizes) Explained() uint64 { return s.ByKind.Total() + s.ObjectTable + s.Baseline }

// MeasureSizes prices all nodes of a graph. php is the version that wrote the
// dump, or zend.Auto; withBounds asks for Sizes.Bounds.
func MeasureSizes(g *graph.Graph, info *dump.Info, php zend.Version, withBounds bool) *Sizes {
	if g.Exact() {
		return exactSizes(g, info, php, withBounds)
	}
	m := NewMeasurer(g, info, php, withBounds)
	for n := range graph.NodeID(g.Len()) {
		m.Price(n)
	}
	if b := m.Out.Bounds; b != nil {
		for _, p := range m.Out.Parts {
			b.Add(p.Bounds)
		}
	}
	return m.Out
}

// NewMeasurer makes a measurer that knows version and classes, and has yet to
// price the nodes.
func NewMeasurer(g *graph.Graph, info *dump.Info, php zend.Version, withBounds bool) *Measurer {
	m := &Measurer{
		Graph: g, Out: &Sizes{Lost: map[string]uint64{}, Allocated: make([]uint32, g.Len()), big: map[graph.NodeID]uint64{}},
		types: make([]TypeCode, len(g.Kinds())),
		Roles: make([]zend.Role, g.Len()), shown: NewSet(g.Len()), stored: NewSet(g.Len()),
	}
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

// TypeCode is a type as far as prices differ by it.
type TypeCode uint8

const (
	TypeOther TypeCode = iota
	TypeString
	TypeArray
	TypeObject
	TypeResource
	numTypes
)

func TypeCodeOf(name string) TypeCode {
	switch name {
	case "string":
		return TypeString
	case "array":
		return TypeArray
	case "object":
		return TypeObject
	case "resource", "resource (closed)":
		return TypeResource
	}
	return TypeOther
}

// Measurer prices the nodes of a graph in their order.
type Measurer struct {
	Graph   *graph.Graph
	Out     *Sizes
	types   []TypeCode    // by kind
	Classes []*zend.Class // by kind, of objects; kinds of one class share it
	Roles   []zend.Role   // by node: what it is to the first that holds it
	shown   Set           // tables that objects have paid for
	stored  Set           // first slots of bucket stores that are paid for
	highest uint64        // object handle

	Array  zend.Array
	object zend.Object
	buf    [24]byte
}

// Set is a set of nodes.
type Set []uint64

func NewSet(n int) Set                           { return make(Set, n/64+1) }
func (b Set) Has(n graph.NodeID) bool            { return b[n/64]&(1<<(n%64)) != 0 }
func (b Set) Add(n graph.NodeID)                 { b[n/64] |= 1 << (n % 64) }
func (m *Measurer) Code(n graph.NodeID) TypeCode { return m.types[m.Graph.KindID(n)] }

// enoughEvidence is the number of neighbouring elements from which on no
// further array is looked at for the version.
const enoughEvidence = 10_000

// inferVersion finds out which PHP wrote the dump, and so the model.
func (m *Measurer) inferVersion(php zend.Version) {
	g := m.Graph
	var e zend.Evidence
	for k, kind := range g.Kinds() {
		name := g.Name(kind.Type)
		e.Type([]byte(name))
		m.types[k] = TypeCodeOf(name)
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
	m.Classes = m.newClasses()
	if items < sharedFrom {
		m.learnFrom(0, items)
		return
	}
	half := *m
	half.Classes = m.newClasses()
	var wg sync.WaitGroup
	wg.Go(func() { half.learnFrom(items/2, items) })
	m.learnFrom(0, items/2)
	wg.Wait()
	m.highest = max(m.highest, half.highest)
	merged := map[*zend.Class]bool{nil: true}
	for k, c := range m.Classes {
		if !merged[c] {
			merged[c] = true
			c.Merge(half.Classes[k])
		}
	}
}

// newClasses gives what is known of each kind's class by its name.
func (m *Measurer) newClasses() []*zend.Class {
	g := m.Graph
	classes := make([]*zend.Class, len(g.Kinds()))
	byName := map[graph.NameID]*zend.Class{}
	for k, kind := range g.Kinds() {
		if m.types[k] != TypeObject {
			continue
		}
		c, ok := byName[kind.Class]
		if !ok {
			c = m.Out.Model.Class(g.Name(kind.Class))
			byName[kind.Class] = c
		}
		classes[k] = c
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
	from, to := g.Children(n)
	for e := from; e < to; e++ {
		t := g.Target(e)
		m.object.Add(g.KeyBytes(g.Label(e), m.buf[:]), m.id(t), m.childKind(t))
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
	case m.Code(n) == TypeObject:
		return zend.IsObject
	}
	return zend.IsValue
}

// Price prices a node, and hands down to its children what they are to it.
func (m *Measurer) Price(n graph.NodeID) {
	g, model := m.Graph, m.Out.Model
	code := m.Code(n)
	if code == TypeOther && !model.Real {
		return // it lives in its container's slot
	}
	var c zend.Cost
	var b zend.Bounds
	switch {
	case model.Real:
		c = model.Reported([]byte(g.Name(g.Kind(n).Type)), g.Size(n))
		b = zend.Exactly(c.Total())
	case code == TypeString:
		length := zend.StringLen(g.Size(n))
		c.Strings = model.StringAs(m.Roles[n], length)
		if m.Out.Bounds != nil && c.Strings > 0 {
			b = model.StringBounds(length)
		}
	case code == TypeArray:
		c, b = m.priceArray(n)
	case code == TypeObject:
		c, b = m.priceObject(n)
	case code == TypeResource:
		c.Objects = zend.Resource
		b = zend.Exactly(zend.Resource)
	}
	total := c.Total()
	m.Out.ByKind.Add(c)
	if m.Out.Bounds != nil {
		m.Out.Parts[code].Spent += total
		m.Out.Parts[code].Bounds.Add(b)
	}
	if total < math.MaxUint32 {
		m.Out.Allocated[n] = uint32(total)
	} else {
		m.Out.Allocated[n] = math.MaxUint32
		m.Out.big[n] = total
	}
}

func (m *Measurer) priceArray(n graph.NodeID) (c zend.Cost, b zend.Bounds) {
	g, model, role := m.Graph, m.Out.Model, m.Roles[n]
	m.FillArray(n)
	if !m.shown.Has(n) && !m.shares(n) {
		c = model.ArrayCostAs(role, &m.Array)
	}
	b = zend.Exactly(c.Total())
	if m.Out.Bounds != nil && role == zend.Plain && c.Total() > 0 {
		b = model.ArrayBounds(&m.Array)
	}
	if role == zend.Plain {
		role = m.Array.Role()
	}
	if role != zend.Plain {
		from, to := g.Children(n)
		for e := from; e < to; e++ {
			m.hand(n, e, role.Child(g.KeyBytes(g.Label(e), m.buf[:])))
		}
	}
	return c, b
}

// shares reports whether the array at hand has the bucket store of an earlier
// one, and notes the store otherwise.
func (m *Measurer) shares(n graph.NodeID) bool {
	store, ok := m.Array.Store()
	if !ok {
		return false
	}
	g := m.Graph
	from, to := g.Children(n)
	for e := from; e < to; e++ {
		if t := g.Target(e); uint64(g.Address(t)) == store {
			if m.stored.Has(t) {
				return true
			}
			m.stored.Add(t)
			break
		}
	}
	return false
}

func (m *Measurer) priceObject(n graph.NodeID) (c zend.Cost, b zend.Bounds) {
	g, model := m.Graph, m.Out.Model
	class := m.Classes[g.KindID(n)]
	m.fillObject(n)
	object := &m.object
	c = model.ObjectCost(class, object)
	m.Out.Rebuilt += model.RebuiltTable(class, object)
	own, lost := c.Total(), false
	if class.Shows() {
		from, to := g.Children(n)
		for e := from; e < to; e++ {
			role, t := class.Role(g.KeyBytes(g.Label(e), m.buf[:])), g.Target(e)
			if role == zend.Plain {
				continue
			}
			m.hand(n, e, role)
			if role == zend.Free || role == zend.Entry || g.Missing(t) || m.Code(t) == TypeObject {
				continue
			}
			lost = lost || m.shown.Has(t) || t < n || g.Label(e).Unreliable()
			m.shown.Add(t)
			if m.Code(t) == TypeArray {
				m.FillArray(t)
				if role == zend.Storage {
					// Copy-on-write: the array may be a variable's as well. A lost
					// one is taken to be like the one that is shown in its place.
					if g.Label(e).Unreliable() || !m.shares(t) {
						c.Add(model.ArrayCostAs(role, &m.Array))
					}
				} else {
					c.Tables += model.Shown(role, m.Array.Len())
				}
			}
		}
	}
	if lost {
		m.Out.Lost[g.Name(g.Kind(n).Class)]++
	}
	if m.Out.Bounds != nil {
		b = model.ObjectBoundsAt(own, class, object, lost)
		shown := c.Total() - own
		b.High += shown
		if !lost {
			b.Low += shown
		}
	}
	return c, b
}

// hand gives a child its role. An item that several hold has that of the
// first: the one behind which it stands in the dump.
func (m *Measurer) hand(n graph.NodeID, e graph.EdgeID, r zend.Role) {
	if t := m.Graph.Target(e); t > n && r != zend.Plain && !m.Graph.Label(e).Unreliable() {
		m.Roles[t] = r
	}
}
