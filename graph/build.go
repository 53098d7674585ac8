package graph

import (
	"errors"
	"hash/maphash"
	"math"
	"sync"

	"memtrail/dump"
)

// Build reads a dump into a graph. Workers bounds the goroutines that read
// it, 0 means one for each processor; the graph does not depend on it. What
// the dump says of itself comes with it. An error means that there is no
// graph; a dump that ends early has one, of the items that are complete.
func Build(in *dump.Input, workers int) (*Graph, dump.Info, error) {
	return BuildWithin(in, workers, Budget{})
}

// BuildWithin is Build with a bound on what it takes; its error is a [*BudgetError]
// if that is too little.
func BuildWithin(in *dump.Input, workers int, budget Budget) (*Graph, dump.Info, error) {
	b := NewBuilder(in)
	b.Limit(budget)
	info, err := dump.Each(in, dump.Options{Children: true, Addresses: true, Workers: workers}, b.Part, b.Join)
	if err != nil {
		return nil, info, err
	}
	g, err := b.Finish()
	return g, info, err
}

// Builder joins parts into a graph, for whoever reads a dump for a graph and
// something else in one pass; [Build] is for all others. Part and Join are
// what dump.Each asks for; the options must ask for children.
type Builder struct {
	g        *Graph
	in       *dump.Input
	budget   Budget
	end      int64 // where the last item that was joined starts in the text
	seed     maphash.Seed
	kindIDs  kindNumbers
	stack    []pending
	deferred []pending
	nameOf   []NameID // of the part at hand
	kindOf   []KindID

	mu    sync.Mutex // guards what Part, called by readers, shares with Join
	free  []*Part
	style idStyle
}

// NewBuilder returns a builder for the graph of an input.
func NewBuilder(in *dump.Input) *Builder {
	b := &Builder{in: in, seed: maphash.MakeSeed()}
	b.g = &Graph{
		names:     newNames(b.seed, false),
		bigSize:   map[NodeID]uint64{},
		oddHandle: map[NodeID]string{},
		oddID:     map[dump.Address]string{},
	}
	return b
}

// Part gives an empty part, to be filled by one goroutine.
func (b *Builder) Part() *Part {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := len(b.free); n > 0 {
		p := b.free[n-1]
		b.free = b.free[:n-1]
		p.reset(b.style)
		return p
	}
	p := newPart(b.seed, b.style)
	if b.budget.Bytes > 0 {
		p.most = int(min(b.budget.Bytes/bytesPerPartEdge, math.MaxInt/2))
	}
	return p
}

var errTooMany = errors.New("the dump has more than four billion items or references")

// Join appends a part to the graph. Parts come in the order of the dump, and
// belong to the builder again afterwards.
func (b *Builder) Join(p *Part) error {
	g := b.g
	if g.Len()+len(p.address) >= int(None) || len(g.target)+len(p.target) >= math.MaxUint32 {
		return errTooMany
	}
	if p.over {
		edges := uint64(len(g.target) + len(p.target))
		return &BudgetError{Budget: b.budget.Bytes, Needed: b.need(1) + bytesPerPartEdge*edges, AtLeast: true, Nodes: uint64(g.Len() + len(p.address))}
	}
	if err := b.joinNames(p); err != nil {
		return err
	}
	b.end = max(b.end, p.lastAt)
	if err := b.reserve(p); err != nil {
		return err
	}
	base, edges := NodeID(g.Len()), EdgeID(len(g.target))
	g.joinAlloc(p)
	b.joinEdges(p, base)
	for _, h := range p.heads {
		b.match(p.address[h], base+h)
	}
	b.joinNodes(p, base, edges)
	b.deferred = appendPending(b.deferred, p.deferred, edges)
	b.stack = appendPending(b.stack, p.stack, edges)
	if err := b.joinIDs(p); err != nil {
		return err
	}
	b.mu.Lock()
	b.free = append(b.free, p)
	b.mu.Unlock()
	return b.within()
}

// joinEdges appends the part's edges; base is the node that its first one becomes.
func (b *Builder) joinEdges(p *Part, base NodeID) {
	g := b.g
	for _, t := range p.target {
		if t != None {
			t += base
		}
		g.target = append(g.target, t)
	}
	for _, l := range p.label {
		if l&labelInt == 0 {
			l = Label(b.nameOf[l])
		}
		g.label = append(g.label, l)
	}
}

// joinNodes appends the part's nodes; base and edges are what its first node and
// its first edge become.
func (b *Builder) joinNodes(p *Part, base NodeID, edges EdgeID) {
	g := b.g
	g.address.addAll(p.address)
	for _, k := range p.kind {
		g.kind = append(g.kind, b.kindOf[k])
	}
	g.size = append(g.size, p.size...)
	g.handle.addAll(p.handle)
	for _, e := range p.first {
		g.first = append(g.first, e+edges)
	}
	for _, r := range p.roots {
		g.roots = append(g.roots, Root{r.Node + base, b.nameOf[r.Frame], b.nameOf[r.Symbol]})
	}
	for n, s := range p.bigSize {
		g.bigSize[n+base] = s
	}
	for n, h := range p.oddHandle {
		g.oddHandle[n+base] = h
	}
}

// appendPending appends a part's edges without a target; edges is what its first
// edge becomes.
func appendPending(to, part []pending, edges EdgeID) []pending {
	to = room(to, len(part))
	for _, p := range part {
		to = append(to, pending{p.address, p.edge + edges})
	}
	return to
}

// joinNames numbers the part's names and kinds in the graph.
func (b *Builder) joinNames(p *Part) error {
	b.nameOf = b.g.names.join(p.names, b.nameOf[:0])
	if p.names.full || b.g.names.full {
		return errFull
	}
	b.kindOf = b.kindOf[:0]
	for _, k := range p.kinds {
		k.Type, k.Class = b.nameOf[k.Type], b.nameOf[k.Class]
		b.kindOf = append(b.kindOf, b.kindID(k))
	}
	return nil
}

func (b *Builder) kindID(k Kind) KindID { return b.kindIDs.id(&b.g.kinds, k) }

// joinIDs takes over the ids that the part's style does not print. A part
// that was begun before the dump's style was known has one of its own.
func (b *Builder) joinIDs(p *Part) error {
	g := b.g
	if p.style.set {
		b.adoptStyle(p.style)
	}
	if p.style.set && p.style != g.style {
		for _, a := range p.address {
			if _, odd := p.oddID[a]; !odd && !a.Opaque() {
				p.keepID(a, []byte(p.style.format(a)))
			}
		}
	}
	for a, id := range p.oddID {
		if a.Opaque() {
			if old, ok := g.oddID[a]; ok && old != id {
				p.clash = true
			}
		} else if g.style.format(a) == id {
			continue
		}
		if _, ok := g.oddID[a]; !ok {
			g.oddID[a] = id
		}
	}
	if p.clash {
		return errors.New("two ids that are no addresses have the same hash")
	}
	return nil
}

// adoptStyle makes the first style that is known the graph's, and that of parts to
// come.
func (b *Builder) adoptStyle(s idStyle) {
	if b.g.style.set {
		return
	}
	b.g.style = s
	b.mu.Lock()
	b.style = s
	b.mu.Unlock()
}

// match finds the edge that leads to a head.
func (b *Builder) match(a dump.Address, n NodeID) {
	for i := len(b.stack) - 1; i >= 0; i-- {
		top := b.stack[i]
		b.stack = b.stack[:i]
		if top.address == a {
			b.g.target[top.edge] = n
			return
		}
		b.deferred = append(b.deferred, top)
	}
}

// Finish resolves what is left and gives the graph.
func (b *Builder) Finish() (*Graph, error) {
	g := b.g
	if err := b.fits(); err != nil {
		return nil, err
	}
	b.free = nil
	g.items = NodeID(g.Len())
	g.first = append(g.first, EdgeID(len(g.target)))
	b.deferred = append(b.deferred, b.stack...)
	b.stack = nil
	shared, err := b.resolve()
	if err != nil {
		return nil, err
	}
	g.unite(firstOf(shared))
	maps := g.weakMaps()
	if !g.Exact() { // a capture reads every value where it is
		g.markReused(b.deferred)
	}
	g.keepValues(maps)
	late := uint64(len(b.deferred))
	b.deferred = nil
	reclaim(4*uint64(g.Len()) + 40*late)
	return g, nil
}
