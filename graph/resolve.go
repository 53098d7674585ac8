package graph

import (
	"cmp"
	"iter"
	"math/bits"
	"math/rand/v2"
	"slices"

	"memtrail/dump"
	"memtrail/internal/column"
)

// resolve finds the targets of the edges that the order of the dump did not
// tell: children that were printed before their parent was, and children that
// are not in the dump at all. On the way it finds the addresses that more than one
// item has: see firstOf.
func (b *Builder) resolve() (shared [][]sharedItem, err error) {
	g := b.g
	if g.address.wide != nil || g.Len() < placesFrom {
		shared = append(shared, g.resolveAny(backward(g.Len()), g.Len(), b.deferred))
	} else {
		shared = g.resolvePlaces(b.deferred)
	}
	reclaim(4*uint64(g.Len()) + 8*uint64(len(b.deferred)))
	return shared, b.addMissing()
}

// sharedItem is an item whose address a later one has, too.
type sharedItem struct {
	address dump.Address
	node    NodeID
}

// firstOf gives for each address that more than one item has the first such item. Those
// of one address are in one list, from the last to the first.
func firstOf(shared [][]sharedItem) map[dump.Address]NodeID {
	n := 0
	for _, list := range shared {
		n += len(list)
	}
	first := make(map[dump.Address]NodeID, n)
	for i, list := range shared {
		for _, s := range list {
			first[s.address] = s.node
		}
		shared[i] = nil // there may be as many as items
	}
	return first
}

// backward gives nodes from the last to the first.
func backward(n int) iter.Seq[NodeID] {
	return func(yield func(NodeID) bool) {
		for n--; n >= 0 && yield(NodeID(n)); n-- {
		}
	}
}

// resolveAny finds the nodes that edges lead to, of nodes and edges with any
// addresses. The nodes come from the last to the first; count is their number. With
// many nodes most look-ups are misses in the cache.
func (g *Graph) resolveAny(nodes iter.Seq[NodeID], count int, edges []pending) (shared []sharedItem) {
	x := newNodeIndex(&g.address, count)
	for n := range nodes {
		a := g.address.at(n)
		slot := x.at(a)
		if *slot != 0 {
			shared = append(shared, sharedItem{a, n})
		}
		*slot = n + 1
	}
	for _, d := range edges {
		if slot := x.at(d.address); *slot != 0 {
			g.target[d.edge] = *slot - 1
		}
	}
	return shared
}

// addMissing adds a node for each address that edges lead to and that no item has.
func (b *Builder) addMissing() error {
	g := b.g
	n := 0
	for i, d := range b.deferred {
		if g.target[d.edge] == None {
			b.deferred[i], b.deferred[n] = b.deferred[n], d
			n++
		}
	}
	if n == 0 {
		return nil
	}
	dangling := b.deferred[:n]
	// By edge, so that the numbers do not depend on how the dump was cut up.
	slices.SortFunc(dangling, func(x, y pending) int { return cmp.Compare(x.edge, y.edge) })
	g.counts.Dangling = uint64(len(dangling))
	missing := b.kindID(Kind{})
	x := newNodeIndex(&g.address, len(dangling))
	for _, d := range dangling {
		slot := x.at(d.address)
		if *slot == 0 {
			if g.Len() >= int(None)-1 {
				return errTooMany
			}
			*slot = NodeID(g.Len() + 1)
			g.address.add(d.address)
			g.kind = append(g.kind, missing)
			g.size = append(g.size, 0)
			g.handle.add(noHandle)
			g.first = append(g.first, EdgeID(len(g.target)))
		}
		g.target[d.edge] = *slot - 1
	}
	return nil
}

// nodeIndex finds nodes by their addresses: a hash table of nodes, at most half full.
// It takes 8 to 16 bytes a node. A part of the hash is secret: addresses of a dump that
// were chosen to have one slot would take hours.
type nodeIndex struct {
	addresses *addresses
	slot      []NodeID // a power of two; node plus one, 0: free
	shift     uint     // from a hash to a slot
	secret    uint64   // odd: products with it are universal hashes
}

// newNodeIndex makes an index for up to n addresses.
func newNodeIndex(a *addresses, n int) *nodeIndex {
	size := bits.Len(uint(2 * n))
	return &nodeIndex{addresses: a, slot: column.Of[NodeID](1 << size), shift: uint(64 - size), secret: rand.Uint64() | 1}
}

// at is the slot of an address.
func (x *nodeIndex) at(a dump.Address) *NodeID {
	// The first product spreads addresses that lie in a row.
	h := uint64(a) * 0x9e3779b97f4a7c15
	last := uint64(len(x.slot) - 1)
	for i := (h ^ h>>32) * x.secret >> x.shift; ; i++ {
		slot := &x.slot[i&last]
		if *slot == 0 || x.addresses.at(*slot-1) == a {
			return slot
		}
	}
}

// unite lets all edges to an address lead to the first item that has it. The
// other items with that address stay, with nothing that leads to them.
func (g *Graph) unite(first map[dump.Address]NodeID) {
	if len(first) == 0 {
		return
	}
	for n := range g.items {
		if _, ok := first[g.address.at(n)]; ok {
			g.counts.Duplicates++
		}
	}
	g.counts.Duplicates -= uint64(len(first))
	for e, t := range g.target {
		if n, ok := first[g.address.at(t)]; ok {
			g.target[e] = n
		}
	}
}
