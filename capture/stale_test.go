package capture_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"memtrail/capture"
	"memtrail/capture/memory"
	"memtrail/dump"
)

// A stale word in C code's memory that leads to garbage keeps none of it; one
// that is counted does.
func TestStaleWord(t *testing.T) {
	b := snapshot(t, "php82.core.zst")
	node := uncollectedNode(t, fromSnapshot(t, bytes.Clone(b), capture.Options{}))
	for _, tt := range []struct {
		name    string
		counted uint32 // references of C code
		want    uint64
	}{{"stale", 0, 20}, {"counted", 1, 18}} { // a node holds another, and that holds it
		t.Run(tt.name, func(t *testing.T) {
			core := bytes.Clone(b)
			image, err := memory.ParseCore(core, "/nonexistent") // its segments are views of core
			if err != nil {
				t.Fatal(err)
			}
			binary.LittleEndian.PutUint64(unusedWord(t, image), node)
			refs := image.Bytes(node, 4)
			binary.LittleEndian.PutUint32(refs, binary.LittleEndian.Uint32(refs)+tt.counted)
			x := read(t, fromSnapshot(t, core, capture.Options{}))
			checkBalance(t, &x.info)
			if got := x.info.Capture.Uncollected.Objects; got != tt.want {
				t.Errorf("%d objects are uncollected, want %d", got, tt.want)
			}
		})
	}
}

// unusedWord gives a word of zeros in the data of the program.
func unusedWord(t *testing.T, image *memory.Image) []byte {
	t.Helper()
	for i := range image.Segments {
		s := &image.Segments[i]
		m := image.Mapping(s.Address)
		if m == nil || !m.Writable() || m.Path == "" || m.Path[0] != '/' {
			continue
		}
		for at := 0; at+8 <= len(s.Data); at += 8 {
			if binary.LittleEndian.Uint64(s.Data[at:]) == 0 {
				return s.Data[at : at+8]
			}
		}
	}
	t.Fatal("no program has data")
	return nil
}

// uncollectedNode gives the address of a node that no root reaches.
func uncollectedNode(t *testing.T, c *capture.Capture) uint64 {
	t.Helper()
	children := map[dump.Address][]dump.Address{}
	var nodes, next []dump.Address
	if _, err := c.Items(true, func(it *dump.Item) {
		children[it.Address] = append([]dump.Address(nil), it.Addresses...)
		if string(it.Class) == "Node" {
			nodes = append(nodes, it.Address)
		}
		if it.IsRoot && string(it.Symbol) != "(uncollected)" {
			next = append(next, it.Address)
		}
	}); err != nil {
		t.Fatal(err)
	}
	reached := map[dump.Address]bool{}
	for len(next) > 0 {
		a := next[len(next)-1]
		if next = next[:len(next)-1]; !reached[a] {
			reached[a] = true
			next = append(next, children[a]...)
		}
	}
	for _, a := range nodes {
		if !reached[a] {
			return uint64(a)
		}
	}
	t.Fatal("a root reaches every node")
	return 0
}
