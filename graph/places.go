package graph

import (
	"maps"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"memtrail/internal/column"
)

// Nearly all addresses are places in chunks of PHP's allocator, and the column of
// addresses has them as such. So edges find their nodes chunk by chunk, in a table of
// all the places of one chunk, which stays in the cache of a processor: in one table of
// all addresses, each look-up of a large dump is a miss. This is a radix join, see
//
//	S. Manegold, P. Boncz, M. Kersten: Optimizing Main-Memory Join on Modern
//	Hardware. IEEE TKDE 14(4), 2002

// placesFrom is how many nodes are worth a table of places, which is a megabyte. Of
// 21,000 nodes, leaks took 6 ms more with two such tables than with a hash table, which
// of so many stays in the cache as well.
const placesFrom = 1 << 17

const placeMask = 1<<placeBits - 1

// placed is an edge to a place.
type placed struct {
	to   place
	edge EdgeID
}

// byChunk are nodes and edges in the order of the chunks that they are in or lead to,
// and within each in that of their numbers. It takes 4 bytes a node and 8 an edge.
type byChunk struct {
	node      []NodeID
	firstNode []uint32 // chunk c has node[firstNode[c]:firstNode[c+1]]
	edge      []placed
	firstEdge []uint32
}

// resolvePlaces is resolveAny for all nodes of a graph, of which nearly all are in
// chunks. Each address is in one of the lists.
func (g *Graph) resolvePlaces(edges []pending) (shared [][]sharedItem) {
	var c byChunk
	var wg sync.WaitGroup
	wg.Go(func() { c.putNodes(&g.address) })
	odd := c.putEdges(&g.address, edges)
	wg.Wait()

	const worthIt = 1 << 19 // nodes for each, as each has a table
	shared = make([][]sharedItem, min(runtime.GOMAXPROCS(0), len(g.address.chunks), g.Len()/worthIt+1))
	var next atomic.Uint32
	for i := range shared {
		wg.Go(func() {
			table := new(chunkTable)
			for chunk := int(next.Add(1)) - 1; chunk < len(g.address.chunks); chunk = int(next.Add(1)) - 1 {
				shared[i] = g.resolveChunk(&c, chunk, table, shared[i])
			}
		})
	}
	wg.Wait()
	others := slices.Sorted(maps.Keys(g.address.odd))
	slices.Reverse(others)
	return append(shared, g.resolveAny(slices.Values(others), len(others), odd))
}

// chunkTable has the nodes at the places of a chunk, plus one; 0: there is none.
type chunkTable [1 << placeBits]NodeID

// resolveChunk is resolveAny for what is in one chunk. It appends to shared. The table
// is empty before and after.
func (g *Graph) resolveChunk(c *byChunk, chunk int, table *chunkTable, shared []sharedItem) []sharedItem {
	low := g.address.low
	nodes := c.node[c.firstNode[chunk]:c.firstNode[chunk+1]]
	for _, n := range slices.Backward(nodes) {
		at := &table[low[n]&placeMask]
		if *at != 0 {
			shared = append(shared, sharedItem{g.address.at(n), n})
		}
		*at = n + 1
	}
	for _, e := range c.edge[c.firstEdge[chunk]:c.firstEdge[chunk+1]] {
		if n := table[e.to&placeMask]; n != 0 {
			g.target[e.edge] = n - 1
		}
	}
	const many = len(table) / 16 // then it is faster to clear all
	if len(nodes) > many {
		*table = chunkTable{}
		return shared
	}
	for _, n := range nodes {
		table[low[n]&placeMask] = 0
	}
	return shared
}

// putNodes sorts the nodes, by counting.
func (c *byChunk) putNodes(a *addresses) {
	count := make([]uint32, mostChunks+2) // isOdd is in a chunk that there is not
	for _, v := range a.low {
		count[v>>placeBits+1]++
	}
	c.firstNode = starts(count, len(a.chunks))
	c.node = column.Room[NodeID](len(a.low))[:len(a.low)]
	for n, v := range a.low {
		if v != isOdd {
			at := &count[v>>placeBits]
			c.node[*at] = NodeID(n)
			*at++
		}
	}
}

// putEdges sorts the edges, by counting, and gives those that do not lead to places
// in chunks of the graph.
func (c *byChunk) putEdges(a *addresses, edges []pending) (odd []pending) {
	count := make([]uint32, mostChunks+2)
	for _, d := range edges {
		if p, ok := a.find(d.address); ok {
			count[p>>placeBits+1]++
		} else {
			odd = append(odd, d)
		}
	}
	c.firstEdge = starts(count, len(a.chunks))
	c.edge = column.Room[placed](len(edges))[:len(edges)-len(odd)]
	for _, d := range edges {
		if p, ok := a.find(d.address); ok {
			at := &count[p>>placeBits]
			c.edge[*at] = placed{p, d.edge}
			*at++
		}
	}
	return odd
}

// starts makes of the numbers of members of each group, at the index behind it, the
// indices where the groups start, and gives a copy for that many groups and one more.
func starts(count []uint32, groups int) []uint32 {
	for i := range groups {
		count[i+1] += count[i]
	}
	return slices.Clone(count[:groups+1])
}
