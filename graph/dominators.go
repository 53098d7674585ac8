package graph

import (
	"iter"
	"slices"

	"memtrail/internal/column"
)

// A node dominates another if every way from the roots to the other leads
// through it: then it alone keeps the other alive, and to cut all that leads
// to it would free both. A node's immediate dominator, its parent here, is
// the nearest of its dominators; so the dominators form a tree.

// Two nodes of the dominator tree are not in the graph.
const (
	// VirtualRoot stands above all roots. It has no parent.
	VirtualRoot = None - 1
	// Unreachable stands above what no root leads to. VirtualRoot is its parent.
	Unreachable = None - 2
)

// UnreachableLabel is how the node Unreachable is shown.
const UnreachableLabel = "(unreachable)"

// Dominators is the dominator tree of a graph under one virtual root. Weak and
// unreliable edges are not in it: they keep nothing alive. It is not changed
// once built, and may be read by any number of goroutines. It takes 4 bytes a
// node, and 4 more if some node comes before one that dominates it, which none
// does in complete dumps of php-meminfo, but for what keys of WeakMaps keep.
// What entries of WeakMaps keep alive their keys do: see weakmap.go.
//
// Below Unreachable the tree is one of its own. Its entries are the nodes that
// nothing else unreachable leads to; of nodes that lead to each other and that
// nothing else leads to, such as a garbage cycle, it is the first in the dump.
// Edges from unreachable nodes to reachable ones count for nothing, so the
// tree of the reachable ones is what it would be without the others. The pairs
// that a dump shows of a WeakMap would otherwise seem to hold their keys.
type Dominators struct {
	parent []NodeID
	order  []NodeID // dominators before what they dominate; nil: the nodes as numbered
	lost   nodeSet  // the unreachable nodes; nil: there are none
}

// Dominators computes the dominator tree, by the simple algorithm of Lengauer
// and Tarjan. Besides the result, while it works it takes 16 bytes a node and 4
// for every edge that leads back to an earlier one, and 8 bytes a node more if
// the nodes are not in the order of a walk. They are in complete dumps of
// php-meminfo, unless keys of WeakMaps keep what was printed later.
func (g *Graph) Dominators() *Dominators {
	d := g.dominators()
	reclaim(16 * uint64(g.Len()))
	return d
}

func (g *Graph) dominators() *Dominators {
	w := newWalk(g)
	// The dump has walked from a map to its values, which its keys may have been
	// printed long before.
	if g.keepsAhead() || !w.inDumpOrder() {
		w.depthFirst()
	}
	w.solve(w.predecessors())
	return w.result()
}

// Parent is the immediate dominator of a node of the graph or of Unreachable;
// None for VirtualRoot.
func (d *Dominators) Parent(n NodeID) NodeID {
	switch n {
	case VirtualRoot:
		return None
	case Unreachable:
		return VirtualRoot
	}
	return d.parent[n]
}

// Reachable reports whether a root leads to a node.
func (d *Dominators) Reachable(n NodeID) bool { return d.lost == nil || !d.lost.has(n) }

// All gives the nodes of the graph, each one behind its dominators.
func (d *Dominators) All() iter.Seq[NodeID] {
	return func(yield func(NodeID) bool) {
		for i := range d.parent {
			if !yield(d.at(i)) {
				return
			}
		}
	}
}

// at is the i-th node in the order of All.
func (d *Dominators) at(i int) NodeID {
	if d.order == nil {
		return NodeID(i)
	}
	return d.order[i]
}

// Chain gives a node and its dominators, the topmost first and the node last:
// each is a place where to cut would free the node. It has nothing of the
// nodes that are not in the graph.
func (d *Dominators) Chain(n NodeID) []NodeID {
	var chain []NodeID
	for ; n < Unreachable; n = d.parent[n] {
		chain = append(chain, n)
	}
	slices.Reverse(chain)
	return chain
}

// DominatorChildren lists for each node of a dominator tree those right below.
type DominatorChildren struct {
	first []uint32 // children of n are child[first[n]:first[n+1]]
	child []NodeID
}

// Children builds the lists, by counting. They take 8 bytes a node.
func (d *Dominators) Children() *DominatorChildren {
	n := len(d.parent)
	c := &DominatorChildren{first: column.Of[uint32](n + 3), child: column.Room[NodeID](n + 1)[:n+1]}
	count := func(p NodeID) { c.first[c.index(p)]++ }
	for _, p := range d.parent {
		count(p)
	}
	if d.lost != nil {
		count(VirtualRoot)
	}
	sum := uint32(0)
	for i := range c.first {
		sum += c.first[i]
		c.first[i] = sum
	}
	// Filling from the last child down moves each number from the end of its
	// list to the beginning.
	put := func(p, child NodeID) {
		i := c.index(p)
		c.first[i]--
		c.child[c.first[i]] = child
	}
	if d.lost != nil {
		put(VirtualRoot, Unreachable)
	}
	for i := n - 1; i >= 0; i-- {
		put(d.parent[i], NodeID(i))
	}
	c.child = c.child[:sum]
	return c
}

// index is the place of a node: the virtual ones lie behind the others.
func (c *DominatorChildren) index(n NodeID) NodeID {
	if n < Unreachable {
		return n
	}
	return NodeID(len(c.first)-3) + n - Unreachable
}

// Of lists the nodes right below a node in ascending order, Unreachable last.
// The lists own the slice.
func (c *DominatorChildren) Of(n NodeID) []NodeID {
	i := c.index(n)
	return c.child[c.first[i]:c.first[i+1]]
}

// nodeSet is a set of nodes, a bit each. The nil set is empty, but cannot be
// asked.
type nodeSet []uint64

func newNodeSet(n int) nodeSet { return column.Of[uint64]((n + 63) / 64) }

func (s nodeSet) has(n NodeID) bool { return s[n>>6]&(1<<(n&63)) != 0 }

func (s nodeSet) add(n NodeID) { s[n>>6] |= 1 << (n & 63) }
