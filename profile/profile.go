package profile

import (
	"bytes"
	"fmt"
	"io"

	"memtrail/dump"
)

// Format is one of the formats that memprof writes.
type Format string

// The formats.
const (
	Array     Format = "array"     // JSON of memprof_dump_array()
	Callgrind Format = "callgrind" // of memprof_dump_callgrind()
	Heap      Format = "heap"      // of memprof_dump_pprof()
)

// FunctionID is the place of a function in [Profile.Functions].
type FunctionID uint32

// NodeID is the place of a call path in [Profile.Nodes].
type NodeID uint32

// Root is the node of what was allocated outside of all calls: by PHP itself,
// and by compiling the first file.
const Root NodeID = 0

// Function is what a frame runs.
type Function struct {
	// Name is "f", "DeclaringClass::m", "require /path" or "root".
	Name string
	// File declares the function; "php:internal" for one of PHP itself, "" where the
	// format does not tell.
	File string
}

// Amount is memory that is still allocated.
type Amount struct {
	Bytes  uint64 // as asked for, without the allocator's rounding
	Blocks uint64 // 0 in a profile without blocks
}

// Add adds another amount to a.
func (a *Amount) Add(b Amount) {
	a.Bytes += b.Bytes
	a.Blocks += b.Blocks
}

// Sub takes another amount from a, which has it.
func (a *Amount) Sub(b Amount) {
	a.Bytes -= b.Bytes
	a.Blocks -= b.Blocks
}

// Node is a call path: a function, as called by the path of its parent.
type Node struct {
	Function  FunctionID
	Parent    NodeID // lower than the node's own; the root's is the root
	Calls     uint64 // 0 in a profile without calls
	Self      Amount // what the function allocated itself, callees left out
	Inclusive Amount // Self and that of all nodes below
}

// Profile is a profile in memory. Whoever read it owns it, and changes nothing
// in it.
type Profile struct {
	Format    Format
	Functions []Function
	// Nodes are the call paths, each after its parent. Where Paths is false there is
	// one node below the root for each function, and Inclusive of these overlap.
	Nodes     []Node
	Paths     bool
	HasBlocks bool
	HasCalls  bool
	HasFiles  bool
}

// Total is all that the profile accounts for.
func (p *Profile) Total() Amount { return p.Nodes[Root].Inclusive }

// Name is the name of a node's function.
func (p *Profile) Name(n NodeID) string { return p.Functions[p.Nodes[n].Function].Name }

// A FormatError says that an input is no profile, or a damaged one.
type FormatError struct {
	Offset int64  // byte of the uncompressed input where that was found
	Found  string // what is wrong, as a clause
}

func (e *FormatError) Error() string {
	if e.Offset > 0 {
		return fmt.Sprintf("not a whole profile of memprof: at byte %d, %s", e.Offset, e.Found)
	}
	return "not a profile of memprof: " + e.Found
}

// Read reads a profile of any format. An error is a [*FormatError], or that of
// reading.
func Read(in *dump.Input) (*Profile, error) { return ReadWithin(in, Budget{}) }

// ReadWithin is Read within a budget. An error is a [*BudgetError], too.
func ReadWithin(in *dump.Input, b Budget) (*Profile, error) {
	r, err := in.Text()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	size := int64(-1)
	if in.TextSize() == in.Size() {
		size = in.Size() // of what is compressed it is a guess
	}
	return read(r, size, b)
}

// read reads a text of a size, -1 for one that is not known.
func read(r io.Reader, size int64, limit Budget) (*Profile, error) {
	t := newText(r)
	t.size = size
	head := t.peek(sniffed)
	if t.err != nil {
		return nil, t.err
	}
	switch f, err := formatOf(head); {
	case err != nil:
		return nil, err
	case f == Array:
		return readArray(t, limit)
	case f == Heap:
		return readHeap(t, limit)
	default:
		return readCallgrind(t, limit)
	}
}

// sniffed is how many bytes tell the format.
const sniffed = 4 << 10

// Is reports whether a text that starts like this is a profile. It is decided by
// the first 4 KiB.
func Is(head []byte) bool {
	_, err := formatOf(head)
	return err == nil
}

var callgrindStarts = []string{"version:", "creator:", "# callgrind format", "cmd:", "events:", "positions:"}

func formatOf(head []byte) (Format, error) {
	t := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	switch {
	case len(head) == 0:
		return "", &FormatError{Found: "the input is empty"}
	case bytes.HasPrefix(t, []byte(heapStart)):
		return Heap, nil
	case bytes.HasPrefix(t, []byte("{")):
		if k := bytes.TrimLeft(t[1:], " \t\r\n"); bytes.HasPrefix(k, []byte(`"header"`)) || bytes.HasPrefix(k, []byte(`"items"`)) {
			return "", &FormatError{Found: "it is a heap dump, which the other commands read"}
		}
		for _, key := range []string{`"memory_size`, `"blocks_count`, `"calls"`, `"called_functions"`} {
			if bytes.Contains(t, []byte(key)) {
				return Array, nil
			}
		}
		return "", &FormatError{Found: "JSON without the keys of memprof_dump_array()"}
	}
	for _, start := range callgrindStarts {
		if bytes.HasPrefix(t, []byte(start)) {
			return Callgrind, nil
		}
	}
	if bytes.IndexByte(t[:min(len(t), 512)], 0) >= 0 {
		return "", &FormatError{Found: "binary data"}
	}
	return "", &FormatError{Found: "text that is neither JSON, nor callgrind's, nor a heap profile"}
}

// builder makes a profile's nodes.
type builder struct {
	Profile
	functions map[Function]FunctionID
	budget    Budget
	spent     uint64 // on what is no function and no node, in bytes
	pending   int    // blocks of a callgrind file: each becomes a node, or a part of one
}

func newBuilder(f Format, limit Budget) *builder {
	return &builder{Profile: Profile{Format: f}, functions: map[Function]FunctionID{}, budget: limit}
}

// profile is what was built, without what building it took.
func (b *builder) profile() *Profile {
	p := b.Profile
	return &p
}

func (b *builder) function(f Function) FunctionID {
	id, known := b.functions[f]
	if !known {
		id = FunctionID(len(b.Functions))
		b.functions[f] = id
		b.spent += uint64(len(f.Name) + len(f.File))
		b.Functions = append(b.Functions, f)
	}
	return id
}

func (b *builder) node(n Node) NodeID {
	b.Nodes = append(b.Nodes, n)
	return NodeID(len(b.Nodes) - 1)
}

// add adds up what is below each node.
func (b *builder) add() {
	for i := range b.Nodes {
		b.Nodes[i].Inclusive = b.Nodes[i].Self
	}
	for i := len(b.Nodes) - 1; i > 0; i-- {
		b.Nodes[b.Nodes[i].Parent].Inclusive.Add(b.Nodes[i].Inclusive)
	}
}
