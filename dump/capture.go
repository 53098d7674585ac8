package dump

// Capture is what a reader of the process itself knows beyond the items: the
// heap to the byte. A dump of php-meminfo has none. In a file it is the field
// "capture" behind the items; docs/format.md describes it.
type Capture struct {
	PHP     string `json:"php"`     // version, like 8.2.20
	Threads int    `json:"threads"` // PHP threads that are in the dump
	// Off is the sum of the allocated blocks minus memory_usage, in bytes: 0,
	// or the block that PHP was allocating or freeing. Balanced is false where
	// it is neither.
	Off      int64 `json:"off"`
	Balanced bool  `json:"balanced"`
	// Blocks are the allocated blocks of ZendMM; Owners part them by what they
	// belong to and sum to them.
	Blocks Amount  `json:"blocks"`
	Owners []Owner `json:"by_owner"`
	// Native parts the owner "native" by who holds the blocks.
	Native []Owner `json:"native,omitempty"`
	// Uncollected is garbage in cycles that PHP's collector has not freed yet.
	Uncollected Uncollected `json:"uncollected"`
	// Collector is the state of PHP's collector of cycles; nil if it was not
	// found.
	Collector *Collector `json:"collector,omitempty"`
	// Lost are the blocks that no value of PHP's has and no C code holds.
	Lost []Lost  `json:"lost,omitempty"`
	Heap HeapUse `json:"heap"`
	// Sources say where the program declares its classes, functions and methods.
	Sources []SourceFile `json:"sources,omitempty"`
	// Closures are where the closures that there are were declared, most objects
	// first.
	Closures []ClosureSite `json:"closures,omitempty"`
	Process  []Owner       `json:"process,omitempty"` // resident memory of the process by what for
	// Run says when in the life of its process the dump was taken; nil for a core.
	Run *Run `json:"run,omitempty"`
	// Code is what compiled functions can do to variables.
	Code *Code `json:"code,omitempty"`
	// Problems are contradictions that were found in PHP's memory, in words.
	Problems []string `json:"problems,omitempty"`
}

// ClosureSites gives Closures; nil for no capture.
func (c *Capture) ClosureSites() []ClosureSite {
	if c == nil {
		return nil
	}
	return c.Closures
}

// Run is a moment in the life of a process. Two dumps of one process between
// which it has spent CPU time show what its work has left behind, even if they
// are equal.
type Run struct {
	PID     int    `json:"pid"`
	Started uint64 `json:"started"` // clock ticks after the system's start: with PID it names a process
	// CPU is what the process had spent before it was stopped, CPUAfter when the
	// capture was done, in nanoseconds: being read costs it some.
	CPU      uint64 `json:"cpu"`
	CPUAfter uint64 `json:"cpu_after"`
}

// Amount is a number of blocks and their sum in bytes.
type Amount struct {
	Blocks uint64 `json:"blocks"`
	Bytes  uint64 `json:"bytes"`
}

// Add counts blocks in.
func (a *Amount) Add(b Amount) { a.Blocks, a.Bytes = a.Blocks+b.Blocks, a.Bytes+b.Bytes }

// Owner is what blocks belong to.
type Owner struct {
	Name string `json:"name"`
	Amount
}

// Uncollected counts the objects that no root reaches, with all that they
// alone hold.
type Uncollected struct {
	Objects uint64       `json:"objects"`
	Bytes   uint64       `json:"bytes"`
	Classes []ClassCount `json:"classes"`
	Cycles  []Cycle      `json:"cycles,omitempty"`
}

// Cycle is a kind of garbage: Count tangles of objects that hold each other,
// each called by the class of an object in it. Example is a way around, like
// "Node->peer → Node->peer"; "" if what nothing leads to holds itself nowhere.
type Cycle struct {
	Class   string `json:"class"`
	Count   uint64 `json:"count"`
	Example string `json:"example"`
}

// Collector says why PHP's collector of cycles has not run: it runs when Roots,
// the values that may be part of a cycle, are Threshold.
type Collector struct {
	Enabled   bool   `json:"enabled"`
	Protected bool   `json:"protected"` // it failed, and takes no more roots
	Full      bool   `json:"full"`      // its buffer cannot grow
	Roots     uint64 `json:"roots"`
	Threshold uint64 `json:"threshold"`
	Runs      uint64 `json:"runs"`
	Collected uint64 `json:"collected"` // values that its runs have freed
}

// How a block is lost, in the terms of valgrind's memcheck.
const (
	Definitely = "definitely" // no pointer leads to it
	Indirectly = "indirectly" // only lost blocks lead to it
	Possibly   = "possibly"   // pointers lead into it, but none to its start
)

// Lost sums up the lost blocks of one kind, size and shape. Shape says what
// their first bytes look like: "string", "array", "reference", "object of C",
// "zeros", "pointers", "text", "structure" or "data".
type Lost struct {
	How   string `json:"how"`
	Size  uint64 `json:"size"` // of one block
	Shape string `json:"shape"`
	Amount
}

// SourceFile is what a file of PHP code declares.
type SourceFile struct {
	File    string   `json:"file"`
	Symbols []Symbol `json:"symbols"`
}

// Symbol is a class, a function, or a method as C::m, with the lines of its
// declaration, from 1 on. A closure has no name of its own: see [ClosureSite].
type Symbol struct {
	Name string `json:"name"`
	Line uint32 `json:"line"`
	End  uint32 `json:"end"`
}

// ClosureSite is the code of a closure, with the closures that were made of it:
// Objects with a $this of the class This, "" for static ones. Uses are the names
// in "static": the variables of the use clause, and static ones.
type ClosureSite struct {
	File    string   `json:"file"`
	Line    uint32   `json:"line"`
	End     uint32   `json:"end"`
	This    string   `json:"this,omitempty"`
	Uses    []string `json:"uses,omitempty"`
	Objects uint64   `json:"objects"`
}

// ClassCount is a number of objects of a class.
type ClassCount struct {
	Class   string `json:"class"`
	Objects uint64 `json:"objects"`
}

// HeapUse is how the chunks of the heap are used.
type HeapUse struct {
	Real      uint64     `json:"real"`   // chunks and huge blocks, in bytes
	Cached    uint64     `json:"cached"` // empty chunks that are kept
	Huge      Amount     `json:"huge"`
	HugeList  []HugeUse  `json:"huge_blocks,omitempty"`
	FreePages uint64     `json:"free_pages"`
	Bins      []BinUse   `json:"bins"`
	Chunks    []ChunkUse `json:"chunks"`
}

// BinUse is how many blocks of a size there are, and how many of them are free.
type BinUse struct {
	Size  uint64 `json:"size"`
	Slots uint64 `json:"slots"`
	Free  uint64 `json:"free"`
}

// ChunkUse is how a chunk is used.
type ChunkUse struct {
	Address   string `json:"address"` // hexadecimal
	FreePages uint64 `json:"free_pages"`
	Blocks    uint64 `json:"blocks"` // allocated
	Bytes     uint64 `json:"bytes"`  // allocated
	FreeSlots uint64 `json:"free_slots"`
	// Pages has a letter for each of the 512 pages: see PageLetters.
	Pages string `json:"pages"`
	// KeptBy is what keeps a nearly empty chunk, those that have most of it
	// first. There is none for a chunk that is fuller, nor for one that PHP
	// keeps anyway.
	KeptBy []Kept `json:"kept_by,omitempty"`
}

// HugeUse is a block that is too large for a chunk.
type HugeUse struct {
	Address string `json:"address"` // hexadecimal
	Bytes   uint64 `json:"bytes"`
	Owner   string `json:"owner"` // as in Capture.Owners
}

// Kept is what values of one type and class have of a chunk, with all that
// belongs to them alone; or what an owner has that is no value's.
type Kept struct {
	Owner  string `json:"owner,omitempty"` // "" for values
	Type   string `json:"type,omitempty"`
	Class  string `json:"class,omitempty"`
	Items  uint64 `json:"items,omitempty"`
	Blocks uint64 `json:"blocks"`
	Bytes  uint64 `json:"bytes"`
	ID     string `json:"id,omitempty"` // of the item that has most of it
}

// PageLetters are the letters in ChunkUse.Pages: what most of the allocated
// bytes of a page belong to, by the first letter of the owner, ? for unknown; or
// # for the chunk's own page, - for one whose blocks are all free, . for a free
// page.
const PageLetters = "vtkfiecnul?#-."

// Owner gives what an owner has, nothing if there is no such owner.
func (c *Capture) Owner(name string) Amount {
	for _, o := range c.Owners {
		if o.Name == name {
			return o.Amount
		}
	}
	return Amount{}
}

// The names in Capture.Process.
const (
	ProcessInUse  = "PHP heap, in use"
	ProcessFree   = "PHP heap, free in chunks"
	ProcessCached = "PHP heap, cached chunks"
	ProcessCode   = "opcache"
	ProcessMalloc = "malloc and other anonymous memory"
	ProcessGo     = "Go heap"
	ProcessStacks = "stacks"
	ProcessFiles  = "mapped files"
	ProcessRest   = "the rest"
)
