package dumpbuild

import "strconv"

// A Node is a value of a PHP program. A graph of nodes becomes a dump by the
// Builder's Global, Static and Frame, which visit it as php-meminfo does. One
// node may be held in many places, and cycles are made with Add:
//
//	user := dumpbuild.NewObject(`App\User`, dumpbuild.To("name", dumpbuild.NewString(5)))
//	cache := dumpbuild.NewArray(dumpbuild.To("7", user))
//	user.Add("home", cache)
//	dump := dumpbuild.New().Global("cache", cache).Dump()
type Node struct {
	typ   string
	size  uint64
	class string
	id    uint64
	edges []Edge
}

// An Edge is a named slot that holds a node.
type Edge struct {
	Key string
	To  *Node
}

// To makes an edge.
func To(key string, n *Node) Edge { return Edge{key, n} }

// NewObject makes an object. The Builder gives it a handle.
func NewObject(class string, edges ...Edge) *Node {
	return &Node{typ: "object", size: 72, class: class, edges: edges}
}

// NewArray makes an array.
func NewArray(edges ...Edge) *Node { return &Node{typ: "array", size: 72, edges: edges} }

// NewString makes a string of n bytes.
func NewString(n uint64) *Node { return &Node{typ: "string", size: 16 + n} }

// NewScalar makes a value of any other type, such as "int".
func NewScalar(typ string) *Node { return &Node{typ: typ, size: 16} }

// At fixes the node's id. The Builder chooses the others.
func (n *Node) At(id uint64) *Node {
	n.id = id
	return n
}

// Add adds an edge, and returns the node that it starts from.
func (n *Node) Add(key string, to *Node) *Node {
	n.edges = append(n.edges, Edge{key, to})
	return n
}

// NewWeakMap makes a WeakMap without entries.
func NewWeakMap() *Node { return NewObject("WeakMap") }

// Put adds an entry to a WeakMap, as an array of its key and its value under a
// running number, which is what WeakMap shows a dumper (zend_weakmap_get_properties_for
// in Zend/zend_weakrefs.c). It returns the map.
func (n *Node) Put(key, value *Node) *Node {
	return n.Add(strconv.Itoa(len(n.edges)), NewArray(To("key", key), To("value", value)))
}

// nodes is a Builder's knowledge of the nodes it has met.
type nodes struct {
	ids     map[*Node]uint64
	visited map[uint64]bool
	next    uint64
	handles int
}

func newNodes() nodes {
	return nodes{ids: map[*Node]uint64{}, visited: map[uint64]bool{}, next: 0x7f00_0000_0000}
}

// Global visits a variable of the main script.
func (b *Builder) Global(name string, n *Node) *Builder { return b.Frame("<GLOBAL>", name, n) }

// Static visits a static member; the symbol is Class::name.
func (b *Builder) Static(symbol string, n *Node) *Builder {
	return b.Frame("<CLASS_STATIC_MEMBER>", symbol, n)
}

// Unreached visits a node that no root leads to, as reli writes those of PHP's table
// of objects.
func (b *Builder) Unreached(n *Node) *Builder {
	b.visit(n)
	return b
}

// Frame visits a variable of a frame. As in a real dump, a node that has been
// visited already does not become a root.
func (b *Builder) Frame(frame, symbol string, n *Node) *Builder {
	if it := b.visit(n); it != nil {
		it.Root(frame, symbol)
	}
	return b
}

// ID returns the id that a node has in the dump.
func (b *Builder) ID(n *Node) uint64 {
	if n.id != 0 {
		return n.id
	}
	id, known := b.nodes.ids[n]
	if !known {
		b.nodes.next += 0x40
		id = b.nodes.next
		b.nodes.ids[n] = id
	}
	return id
}

// visit adds the items of n and of what it alone leads to, in preorder. It
// returns nil if n's id is known.
func (b *Builder) visit(n *Node) *ItemBuilder {
	id := b.ID(n)
	if b.nodes.visited[id] {
		return nil
	}
	b.nodes.visited[id] = true
	it := b.Item(id, n.typ).Size(n.size)
	if n.typ == "object" {
		b.nodes.handles++
		it.Class(n.class).Handle(b.nodes.handles)
	}
	for _, e := range n.edges {
		it.Child(e.Key, b.ID(e.To))
	}
	for _, e := range n.edges {
		b.visit(e.To)
	}
	return it
}
