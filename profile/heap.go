package profile

import (
	"encoding/binary"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

const (
	heapStart   = "--- symbol\n"
	heapProfile = "--- profile"
)

// maxDepth bounds the frames of one record: PHP has no limit of its own, but a
// process of 1 TiB has no room for more.
const maxDepth = 1 << 28

// readHeap reads what memprof_dump_pprof() writes: the symbols as text, then
// words of eight bytes, little-endian. A head of five words, 0 3 0 0 0; then for
// each call path its bytes, its depth and the symbols of its frames, leaf first.
// The root has depth 0. The name of a symbol is all of its line.
func readHeap(t *text, limit Budget) (*Profile, error) {
	b := newBuilder(Heap, limit)
	b.Paths = true
	symbols, err := readSymbols(t, b)
	if err != nil {
		return nil, err
	}
	h := &heapReader{text: t, builder: b, symbols: symbols, children: map[edge]NodeID{}}
	for i, want := range []uint64{0, 3, 0, 0, 0} {
		got, more, err := h.word()
		switch {
		case err != nil:
			return nil, err
		case !more:
			return nil, t.early()
		case got != want && i != 3: // the fourth is a sampling period
			return nil, t.wrong("the head of the profile is not that of memprof")
		}
	}
	h.node(Node{Function: b.function(Function{Name: "root"})})
	if err := h.records(); err != nil {
		return nil, err
	}
	b.add()
	return b.profile(), nil
}

func readSymbols(t *text, b *builder) (map[uint64]FunctionID, error) {
	symbols := map[uint64]FunctionID{}
	for first := true; ; first = false {
		line, more, err := t.until('\n')
		switch {
		case err != nil:
			return nil, err
		case !more:
			return nil, t.early()
		case string(line) == heapProfile:
			return symbols, nil
		case first, string(line) == "---", strings.HasPrefix(string(line), "binary="):
			continue
		}
		address, name, ok := strings.Cut(string(line), " ")
		n, err := strconv.ParseUint(strings.TrimPrefix(address, "0x"), 16, 64)
		if !ok || err != nil {
			return nil, t.wrong("a line of the symbols is not \"0x… name\"")
		}
		symbols[n] = b.function(Function{Name: name})
		b.spent += perEntry
		if err := b.within(t); err != nil {
			return nil, err
		}
	}
}

// edge is a call from a path to a function.
type edge struct {
	from NodeID
	to   FunctionID
}

type heapReader struct {
	*text
	*builder
	symbols  map[uint64]FunctionID
	children map[edge]NodeID
	path     []FunctionID
	deepest  int // of the paths so far
}

// word reads a word; false at the end, an error within one.
func (h *heapReader) word() (uint64, bool, error) {
	var b [8]byte
	n, err := io.ReadFull(h.r, b[:])
	h.offset += int64(n)
	switch {
	case err == io.EOF:
		return 0, false, nil
	case err == io.ErrUnexpectedEOF:
		return 0, false, h.early()
	case err != nil:
		return 0, false, err
	}
	return binary.LittleEndian.Uint64(b[:]), true, nil
}

func (h *heapReader) records() error {
	for seen := 0; ; seen++ {
		bytes, more, err := h.word()
		switch {
		case err != nil:
			return err
		case !more && seen == 0:
			return h.early()
		case !more:
			return nil
		case bytes > math.MaxInt64:
			return h.wrong("a number that no PHP process reaches")
		}
		if err := h.frames(); err != nil {
			return err
		}
		at := Root
		for _, f := range slices.Backward(h.path) {
			at = h.child(at, f)
		}
		h.Nodes[at].Self.Bytes += bytes
		if err := h.within(h.text); err != nil {
			return err
		}
	}
}

// frames reads the frames of one record, leaf first.
func (h *heapReader) frames() error {
	depth, more, err := h.word()
	switch {
	case err != nil:
		return err
	case !more:
		return h.early()
	case depth > maxDepth:
		return h.wrong("a call path deeper than any process has room for")
	}
	h.path = h.path[:0]
	for range depth {
		address, more, err := h.word()
		switch {
		case err != nil:
			return err
		case !more:
			return h.early()
		}
		f, known := h.symbols[address]
		if !known {
			return h.wrong("a frame that is none of the symbols")
		}
		if h.path = append(h.path, f); len(h.path) > h.deepest {
			h.deepest = len(h.path)
			h.spent += perFrame
			if err := h.within(h.text); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *heapReader) child(at NodeID, f FunctionID) NodeID {
	n, known := h.children[edge{at, f}]
	if !known {
		n = h.node(Node{Function: f, Parent: at})
		h.children[edge{at, f}] = n
		h.spent += perEntry
	}
	return n
}
