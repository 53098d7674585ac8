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
	Heap        HeapUse     `json:"heap"`
	Process     []Owner     `json:"process,omitempty"` // resident memory of the process by what for
	// Code is what compiled functions can do to variables.
	Code *Code `json:"code,omitempty"`
	// Problems are contradictions that were found in PHP's memory, in words.
	Problems []string `json:"problems,omitempty"`
}

// Amount is a number of blocks and their sum in bytes.
type Amount struct {
	Blocks uint64 `json:"blocks"`
	Bytes  uint64 `json:"bytes"`
}

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
// bytes of a page belong to, by the first letter of the owner; or # for the
// chunk's own page, - for one whose blocks are all free, . for a free page.
const PageLetters = "vtkfiecnul#-."

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
