package tree

import (
	"slices"

	"memtrail/graph"
)

// chain says how the items of a branch hold others that belong to it, too: the
// links. What these retain is not below the branch again.
type chain struct {
	how chainKind
	by  hold
}

// chainKind tells the chains, and their parts.
type chainKind uint8

const (
	noChain       chainKind = iota
	throughItems            // an item holds the next: lists
	throughArrays           // an item holds an array, and this the next: trees
	chainArrays             // the arrays of such a chain
)

// minChain is the length from which on a chain is one node.
const minChain = 4

// chainOf says what chain the items of a fold may form, or what part of the
// chain of the branch that they are below.
func (b *treeBuilder) chainOf(f *shownFold, above chain) chain {
	object := b.sorter.objects[f.kind]
	switch f.how {
	case toProperty, toProperties:
		switch {
		case object && f.how == toProperty:
			return chain{throughItems, f.hold}
		case !object && above.how == throughArrays:
			return chain{chainArrays, above.by}
		}
	case toInt, toKey, toNumbered, toKeys:
		switch {
		case object:
			return chain{throughArrays, f.hold}
		case f.how == toKey:
			return chain{throughItems, f.hold}
		}
	}
	return chain{}
}

// follow gives the items of a fold with all the links behind them; without, if
// they do not go far.
func (b *treeBuilder) follow(f *shownFold, above chain) ([]graph.NodeID, chain) {
	c := b.chainOf(f, above)
	if c.how == noChain || c.how == chainArrays {
		return f.items, c
	}
	all := slices.Clip(f.items) // appending copies
	length := 0
	for from := 0; from < len(all); length++ {
		level := all[from:]
		from = len(all)
		for _, m := range level {
			for _, n := range b.children.Of(m) {
				if b.isLink(c, n) {
					all = append(all, n)
				} else if c.how == throughArrays && b.isChainArray(n) {
					all = b.appendLinks(all, c, n)
				}
			}
		}
	}
	if length < minChain {
		return f.items, chain{}
	}
	return all, c
}

// appendLinks appends the links in an array of a chain.
func (b *treeBuilder) appendLinks(to []graph.NodeID, c chain, array graph.NodeID) []graph.NodeID {
	for _, n := range b.children.Of(array) {
		if b.isLink(chain{chainArrays, c.by}, n) {
			to = append(to, n)
		}
	}
	return to
}

// isLink reports whether a node that an item of a chain dominates is a link.
func (b *treeBuilder) isLink(c chain, n graph.NodeID) bool {
	switch c.how {
	case throughItems:
		return b.sorter.links(c.by, n)
	case chainArrays:
		_, ok := b.holders.edge(n)
		return ok && b.sorter.kind(n) == c.by.kind
	}
	return false
}

// isChainArray reports whether there may be links in what an item of a chain
// through arrays dominates.
func (b *treeBuilder) isChainArray(n graph.NodeID) bool {
	kind := b.sorter.kind(n)
	if b.sorter.leaves[kind] || b.sorter.objects[kind] {
		return false
	}
	_, ok := b.holders.edge(n)
	return ok
}

// retained is what a node below a branch retains but for links.
func (b *treeBuilder) retained(at *branch, n graph.NodeID) uint64 {
	return b.butForLinks(at, n, b.r.Retained.Of)
}

// keeps is the number of items that a node below a branch keeps, itself included,
// but for links; 0 if nobody asked.
func (b *treeBuilder) keeps(at *branch, n graph.NodeID) uint64 {
	if b.kept == nil {
		return 0
	}
	return b.butForLinks(at, n, b.kept.Of)
}

// butForLinks is a sum of a node below a branch without that of the links of its
// chain.
func (b *treeBuilder) butForLinks(at *branch, n graph.NodeID, of func(graph.NodeID) uint64) uint64 {
	sum := of(n)
	if at.chain.how == throughArrays && b.isChainArray(n) {
		for _, link := range b.children.Of(n) {
			if b.isLink(chain{chainArrays, at.chain.by}, link) {
				sum -= of(link)
			}
		}
	}
	return sum
}
