package graph

import (
	"cmp"
	"math/bits"
	"slices"

	"memtrail/dump"
	"memtrail/internal/column"
)

// resolve finds the targets of the edges that the order of the dump did not
// tell: children that were printed before their parent was, and children that
// are not in the dump at all. The deferred edges go into a hash table, and
// the addresses stream past it.
func (b *Builder) resolve() error {
	if len(b.deferred) == 0 {
		return nil
	}
	t := newEdgeTable(b.g, b.deferred)
	var block addressBlock
	for n, all := NodeID(0), NodeID(b.g.Len()); n < all; {
		for _, a := range b.g.address.block(&block, n) {
			t.give(a, n)
			n++
		}
	}
	return b.addMissing(t)
}

// addMissing adds a node for each address that deferred edges lead to and that no
// item has.
func (b *Builder) addMissing(t *edgeTable) error {
	g := b.g
	var dangling []pending
	for _, d := range b.deferred {
		if g.target[d.edge] == None {
			dangling = append(dangling, d)
		}
	}
	// By edge, so that the numbers do not depend on how the dump was cut up.
	slices.SortFunc(dangling, func(x, y pending) int { return cmp.Compare(x.edge, y.edge) })
	g.counts.Dangling = uint64(len(dangling))
	missing := b.kindID(Kind{})
	for _, d := range dangling {
		if g.target[d.edge] == None {
			if g.Len() >= int(None)-1 {
				return errTooMany
			}
			n := NodeID(g.Len())
			g.address.add(d.address)
			g.kind = append(g.kind, missing)
			g.size = append(g.size, 0)
			g.handle.add(noHandle)
			g.first = append(g.first, EdgeID(len(g.target)))
			t.give(d.address, n)
		}
	}
	return nil
}

// An edgeTable finds the edges that lead to an address: a hash table behind a bit
// map that turns most addresses away.
type edgeTable struct {
	target   []NodeID // of all edges
	edges    []pending
	slot     []uint32 // index of an edge plus one
	next     []uint32 // the next edge with the same address, plus one
	filter   []uint64
	shift    uint // from a hash to a slot,
	bitShift uint // and to a bit of the filter
}

func newEdgeTable(g *Graph, edges []pending) *edgeTable {
	size := 1 << bits.Len(uint(2*len(edges)))
	words := max(1, size/64*4)
	t := &edgeTable{
		target: g.target, edges: edges,
		slot: column.Of[uint32](size), next: column.Room[uint32](len(edges))[:len(edges)], filter: column.Of[uint64](words),
		shift: 64 - uint(bits.Len(uint(size-1))), bitShift: 64 - uint(bits.Len(uint(words*64-1))),
	}
	for i := len(edges) - 1; i >= 0; i-- {
		a := edges[i].address
		h := hashAddress(a)
		t.filter[h>>t.bitShift>>6] |= 1 << (h >> t.bitShift & 63)
		s := h >> t.shift
		for t.slot[s] != 0 && edges[t.slot[s]-1].address != a {
			s = (s + 1) & uint64(size-1)
		}
		t.next[i] = t.slot[s]
		t.slot[s] = uint32(i + 1)
	}
	return t
}

func hashAddress(a dump.Address) uint64 { return uint64(a) * 0x9e3779b97f4a7c15 }

// give makes a node the target of the edges that lead to an address and have none.
func (t *edgeTable) give(a dump.Address, n NodeID) {
	h := hashAddress(a)
	if t.filter[h>>t.bitShift>>6]&(1<<(h>>t.bitShift&63)) != 0 {
		t.find(a, h, n)
	}
}

func (t *edgeTable) find(a dump.Address, h uint64, n NodeID) {
	for s := h >> t.shift; t.slot[s] != 0; s = (s + 1) & uint64(len(t.slot)-1) {
		i := t.slot[s] - 1
		if t.edges[i].address != a {
			continue
		}
		for ; t.target[t.edges[i].edge] == None; i = t.next[i] - 1 {
			t.target[t.edges[i].edge] = n
			if t.next[i] == 0 {
				break
			}
		}
		return
	}
}

// duplicates finds the addresses that more than one item has, with the first
// such item. It is exact: a bit map over each 2 MiB of address space that
// items lie in, or, where they lie too thinly for that, sorting. lowBits has
// the low bits that any of the addresses has.
func duplicates(addresses *addresses, lowBits dump.Address) map[dump.Address]NodeID {
	const span = chunkBits
	shift := min(3, uint(bits.TrailingZeros64(uint64(lowBits|8))))
	words := 1 << (span - shift - 6)
	maps := map[dump.Address][]uint64{}
	all := addresses.len()
	limit := all/(4*words) + 8192/words + 16
	var (
		doubles []dump.Address
		last    = dump.Address(1) << 63
		bitmap  []uint64
	)
	var block addressBlock
	for n := 0; n < all; n += len(block) {
		for _, a := range addresses.block(&block, NodeID(n)) {
			if c := a >> span; c != last || bitmap == nil {
				if bitmap = maps[c]; bitmap == nil {
					if len(maps) >= limit {
						return firstOf(addresses, sortedDoubles(addresses))
					}
					bitmap = make([]uint64, words)
					maps[c] = bitmap
				}
				last = c
			}
			i := a & (1<<span - 1) >> shift
			if bitmap[i>>6]&(1<<(i&63)) != 0 {
				doubles = append(doubles, a)
			}
			bitmap[i>>6] |= 1 << (i & 63)
		}
	}
	return firstOf(addresses, doubles)
}

func sortedDoubles(addresses *addresses) []dump.Address {
	all := column.Room[dump.Address](addresses.len())
	for n := range NodeID(addresses.len()) {
		all = append(all, addresses.at(n))
	}
	slices.Sort(all)
	var doubles []dump.Address
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] {
			doubles = append(doubles, all[i])
		}
	}
	return doubles
}

func firstOf(addresses *addresses, doubles []dump.Address) map[dump.Address]NodeID {
	if len(doubles) == 0 {
		return nil
	}
	first := make(map[dump.Address]NodeID, len(doubles))
	for _, a := range doubles {
		first[a] = None
	}
	for n := range NodeID(addresses.len()) {
		a := addresses.at(n)
		if f, ok := first[a]; ok && f == None {
			first[a] = n
		}
	}
	return first
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
