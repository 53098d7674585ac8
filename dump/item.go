package dump

// Fields says which fields of an item the dump has.
type Fields uint16

// The fields that php-meminfo writes.
const (
	HasType Fields = 1 << iota
	HasSize
	HasRoot
	HasSymbol
	HasFrame
	HasClass
	HasHandle
	HasChildren
	// HasAlloc is set on items of a capture: Alloc and Refs are known.
	HasAlloc
)

// Item is one entry of a dump.
//
// All byte slices are views into memory of the reader that delivered the
// item and hold until its next step (the next Scan, or the return of
// Sink.Item). They hold the bytes as PHP had them: JSON escapes are undone,
// nothing else is, so they need not be UTF-8.
type Item struct {
	// Offset is the position of the opening quote of the item's id, in bytes
	// from the start of the uncompressed dump.
	Offset int64
	// Fields tells the fields that are present from those that are empty.
	Fields Fields
	// IsRoot is set on a variable of a frame and on a static.
	IsRoot bool
	// Size is the dump's own size field, in bytes; 0 when absent.
	Size uint64
	// Alloc is what the allocator spent for the item and for what belongs to
	// it alone, in bytes: exact, with HasAlloc.
	Alloc uint64
	// Refs is PHP's reference count, with HasAlloc; 0 for a value without one.
	Refs uint32

	// Address is the id as a number, where the reader has it so and was told
	// that its user takes it so (Options.Addresses); ID is nil then.
	Address Address

	ID     []byte
	Type   []byte
	Symbol []byte
	Frame  []byte
	Class  []byte
	Handle []byte // object_handle, digits as a rule

	// NumChildren counts the pairs in the item's children, up to and with
	// this piece; equal keys count each.
	NumChildren uint64
	// Children are the pairs in dump order, duplicates included; nil unless
	// Options.Children asks for them. In an item that comes in pieces, these
	// are the piece's own.
	Children []Child
	// Addresses are the ids of Children as numbers, where ID is nil; then
	// their IDs are nil, too.
	Addresses []Address
	// Extra are the fields that php-meminfo does not write, in dump order;
	// nil unless Options.Extra asks for them. A nested value is given as
	// "null". In an item that comes in pieces, these are the piece's own.
	Extra []Extra

	// More is set when further pieces of the same item follow: its child list
	// is longer than the reader's window. The other fields are complete only
	// in the last piece, where More is false.
	More bool
	// Broken is set on the last piece of an item that turned out to be cut
	// off or damaged after pieces of it had been delivered: what was
	// collected from them must be dropped. It is never set on an item that
	// comes whole. Whether a damaged item comes in pieces at all depends on
	// where the reader's windows end, which is no property of the dump.
	Broken bool
}

// Has reports whether the dump has all the given fields for the item.
func (it *Item) Has(f Fields) bool { return it.Fields&f == f }

// Child is one pair of an item's children: the key under which the child is
// held, and the child's id. Views, like the fields of [Item].
type Child struct{ Key, ID []byte }

// Extra is a field that php-meminfo does not write. Views, like the fields
// of [Item]; a number or a literal stands as its text.
type Extra struct{ Name, Value []byte }

// Header is the dump's own account of the process's memory, in bytes.
type Header struct {
	MemoryUsage         uint64
	MemoryUsageReal     uint64
	PeakMemoryUsage     uint64
	PeakMemoryUsageReal uint64
}

// Info is what a reader knows of a dump as a whole when it has read it.
type Info struct {
	Header *Header // nil when the dump has none
	Items  uint64
	Roots  uint64
	// Complete is false when the dump ends before its list of items does. One
	// that is complete may lack items all the same: see DefectKind.Loses.
	Complete bool
	// Fault is what is wrong with the input itself, not with what is written in
	// it: an error of the reader, or that the file changed meanwhile. It is nil
	// as a rule.
	Fault error
	// Closed says that the dump starts, and its items look, as php-meminfo has
	// written them since 1.0.4: depth first, each item that it names once, and
	// none that it does not name. Forks and older versions promise less.
	Closed bool
	// EndsAt is the offset behind the last byte that was read.
	EndsAt  int64
	Defects Defects
	// Capture is nil for a dump that the process wrote itself.
	Capture *Capture
}
