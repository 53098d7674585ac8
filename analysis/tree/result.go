package tree

import "memtrail/analysis"

// Tree is the dominator tree of a dump from one item, or from all roots, down.
type Tree struct {
	analysis.Source
	analysis.Caveats
	Reported  bool   // bytes are the dump's own sizes, not allocated ones
	Least     uint64 // bytes; what retains less is left out
	Elsewhere uint64 // items that the one started from holds, but others do, too: they are not below it
	Root      TreeNode
}

// TreeNode is an item of a dominator tree, or several folded into one.
type TreeNode struct {
	Label string // how its parent holds it: "$app", "->cache", "[501]", "[*]"; "…" in front where something between them does
	Path  string // expression of a way to it from a root; "" where there is none, or a very long one. Of folded ones, of the largest
	ID    string // of folded ones, of the largest; "" where it is no item
	Type  string // "" where it is no item
	Class string
	// Fingerprint is that of the shape of the way, the same in all dumps: see
	// [paths.Fingerprint]. "" where there is no path, or unless asked for.
	Fingerprint string
	Count       uint64  // items that are folded into it; 1 for one
	Chain       bool    // the folded ones hold one another, each the next
	Own         uint64  // bytes that it takes itself, all of the folded ones together
	Retained    uint64  // bytes that would be freed with it, all of the folded ones together
	Share       float64 // Retained, of Caveats.Explained
	Kept        uint64  // items that would be freed with it, itself included; 0 unless asked for
	Children    []TreeNode
	// What is right below it, but was left out for being small, many or deep.
	Hidden      uint64 // items
	HiddenBytes uint64 // that they retain
}

// All calls yield for each node, parents before their children, with its depth,
// 0 for the root. It stops when yield returns false.
func (t *Tree) All(yield func(depth int, n *TreeNode) bool) {
	t.Root.all(0, yield)
}

func (n *TreeNode) all(depth int, yield func(int, *TreeNode) bool) bool {
	if !yield(depth, n) {
		return false
	}
	for i := range n.Children {
		if !n.Children[i].all(depth+1, yield) {
			return false
		}
	}
	return true
}
