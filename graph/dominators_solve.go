package graph

import "memtrail/internal/column"

// The algorithm is the simple version of
//
//	T. Lengauer, R. E. Tarjan: A Fast Algorithm for Finding Dominators in a
//	Flowgraph. ACM TOPLAS 1(1), 1979
//
// with what is known since of doing it in little memory, see
//
//	L. Georgiadis, R. E. Tarjan, R. F. Werneck: Finding Dominators in
//	Practice. Journal of Graph Algorithms and Applications 10(1), 2006
//
// It is never far behind the faster ones on dumps, and never quadratic, as
// they are on a chain whose members its head holds too.

// vertex is what is known of a vertex. Vertices have their turn in descending
// order, and the fields mean one thing before it and another from it on.
type vertex struct {
	ancestor preorder // the parent in the walk; from then on, any vertex above, by compression
	label    preorder // the first vertex that leads to it; of the vertices up to the ancestor, the one with the least semi
	semi     preorder // the first vertex in its bucket; its semidominator
	dom      preorder // where its list in predecessors begins; the next one in the bucket that it is in; then its dominator
}

// predecessors lists for each vertex the later ones that lead to it, and sets
// the vertices up to be solved. Of the earlier ones only the first matters,
// as for those a semidominator needs no search.
func (w *walk) predecessors() []preorder {
	g, at := w.g, w.at
	for v := preorder(1); int(v) < len(at); v++ {
		n := w.nodeOf(v)
		for e := g.first[n]; e < g.first[n+1]; e++ {
			if t := w.numberOf(g.target[e]); t > v {
				if at[t].label == 0 && w.connects(v, e, t) {
					at[t].label = v
				}
			} else if t != v && w.connects(v, e, t) {
				at[t].dom++
			}
		}
	}
	for _, r := range g.roots {
		at[w.numberOf(r.Node)].label = 0
	}
	sum := preorder(0)
	for v := range at {
		sum += at[v].dom
		at[v].dom = sum
	}
	// Filling from the last vertex down leaves each dom at the beginning.
	later := column.Room[preorder](int(sum))[:sum]
	for v := preorder(len(at) - 1); sum > 0 && v > 0; v-- {
		n := w.nodeOf(v)
		for e := g.first[n]; e < g.first[n+1]; e++ {
			if t := w.numberOf(g.target[e]); t < v && w.connects(v, e, t) {
				at[t].dom--
				later[at[t].dom] = v
			}
		}
	}
	return later
}

// connects reports whether an edge counts: it is walked, and does not lead
// from an unreachable vertex to a reachable one.
func (w *walk) connects(v preorder, e EdgeID, t preorder) bool {
	return w.g.walked(e) && (w.lost == nil || w.isLost(v) == w.isLost(t))
}

// solve computes the dominators.
func (w *walk) solve(later []preorder) {
	at := w.at
	end := preorder(len(later))
	untouched := end
	for i := preorder(len(at) - 1); i > 0; i-- {
		a := &at[i]
		for v := a.semi; v != 0; {
			next := at[v].dom
			at[v].dom = i
			if u := least(at, v, i); at[u].semi < i {
				at[v].dom = u // has the same dominator
			}
			v = next
		}
		semi := a.label
		for ; end > a.dom; end-- {
			if end == untouched {
				untouched -= min(end, ahead)
				w.touched = touch(at, later[untouched:end])
			}
			semi = min(semi, at[least(at, later[end-1], i)].semi)
		}
		a.label, a.semi = i, semi
		if semi == a.ancestor || semi == 0 {
			a.dom = semi
		} else {
			a.dom = at[semi].semi
			at[semi].semi = i
		}
	}
	for i := range at {
		if a := &at[i]; a.dom != a.semi {
			a.dom = at[a.dom].dom
		}
	}
}

// touch reads what least is going to look at first, and gives something that depends
// on all of it: see ahead.
func touch(at []vertex, vertices []preorder) (all preorder) {
	for _, v := range vertices {
		all |= at[v].label
	}
	for _, v := range vertices {
		all |= at[at[v].label].semi | at[at[v].ancestor].label
	}
	return all
}

// least gives, of a vertex behind i and those above it down to i, the one with
// the least semidominator, and makes the way there one step long. On the way
// up the ancestors are turned round, which spares a stack as long as the way.
func least(at []vertex, v, i preorder) preorder {
	below := preorder(0)
	for at[v].ancestor > i {
		at[v].ancestor, below, v = below, v, at[v].ancestor
	}
	top, label := at[v].ancestor, at[v].label
	if below == 0 {
		return label
	}
	semi := at[label].semi
	for v := below; v != 0; {
		a := &at[v]
		v, a.ancestor = a.ancestor, top
		if s := at[a.label].semi; semi < s {
			a.label = label
		} else {
			label, semi = a.label, s
		}
	}
	return label
}

// result gives the tree by nodes.
func (w *walk) result() *Dominators {
	n := w.g.Len()
	d := &Dominators{parent: column.Room[NodeID](n)[:n], lost: w.lost}
	ordered := true
	for v := preorder(1); int(v) < len(w.at); v++ {
		parent := VirtualRoot
		if p := w.at[v].dom; p != 0 {
			parent = w.nodeOf(p)
		} else if w.isLost(v) {
			parent = Unreachable
		}
		n := w.nodeOf(v)
		d.parent[n] = parent
		ordered = ordered && (parent >= Unreachable || parent < n)
	}
	if !ordered {
		d.order = w.node[1:]
	}
	return d
}
