package graph

import (
	"errors"
	"hash/maphash"
	"math"
	"unsafe"

	"memtrail/internal/slots"
)

// names numbers distinct texts in the order in which they are first met. A text
// is hashed once, also where it goes from one set of names to another.
type names struct {
	text    []byte
	ends    []uint32 // name i is text[ends[i-1]:ends[i]]
	numbers slots.Table
	hashes  []uint32 // by name; nil unless they are kept, for another set
	keep    bool     // them
	seed    maphash.Seed
	full    bool // a text could not be numbered any more

	touched uint32 // see join
}

// newNames makes a set of names. keep says that it is to be joined to another one
// of the same seed.
func newNames(seed maphash.Seed, keep bool) *names {
	n := &names{seed: seed, keep: keep}
	n.intern(nil) // the empty name is number 0
	return n
}

// reset forgets all names but the empty one, keeping the memory.
func (n *names) reset() {
	n.text, n.ends, n.hashes, n.full = n.text[:0], n.ends[:0], n.hashes[:0], false
	n.numbers.Reset()
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
	b := unsafe.Slice(unsafe.StringData(text), len(text))
	hash := n.hash(b)
	at := hash
	return n.find(b, hash, &at)
}

func (n *names) hash(text []byte) uint32 { return uint32(maphash.Bytes(n.seed, text)) }

// find gives the number of a text, or where it belongs.
func (n *names) find(text []byte, hash uint32, at *uint32) (NameID, bool) {
	for id, ok := n.numbers.Next(at, hash); ok; id, ok = n.numbers.Next(at, hash) {
		if string(n.bytes(NameID(id))) == string(text) {
			return NameID(id), true
		}
	}
	return 0, false
}

// intern gives the number of a text, a new one if need be. Once there is no
// room for it, it sets full.
func (n *names) intern(text []byte) NameID { return n.internHashed(text, n.hash(text)) }

// internHashed is intern for a text whose hash is known.
func (n *names) internHashed(text []byte, hash uint32) NameID {
	at := hash
	if id, ok := n.find(text, hash, &at); ok {
		return id
	}
	if uint64(len(n.text))+uint64(len(text)) > math.MaxUint32 || len(n.ends) > int(labelValue) {
		n.full = true
		return 0
	}
	id := len(n.ends)
	n.numbers.Put(at, hash, uint32(id))
	n.text = append(room(n.text, len(text)), text...)
	n.ends = append(room(n.ends, 1), uint32(len(n.text)))
	if n.keep {
		n.hashes = append(room(n.hashes, 1), hash)
	}
	return NameID(id)
}

// join numbers the names of another set, which has kept its hashes: of each of its
// names, in order, the number in this one is appended to ids.
func (n *names) join(o *names, ids []NameID) []NameID {
	for i, hash := range o.hashes {
		if i%slots.Ahead == 0 {
			n.touched = n.numbers.Touch(o.hashes[i:min(i+slots.Ahead, len(o.hashes))])
		}
		ids = append(ids, n.internHashed(o.bytes(NameID(i)), hash))
	}
	return ids
}

var errFull = errors.New("the dump has more than 4 GB, or 500 million, distinct names")

// Names is the number of distinct names; NameIDs are below it.
func (g *Graph) Names() int { return g.names.count() }

// KeyName is the name of a label whose key is no number: see [Graph.IntKey].
func (g *Graph) KeyName(l Label) NameID { return NameID(l & labelValue) }
