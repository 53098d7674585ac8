package graph

import (
	"cmp"
	"slices"
	"sort"
)

// A WeakMap does not keep its keys alive, and a value only as long as both the
// map and the key live: an entry is an ephemeron, see
//
//	B. Hayes: Ephemerons: a New Finalization Mechanism. OOPSLA 1997
//
// The dumper shows an entry as an array of its key and its value, made for the
// visit. That array costs nothing and keeps nothing alive: the map's edges to
// such pairs are weak. What keeps the values alive are edges that the graph
// adds, one an entry, behind the edges that the dump has: see [Graph.Held].
//
// A value dies with the map or with the key, whichever dies first. A dominator
// tree has room for one of them. It is the key: maps are statics mostly and
// live as long as the process, keys come and go. So the key retains the value,
// and the map does not.
//
// Where only the map's own values lead to a key, neither could die before PHP
// 8.3: the engine counts the map's reference to the value, the value's to the
// key, and its garbage collector did not look for cycles through a WeakMap
// (php/php-src#10043; zend_gc.c, since 8.3, removes such entries when it runs).
// The items are in the dump, so they live, and it is the map that keeps them.
// The same holds where nothing in the dump leads to the key.

// Keeper says what keeps the value of an entry alive.
type Keeper uint8

// The keepers.
const (
	// NotKept: no root leads to the map.
	NotKept Keeper = iota
	// KeptByKey: roots lead to the key by other ways than through the value.
	KeptByKey
	// KeptByValue: the map keeps it, as the value leads to its own key and
	// nothing else does but what this entry keeps alive in turn.
	KeptByValue
	// KeptByMap: the map keeps it, as nothing in the dump leads to the key.
	KeptByMap
)

// Entry is an entry of a WeakMap.
type Entry struct {
	Map, Key, Value NodeID // Key is None where the reference to it is not reliable
	Index           Label  // key under which the map shows the entry, a number
	Keeper          Keeper
}

// holder is the edges by which a node keeps values alive, and the entries that
// they are of.
type holder struct {
	node     NodeID
	from, to EdgeID
	entries  []uint32
}

// viaKey is the key of the edges from the key of an entry to its value.
const viaKey = "=>WeakMap"

// Entries are the entries of all WeakMaps, by map and in its order. Those that
// the dump does not tell for sure are left out. The graph owns the slice.
func (g *Graph) Entries() []Entry { return g.entries }

// Held gives the range of the edges from a node that may keep something alive:
// its children, and behind them the values that it keeps in WeakMaps, as a key
// or as the map itself. Those edges have neither of the flags.
func (g *Graph) Held(n NodeID) (from, to EdgeID) { return g.first[n], g.first[n+1] }

// Entry gives the entry by which an edge leads to a value; false for the edges
// that the dump has.
func (g *Graph) Entry(e EdgeID) (*Entry, bool) {
	i := sort.Search(len(g.holders), func(i int) bool { return g.holders[i].to > e })
	if i == len(g.holders) || g.holders[i].from > e {
		return nil, false
	}
	h := &g.holders[i]
	return &g.entries[h.entries[e-h.from]], true
}

// keepsAhead reports whether some key keeps a value that comes behind it.
func (g *Graph) keepsAhead() bool {
	return slices.ContainsFunc(g.entries, func(e Entry) bool { return e.Keeper == KeptByKey && e.Key < e.Value })
}

// listed is the end of those edges of a node that the dump has, in a graph with
// holders.
func (g *Graph) listed(n NodeID) EdgeID {
	if !g.holds.has(n) {
		return g.first[n+1]
	}
	i := sort.Search(len(g.holders), func(i int) bool { return g.holders[i].node >= n })
	return g.holders[i].from
}

// weakMaps flags what the maps refer to, and lists them.
func (g *Graph) weakMaps() []NodeID {
	class, ok := g.names.lookup("WeakMap")
	if !ok {
		return nil
	}
	weak := g.kindsWhere(func(k Kind) bool { return k.Class == class })
	var maps []NodeID
	for n := range g.items {
		if !weak[g.kind[n]] {
			continue
		}
		maps = append(maps, n)
		for e := g.first[n]; e < g.first[n+1]; e++ {
			g.label[e] |= labelWeak
			g.counts.Weak++
		}
	}
	return maps
}

// findEntries lists the entries of the maps.
func (g *Graph) findEntries(maps []NodeID) {
	key, some := g.names.lookup("key")
	value, all := g.names.lookup("value")
	if !some || !all {
		return
	}
	for _, m := range maps {
		for e := g.first[m]; e < g.first[m+1]; e++ {
			l := g.label[e] &^ labelWeak
			if l.Unreliable() || l&labelInt == 0 {
				continue
			}
			pair := g.target[e]
			a := g.first[pair]
			if g.first[pair+1]-a != 2 || g.label[a]&^labelUnreliable != Label(key) || g.label[a+1] != Label(value) {
				continue
			}
			entry := Entry{Map: m, Key: None, Value: g.target[a+1], Index: l}
			if g.label[a] == Label(key) {
				entry.Key = g.target[a]
			}
			g.entries = append(g.entries, entry)
		}
	}
}

// keepValues adds the edges that keep the values of the maps' entries alive.
func (g *Graph) keepValues(maps []NodeID) {
	if len(maps) == 0 {
		return
	}
	g.findEntries(maps)
	if len(g.entries) == 0 {
		return
	}
	newKeeping(g).decide()
	label := Label(g.names.intern([]byte(viaKey)))
	var added []addition
	for i := range g.entries {
		switch e := &g.entries[i]; e.Keeper {
		case KeptByKey:
			added = append(added, addition{e.Key, e.Value, label, uint32(i)})
		case KeptByValue, KeptByMap:
			added = append(added, addition{e.Map, e.Value, e.Index, uint32(i)})
		}
	}
	slices.SortStableFunc(added, func(a, b addition) int { return cmp.Compare(a.from, b.from) })
	g.add(added)
}

// addition is an edge to be added behind those of a node.
type addition struct {
	from, to NodeID
	label    Label
	entry    uint32
}

// add adds edges, in the order of their sources.
func (g *Graph) add(added []addition) {
	if len(added) == 0 {
		return
	}
	g.counts.Entries = uint64(len(added))
	g.held, g.holds = true, newNodeSet(g.Len())
	last, end := NodeID(g.Len()), EdgeID(len(g.target)) // nodes and edges behind them are in place
	g.target = room(g.target, len(added))[:len(g.target)+len(added)]
	g.label = room(g.label, len(added))[:len(g.target)]
	for len(added) > 0 {
		n, by := added[len(added)-1].from, EdgeID(len(added))
		from := g.first[n+1]
		copy(g.target[from+by:], g.target[from:end])
		copy(g.label[from+by:], g.label[from:end])
		for i := n + 1; i <= last; i++ {
			g.first[i] += by
		}
		own := len(added)
		for own > 0 && added[own-1].from == n {
			own--
		}
		h := holder{node: n, from: from + EdgeID(own), to: from + by, entries: make([]uint32, len(added)-own)}
		for k, x := range added[own:] {
			g.target[h.from+EdgeID(k)], g.label[h.from+EdgeID(k)] = x.to, x.label
			h.entries[k] = x.entry
		}
		g.holders = append(g.holders, h)
		g.holds.add(n)
		last, end, added = n, from, added[:own]
	}
	slices.Reverse(g.holders)
}
