package graph

import (
	"cmp"
	"math"
	"slices"
)

// keeping finds out what keeps the values of WeakMaps alive. It takes time in
// proportion to the graph, and some 20 bytes for each node that nothing but
// maps keeps alive.
type keeping struct {
	g       *Graph
	byKey   []uint32 // entries, by key
	isKey   nodeSet
	isMap   nodeSet
	reached nodeSet
	at      NodeID   // those before it were passed
	todo    []NodeID // reached when they had been passed
	waiting []uint32 // entries of the maps that were looked at
	region  []NodeID // reached through what only a map keeps
	record  bool
}

func newKeeping(g *Graph) *keeping {
	n := g.Len()
	k := &keeping{g: g, isKey: newNodeSet(n), isMap: newNodeSet(n), reached: newNodeSet(n)}
	for i := range g.entries {
		e := &g.entries[i]
		k.isMap.add(e.Map)
		if e.Key != None {
			k.isKey.add(e.Key)
			k.byKey = append(k.byKey, uint32(i))
		}
	}
	slices.SortStableFunc(k.byKey, func(a, b uint32) int { return cmp.Compare(g.entries[a].Key, g.entries[b].Key) })
	return k
}

// ofMap lists the entries of a map.
func (k *keeping) ofMap(n NodeID) (from, to int) {
	entries := k.g.entries
	from, _ = slices.BinarySearchFunc(entries, n, func(e Entry, n NodeID) int { return cmp.Compare(e.Map, n) })
	for to = from; to < len(entries) && entries[to].Map == n; to++ {
	}
	return from, to
}

// ofKey lists the entries of a key.
func (k *keeping) ofKey(n NodeID) []uint32 {
	key := func(i uint32) NodeID { return k.g.entries[i].Key }
	from, _ := slices.BinarySearchFunc(k.byKey, n, func(i uint32, n NodeID) int { return cmp.Compare(key(i), n) })
	to := from
	for to < len(k.byKey) && key(k.byKey[to]) == n {
		to++
	}
	return k.byKey[from:to]
}

// decide settles the keeper of each entry.
//
// First it goes from the roots, by strong edges and from the keys of maps that
// were reached to their values, until nothing new is met. Then it takes in what
// is left of maps that were reached, value by value: the map keeps it. What all
// of that leads to beyond the former is the region. A key in it keeps the value,
// unless the value leads to it.
//
// All of the region can be reached by the edges that this gives. Take what
// could not, of it what nothing else of that kind outside its own cycle leads
// to, and of these the node met first. A strong edge, or key and map together,
// cannot have led to it, for they were met earlier. So it is a value taken in,
// and its key was met later. If the value leads to the key, the map keeps it; if
// not, the key is in an earlier cycle, and can be reached.
func (k *keeping) decide() {
	g := k.g
	for _, r := range g.roots {
		k.reach(r.Node)
	}
	// Most edges lead forward in a dump: so one pass in its order, which goes
	// back only for what was reached too late.
	for k.at < NodeID(g.Len()) {
		n := k.at
		k.at++
		if k.reached.has(n) {
			k.look(n)
			k.flood()
		}
	}
	k.record = true
	for i := 0; i < len(k.waiting); i++ {
		k.reach(g.entries[k.waiting[i]].Value)
		k.flood()
	}
	cycle := k.cycles()
	for i := range g.entries {
		switch e := &g.entries[i]; {
		case !k.reached.has(e.Map):
		case e.Key == None || !k.reached.has(e.Key):
			e.Keeper = KeptByMap
		case cycle(e.Key) != 0 && cycle(e.Key) == cycle(e.Value):
			e.Keeper = KeptByValue
		default:
			e.Keeper = KeptByKey
		}
	}
}

func (k *keeping) reach(n NodeID) {
	if k.reached.has(n) {
		return
	}
	k.reached.add(n)
	if n < k.at {
		k.todo = append(k.todo, n)
	}
	if k.record {
		k.region = append(k.region, n)
	}
}

// flood looks at what is to be looked at again.
func (k *keeping) flood() {
	for len(k.todo) > 0 {
		n := k.todo[len(k.todo)-1]
		k.todo = k.todo[:len(k.todo)-1]
		k.look(n)
	}
}

// look reaches what a node that was reached keeps alive. Of a map and a key,
// the one looked at later finds the other reached.
func (k *keeping) look(n NodeID) {
	g := k.g
	for e := g.first[n]; e < g.first[n+1]; e++ {
		if g.walked(e) {
			k.reach(g.target[e])
		}
	}
	if k.isMap.has(n) {
		for i, to := k.ofMap(n); i < to; i++ {
			k.waiting = append(k.waiting, uint32(i))
			if e := &g.entries[i]; e.Key != None && k.reached.has(e.Key) {
				k.reach(e.Value)
			}
		}
	}
	if k.isKey.has(n) {
		for _, i := range k.ofKey(n) {
			if e := &g.entries[i]; k.reached.has(e.Map) {
				k.reach(e.Value)
			}
		}
	}
}

// cycles numbers the strongly connected components of the region, from 1: two
// nodes of one lead to each other. Nodes outside of the region have 0. Maps and
// keys in the region lead to the values of their entries.
func (k *keeping) cycles() func(NodeID) uint32 {
	if len(k.region) == 0 {
		return func(NodeID) uint32 { return 0 }
	}
	g := k.g
	slices.Sort(k.region)
	place := func(n NodeID) (uint32, bool) {
		i, ok := slices.BinarySearch(k.region, n)
		return uint32(i), ok
	}
	inside := newNodeSet(g.Len())
	for _, n := range k.region {
		inside.add(n)
	}
	first := make([]uint32, 1, len(k.region)+1)
	var to []uint32
	lead := func(n NodeID) {
		if inside.has(n) {
			i, _ := place(n)
			to = append(to, i)
		}
	}
	for _, n := range k.region {
		for e := g.first[n]; e < g.first[n+1]; e++ {
			if g.walked(e) {
				lead(g.target[e])
			}
		}
		if k.isMap.has(n) {
			for i, end := k.ofMap(n); i < end; i++ {
				lead(g.entries[i].Value)
			}
		}
		if k.isKey.has(n) {
			for _, i := range k.ofKey(n) {
				if k.reached.has(g.entries[i].Map) {
					lead(g.entries[i].Value)
				}
			}
		}
		first = append(first, uint32(len(to)))
	}
	component := components(first, to)
	return func(n NodeID) uint32 {
		if !inside.has(n) {
			return 0
		}
		i, _ := place(n)
		return component[i]
	}
}

// components numbers the strongly connected components of a graph, of which
// node n leads to to[first[n]:first[n+1]], from 1. It is the algorithm of
//
//	R. E. Tarjan: Depth-First Search and Linear Graph Algorithms. SIAM Journal
//	on Computing 1(2), 1972
//
// with the way back in a stack of its own: the graph may be as deep as a list.
func components(first, to []uint32) []uint32 {
	const done = math.MaxUint32
	n := len(first) - 1
	component := make([]uint32, n)
	low := make([]uint32, n)        // 0: not met; the least number that leads back
	next := slices.Clone(first[:n]) // edge to look at
	var open, way []uint32          // met, component not known; way from the start
	met, found := uint32(0), uint32(0)
	number := make([]uint32, n)
	meet := func(v uint32) {
		met++
		number[v], low[v] = met, met
		open = append(open, v)
		way = append(way, v)
	}
	for start := range uint32(n) {
		if number[start] == 0 {
			meet(start)
		}
		for len(way) > 0 {
			v := way[len(way)-1]
			if next[v] < first[v+1] {
				u := to[next[v]]
				next[v]++
				if number[u] == 0 {
					meet(u)
				} else if low[u] != done {
					low[v] = min(low[v], number[u])
				}
				continue
			}
			way = way[:len(way)-1]
			if len(way) > 0 {
				up := way[len(way)-1]
				low[up] = min(low[up], low[v])
			}
			if low[v] < number[v] {
				continue
			}
			found++
			for {
				u := open[len(open)-1]
				open = open[:len(open)-1]
				component[u], low[u] = found, done
				if u == v {
					break
				}
			}
		}
	}
	return component
}
