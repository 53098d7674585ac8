package graph

import "memtrail/internal/column"

// Retained is what each node of a dominator tree keeps alive: its own weight
// and that of all it dominates.
type Retained struct {
	Unreachable uint64 // what no root leads to
	Root        uint64 // everything, what is unreachable included
	nodes       amounts
}

// At gives what a node of the graph retains.
func (r *Retained) At(n NodeID) uint64 { return r.nodes.at(n) }

// Of gives what a node retains, VirtualRoot and Unreachable included.
func (r *Retained) Of(n NodeID) uint64 {
	switch n {
	case VirtualRoot:
		return r.Root
	case Unreachable:
		return r.Unreachable
	}
	return r.nodes.at(n)
}

// Retained sums the weights up. It takes 4 bytes a node, and 4 more around nodes that
// retain 4 GiB.
func (d *Dominators) Retained(weight func(NodeID) uint64) *Retained {
	r := &Retained{nodes: newAmounts(len(d.parent))}
	for i := len(d.parent) - 1; i >= 0; i-- {
		n := d.at(i)
		sum := r.nodes.at(n) + weight(n)
		r.nodes.set(n, sum)
		switch p := d.parent[n]; p {
		case VirtualRoot:
			r.Root += sum
		case Unreachable:
			r.Unreachable += sum
		default:
			r.nodes.set(p, r.nodes.at(p)+sum)
		}
	}
	r.Root += r.Unreachable
	return r
}

// Kept is how many nodes each node of a dominator tree keeps, itself included.
type Kept struct {
	nodes             []uint32 // by node of the graph
	unreachable, root uint64
}

// Of is the number for a node, VirtualRoot and Unreachable included.
func (k *Kept) Of(n NodeID) uint64 {
	switch n {
	case VirtualRoot:
		return k.root
	case Unreachable:
		return k.unreachable
	}
	return uint64(k.nodes[n])
}

// Kept counts the nodes. It takes 4 bytes a node.
func (d *Dominators) Kept() *Kept {
	k := &Kept{nodes: column.Of[uint32](len(d.parent)), root: uint64(len(d.parent))}
	for i := len(d.parent) - 1; i >= 0; i-- {
		n := d.at(i)
		k.nodes[n]++
		switch p := d.parent[n]; p {
		case VirtualRoot:
		case Unreachable:
			k.unreachable += uint64(k.nodes[n])
		default:
			k.nodes[p] += k.nodes[n]
		}
	}
	return k
}

// GroupRetained is what the nodes of each of many sets retain between them, for
// sets that have no node in common, such as all classes: the sum over those that
// no other one of the set dominates. All of them together may keep more alive,
// namely what they hold jointly. Group tells the set of a node; numbers from groups
// on stand for none.
func (c *DominatorChildren) GroupRetained(group func(NodeID) uint32, groups int, r *Retained) []uint64 {
	sums := make([]uint64, groups)
	c.EachTopmost(group, groups, nil, func(n NodeID, s, _ uint32) { sums[s] += r.nodes.at(n) })
	return sums
}

// EachTopmost gives the nodes that no other one of their set dominates, for sets
// as of [DominatorChildren.GroupRetained], each behind its dominators. With them
// it gives what their dominator hands down: down makes that of what was handed
// to the dominator itself, 0 to VirtualRoot. It is asked of nodes that dominate
// others, Unreachable among them; nil hands 0 to all. The tree is walked in 16
// bytes for each of its levels.
func (c *DominatorChildren) EachTopmost(set func(NodeID) uint32, sets int, down func(n NodeID, handed uint32) uint32, use func(n NodeID, set, handed uint32)) {
	type level struct{ next, end, set, handed uint32 }
	none := uint32(sets)
	open := make([]uint32, sets) // nodes of the set on the way
	root := c.index(VirtualRoot)
	way := []level{{c.first[root], c.first[root+1], none, 0}}
	for len(way) > 0 {
		l := &way[len(way)-1]
		if l.next == l.end {
			if l.set != none {
				open[l.set]--
			}
			way = way[:len(way)-1]
			continue
		}
		n := c.child[l.next]
		l.next++
		s := none
		if n < Unreachable {
			if s = min(set(n), none); s != none && open[s] == 0 {
				use(n, s, l.handed)
			}
		}
		i := c.index(n)
		if c.first[i] == c.first[i+1] {
			continue
		}
		if s != none {
			open[s]++
		}
		handed := l.handed
		if down != nil {
			handed = down(n, handed)
		}
		way = append(way, level{c.first[i], c.first[i+1], s, handed})
	}
}
