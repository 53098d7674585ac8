package graph

import (
	"slices"

	"memtrail/internal/column"
)

// The dumper asks some objects for tables that exist only while it looks at
// them: what a Closure binds, the storage of an ArrayObject, whatever a
// __debugInfo returns. A table is freed after the visit, and the next one
// often gets the same address. The dumper takes it for the table that it has
// printed already, prints nothing, and leaves an edge to contents that belong
// to another object.
//
// What tells such an edge from a real one: the slot of an ordinary value
// belongs to its container for good, so nothing temporary can come to lie at
// its address. Only a slot that was printed out of a temporary table can be
// hit. Hence: a value other than an object that was printed out of such a
// table is real for the container that it was printed under, and unreliable
// for every other.
//
// PHP references and arrays that share their elements by copy-on-write lead
// several real edges to one slot. The address of a reference
// gives its slot, see inBucket; shared elements lie in ordinary tables.

// temporary are the built-in classes that show tables made for the dumper,
// with the number of levels below the object that live in them. What is
// deeper is the program's own data.
var temporary = map[string]int{
	"Closure":                 2, // static, this, parameter: an array, and copies of its values
	"ArrayObject":             1, // storage: the array is the program's own
	"ArrayIterator":           1,
	"RecursiveArrayIterator":  1,
	"SplObjectStorage":        3, // storage, its pairs, obj and inf
	"MultipleIterator":        3,
	"SplDoublyLinkedList":     2, // dllist and its elements
	"SplQueue":                2,
	"SplStack":                2,
	"SplHeap":                 2, // heap and its elements
	"SplMinHeap":              2,
	"SplMaxHeap":              2,
	"SplPriorityQueue":        3, // heap, its elements, data and priority
	"WeakMap":                 2, // pairs, key and value
	"Generator":               1,
	"DateTime":                1,
	"DateTimeImmutable":       1,
	"DateTimeZone":            1,
	"DateInterval":            1,
	"DatePeriod":              1,
	"ReflectionReference":     1,
	"SensitiveParameterValue": 1,
}

// kindsWhere tabulates a property of kinds.
func (g *Graph) kindsWhere(is func(Kind) bool) []bool {
	t := make([]bool, len(g.kinds))
	for i, k := range g.kinds {
		t[i] = is(k)
	}
	return t
}

// markReused flags the edges that address reuse made up. deferred are the
// edges whose target was printed under another container, in any order.
func (g *Graph) markReused(deferred []pending) {
	object, some := g.names.lookup("object")
	if !some {
		return
	}
	isObject := g.kindsWhere(func(k Kind) bool { return k.Type == object })
	isSuspect := func(d pending) bool { // leads to a value that is printed elsewhere
		t := g.target[d.edge]
		return t < g.items && !isObject[g.kind[t]]
	}
	if !slices.ContainsFunc(deferred, isSuspect) || g.synthetic() {
		return
	}
	r := &reuse{g: g, isObject: isObject, owner: g.owners(deferred)}
	for _, d := range deferred {
		if t := g.target[d.edge]; isSuspect(d) && r.owner[t] != d.edge && r.temporary(t, d.edge) {
			g.label[d.edge] |= labelUnreliable
			g.counts.Unreliable++
		}
	}
}

// synthetic reports whether the ids are numbers that a tool gave out rather
// than addresses: then nothing was reused.
func (g *Graph) synthetic() bool {
	const userSpace = 1 << 57 // five-level paging
	return g.items > 0 && (g.address.at(0) >= userSpace || g.address.at(0).Opaque())
}

// owners gives for each node the edge under which it was printed, or the
// first edge that leads to it where the dump's order does not tell; noEdge
// for nodes that none leads to.
func (g *Graph) owners(deferred []pending) []EdgeID {
	owner := column.Room[EdgeID](g.Len())[:g.Len()]
	for n := range owner {
		owner[n] = noEdge
	}
	elsewhere := make([]uint64, len(g.target)/64+1) // bit map of the deferred edges
	for _, d := range deferred {
		elsewhere[d.edge>>6] |= 1 << (d.edge & 63)
	}
	for e, t := range g.target {
		// Where an item has the id of an earlier one, the first edge counts.
		if elsewhere[e>>6]&(1<<(e&63)) == 0 && owner[t] == noEdge {
			owner[t] = EdgeID(e)
		}
	}
	for _, d := range deferred {
		t := g.target[d.edge]
		if o := owner[t]; o == noEdge || elsewhere[o>>6]&(1<<(o&63)) != 0 && d.edge < o {
			if _, root := g.Root(t); !root {
				owner[t] = d.edge
			}
		}
	}
	return owner
}

type reuse struct {
	g        *Graph
	isObject []bool
	owner    []EdgeID
}

// inside reports whether an edge's target is a slot of the source object
// itself: zend_object has its properties_table, zvals of 16 bytes, from byte
// 40 on (Zend/zend_types.h).
func (r *reuse) inside(n NodeID, e EdgeID) bool {
	g := r.g
	off := uint64(g.address.at(g.target[e]) - g.address.at(n))
	slots := uint64(g.first[n+1] - g.first[n])
	return off >= 40 && (off-40)%16 == 0 && (off-40)/16 < slots
}

// inBucket reports whether an edge's target can be the slot of a key: the
// buckets of a hash table start at a multiple of 16, while the value that PHP
// references share lies 8 bytes into its block. In the slots of a list the two
// look the same.
func (r *reuse) inBucket(e EdgeID) bool {
	return r.g.label[e]&labelInt != 0 || r.g.address.at(r.g.target[e])%16 == 0
}

// temporary reports whether node t was printed out of a temporary table, so
// that another edge e to it cannot be trusted.
func (r *reuse) temporary(t NodeID, e EdgeID) bool {
	g := r.g
	n := t
	for level := 1; level <= 3; level++ {
		o := r.owner[n]
		if o == noEdge || level == 1 && !r.inBucket(o) {
			return false
		}
		u := g.Source(o)
		if !r.isObject[g.kind[u]] {
			n = u
			continue
		}
		class := g.Name(g.Kind(u).Class)
		if depth, ok := temporary[class]; ok {
			return level <= depth && !(level == 1 && r.inside(u, o))
		}
		// A class of the program: it has a __debugInfo if the property lies not
		// where properties lie, and another object claims the same slot. But
		// stdClass objects that were arrays may share the array's table.
		if level > 1 || class == "stdClass" || r.inside(u, o) {
			return false
		}
		w := g.Source(e)
		return r.isObject[g.kind[w]] && !r.inside(w, e)
	}
	return false
}
