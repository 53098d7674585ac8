package heap

import "memtrail/analysis"

// Heap is the map of PHP's heap as far as addresses show it: the chunks and
// huge blocks that the items of a dump lie in.
type Heap struct {
	analysis.Source
	PHP     string      // the version whose layouts were taken
	Chunks  []Chunk     // by address
	Listed  int         // chunks to list: the first ones, all if it is not less than there are
	Huge    []HugeBlock // by address
	Outside []Outside   // addresses that are not in the heap
	Mapped  bool        // a list of mappings was there to tell regions
	// Uncharted counts items in chunks for which there was no room.
	Uncharted uint64

	// HiddenHuge counts huge blocks that the model knows of and no address
	// shows: strings, stores of objects, the table of all objects.
	HiddenHuge  int
	HiddenBytes uint64

	MappedBytes uint64 // chunks seen and huge blocks, hidden ones included
	UsedBytes   uint64 // what the model says was allocated, placed or not
	Placed      HeapBytes
	Unplaced    Unplaced
}

// Fragmentation is the share of the mapped bytes that nothing uses. ok is
// false where more is used than the chunks seen can hold: others hold nothing
// that has an address in the dump.
func (h *Heap) Fragmentation() (share float64, ok bool) {
	if h.MappedBytes == 0 || h.UsedBytes > h.MappedBytes {
		return 0, false
	}
	return 1 - float64(h.UsedBytes)/float64(h.MappedBytes), true
}

// HeapKind is what lies at an address.
type HeapKind uint8

// The kinds. Blocks come first: of the last two, only the slots that items lie
// in are known, and not the blocks around them.
const (
	HeapObjects    HeapKind = iota // objects, with the properties declared in their classes
	HeapArrays                     // bucket stores of arrays
	HeapTables                     // property tables of objects
	HeapReferences                 // zend_reference
	HeapVariables                  // slots of frames, globals and statics
	HeapSlots                      // slots of holders that do not show
	HeapKinds      = iota
)

var heapKindNames = [HeapKinds]string{"objects", "arrays", "tables", "references", "variables", "slots"}

func (k HeapKind) String() string { return heapKindNames[k] }

// HeapBytes are bytes by kind.
type HeapBytes [HeapKinds]uint64

// Total is their sum.
func (b *HeapBytes) Total() uint64 {
	var sum uint64
	for _, n := range b {
		sum += n
	}
	return sum
}

// Pages of a chunk, and their size. The first is the chunk's own header.
const (
	ChunkPages = 512
	PageSize   = 4 << 10
	ChunkSize  = ChunkPages * PageSize
)

// Chunk is one of the regions of 2 MiB that PHP's allocator cuts into pages.
type Chunk struct {
	Address   uint64
	Items     uint64
	Bytes     HeapBytes
	Pages     []PageUse // all 512
	PagesUsed int       // those with a known tenant, and the header
	Free      []PageRun // pages without one: free, or used by what does not show
	Classes   []ClassUse
	Region    string // name of the mapping; "" where no list of them was there
}

// LargestFree is the longest run of pages without a known tenant.
func (c *Chunk) LargestFree() PageRun {
	var largest PageRun
	for _, r := range c.Free {
		if r.Pages > largest.Pages {
			largest = r
		}
	}
	return largest
}

// PageUse is what is known of a page.
type PageUse struct {
	Bytes uint16   // with a known tenant
	Kind  HeapKind // the kind of most of them
}

// PageRun is a number of pages in a row.
type PageRun struct{ From, Pages int }

// ClassUse is what the objects of a class take of a chunk, in their own blocks.
type ClassUse struct {
	Class string
	Count uint64
	Bytes uint64
}

// HugeBlock is a block too large for a chunk. Those that show are bucket stores.
type HugeBlock struct {
	Address uint64
	Bytes   uint64
	Kind    HeapKind
	Items   uint64 // that lie in it
	Region  string
}

// Outside are addresses that are not in the heap, by region or by 2 MiB.
type Outside struct {
	Address uint64 // of the region, or of the 2 MiB
	Items   uint64
	Region  string // "" where nothing tells
}

// Unplaced are bytes that the model knows of and no address of a dump gives
// the place of.
type Unplaced struct {
	Strings     uint64
	Keys        uint64
	Arrays      uint64 // zend_array, and stores of which no slot shows
	Objects     uint64 // what classes allocate besides the object
	Tables      uint64
	References  uint64
	ObjectTable uint64
	Baseline    uint64 // an empty script
}

// Total is their sum.
func (u *Unplaced) Total() uint64 {
	return u.Strings + u.Keys + u.Arrays + u.Objects + u.Tables + u.References + u.ObjectTable + u.Baseline
}
