package analysis

import (
	"math"
	"sync"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
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
	allocated []uint32
	big       map[graph.NodeID]uint64
	parts     [numTypes]part // by type, with Bounds
}

// part is what the nodes of one type come to.
type part struct {
	spent  uint64
	bounds zend.Bounds
}

// Of is what a node costs by itself, in bytes.
func (s *Sizes) Of(n graph.NodeID) uint64 {
	if s.exact != nil {
		return s.exact.Alloc(n)
	}
	if v := s.allocated[n]; v != math.MaxUint32 {
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
	m := newMeasurer(g, info, php, withBounds)
	for n := range graph.NodeID(g.Len()) {
		m.price(n)
	}
	if b := m.out.Bounds; b != nil {
		for _, p := range m.out.parts {
			b.Add(p.bounds)
		}
	}
	return m.out
}

// newMeasurer makes a measurer that knows version and classes, and has yet to
// price the nodes.
func newMeasurer(g *graph.Graph, info *dump.Info, php zend.Version, withBounds bool) *measurer {
	m := &measurer{
		g: g, out: &Sizes{Lost: map[string]uint64{}, allocated: make([]uint32, g.Len()), big: map[graph.NodeID]uint64{}},
		types: make([]typeCode, len(g.Kinds())),
		roles: make([]zend.Role, g.Len()), shown: newBits(g.Len()), stored: newBits(g.Len()),
	}
	m.inferVersion(php)
	if info.Header != nil {
		m.out.Model.Limit = info.Header.PeakMemoryUsage
	}
	m.out.Model.Real = producerOf(g, info) == producerReli
	if withBounds {
		m.out.Bounds = &zend.Bounds{}
	}
	m.learn()
	m.out.ObjectTable = zend.ObjectStore(m.highest)
	m.out.Baseline = m.out.Model.Baseline()
	return m
}

// typeCode is a type as far as prices differ by it.
type typeCode uint8

const (
	typeOther typeCode = iota
	typeString
	typeArray
	typeObject
	typeResource
	numTypes
)

func typeCodeOf(name string) typeCode {
	switch name {
	case "string":
		return typeString
	case "array":
		return typeArray
	case "object":
		return typeObject
	case "resource", "resource (closed)":
		return typeResource
	}
	return typeOther
}

// measurer prices the nodes of a graph in their order.
type measurer struct {
	g       *graph.Graph
	out     *Sizes
	types   []typeCode    // by kind
	classes []*zend.Class // by kind, of objects; kinds of one class share it
	roles   []zend.Role   // by node: what it is to the first that holds it
	shown   bits          // tables that objects have paid for
	stored  bits          // first slots of bucket stores that are paid for
	highest uint64        // object handle

	array  zend.Array
	object zend.Object
	buf    [24]byte
}

// bits is a set of nodes.
type bits []uint64

func newBits(n int) bits                         { return make(bits, n/64+1) }
func (b bits) has(n graph.NodeID) bool           { return b[n/64]&(1<<(n%64)) != 0 }
func (b bits) add(n graph.NodeID)                { b[n/64] |= 1 << (n % 64) }
func (m *measurer) code(n graph.NodeID) typeCode { return m.types[m.g.KindID(n)] }

// enoughEvidence is the number of neighbouring elements from which on no
// further array is looked at for the version.
const enoughEvidence = 10_000

// inferVersion finds out which PHP wrote the dump, and so the model.
func (m *measurer) inferVersion(php zend.Version) {
	g := m.g
	var e zend.Evidence
	for k, kind := range g.Kinds() {
		name := g.Name(kind.Type)
		e.Type([]byte(name))
		m.types[k] = typeCodeOf(name)
	}
	if php == zend.Auto {
		for n := range graph.NodeID(g.Items()) {
			switch m.code(n) {
			case typeArray:
				m.fillArray(n)
				e.Array(&m.array)
			case typeObject:
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
		m.out.PHP, m.out.Why = e.Range(), e.Why()
		php = m.out.PHP.Version()
	} else {
		m.out.PHP, m.out.Why = zend.Range{From: php, To: php}, "as given"
	}
	m.out.Model = zend.New(php)
}

// sharedFrom is the number of items from which on two goroutines learn.
const sharedFrom = 1 << 16

// learn looks at all objects, so that what their classes have in common is
// known before the first is priced.
func (m *measurer) learn() {
	items := graph.NodeID(m.g.Items())
	m.classes = m.newClasses()
	if items < sharedFrom {
		m.learnFrom(0, items)
		return
	}
	half := *m
	half.classes = m.newClasses()
	var wg sync.WaitGroup
	wg.Go(func() { half.learnFrom(items/2, items) })
	m.learnFrom(0, items/2)
	wg.Wait()
	m.highest = max(m.highest, half.highest)
	merged := map[*zend.Class]bool{nil: true}
	for k, c := range m.classes {
		if !merged[c] {
			merged[c] = true
			c.Merge(half.classes[k])
		}
	}
}

// newClasses gives what is known of each kind's class by its name.
func (m *measurer) newClasses() []*zend.Class {
	g := m.g
	classes := make([]*zend.Class, len(g.Kinds()))
	byName := map[graph.NameID]*zend.Class{}
	for k, kind := range g.Kinds() {
		if m.types[k] != typeObject {
			continue
		}
		c, ok := byName[kind.Class]
		if !ok {
			c = m.out.Model.Class(g.Name(kind.Class))
			byName[kind.Class] = c
		}
		classes[k] = c
	}
	return classes
}

func (m *measurer) learnFrom(from, to graph.NodeID) {
	g := m.g
	for n := from; n < to; n++ {
		if c := m.classes[g.KindID(n)]; c != nil {
			m.fillObject(n)
			m.out.Model.Recognise(c, &m.object)
			c.Learn(&m.object)
			if h, ok := g.HandleNumber(n); ok {
				m.highest = max(m.highest, h)
			}
		}
	}
}

func (m *measurer) fillArray(n graph.NodeID) {
	g := m.g
	m.array.Reset()
	from, to := g.Children(n)
	for e := from; e < to; e++ {
		l, t := g.Label(e), g.Target(e)
		if i, ok := g.IntKey(l); ok {
			m.array.AddInt(i, m.id(t), m.childKind(t))
		} else {
			m.array.Add(g.KeyBytes(l, nil), m.id(t), m.childKind(t))
		}
	}
}

func (m *measurer) fillObject(n graph.NodeID) {
	g := m.g
	m.object.Reset(m.id(n))
	from, to := g.Children(n)
	for e := from; e < to; e++ {
		t := g.Target(e)
		m.object.Add(g.KeyBytes(g.Label(e), m.buf[:]), m.id(t), m.childKind(t))
	}
}

// id is a node's address as package zend wants it.
func (m *measurer) id(n graph.NodeID) uint64 {
	if a := m.g.Address(n); !a.Opaque() {
		return uint64(a)
	}
	return zend.NoAddress
}

func (m *measurer) childKind(n graph.NodeID) zend.Kind {
	switch {
	case m.g.Missing(n):
		return zend.Unknown
	case m.code(n) == typeObject:
		return zend.IsObject
	}
	return zend.IsValue
}

// price prices a node, and hands down to its children what they are to it.
func (m *measurer) price(n graph.NodeID) {
	g, model := m.g, m.out.Model
	code := m.code(n)
	if code == typeOther && !model.Real {
		return // it lives in its container's slot
	}
	var c zend.Cost
	var b zend.Bounds
	switch {
	case model.Real:
		c = model.Reported([]byte(g.Name(g.Kind(n).Type)), g.Size(n))
		b = zend.Exactly(c.Total())
	case code == typeString:
		length := zend.StringLen(g.Size(n))
		c.Strings = model.StringAs(m.roles[n], length)
		if m.out.Bounds != nil && c.Strings > 0 {
			b = model.StringBounds(length)
		}
	case code == typeArray:
		c, b = m.priceArray(n)
	case code == typeObject:
		c, b = m.priceObject(n)
	case code == typeResource:
		c.Objects = zend.Resource
		b = zend.Exactly(zend.Resource)
	}
	total := c.Total()
	m.out.ByKind.Add(c)
	if m.out.Bounds != nil {
		m.out.parts[code].spent += total
		m.out.parts[code].bounds.Add(b)
	}
	if total < math.MaxUint32 {
		m.out.allocated[n] = uint32(total)
	} else {
		m.out.allocated[n] = math.MaxUint32
		m.out.big[n] = total
	}
}

func (m *measurer) priceArray(n graph.NodeID) (c zend.Cost, b zend.Bounds) {
	g, model, role := m.g, m.out.Model, m.roles[n]
	m.fillArray(n)
	if !m.shown.has(n) && !m.shares(n) {
		c = model.ArrayCostAs(role, &m.array)
	}
	b = zend.Exactly(c.Total())
	if m.out.Bounds != nil && role == zend.Plain && c.Total() > 0 {
		b = model.ArrayBounds(&m.array)
	}
	if role == zend.Plain {
		role = m.array.Role()
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
func (m *measurer) shares(n graph.NodeID) bool {
	store, ok := m.array.Store()
	if !ok {
		return false
	}
	g := m.g
	from, to := g.Children(n)
	for e := from; e < to; e++ {
		if t := g.Target(e); uint64(g.Address(t)) == store {
			if m.stored.has(t) {
				return true
			}
			m.stored.add(t)
			break
		}
	}
	return false
}

func (m *measurer) priceObject(n graph.NodeID) (c zend.Cost, b zend.Bounds) {
	g, model := m.g, m.out.Model
	class := m.classes[g.KindID(n)]
	m.fillObject(n)
	object := &m.object
	c = model.ObjectCost(class, object)
	m.out.Rebuilt += model.RebuiltTable(class, object)
	own, lost := c.Total(), false
	if class.Shows() {
		from, to := g.Children(n)
		for e := from; e < to; e++ {
			role, t := class.Role(g.KeyBytes(g.Label(e), m.buf[:])), g.Target(e)
			if role == zend.Plain {
				continue
			}
			m.hand(n, e, role)
			if role == zend.Free || role == zend.Entry || g.Missing(t) || m.code(t) == typeObject {
				continue
			}
			lost = lost || m.shown.has(t) || t < n || g.Label(e).Unreliable()
			m.shown.add(t)
			if m.code(t) == typeArray {
				m.fillArray(t)
				if role == zend.Storage {
					// Copy-on-write: the array may be a variable's as well. A lost
					// one is taken to be like the one that is shown in its place.
					if g.Label(e).Unreliable() || !m.shares(t) {
						c.Add(model.ArrayCostAs(role, &m.array))
					}
				} else {
					c.Tables += model.Shown(role, m.array.Len())
				}
			}
		}
	}
	if lost {
		m.out.Lost[g.Name(g.Kind(n).Class)]++
	}
	if m.out.Bounds != nil {
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
func (m *measurer) hand(n graph.NodeID, e graph.EdgeID, r zend.Role) {
	if t := m.g.Target(e); t > n && r != zend.Plain && !m.g.Label(e).Unreliable() {
		m.roles[t] = r
	}
}
