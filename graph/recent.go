package graph

import (
	"encoding/binary"

	"memtrail/dump"
)

// recent remembers the numbers of kinds and short keys that were just met,
// because a dump repeats few of them all the time, and to compare is cheaper
// than to hash. Both tables are direct-mapped.
type recent struct {
	kinds  [64]recentKind
	labels [256]recentLabel
}

type recentKind struct {
	known      bool
	fields     dump.Fields
	id         KindID
	typ, class []byte
}

// recentLabel is a key of up to eight bytes, held in a word. The empty key is
// name 0, which stands for a free entry: it is looked up each time.
type recentLabel struct {
	word uint64
	name NameID
	len  uint8
}

func (r *recent) forget() {
	for i := range r.kinds {
		r.kinds[i].known = false
	}
	clear(r.labels[:])
}

// kind is the place of an item's kind.
func (r *recent) kind(it *dump.Item) *recentKind {
	h := uint(it.Fields)*7 + uint(len(it.Class))*5
	if n := len(it.Class); n > 0 {
		h += uint(it.Class[n-1]) + uint(it.Class[n/2])*3
	} else if n := len(it.Type); n > 0 {
		h += uint(it.Type[0]) + uint(it.Type[n-1])*3
	}
	return &r.kinds[h%uint(len(r.kinds))]
}

// label is the place of a key of up to eight bytes, and the key as a word.
func (r *recent) label(key []byte) (uint64, *recentLabel) {
	var w uint64
	switch n := len(key); {
	case n == 8:
		w = binary.LittleEndian.Uint64(key)
	case n >= 4:
		w = uint64(binary.LittleEndian.Uint32(key)) | uint64(binary.LittleEndian.Uint32(key[n-4:]))<<(8*(n-4))
	case n > 0:
		w = uint64(key[0]) | uint64(key[n/2])<<(8*(n/2)) | uint64(key[n-1])<<(8*(n-1))
	}
	return w, &r.labels[w*0x9e3779b97f4a7c15>>56]
}
