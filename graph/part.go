package graph

import (
	"hash/maphash"
	"math"
	"slices"

	"memtrail/dump"
	"memtrail/internal/column"
)

// A dump is a depth-first walk, printed in preorder: behind a container come
// its children, each followed by what is below it, unless it was printed
// before. So a stack of the children that are still to come tells at once
// which edge an item is the target of: the topmost whose id is the item's.
// Children above it were printed earlier; where, is looked up at the end.
//
// The walk crosses the borders of the stretches in which a dump is read. In a
// stretch, an item that finds the stack empty is a head: its parent lies in
// an earlier stretch. Heads find their edge when the stretches are joined in
// order, each on the stack that the stretches before it left.

// pending is an edge whose target is known by address only.
type pending struct {
	address dump.Address
	edge    EdgeID
}

// Part collects the items of one stretch. Node, edge and name numbers are its
// own, counted from 0. It implements dump.Sink.
type Part struct {
	names   *names
	kindIDs kindNumbers
	kinds   []Kind
	recent  recent

	address []dump.Address
	kind    []KindID
	size    []uint32
	handle  []uint32
	first   []EdgeID
	target  []NodeID // None: not known yet
	label   []Label
	alloc   []uint32 // empty unless items have exact bytes
	roots   []Root

	stack    []pending
	heads    []NodeID
	deferred []pending

	style     idStyle
	bigSize   map[NodeID]uint64
	bigAlloc  map[NodeID]uint64
	oddHandle map[NodeID]string
	oddID     map[dump.Address]string
	clash     bool // two odd ids with one address

	open    bool   // the last node's item goes on in the next piece
	matched EdgeID // edge that the last node was matched with
	kids    int    // of its edges on the stack
	lastAt  int64  // where the last item starts in the text
	most    int    // edges; 0: any number
	over    bool   // there are more
	ids     dump.AddressParser
}

const noEdge = EdgeID(math.MaxUint32)

func newPart(seed maphash.Seed, style idStyle) *Part {
	return &Part{names: newNames(seed, true), style: style}
}

// reset empties the part for the next stretch, keeping its memory.
func (p *Part) reset(style idStyle) {
	p.names.reset()
	p.kindIDs.table.Reset()
	p.recent.forget()
	*p = Part{
		recent: p.recent, most: p.most,
		names: p.names, kindIDs: p.kindIDs, kinds: p.kinds[:0], style: style,
		address: p.address[:0], kind: p.kind[:0], size: p.size[:0], handle: p.handle[:0], first: p.first[:0],
		target: p.target[:0], label: p.label[:0], alloc: p.alloc[:0], roots: p.roots[:0],
		stack: p.stack[:0], heads: p.heads[:0], deferred: p.deferred[:0],
	}
}

// Item adds an item, or a piece of one.
func (p *Part) Item(it *dump.Item) {
	if p.over {
		return // the graph is not going to be built
	}
	if it.Broken {
		p.drop()
		return
	}
	if !p.open {
		p.begin(it)
	}
	n := len(it.Children)
	p.lastAt = it.Offset
	if p.over = p.most > 0 && len(p.target)+n > p.most; p.over {
		return
	}
	p.stack, p.target, p.label = room(p.stack, n), room(p.target, n), room(p.label, n)
	for i := range it.Children {
		c := &it.Children[i]
		var a dump.Address
		if it.Addresses != nil {
			a = it.Addresses[i]
		} else {
			a, _ = p.ids.Parse(c.ID)
		}
		if a.Opaque() {
			p.keepID(a, c.ID)
		}
		p.stack = append(p.stack, pending{a, EdgeID(len(p.target))})
		p.target = append(p.target, None)
		p.label = append(p.label, p.labelOf(c.Key))
	}
	p.kids += n
	if p.open = it.More; p.open {
		return
	}
	// The first child is to be met first, so it goes on top.
	slices.Reverse(p.stack[len(p.stack)-p.kids:])
	p.kids = 0
	p.end(it)
}

// room makes room for n more values. It doubles, where append would add a
// quarter: what grows long is copied less often.
func room[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	return column.Grown(s, max(2*cap(s), len(s)+n))
}

// begin adds the item's node and finds the edge that leads to it.
func (p *Part) begin(it *dump.Item) {
	n := NodeID(len(p.address))
	a := it.Address
	if it.ID != nil {
		a = p.parse(it.ID)
	}
	if len(p.address) == cap(p.address) {
		p.moreNodes()
	}
	p.address = append(p.address, a)
	p.first = append(p.first, EdgeID(len(p.target)))
	p.matched = noEdge
	for i := len(p.stack) - 1; i >= 0; i-- {
		top := p.stack[i]
		p.stack = p.stack[:i]
		if top.address == a {
			p.target[top.edge] = n
			p.matched = top.edge
			return
		}
		p.deferred = append(p.deferred, top)
	}
	p.heads = append(p.heads, n)
}

// moreNodes makes room for more nodes in all columns.
func (p *Part) moreNodes() {
	const least = 1 << 10
	n := max(least, cap(p.address))
	p.address, p.first = room(p.address, n), room(p.first, n)
	p.kind, p.size, p.handle = room(p.kind, n), room(p.size, n), room(p.handle, n)
}

// parse reads an id, and keeps the text of one that its address does not tell.
func (p *Part) parse(id []byte) dump.Address {
	a, upper := p.ids.Parse(id)
	if !p.style.set && !a.Opaque() {
		p.style = styleOf(id, a, upper)
	}
	if a.Opaque() || !p.style.fits(id, a, upper) {
		p.keepID(a, id)
	}
	return a
}

// end fills the columns that are known when the item is complete.
func (p *Part) end(it *dump.Item) {
	n := NodeID(len(p.address) - 1)
	p.kind = append(p.kind, p.kindOf(it))
	size := uint32(sizeElsewhere)
	if it.Size < sizeElsewhere {
		size = uint32(it.Size)
	} else {
		if p.bigSize == nil {
			p.bigSize = map[NodeID]uint64{}
		}
		p.bigSize[n] = it.Size
	}
	p.size = append(p.size, size)
	p.addAlloc(n, it)
	p.handle = append(p.handle, p.handleOf(n, it))
	if it.IsRoot {
		p.roots = append(p.roots, Root{n, p.names.intern(it.Frame), p.names.intern(it.Symbol)})
	}
}

// drop removes the last node, whose item turned out to be damaged. The edge
// that led to it leads nowhere.
func (p *Part) drop() {
	if !p.open {
		return
	}
	p.open = false
	n := len(p.address) - 1
	if p.matched != noEdge {
		p.target[p.matched] = None
		p.deferred = append(p.deferred, pending{p.address[n], p.matched})
	} else {
		p.heads = p.heads[:len(p.heads)-1]
	}
	e := p.first[n]
	p.address, p.first = p.address[:n], p.first[:n]
	p.target, p.label = p.target[:e], p.label[:e]
	p.stack = p.stack[:len(p.stack)-p.kids]
	p.kids = 0
}

func (p *Part) kindOf(it *dump.Item) KindID {
	c := p.recent.kind(it)
	if c.known && c.fields == it.Fields && string(c.class) == string(it.Class) && string(c.typ) == string(it.Type) {
		return c.id
	}
	k := Kind{p.names.intern(it.Type), p.names.intern(it.Class), it.Fields}
	id := p.kindIDs.id(&p.kinds, k)
	c.known, c.fields, c.id = true, it.Fields, id
	c.typ, c.class = append(c.typ[:0], it.Type...), append(c.class[:0], it.Class...)
	return id
}

func (p *Part) handleOf(n NodeID, it *dump.Item) uint32 {
	if !it.Has(dump.HasHandle) {
		return noHandle
	}
	if v, ok := decimal(it.Handle); ok && v < oddHandle {
		return uint32(v)
	}
	if p.oddHandle == nil {
		p.oddHandle = map[NodeID]string{}
	}
	p.oddHandle[n] = string(it.Handle)
	return oddHandle
}

func (p *Part) labelOf(key []byte) Label {
	if v, ok := decimal(key); ok && v <= uint64(labelValue) {
		return labelInt | Label(v)
	}
	if len(key) > 8 {
		return Label(p.names.intern(key))
	}
	word, c := p.recent.label(key)
	if c.name == 0 || c.word != word || int(c.len) != len(key) {
		c.name, c.word, c.len = p.names.intern(key), word, uint8(len(key))
	}
	return Label(c.name)
}

func (p *Part) keepID(a dump.Address, id []byte) {
	if p.oddID == nil {
		p.oddID = map[dump.Address]string{}
	}
	if old, ok := p.oddID[a]; !ok {
		p.oddID[a] = string(id)
	} else if a.Opaque() && old != string(id) {
		p.clash = true
	}
}

// decimal reads a number that prints as it stands: no sign, no leading zero.
func decimal(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 10 || b[0] == '0' && len(b) > 1 {
		return 0, false
	}
	v := uint64(0)
	for _, c := range b {
		if c-'0' > 9 {
			return 0, false
		}
		v = v*10 + uint64(c-'0')
	}
	return v, true
}
