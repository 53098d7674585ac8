package tree

import (
	"cmp"
	"container/heap"
	"math"
	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
	"sync"
)

// Options says how much of a dominator tree is wanted.
type Options struct {
	From     string  // id or expression of the item to start from; "": all roots
	Depth    int     // levels below the start, at most 100, which is also what 0 stands for
	MinShare float64 // of Caveats.Explained: what retains less is left out; negative: a hundredth of what the start retains, or less if nothing has that
	Children int     // of each node, the most to show; 0: all
	Nodes    int     // the most to show, those that retain most; 0: all
	Kept     bool    // count the items that each node keeps, too; this takes 4 bytes a node
	Shapes   bool    // fill in TreeNode.Fingerprint
}

// maxTreeDepth bounds the nesting of a Tree, whatever the depth of the data.
const maxTreeDepth = 100

// Need is what [Build] takes beside a graph, with the sizes that it works on.
var Need = graph.Need{Node: 23}

// Tree gives the dominator tree from the roots down, or from one item: what
// keeps how much alive. What is retained must be known. The error is that of
// [Locate].
//
// Siblings of one kind that are held in one way are folded into one node, but
// for those that retain far more than the others. So a node stands for several
// items, and those below it for what these dominate. A chain, of items each of
// which holds the next, is one node, too. The time this takes is in proportion
// to the dump, whatever the options. The memory is 16 bytes a node, and 8 more
// if some node is held by none of those that it is shown below.
func Build(r *retain.Retention, o Options) (*Tree, error) {
	start := graph.VirtualRoot
	if o.From != "" {
		n, err := paths.Locate(r.Graph, o.From)
		if err != nil {
			return nil, err
		}
		start = n
	}
	t := &Tree{Source: analysis.GraphSource(r.Graph, r.Info), Caveats: r.Caveats(), Reported: r.Reported}
	if o.MinShare >= 0 {
		t.Least = uint64(math.Ceil(o.MinShare * float64(t.Explained)))
	} else {
		t.Least = r.Of(start) / 100
	}
	b := newTreeBuilder(r, t, o)
	root := b.plant(start)
	b.expand(root)
	if len(b.open) == 0 && o.MinShare < 0 {
		// Nothing has a hundredth: so it is among many.
		var largest uint64
		for f := range b.folds.all() {
			largest = max(largest, f.bytes)
		}
		t.Least = largest / 10
		root.below = 0
		b.expand(root)
	}
	for nodes := 0; len(b.open) > 0 && (nodes < o.Nodes || o.Nodes <= 0); nodes++ {
		next := heap.Pop(&b.open).(*branch)
		next.parent.shown = append(next.parent.shown, next)
		b.expand(next)
		next.items = nil
	}
	t.Root = root.finish()
	return t, nil
}

// treeBuilder makes a tree, branch by branch, those that retain most first.
type treeBuilder struct {
	r        *retain.Retention
	g        *graph.Graph
	out      *Tree
	depth    int
	most     int // children of a node
	children *graph.DominatorChildren
	kept     *graph.Kept // items that each node keeps, itself included; nil if nobody asked
	holders  *holders
	sorter   *holdSorter
	shapes   bool
	open     branches // that may be shown, their parents being shown
	made     int

	folds folds // of the branch at hand
	named bool  // names of keys have folds of their own
}

// branch is a node of the tree in the making.
type branch struct {
	node   TreeNode
	parent *branch
	number int // in order of making
	depth  int
	items  []graph.NodeID // that it stands for
	among  uint64         // how many of them its parent's items dominate: all but the later links of chains
	below  uint64         // items that these dominate, links left out
	chain  chain
	shown  []*branch // children, most bytes first
}

// branches is a heap.
type branches []*branch

func (h branches) Len() int { return len(h) }
func (h branches) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[j].node.Retained, h[i].node.Retained), cmp.Compare(h[i].number, h[j].number)) < 0
}
func (h branches) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *branches) Push(x any)   { *h = append(*h, x.(*branch)) }
func (h *branches) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}

func newTreeBuilder(r *retain.Retention, t *Tree, o Options) *treeBuilder {
	b := &treeBuilder{r: r, g: r.Graph, out: t, depth: o.Depth, most: o.Children, shapes: o.Shapes}
	if b.depth <= 0 || b.depth > maxTreeDepth {
		b.depth = maxTreeDepth
	}
	if b.most <= 0 {
		b.most = math.MaxInt
	}
	var wg sync.WaitGroup
	wg.Go(func() { b.children = r.Children() })
	b.holders = newHolders(r)
	if o.Kept {
		b.kept = r.Dominators.Kept()
	}
	wg.Wait()
	b.sorter = newHoldSorter(r.Graph, b.holders)
	return b
}

// plant makes the root of the tree.
func (b *treeBuilder) plant(start graph.NodeID) *branch {
	root := &branch{node: TreeNode{Label: "(all roots)", Count: 1}, items: []graph.NodeID{start}}
	if start != graph.VirtualRoot {
		b.describe(root)
		root.node.Path = b.path(root)
		root.node.Label = cmp.Or(root.node.Path, root.node.ID)
		b.out.Elsewhere = b.elsewhere(start)
	}
	b.retains(root, b.r.Of(start))
	if b.kept != nil {
		root.node.Kept = b.kept.Of(start)
	}
	return root
}

func (b *treeBuilder) retains(at *branch, bytes uint64) {
	at.node.Retained = bytes
	at.node.Share = float64(bytes) / float64(max(b.out.Explained, 1))
}

// branchOf makes the branch of a fold, without its path.
func (b *treeBuilder) branchOf(parent *branch, f *shownFold) *branch {
	child := &branch{parent: parent, number: b.made, depth: parent.depth + 1, items: f.items, among: f.count}
	b.made++
	if f.how == toUnreachable {
		child.node = TreeNode{Label: graph.UnreachableLabel, Count: 1}
	} else {
		child.node.Label = b.sorter.label(f.hold, f.items)
		child.items, child.chain = b.follow(f, parent.chain)
		if len(child.items) > len(f.items) {
			child.node.Chain = true
			child.node.Label += "…"
		}
		b.describe(child)
	}
	b.retains(child, f.bytes)
	child.node.Kept = f.kept
	return child
}

// describe says what the items of a branch are.
func (b *treeBuilder) describe(at *branch) {
	node := &at.node
	for _, n := range at.items {
		node.Own += b.r.Own(n)
	}
	it := analysis.NodeItem(b.g, b.largest(at.items))
	node.ID, node.Type, node.Class = it.ID, it.Type, it.Class
	node.Count = uint64(len(at.items))
}

// largest is the item that retains most, the first of several.
func (b *treeBuilder) largest(items []graph.NodeID) graph.NodeID {
	largest := items[0]
	for _, n := range items {
		if b.r.Of(n) > b.r.Of(largest) {
			largest = n
		}
	}
	return largest
}

// path is the expression of the largest item of a branch; "" where it is none.
func (b *treeBuilder) path(at *branch) string {
	if at.items[0] >= graph.Unreachable {
		return ""
	}
	return b.holders.expression(b.largest(at.items))
}

// elsewhere counts the items that an item holds and others do, too, so that it
// does not dominate them. What dominates it is left out.
func (b *treeBuilder) elsewhere(n graph.NodeID) uint64 {
	counted := map[graph.NodeID]bool{}
	for _, above := range b.r.Dominators.Chain(n) {
		counted[above] = true
	}
	var count uint64
	from, to := b.g.Held(n)
	for e := from; e < to; e++ {
		t, l := b.g.Target(e), b.g.Label(e)
		if b.r.Dominators.Parent(t) != n && !counted[t] && !l.Weak() && !l.Unreliable() {
			counted[t] = true
			count++
		}
	}
	return count
}

// expand makes the branches that a branch may have.
func (b *treeBuilder) expand(at *branch) {
	if first := at.items[0]; first < graph.Unreachable && b.sorter.leaves[b.sorter.kind(first)] {
		return
	}
	if at.depth >= b.depth {
		at.below = b.countBelow(at)
		return
	}
	folds := b.choose(at)
	for f := range b.folds.all() {
		at.below += f.count
	}
	for i := range folds {
		child := b.branchOf(at, &folds[i])
		child.node.Path = b.path(child)
		if b.shapes && child.node.Path != "" {
			child.node.Fingerprint = paths.Fingerprint(b.holders.rootPaths().Shape(b.largest(child.items)))
		}
		heap.Push(&b.open, child)
	}
}

// countBelow counts what the items of a branch dominate, links of its chain
// left out.
func (b *treeBuilder) countBelow(at *branch) uint64 {
	var count uint64
	for _, m := range at.items {
		below := b.children.Of(m)
		count += uint64(len(below))
		if at.chain.how == noChain {
			continue
		}
		for _, c := range below {
			if b.isLink(at.chain, c) {
				count--
			}
		}
	}
	return count
}

// finish gives the node of a branch, with what is below it.
func (at *branch) finish() TreeNode {
	node := at.node
	node.Hidden, node.HiddenBytes = at.below, node.Retained-node.Own
	node.Children = make([]TreeNode, len(at.shown))
	for i, child := range at.shown {
		node.Hidden -= child.among
		node.HiddenBytes -= child.node.Retained
		node.Children[i] = child.finish()
	}
	return node
}
