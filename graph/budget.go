package graph

import (
	"fmt"
	"runtime"
	"unsafe"

	"memtrail/internal/column"
)

// Need is what a computation takes beside a graph at its peak, in bytes for each
// node and each edge of the graph.
type Need struct{ Node, Edge uint64 }

// Of is what it takes for a graph of that size.
func (n Need) Of(nodes, edges uint64) uint64 { return n.Node*nodes + n.Edge*edges }

// Plus is what two computations take whose results are both held.
func (n Need) Plus(o Need) Need { return Need{n.Node + o.Node, n.Edge + o.Edge} }

// Or is what two computations take that come one after the other, of which the
// second holds nothing of the first.
func (n Need) Or(o Need) Need { return Need{max(n.Node, o.Node), max(n.Edge, o.Edge)} }

// What the computations of this package take. NeedOfDominators holds for dumps in
// the order of a walk, as complete ones are; what is in no such order takes 8 bytes
// a node more.
var (
	NeedOfDominators = Need{Node: 20}
	NeedOfRetained   = Need{Node: 4}
	NeedOfChildren   = Need{Node: 8}
	NeedOfReverse    = Need{Node: 4, Edge: 4}
	NeedOfPaths      = Need{Node: 8}
)

// Budget bounds what building a graph takes, and what is computed of it
// afterwards. The zero one bounds nothing.
type Budget struct {
	Bytes  uint64 // for all of the process; 0: no bound
	Beside Need   // what is to be computed of the graph
}

// BudgetError says that a graph, with what is to be computed of it, takes more than
// it may.
type BudgetError struct {
	Budget  uint64 // in bytes
	Needed  uint64 // in bytes, estimated
	AtLeast bool   // it may take more: how much is still to come is not known
	Nodes   uint64 // that were read until then
}

func (e *BudgetError) Error() string {
	about := "about"
	if e.AtLeast {
		about = "at least"
	}
	return fmt.Sprintf("its graph takes %s %d MB of memory, %d MB are allowed", about, e.Needed>>20, e.Budget>>20)
}

// What is there besides columns, in bytes: the program itself, its buffers and the
// stretches of the dump that are being read.
const besidesColumns = 64 << 20

const (
	bytesPerNode = 16 // without its handle, if it has one
	bytesPerEdge = 8
	// An edge of a part: in its columns and on its stack, which double when they grow.
	bytesPerPartEdge = 48
	// The collector lets a part of what it has nothing to do with become garbage,
	// and columns that grow are held twice for a moment: one in so many bytes.
	slack = 16
)

// Limit sets what the builder may take. It is to be called before the first part
// is joined.
func (b *Builder) Limit(budget Budget) { b.budget = budget }

// need is what the graph takes and what comes after it, if the dump has that many
// times as much as has been joined.
func (b *Builder) need(times float64) uint64 {
	g := b.g
	n, m := float64(g.Len()), float64(len(g.target))
	late := float64(len(b.deferred))
	open := 16 * float64(len(b.stack)) // is as deep as the dump is, not as long
	held := float64(g.nodeBytes()) + bytesPerEdge*m + g.rest()
	// While the last edges are resolved: the edges by address, nodes and edges by
	// chunk or a hash table of nodes, another of what is missing, the nodes of that,
	// and the owners.
	finishing := (40+bytesPerNode)*late + 4*n + m/8
	if g.address.wide != nil {
		finishing += 12 * n
	}
	if late > 0 {
		finishing += 4 * n
	}
	beside := float64(b.budget.Beside.Node)*n + float64(b.budget.Beside.Edge)*m
	return besidesColumns + uint64(open+times*(held+max(finishing, beside))*(slack+1)/slack)
}

// rest is what the graph has beside its columns of nodes and edges, in bytes.
func (g *Graph) rest() float64 {
	const perEntry = 64 // of a map, with the text
	maps := len(g.bigSize) + len(g.bigAlloc) + len(g.oddHandle) + len(g.oddID)
	return float64(len(g.names.text)+4*cap(g.names.ends)+g.names.numbers.Bytes()) +
		float64(12*len(g.roots)+perEntry*(maps+len(g.kinds)))
}

// Memory is about what the graph takes, in bytes.
func (g *Graph) Memory() uint64 {
	return g.nodeBytes() + bytesPerEdge*uint64(len(g.target)) + uint64(g.rest()) + 80*uint64(len(g.entries))
}

// nodeBytes is what the columns of the nodes take.
func (g *Graph) nodeBytes() uint64 {
	node := uint64(bytesPerNode)
	if g.alloc != nil {
		node += 4
	}
	if g.address.wide != nil {
		node += 8
	}
	return node*uint64(g.Len()) + g.handle.bytes() + 40*uint64(len(g.address.odd))
}

// read is the part of the dump that has been joined, in (0, 1], as far as it is
// known; of what is compressed, no less.
func (b *Builder) read() (part float64, exact, known bool) {
	if size := b.in.Size(); size > 0 && b.in.TextSize() != size {
		return min(1, max(float64(b.in.BytesRead()), 1)/float64(size)), false, true
	}
	size := b.in.TextSize()
	if size <= 0 || b.end <= 0 {
		return 1, false, false
	}
	return min(1, float64(b.end)/float64(size)), true, true
}

// What must have been read, in bytes of the dump's text and as a part of it, before
// an estimate ends the reading; and by how much the estimate must miss the budget.
const (
	enoughRead = 64 << 20
	enoughPart = 1.0 / 32
	farAbove   = 3
)

// within checks the budget after a part has been joined.
func (b *Builder) within() error {
	if b.budget.Bytes == 0 {
		return nil
	}
	part, exact, known := b.read()
	e := &BudgetError{Budget: b.budget.Bytes, Needed: b.need(1 / part), AtLeast: !exact, Nodes: uint64(b.g.Len())}
	if now := b.need(1); now > e.Budget {
		e.Needed = max(e.Needed, now)
		return e
	}
	if known && exact && b.end >= enoughRead && (part >= enoughPart || b.hopeless(e)) && e.Needed/farAbove > e.Budget {
		return e
	}
	return nil
}

// hopeless reports whether a dump is so large that a small part of it tells enough.
func (b *Builder) hopeless(e *BudgetError) bool { return e.Needed/(16*farAbove) > e.Budget }

// fits checks the budget when all parts have been joined. It asks the system, too:
// address space can be bounded, and what it has promised to others as well.
func (b *Builder) fits() error {
	if b.budget.Bytes == 0 {
		return nil
	}
	g := b.g
	e := &BudgetError{Budget: b.budget.Bytes, Needed: b.need(1), Nodes: uint64(g.Len())}
	beside := b.budget.Beside.Of(uint64(g.Len()), uint64(len(g.target)))
	if e.Needed > e.Budget {
		return e
	}
	if !column.Available(beside) {
		e.Needed, e.AtLeast = e.Budget, true
		return e
	}
	return nil
}

// What an item and an edge take of a dump's text at least, in bytes, and nearly so
// when there are many.
const (
	textPerItem = 105
	textPerEdge = 120
)

// reserve makes room for a part in the graph's columns: at first for as much as the
// dump can have by its size, and the budget allows. Memory that is not touched
// costs nothing, while columns that grow are held twice.
func (b *Builder) reserve(p *Part) error {
	g := b.g
	n, m := g.Len()+len(p.address)+1, len(g.target)+len(p.target) // one of first stands behind the last
	if n <= cap(g.kind) && n <= cap(g.first) && m <= cap(g.target) {
		return nil
	}
	nodes, edges := max(n, cap(g.kind)), max(m, cap(g.target))
	if size := b.in.TextSize(); size > 0 && cap(g.kind) == 0 {
		nodes, edges = b.bounded(max(n, int(size/textPerItem)+1), max(m, int(size/textPerEdge)))
		nodes, edges = max(n, nodes), max(m, edges)
		if b.budget.Bytes > 0 && !column.Available(uint64(nodes)*bytesPerNode+uint64(edges)*bytesPerEdge) {
			nodes, edges = n, m
		}
	}
	if n > nodes || nodes == n {
		nodes = n + n/2
	}
	if m > edges || edges == m {
		edges = m + m/2
	}
	return b.grow(nodes, edges)
}

// bounded is how many nodes and edges a graph has at most that keeps to the budget.
func (b *Builder) bounded(nodes, edges int) (int, int) {
	if b.budget.Bytes == 0 {
		return nodes, edges
	}
	beside := b.budget.Beside
	return min(nodes, int(b.budget.Bytes/(bytesPerNode+beside.Node))), min(edges, int(b.budget.Bytes/(2*bytesPerEdge+beside.Edge)))
}

// grow gives the columns room for that many nodes and edges, one column after the
// other.
func (b *Builder) grow(nodes, edges int) error {
	g := b.g
	more := uint64(max(nodes-cap(g.kind), 0))*bytesPerNode + uint64(max(edges-cap(g.target), 0))*bytesPerEdge
	widest := 4 * uint64(g.Len()) // is held twice
	if g.address.wide != nil {
		widest *= 2
	}
	if now := b.need(1) + widest; b.budget.Bytes > 0 && (now > b.budget.Bytes || !column.Available(more+widest)) {
		return &BudgetError{Budget: b.budget.Bytes, Needed: max(now+more, b.budget.Bytes), AtLeast: true, Nodes: uint64(g.Len())}
	}
	g.address.moved(nodes)
	g.kind = moved(g.kind, nodes)
	g.size = moved(g.size, nodes)
	g.handle = g.handle.moved(nodes)
	g.first = moved(g.first, nodes)
	g.target = moved(g.target, edges)
	g.label = moved(g.label, edges)
	return nil
}

// moved is a column with room for n values.
func moved[T any](c []T, n int) []T {
	if n <= cap(c) {
		return c
	}
	size := uint64(len(c)) * uint64(unsafe.Sizeof(*new(T)))
	c = column.Grown(c, n)
	reclaim(size) // the next column takes the place of this one
	return c
}

// reclaim has the collector take back so many bytes of columns that are no longer
// used, so that what comes next takes their place: memory that the system has to
// give first costs more than to clear some. Columns have no pointers, so that a
// collection takes no time.
func reclaim(bytes uint64) {
	const worthIt = 32 << 20
	if bytes >= worthIt {
		runtime.GC()
	}
}

// Spare is how much of the graph's memory has been reserved and not been used, in
// bytes.
func (g *Graph) Spare() uint64 {
	return uint64(cap(g.kind)-g.Len())*bytesPerNode + uint64(cap(g.target)-len(g.target))*bytesPerEdge
}
