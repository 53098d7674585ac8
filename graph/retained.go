package graph

// Retained is what each node of a dominator tree keeps alive: its own weight
// and that of all it dominates.
type Retained struct {
	Nodes       []uint64 // by node of the graph
	Unreachable uint64   // what no root leads to
	Root        uint64   // everything, what is unreachable included
}

// Of gives what a node retains, VirtualRoot and Unreachable included.
func (r *Retained) Of(n NodeID) uint64 {
	switch n {
	case VirtualRoot:
		return r.Root
	case Unreachable:
		return r.Unreachable
	}
	return r.Nodes[n]
}

// Retained sums the weights up. It takes 8 bytes a node.
func (d *Dominators) Retained(weight func(NodeID) uint64) *Retained {
	r := &Retained{Nodes: column[uint64](len(d.parent))[:len(d.parent)]}
	for i := len(d.parent) - 1; i >= 0; i-- {
		n := d.at(i)
		sum := r.Nodes[n] + weight(n)
		r.Nodes[n] = sum
		switch p := d.parent[n]; p {
		case VirtualRoot:
			r.Root += sum
		case Unreachable:
			r.Unreachable += sum
		default:
			r.Nodes[p] += sum
		}
	}
	r.Root += r.Unreachable
	return r
}

// GroupRetained is what the nodes of each of many sets retain between them, for
// sets that have no node in common, such as all classes: the sum over those that
// no other one of the set dominates. All of them together may keep more alive,
// namely what they hold jointly. Group tells the set of a node; numbers from groups
// on stand for none.
// It takes 12 bytes a node while it works, whatever the number of sets.
func (d *Dominators) GroupRetained(group func(NodeID) uint32, groups int, r *Retained) []uint64 {
	order, size := d.treeOrder()
	sums := make([]uint64, groups)
	ends := make([]uint32, groups) // place behind what the last node summed up dominates
	for i, n := range order {
		if s := group(n); s < uint32(groups) && uint32(i) >= ends[s] {
			sums[s] += r.Nodes[n]
			ends[s] = uint32(i) + size[n]
		}
	}
	return sums
}

// treeOrder lists the nodes in a preorder of the dominator tree, in which a
// node and all that it dominates lie side by side, and tells how many these
// are for each node.
func (d *Dominators) treeOrder() (order []NodeID, size []uint32) {
	n := len(d.parent)
	size = column[uint32](n)[:n]
	for i := n - 1; i >= 0; i-- {
		c := d.at(i)
		size[c]++
		if p := d.parent[c]; p < Unreachable {
			size[p] += size[c]
		}
	}
	order = column[NodeID](n)[:n]
	free := column[uint32](n)[:n] // where the next node below a node goes
	top := uint32(0)
	for i := range n {
		c := d.at(i)
		next := &top
		if p := d.parent[c]; p < Unreachable {
			next = &free[p]
		}
		order[*next] = c
		free[c] = *next + 1
		*next += size[c]
	}
	return order, size
}
