package tree

import (
	"memtrail/analysis/retain"
	"memtrail/graph"
)

// A Grower makes the same tree as [Build], but each node's children only when
// they are asked for, and all of them that retain anything. It takes 16 bytes a
// node of the graph, and 4 for each item of a branch that was grown. It is not
// for several goroutines at once.
type Grower struct{ b *treeBuilder }

// NewGrower makes a grower. What is retained must be known.
func NewGrower(r *retain.Retention) *Grower {
	t := &Tree{Caveats: r.Caveats(), Reported: r.Reported}
	return &Grower{newTreeBuilder(r, t, Options{})}
}

// A Branch is a node of a tree that grows.
type Branch struct {
	// Node has no children and no path: see Below and [Grower.Path].
	Node TreeNode
	// Rest is what is right below it and retains nothing of its own, such as the
	// numbers in an array. It is known once Below was asked for.
	Rest uint64

	at    *branch
	below []*Branch
	grown bool
}

// Items are those that the branch stands for. The branch owns the slice.
func (b *Branch) Items() []graph.NodeID { return b.at.items }

// From plants a tree at an item, or at graph.VirtualRoot for all roots.
func (g *Grower) From(start graph.NodeID) *Branch {
	root := g.b.plant(start)
	return &Branch{Node: root.node, at: root}
}

// Path is the expression of the item of a branch that retains most, "" where
// there is none.
func (g *Grower) Path(of *Branch) string { return g.b.path(of.at) }

// Expression is the expression of a shortest path to a node, "" where no root
// leads there, or only a very long way.
func (g *Grower) Expression(n graph.NodeID) string { return g.b.holders.expression(n) }

// Dominated lists what an item dominates directly. The grower owns the slice.
func (g *Grower) Dominated(n graph.NodeID) []graph.NodeID { return g.b.children.Of(n) }

// Below gives the branches right below one, most bytes first. The branch owns
// the slice. It takes time in proportion to what the branch's items dominate
// directly, the first time.
func (g *Grower) Below(of *Branch) []*Branch {
	if of.grown {
		return of.below
	}
	of.grown = true
	at := of.at
	if first := at.items[0]; first < graph.Unreachable && g.b.sorter.leaves[g.b.sorter.kind(first)] {
		return nil
	}
	folds := g.b.choose(at)
	of.Rest = g.b.countBelow(at)
	for i := range folds {
		f := &folds[i]
		child := g.b.branchOf(at, f)
		of.Rest -= f.count
		of.below = append(of.below, &Branch{Node: child.node, at: child})
	}
	return of.below
}

// Leaf reports whether nothing is below a branch, as far as that is known
// without growing it.
func (g *Grower) Leaf(of *Branch) bool {
	if of.grown {
		return len(of.below) == 0
	}
	for _, n := range of.at.items {
		if len(g.b.children.Of(n)) > 0 {
			return false
		}
	}
	return true
}

// Largest is the item of a branch that has most of something, the first of
// several; a virtual node where the branch stands for no item.
func (b *Branch) Largest(of func(graph.NodeID) uint64) graph.NodeID {
	largest := b.at.items[0]
	for _, n := range b.at.items[1:] {
		if of(n) > of(largest) {
			largest = n
		}
	}
	return largest
}
