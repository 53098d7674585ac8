package walk

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"memtrail/capture/layout"
	"memtrail/capture/locate"
	"memtrail/capture/memory"
	"memtrail/capture/zendmm"
	"memtrail/dump"
)

// Sink takes the items of a walk, one after the other. The item is the
// walker's and holds only during the call.
type Sink func(*dump.Item)

// Walker walks over the values of one PHP thread.
type Walker struct {
	m    *memory.Image
	h    *zendmm.Heap
	t    *layout.Table
	f    *fields
	eg   uint64
	cg   uint64
	base uint64 // of ZEND_MAP_PTR offsets
	sink Sink

	objects objectStore
	leads   stretch           // what lies outside is no address of a block or an object
	classes map[uint64]*class // by zend_class_entry
	outside map[uint64]bool   // values outside the heap that are items already

	roots     map[uint64]root // by the id of the item
	rootOrder []pending
	filter    [1 << 10]uint64 // a set bit for each id in roots, to ask the map seldom

	stack    []pending
	weak     []pending // entries of WeakMaps whose keys have not been reached
	deferred []pending // objects and resources whose insides are to be looked at
	item     dump.Item
	keys     []byte // texts of keys of the item at hand
	kids     kids
	flags    kind // that every mark gets: garbage

	functions     map[uint64]bool // op_arrays that were seen
	functionOrder []uint64
	sources       []dump.SourceFile
	program       *program
	symbols       *symbols
	buffer        stretch       // of the collector
	pointers      []pointerPart // outside the heap; nil but while they are looked at
	native        map[string]dump.Amount
	holders       []*nativeHolder // of what C code holds, by library
	resources     map[uint64]bool
	closures      map[closureKey]*dump.ClosureSite
	interior      map[uint64]bool // blocks that a word outside the heap points into, but not to
	groups        uint64          // that have got an id
	garbage       *garbageEdges   // nil but while garbage is visited
	cycles        []dump.Cycle
	lostSums      map[lostKey]dump.Amount
	collector     uint64               // zend_gc_globals; 0 if it was not found
	opaque        map[uint64]uint64    // deferred objects, with the bytes charged so far
	synthetic     map[uint64]*embedded // arrays that are none of PHP's, until their visit
	handle        []byte               // of the object at hand, as text
	count         uint64
	classHits     map[uint64]uint64 // uncollected objects by class
	kept          kept
	running       map[uint64]bool   // opcodes of functions that are on a stack
	fileCode      map[uint64]bool   // op_arrays of files that run
	inner         map[uint64]uint32 // see heldByGarbage; nil until it is asked for
}

// root is how a root is called; extra is what the reference costs that the
// variable is, in bytes.
type root struct {
	frame, symbol string
	extra         uint64
}

// pending is a value that waits for its visit: an address with its type in the
// byte above, or a slot that holds a scalar.
type pending uint64

func pend(address uint64, typ byte) pending { return pending(address&(1<<56-1) | uint64(typ)<<56) }
func (p pending) address() uint64           { return uint64(p) & (1<<56 - 1) }
func (p pending) typ() byte                 { return byte(p >> 56) }

// New makes a walker for a thread whose heap was read.
func New(m *memory.Image, h *zendmm.Heap, php *locate.PHP, thread locate.Thread) (*Walker, error) {
	if thread.Compiler == 0 {
		return nil, errors.New("the compiler's globals were not found")
	}
	w := &Walker{
		m: m, h: h, t: php.Layout, f: newFields(php.Layout, php.ID), eg: thread.Executor, cg: thread.Compiler,
		classes: map[uint64]*class{}, outside: map[uint64]bool{}, roots: map[uint64]root{}, functions: map[uint64]bool{},
		running: map[uint64]bool{}, fileCode: map[uint64]bool{},
		opaque: map[uint64]uint64{}, synthetic: map[uint64]*embedded{}, resources: map[uint64]bool{}, closures: map[closureKey]*dump.ClosureSite{}, interior: map[uint64]bool{}, lostSums: map[lostKey]dump.Amount{},
		native: map[string]dump.Amount{}, classHits: map[uint64]uint64{}, kept: kept{chunks: map[uint64]*keptChunk{}},
	}
	w.base = m.Word(w.cg + w.t.Offset("zend_compiler_globals.map_ptr_base"))
	store := w.eg + w.executor("objects_store")
	w.objects = newObjectStore(w, m.Word(store), uint32(w.within(m.Word(store), uint64(m.Half(store+8)), 8)))
	from, to := h.Span()
	w.leads = w.objects.widen(stretch{from, to})
	w.symbols = newSymbols(m)
	return w, nil
}

// within bounds a number of entries by what the block that has them holds.
func (w *Walker) within(table, n, size uint64) uint64 {
	b, ok := w.h.Slot(table)
	if !ok {
		return 0
	}
	return min(n, (b.Start+b.Size-table)/size)
}

func (w *Walker) executor(field string) uint64 { return w.t.Offset("zend_executor_globals." + field) }
func (w *Walker) compiler(field string) uint64 { return w.t.Offset("zend_compiler_globals." + field) }

// Run walks and gives every value to the sink.
func (w *Walker) Run(sink Sink) {
	w.sink = sink
	w.findModules()
	w.engineFirst()
	w.findRoots()
	w.visitRoots()
	w.visitWeak()
	w.visitDeferred()
	w.visitResources()
	w.visitDeferred()
	w.visitWeak()
	w.nativeMemory(true)
	w.engine()
	w.code()
	w.codeTables()
	w.nativeMemory(false)
	w.visitDeferred()
	w.visitWeak()
	w.flags = garbage
	w.uncollected()
	w.flags = 0
	w.lost()
	w.giveCode()
	w.giveNative()
}

// mark notes what the block at an address is, if nobody has; first reports
// whether so. bytes is the block's size, 0 for an address outside the heap.
func (w *Walker) mark(address uint64, k kind) (bytes uint64, first bool) {
	b, ok := w.h.Find(address)
	if !ok {
		return 0, false
	}
	if *b.State&kindMask != none {
		return b.Size, false
	}
	*b.State |= k | w.flags
	return b.Size, true
}

// charge is mark for whoever counts bytes: 0 if the block is another's. The
// block is the item's at hand, but for a reference, which a root may have that
// is no item yet.
func (w *Walker) charge(address uint64, k kind) uint64 {
	n, first := w.mark(address, k)
	if !first {
		return 0
	}
	if k != kReference {
		w.keeps(address, k, n)
	}
	return n
}

// firstVisit reports whether a value is visited for the first time, and notes
// the visit. k is what its block is.
func (w *Walker) firstVisit(address uint64, k kind) (alloc uint64, first bool) {
	b, ok := w.h.Find(address)
	if !ok {
		if w.outside[address] {
			return 0, false
		}
		w.outside[address] = true
		return 0, true
	}
	if *b.State&emitted != 0 {
		return 0, false
	}
	if *b.State&kindMask == none {
		alloc = b.Size
		*b.State |= k | w.flags
	}
	*b.State |= emitted
	return alloc, true
}

// Capture gives the facts of the heap, when the walk is done.
func (w *Walker) Capture() *dump.Capture {
	c := &dump.Capture{Threads: 1, Off: w.h.Off(), Balanced: w.h.Balanced(), Problems: w.h.Problems}
	c.Blocks = dump.Amount{Blocks: w.h.Blocks, Bytes: w.h.Bytes}
	var byState [256]dump.Amount
	w.h.Each(func(b zendmm.Block) {
		a := &byState[*b.State]
		a.Blocks++
		a.Bytes += b.Size
	})
	sums := map[string]dump.Amount{}
	for state, a := range byState {
		name := ownerOf(kind(state))
		if a.Blocks > 0 {
			sum := sums[name]
			sums[name] = dump.Amount{Blocks: sum.Blocks + a.Blocks, Bytes: sum.Bytes + a.Bytes}
		}
	}
	for _, name := range ownerOrder {
		if a, ok := sums[name]; ok {
			c.Owners = append(c.Owners, dump.Owner{Name: name, Amount: a})
		}
	}
	c.Native = sortedOwners(w.native)
	c.Uncollected.Bytes = sums["uncollected"].Bytes
	for ce, n := range w.classHits {
		c.Uncollected.Objects += n
		c.Uncollected.Classes = append(c.Uncollected.Classes, dump.ClassCount{Class: w.class(ce).name, Objects: n})
	}
	slices.SortFunc(c.Uncollected.Classes, func(a, b dump.ClassCount) int {
		return cmp.Or(cmp.Compare(b.Objects, a.Objects), cmp.Compare(a.Class, b.Class))
	})
	slices.SortStableFunc(w.cycles, func(a, b dump.Cycle) int { return cmp.Compare(b.Count, a.Count) })
	c.Uncollected.Cycles = w.cycles
	c.Collector = w.collectorState()
	c.Sources, c.Closures = w.sources, w.closureSites()
	for k, a := range w.lostSums {
		c.Lost = append(c.Lost, dump.Lost{How: k.how, Size: k.size, Shape: k.shape, Amount: a})
	}
	slices.SortFunc(c.Lost, func(a, b dump.Lost) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Size, b.Size), cmp.Compare(a.How, b.How), cmp.Compare(a.Shape, b.Shape))
	})
	c.Heap = w.heapUse()
	c.Code = w.Code()
	return c
}

// sortedKeys lists the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// sortedOwners lists amounts, the largest first.
func sortedOwners(sums map[string]dump.Amount) []dump.Owner {
	var all []dump.Owner
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		all = append(all, dump.Owner{Name: name, Amount: sums[name]})
	}
	slices.SortStableFunc(all, func(a, b dump.Owner) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return all
}

func (w *Walker) heapUse() dump.HeapUse {
	u := w.h.Use()
	d := dump.HeapUse{Real: w.h.Real, Cached: w.h.Cached, FreePages: u.FreePages}
	for _, g := range w.h.Huge {
		d.Huge.Blocks++
		d.Huge.Bytes += g.Size
		owner := owners[none]
		if b, ok := w.h.Find(g.Address); ok {
			owner = ownerOf(*b.State)
		}
		d.HugeList = append(d.HugeList, dump.HugeUse{Address: fmt.Sprintf("%#x", g.Address), Bytes: g.Size, Owner: owner})
	}
	for i, b := range u.Bins {
		d.Bins = append(d.Bins, dump.BinUse{Size: zendmm.BinSize(i), Slots: b.Slots, Free: b.Free})
	}
	maps, kept := w.pageMaps(), w.keptBy()
	for _, c := range u.Chunks {
		d.Chunks = append(d.Chunks, dump.ChunkUse{
			Address: fmt.Sprintf("%#x", c.Address), FreePages: c.FreePages, Blocks: c.Blocks, Bytes: c.Bytes, FreeSlots: c.FreeSlots,
			Pages: maps[c.Address], KeptBy: kept[c.Address],
		})
	}
	return d
}
