package graph

import (
	"errors"
	"hash/maphash"
	"math"
	"unsafe"

	"memtrail/internal/column"
)

// names numbers distinct texts in the order in which they are first met.
type names struct {
	text  []byte
	ends  []uint32 // name i is text[ends[i-1]:ends[i]]
	slots []slot   // open addressing, a power of two
	seed  maphash.Seed
	full  bool // a text could not be numbered any more
}

// slot holds a name's number plus one, 0 if free, and half of its hash, which
// settles most comparisons without a look at the text.
type slot struct{ name, hash uint32 }

func newNames(seed maphash.Seed) *names {
	n := &names{slots: make([]slot, leastSlots), seed: seed}
	n.intern(nil) // the empty name is number 0
	return n
}

const leastSlots = 256

// reset forgets all names but the empty one, keeping the memory. There are slots for
// as many names as there were: clearing what one rich stretch has left would cost
// each that follows, and growing again each that is as rich.
func (n *names) reset() {
	size := leastSlots
	for size < 2*len(n.ends) {
		size *= 2
	}
	n.text, n.ends, n.full = n.text[:0], n.ends[:0], false
	n.slots = n.slots[:min(size, cap(n.slots))]
	clear(n.slots)
	n.intern(nil)
}

// count is the number of names.
func (n *names) count() int { return len(n.ends) }

// bytes is the text of a name, a view.
func (n *names) bytes(id NameID) []byte {
	from := uint32(0)
	if id > 0 {
		from = n.ends[id-1]
	}
	return n.text[from:n.ends[id]]
}

// textOf is the text of a name, a view that lives as long as the names do.
func (n *names) textOf(id NameID) string {
	b := n.bytes(id)
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// lookup finds the number of a text that has one.
func (n *names) lookup(text string) (NameID, bool) {
	i, _, ok := n.find(unsafe.Slice(unsafe.StringData(text), len(text)))
	if !ok {
		return 0, false
	}
	return NameID(n.slots[i].name - 1), true
}

// find gives the slot of a text, or the one where it belongs.
func (n *names) find(text []byte) (i uint32, h uint32, ok bool) {
	h64 := maphash.Bytes(n.seed, text)
	h = uint32(h64 >> 32)
	mask := uint32(len(n.slots) - 1)
	for i = uint32(h64) & mask; ; i = (i + 1) & mask {
		s := n.slots[i]
		if s.name == 0 {
			return i, h, false
		}
		if s.hash == h && string(n.bytes(NameID(s.name-1))) == string(text) {
			return i, h, true
		}
	}
}

// intern gives the number of a text, a new one if need be. Once there is no
// room for it, it sets full.
func (n *names) intern(text []byte) NameID {
	i, h, ok := n.find(text)
	if ok {
		return NameID(n.slots[i].name - 1)
	}
	if uint64(len(n.text))+uint64(len(text)) > math.MaxUint32 || len(n.ends) > int(labelValue) {
		n.full = true
		return 0
	}
	n.text = append(room(n.text, len(text)), text...)
	n.ends = append(room(n.ends, 1), uint32(len(n.text)))
	n.slots[i] = slot{uint32(len(n.ends)), h}
	if 2*len(n.ends) > len(n.slots) {
		n.grow()
	}
	return NameID(len(n.ends) - 1)
}

func (n *names) grow() {
	if size := 2 * len(n.slots); size <= cap(n.slots) {
		n.slots = n.slots[:size]
		clear(n.slots)
	} else {
		n.slots = column.Of[slot](size)
	}
	mask := uint32(len(n.slots) - 1)
	for id := range n.ends {
		h64 := maphash.Bytes(n.seed, n.bytes(NameID(id)))
		i := uint32(h64) & mask
		for n.slots[i].name != 0 {
			i = (i + 1) & mask
		}
		n.slots[i] = slot{uint32(id + 1), uint32(h64 >> 32)}
	}
}

var errFull = errors.New("the dump has more than 4 GB, or 500 million, distinct names")

// Names is the number of distinct names; NameIDs are below it.
func (g *Graph) Names() int { return g.names.count() }

// KeyName is the name of a label whose key is no number: see [Graph.IntKey].
func (g *Graph) KeyName(l Label) NameID { return NameID(l & labelValue) }
