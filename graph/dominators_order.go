package graph

// inDumpOrder takes the order of the nodes for the walk, and finds the tree of
// it. It returns false if they are in no order that a depth-first walk can
// have: then only depthFirst can follow.
//
// In such an order, no edge leads forward out of the subtree of its source. So
// the parent of a vertex is the last one before it that leads to it; that one
// must still be open when the vertex comes, which is to say that the vertices
// since then are all below it; and so must the others before it that lead to
// it. The latter is seen when a parent is replaced by a later one: if the
// former is open then, it is above the latter. All of it takes one pass over
// the edges.
func (w *walk) inDumpOrder() bool {
	g, at := w.g, w.at
	o := orderCheck{walk: w, closed: newNodeSet(g.Len()), roots: g.roots}
	for v := preorder(1); int(v) < len(at); v++ {
		if !o.arrive(v) {
			return false
		}
		n := w.nodeOf(v)
		for e := g.first[n]; e < g.first[n+1]; e++ {
			if !g.walked(e) {
				continue
			}
			switch t := w.numberOf(g.target[e]); {
			case t > v && at[t].ancestor == 0:
				at[t].ancestor = v
			case t > v && !o.again(v, t), t < v && w.lost != nil && !o.back(t):
				return false
			}
		}
	}
	return true
}

// orderCheck is the state of inDumpOrder. Its methods return false if the
// order is none of a walk.
type orderCheck struct {
	*walk
	class  class       // of the vertex at hand
	last   [2]preorder // the last vertex of each class
	closed nodeSet     // what is below them has come
	roots  []Root      // those still to come

	entry  preorder // of the unreachable vertices at hand
	cyclic bool     // something leads back to it
	cycles preorder // the last vertex below an earlier such entry
}

// class tells the reachable vertices from the others. They are walked
// independently of each other.
type class uint8

const (
	reached class = iota
	unreached
)

func (o *orderCheck) classOf(v preorder) class {
	if o.isLost(v) {
		return unreached
	}
	return reached
}

// arrive settles the class of a vertex, and closes those that are not above.
func (o *orderCheck) arrive(v preorder) bool {
	a := &o.at[v]
	n := o.nodeOf(v)
	switch {
	case len(o.roots) > 0 && o.roots[0].Node == n:
		o.roots = o.roots[1:]
		if a.ancestor != 0 && o.classOf(a.ancestor) == unreached {
			a.ancestor = 0
		}
		o.class = reached
	case a.ancestor == 0:
		if o.cyclic {
			o.cycles = o.last[unreached]
		}
		o.entry, o.cyclic = v, false
		o.class = unreached
	default:
		o.class = o.classOf(a.ancestor)
	}
	if o.class == unreached {
		o.lose(n)
	}
	for top := o.last[o.class]; top != a.ancestor; top = o.at[top].ancestor {
		if top < a.ancestor {
			return false
		}
		o.closed.add(o.nodeOf(top))
	}
	o.last[o.class] = v
	return true
}

// again takes another edge from v to a vertex that is still to come.
func (o *orderCheck) again(v, t preorder) bool {
	a := &o.at[t]
	switch c := o.classOf(a.ancestor); {
	case c == unreached && o.class == reached:
		// So t is reachable.
	case c == reached && o.class == unreached:
		return true // the edge does not count
	case o.closed.has(o.nodeOf(a.ancestor)):
		return false
	}
	a.ancestor = v
	return true
}

// back takes an edge to a vertex that has come, perhaps too early: as
// unreachable where it can be reached, or as an entry where something else
// leads to it.
func (o *orderCheck) back(t preorder) bool {
	switch {
	case o.classOf(t) == reached:
		return true
	case o.class == reached:
		return false
	case t == o.entry:
		o.cyclic = true
		return true
	}
	earlierEntry := o.at[t].ancestor == 0
	return !earlierEntry && t > o.cycles // up to cycles, t may lead to one
}
