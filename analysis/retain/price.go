package retain

import (
	"memtrail/graph"
	"memtrail/zend"
)

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
	m.Out.set(n, total)
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
			if role := class.Role(g.KeyBytes(g.Label(e), m.buf[:])); role != zend.Plain {
				m.hand(n, e, role)
				lost = m.priceShown(n, e, role, &c) || lost
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

// priceShown charges an object for a table that it shows. It reports whether the
// table is lost: what is shown in its place is another's.
func (m *Measurer) priceShown(n graph.NodeID, e graph.EdgeID, role zend.Role, c *zend.Cost) (lost bool) {
	g, t := m.Graph, m.Graph.Target(e)
	if role == zend.Free || role == zend.Entry || g.Missing(t) || m.Code(t) == TypeObject {
		return false
	}
	lost = m.shown.Has(t) || t < n || g.Label(e).Unreliable()
	m.shown.Add(t)
	if m.Code(t) != TypeArray {
		return lost
	}
	m.FillArray(t)
	switch {
	case role != zend.Storage:
		c.Tables += m.Out.Model.Shown(role, m.Array.Len())
	case g.Label(e).Unreliable() || !m.shares(t):
		// Copy-on-write: the array may be a variable's as well. A lost one is taken
		// to be like the one that is shown in its place.
		c.Add(m.Out.Model.ArrayCostAs(role, &m.Array))
	}
	return lost
}

// hand gives a child its role. An item that several hold has that of the
// first: the one behind which it stands in the dump.
func (m *Measurer) hand(n graph.NodeID, e graph.EdgeID, r zend.Role) {
	if t := m.Graph.Target(e); t > n && r != zend.Plain && !m.Graph.Label(e).Unreliable() {
		m.Roles[t] = r
	}
}
