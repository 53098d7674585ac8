package heap

import (
	"errors"
	"memtrail/analysis"
	"memtrail/analysis/retain"

	population "math/bits"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
	"slices"
)

// HeapOptions says how to draw the map of the heap.
type HeapOptions struct {
	PHP   zend.Version // that wrote the dump; zend.Auto infers it
	Limit int          // chunks to list, 0 for all
	Maps  dump.Regions // the process's mappings, nil if not known
}

// Why there is no map of the heap.
var (
	errNotAddresses = errors.New("reli wrote it, and its ids are not where values lie; only the dumps of php-meminfo show where things lie")
	errNoAddress    = errors.New("none of its ids is an address, so nothing shows where things lie")
	errOtherProcess = errors.New("no address of the dump lies in any of the mappings; were they saved from the same process, while it lived?")
)

// ErrMaps reports whether it is the list of mappings that an error is about.
func ErrMaps(err error) bool { return errors.Is(err, errOtherProcess) }

// Need is what [Map] takes beside a graph.
var Need = graph.Need{Node: 6}

// Map draws the map of the heap that a dump's addresses give away. The id
// of an object is the address of its block. That of any other value is the
// address of its slot: in an object, a bucket store, a reference, a frame.
//
// Every 8 bytes of a chunk are a bit, so that what lies in one place counts
// once, also if both an object and the properties in it tell of it.
func Map(g *graph.Graph, info *dump.Info, o HeapOptions) (*Heap, error) {
	return mapPlaced(g, info, o, func() *placer {
		p := newPlacer(retain.NewMeasurer(g, info, o.PHP, false))
		p.run()
		return p
	})
}

// MapMeasured is Map with the measurer of others, which has priced all nodes and
// is only read. The version of PHP in the options does not count.
func MapMeasured(m *retain.Measurer, info *dump.Info, o HeapOptions) (*Heap, error) {
	return mapPlaced(m.Graph, info, o, func() *placer {
		own := *m // what it works in is not to be shared
		p := newPlacer(&own)
		p.placeUpTo(&own, graph.NodeID(m.Graph.Items()))
		return p
	})
}

func mapPlaced(g *graph.Graph, info *dump.Info, o HeapOptions, place func() *placer) (*Heap, error) {
	if g.Items() > 0 {
		if analysis.ProducerOf(g, info) == analysis.ProducerReli {
			return nil, errNotAddresses
		}
	}
	p := place()
	m := p.Measurer
	h := &Heap{
		Source: analysis.GraphSource(g, info), PHP: m.Out.PHP.String(), Mapped: o.Maps != nil,
		Uncharted: p.uncharted, UsedBytes: m.Out.Explained(),
	}
	if g.Items() > 0 && p.outOf == uint64(g.Items()) {
		return nil, errNoAddress
	}
	p.hide(zend.Mapping(m.Out.ObjectTable))
	p.sortOut(h, o.Maps)
	if o.Maps != nil && len(h.Chunks)+len(h.Huge) == 0 && g.Items() > 0 && !slices.ContainsFunc(h.Outside, func(o Outside) bool { return o.Region != unmapped }) {
		return nil, errOtherProcess
	}
	h.Listed = len(h.Chunks)
	if o.Limit > 0 {
		h.Listed = min(h.Listed, o.Limit)
	}
	h.HiddenHuge, h.HiddenBytes = p.hidden, p.hiddenBytes
	h.MappedBytes = uint64(len(h.Chunks))*ChunkSize + h.HiddenBytes
	for i := range h.Chunks {
		for k, n := range h.Chunks[i].Bytes {
			h.Placed[k] += n
		}
	}
	for _, b := range h.Huge {
		h.MappedBytes += b.Bytes
		h.Placed[b.Kind] += b.Bytes
	}
	rest := func(spent uint64, k HeapKind) uint64 { return spent - min(spent, h.Placed[k]) }
	spent := m.Out.ByKind
	h.Unplaced = Unplaced{
		Strings: spent.Strings, Keys: spent.Keys,
		Arrays: rest(spent.Arrays, HeapArrays), Objects: rest(spent.Objects, HeapObjects),
		Tables: rest(spent.Tables, HeapTables), References: rest(spent.References, HeapReferences),
		ObjectTable: m.Out.ObjectTable, Baseline: m.Out.Baseline,
	}
	return h, nil
}

// placer puts what has an address where it lies.
type placer struct {
	*retain.Measurer
	windows map[uint64]*window // by address / 2 MiB
	recent  [1 << 10]*window   // those looked at last, by the low bits of their number
	room    int                // further windows that may be charted

	next  graph.NodeID // to be placed
	roots []graph.Root // from it on

	stores      []HugeBlock
	hidden      int // huge blocks of which no address shows
	hiddenBytes uint64

	uncharted uint64
	outOf     uint64 // items whose address no process has
	manyKinds map[manyKind]uint32
}

// window is what may be a chunk: 2 MiB of addresses.
type window struct {
	number  uint64
	items   uint64
	objects uint64
	blocks  uint64                  // bucket stores and tables
	header  bool                    // something lies where a chunk has its header
	busy    [ChunkSize / 512]uint64 // a bit for every 8 bytes
	pages   [ChunkPages][HeapKinds]uint16
	kinds   []uint32 // objects by KindID, up to fewKinds
}

// Objects of kinds beyond fewKinds are counted in a map.
const fewKinds = 1 << 11

type manyKind struct {
	window uint64
	kind   graph.KindID
}

const (
	cellBytes = 8
	slotBytes = 16
	userSpace = 1 << 57
)

func newPlacer(m *retain.Measurer) *placer {
	// A window takes 38 KiB. A heap of ordinary items has tens of thousands
	// of them in each; one that has few is charted up to 8 GiB all the same.
	return &placer{
		Measurer: m, windows: map[uint64]*window{}, room: 4096 + m.Graph.Items()/1024, roots: m.Graph.Roots(),
		manyKinds: map[manyKind]uint32{},
	}
}

// run prices all nodes and, one stretch behind, places them: what an array is
// to its holder is known once that was priced.
func (p *placer) run() {
	const stretch = 1 << 15
	priced := make(chan graph.NodeID, 16)
	own := *p.Measurer // what it works in is not to be shared
	go func() {
		defer close(priced)
		n, end := graph.NodeID(0), graph.NodeID(p.Graph.Len())
		for n < end {
			for to := min(n+stretch, end); n < to; n++ {
				p.Price(n)
			}
			priced <- n
		}
	}()
	for end := range priced {
		p.placeUpTo(&own, min(end, graph.NodeID(p.Graph.Items())))
	}
}

// placeUpTo places the next items, up to one.
func (p *placer) placeUpTo(m *retain.Measurer, end graph.NodeID) {
	for ; p.next < end; p.next++ {
		isRoot := false
		for len(p.roots) > 0 && p.roots[0].Node <= p.next {
			isRoot = p.roots[0].Node == p.next
			p.roots = p.roots[1:]
		}
		p.placeItem(m, p.next, isRoot)
	}
}

// placeItem notes where an item lies: the block of an object, or the slot of another
// value and what that has of its own.
func (p *placer) placeItem(m *retain.Measurer, n graph.NodeID, isRoot bool) {
	g := m.Graph
	address := uint64(g.Address(n))
	if g.Address(n).Opaque() || address >= userSpace {
		p.outOf++
		return
	}
	w := p.window(address)
	if w == nil {
		p.uncharted++
		return
	}
	w.items++
	if m.Code(n) == retain.TypeObject {
		p.placeObject(m, n, w)
		return
	}
	if !w.has(address) {
		p.markSlot(address, isRoot)
	}
	switch m.Code(n) {
	case retain.TypeArray:
		if owned(m.Roles[n]) {
			p.placeStore(m, n)
		}
	case retain.TypeString:
		if size := g.Size(n); size > ChunkSize/2 {
			p.hide(zend.Mapping(m.Out.Model.StringAs(m.Roles[n], zend.StringLen(size))))
		}
	}
}

// markSlot marks the slot of a value, or the reference that it is in.
func (p *placer) markSlot(address uint64, isRoot bool) {
	switch {
	case isRoot && isReferred(address):
		p.mark(address-8, zend.Reference, HeapReferences)
	case isRoot:
		p.mark(address, slotBytes, HeapVariables)
	default:
		p.mark(address, slotBytes, HeapSlots)
	}
}

// owned reports whether an array of that role is there when nobody dumps.
func owned(r zend.Role) bool { return r == zend.Plain || r == zend.Storage }

// isReferred reports whether an address may be that of the value in a
// reference. Slots of hashes, tables and frames never lie so.
func isReferred(address uint64) bool { return address%32 == 8 }

func (p *placer) placeObject(m *retain.Measurer, n graph.NodeID, w *window) {
	g, kind := m.Graph, m.Graph.KindID(n)
	class := m.Classes[kind]
	b := m.Out.Model.ObjectBlock(class, uint64(g.Address(n)))
	p.mark(b.Start, b.Size, HeapObjects)
	w.objects++
	w.count(kind, p.manyKinds)
	if class.Shows() {
		return
	}
	from, to := g.Children(n)
	tabled := false
	for e := from; e < to; e++ {
		a, ok := p.slot(m, e)
		switch {
		case !ok || a-b.Start < b.Size:
		case isReferred(a):
			p.mark(a-8, zend.Reference, HeapReferences)
		case a%32 == 0 && !tabled:
			tabled = true // the others lie in the same table
			if table, ok := m.Out.Model.TableBlock(uint64(to-from), a, uint64(e-from)); ok {
				p.place(table, HeapTables)
			}
		}
	}
}

func (p *placer) placeStore(m *retain.Measurer, n graph.NodeID) {
	from, to := m.Graph.Children(n)
	if from == to {
		return
	}
	m.FillArray(n)
	b, ok := m.Out.Model.StoreBlock(&m.Array)
	if ok {
		p.place(b, HeapArrays)
	}
	if !ok {
		if m.Out.Of(n) > ChunkSize/2 { // and not shared with an earlier one
			p.hide(zend.Mapping(m.Out.Model.StoreCost(&m.Array)))
		}
		if !m.Out.Model.AllReferences(&m.Array) {
			return
		}
	}
	for e := from; e < to; e++ {
		if a, ok := p.slot(m, e); ok && a-b.Start >= b.Size && isReferred(a) {
			p.mark(a-8, zend.Reference, HeapReferences)
		}
	}
}

// slot gives the address of the slot that an edge leads to, if it is one.
func (p *placer) slot(m *retain.Measurer, e graph.EdgeID) (address uint64, ok bool) {
	t := m.Graph.Target(e)
	a := m.Graph.Address(t)
	return uint64(a), !a.Opaque() && a < userSpace && !m.Graph.Missing(t) && m.Code(t) != retain.TypeObject && !m.Graph.Label(e).Unreliable()
}

// place marks a block that was inferred from what lies in it.
func (p *placer) place(b zend.Block, k HeapKind) {
	if b.Start >= userSpace {
		return
	}
	if b.Huge() {
		p.stores = append(p.stores, HugeBlock{Address: b.Start, Bytes: b.Size, Kind: k})
		return
	}
	if w := p.window(b.Start); w != nil {
		w.blocks++
		p.mark(b.Start, b.Size, k)
	}
}

// hide notes a huge block that lies somewhere; none if it has no bytes.
func (p *placer) hide(size uint64) {
	if size > 0 {
		p.hidden++
		p.hiddenBytes += size
	}
}

// window gives the window of an address, nil if there is no room to chart it.
func (p *placer) window(address uint64) *window {
	number := address / ChunkSize
	recent := &p.recent[number%uint64(len(p.recent))]
	if w := *recent; w != nil && w.number == number {
		return w
	}
	w, ok := p.windows[number]
	if !ok {
		if p.room == 0 {
			return nil
		}
		p.room--
		w = &window{number: number}
		p.windows[number] = w
	}
	*recent = w
	return w
}

// mark notes that a run of bytes is in use, as far as it lies in the window
// that it begins in. What was in use before keeps its kind.
func (p *placer) mark(address, size uint64, k HeapKind) {
	w := p.window(address)
	if w == nil {
		return
	}
	from := address % ChunkSize
	to := min(from+size, ChunkSize)
	w.header = w.header || from < PageSize
	first, last := from/cellBytes, (to-1)/cellBytes
	for i := first / 64; i <= last/64; i++ {
		run := ^uint64(0)
		if i == first/64 {
			run <<= first % 64
		}
		if i == last/64 {
			run &= ^uint64(0) >> (63 - last%64)
		}
		if fresh := run &^ w.busy[i]; fresh != 0 {
			w.busy[i] |= fresh
			w.pages[i/8][k] += uint16(population.OnesCount64(fresh))
		}
	}
}

// has reports whether something is known to lie at an address of the window.
func (w *window) has(address uint64) bool {
	i := address % ChunkSize / cellBytes
	return w.busy[i/64]>>(i%64)&1 != 0
}

func (w *window) count(k graph.KindID, many map[manyKind]uint32) {
	if k >= fewKinds {
		many[manyKind{w.number, k}]++
		return
	}
	if int(k) >= len(w.kinds) {
		w.kinds = append(w.kinds, make([]uint32, int(k)+1-len(w.kinds))...)
	}
	w.kinds[k]++
}
