package tree

import (
	"cmp"
	"math"
	"slices"
)

// Change sets the trees of two dumps of one process against each other.
type Change struct {
	Least  uint64 // bytes: what retained less in both dumps is left out
	Unseen uint64 // bytes: what retained less in one dump counts as nothing there
	Root   ChangeNode
}

// ChangeNode is what a dump has, or both have, at one place: nodes of one label
// and one kind, below those of one.
type ChangeNode struct {
	Label, Type, Class string
	Path, ID           string // in the later dump; in the earlier one where the later has none
	Gone               bool   // the later dump has none
	Before, After      Amounts
	// Weight is a width at which nodes and what is below them can be drawn: what
	// all of it took in the dump that it took more in, in bytes.
	Weight   uint64
	Children []ChangeNode // most weight first
}

// Amounts are what a place came to in a dump; see [TreeNode]. Own, HiddenBytes and
// what the children retain sum to Retained.
type Amounts struct{ Count, Own, Retained, Hidden, HiddenBytes uint64 }

// Delta is what a place gained, below zero if it lost.
func (n *ChangeNode) Delta() int64 { return int64(n.After.Retained) - int64(n.Before.Retained) }

// Changed says what became of a place.
type Changed string

// What may become of a place.
const (
	Appeared Changed = "appeared"
	Grew     Changed = "grew"
	Same     Changed = "the same"
	Shrank   Changed = "shrank"
	Vanished Changed = "vanished"
)

// Changed says what became of the place.
func (n *ChangeNode) Changed() Changed {
	switch delta := n.Delta(); {
	case n.Before.Count == 0:
		return Appeared
	case n.After.Count == 0:
		return Vanished
	case delta > 0:
		return Grew
	case delta < 0:
		return Shrank
	}
	return Same
}

// Compare matches the nodes of two trees from the root down, by how they are held
// and what they are. minShare is the share of the whole below which a place is
// left out, nodes how many there may be; 0: all.
func Compare(before, after *Tree, minShare float64, nodes int) *Change {
	c := &Change{Unseen: max(before.Least, after.Least)}
	c.Root = merged([]*TreeNode{&before.Root}, []*TreeNode{&after.Root})
	c.Least = uint64(math.Ceil(minShare * float64(c.Root.Weight)))
	if nodes > 0 {
		var weights []uint64
		c.Root.all(func(n *ChangeNode) { weights = append(weights, n.Weight) })
		if len(weights) > nodes {
			slices.SortFunc(weights, func(a, b uint64) int { return cmp.Compare(b, a) })
			c.Least = max(c.Least, weights[nodes]+1)
		}
	}
	c.Root.cut(c.Least)
	return c
}

// all gives a node and all below it.
func (n *ChangeNode) all(use func(*ChangeNode)) {
	use(n)
	for i := range n.Children {
		n.Children[i].all(use)
	}
}

// place is what nodes of both trees have in common.
type place struct{ label, kind, class string }

// merged is the node for nodes of both trees that are at one place.
func merged(before, after []*TreeNode) ChangeNode {
	var n ChangeNode
	largest := uint64(0)
	for i, list := range [][]*TreeNode{after, before} {
		for _, x := range list {
			if i == 1 && len(after) > 0 {
				break
			}
			if x.Retained >= largest { // of several, the largest stands for them
				largest = x.Retained
				n.Label, n.Type, n.Class, n.Path, n.ID = x.Label, x.Type, x.Class, x.Path, x.ID
			}
		}
	}
	n.Gone = len(after) == 0
	n.Before, n.After = amountsOf(before), amountsOf(after)
	type pair struct{ before, after []*TreeNode }
	var order []place
	children := map[place]*pair{}
	collect := func(list []*TreeNode, to func(*pair) *[]*TreeNode) {
		for _, x := range list {
			for i := range x.Children {
				c := &x.Children[i]
				key := place{c.Label, c.Type, c.Class}
				p, ok := children[key]
				if !ok {
					p = &pair{}
					children[key] = p
					order = append(order, key)
				}
				side := to(p)
				*side = append(*side, c)
			}
		}
	}
	collect(after, func(p *pair) *[]*TreeNode { return &p.after })
	collect(before, func(p *pair) *[]*TreeNode { return &p.before })
	for _, key := range order {
		p := children[key]
		n.Children = append(n.Children, merged(p.before, p.after))
	}
	slices.SortStableFunc(n.Children, func(a, b ChangeNode) int { return cmp.Compare(b.Weight, a.Weight) })
	n.Weight = max(n.Before.Own+n.Before.HiddenBytes, n.After.Own+n.After.HiddenBytes)
	for i := range n.Children {
		n.Weight += n.Children[i].Weight
	}
	return n
}

func amountsOf(list []*TreeNode) Amounts {
	var a Amounts
	for _, x := range list {
		a.Count += x.Count
		a.Own += x.Own
		a.Retained += x.Retained
		a.Hidden += x.Hidden
		a.HiddenBytes += x.HiddenBytes
	}
	return a
}

// cut hides what weighs less than a number of bytes.
func (n *ChangeNode) cut(least uint64) {
	shown := n.Children[:0]
	for i := range n.Children {
		c := &n.Children[i]
		if c.Weight >= max(least, 1) {
			c.cut(least)
			shown = append(shown, *c)
			continue
		}
		n.Before.hide(&c.Before)
		n.After.hide(&c.After)
	}
	n.Children = shown
}

func (a *Amounts) hide(c *Amounts) {
	a.Hidden += c.Count
	a.HiddenBytes += c.Retained
}

// mostOf is the share of a place's change that one place below it must have for
// the change to be that one's.
const mostOf = 0.8

// Decisive are the places at which the change is decided, those that changed most
// first: what is below each changed, too, but no single place below it has most
// of that. None is below another. least is the least change, in bytes.
func (c *Change) Decisive(least uint64) []*ChangeNode {
	var list []*ChangeNode
	var walk func(n *ChangeNode, isRoot bool)
	walk = func(n *ChangeNode, isRoot bool) {
		size, largest := magnitude(n.Delta()), uint64(0)
		for i := range n.Children {
			largest = max(largest, magnitude(n.Children[i].Delta()))
		}
		if !isRoot && size >= max(least, 1) && float64(largest) < mostOf*float64(size) {
			list = append(list, n)
			return
		}
		for i := range n.Children {
			walk(&n.Children[i], false)
		}
	}
	walk(&c.Root, true)
	slices.SortStableFunc(list, func(a, b *ChangeNode) int { return cmp.Compare(magnitude(b.Delta()), magnitude(a.Delta())) })
	return list
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return uint64(-n)
	}
	return uint64(n)
}
