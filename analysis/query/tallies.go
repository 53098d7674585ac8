package query

import (
	"bytes"
	"hash/maphash"
	"unsafe"

	"memtrail/analysis/paths"
	"memtrail/internal/column"
	"memtrail/internal/slots"
)

// A tally is what is counted of one group. kind is the type of its items. Where
// the name ends in a key set, stem is what stands before that.
type tally struct {
	text       int    // where kind and name stand, one behind the other
	kind, name uint32 // their lengths
	stem       uint32 // 0: no key set
	hash       uint32

	count, bytes uint64
	allocated    uint64 // over a graph only
}

// tallies holds groups in the order in which they are met, a million of them
// without a pointer. A group is found by the name and kind it was met with; the table
// of recent ones, direct mapped, spares most look-ups their hash.
type tallies struct {
	count   int
	blocks  [][]tally // of blockOf each: what is once there is never copied
	text    []byte
	numbers slots.Table
	recent  [64]uint32 // numbers plus one
	seed    maphash.Seed
	hashes  []uint32 // see add
	touched uint32
}

const blockOf = 1 << 9

// at gives a tally by its number.
func (t *tallies) at(number uint32) *tally { return &t.blocks[number/blockOf][number%blockOf] }

// newTallies makes tallies. Those of one seed can be added up.
func newTallies(seed maphash.Seed) *tallies { return &tallies{seed: seed} }

// names are the name and the kind of a tally, views.
func (t *tallies) names(c *tally) (name, kind []byte) {
	at := t.text[c.text:]
	return at[c.kind : c.kind+c.name], at[:c.kind]
}

func (t *tallies) is(number uint32, name, kind []byte) bool {
	n, k := t.names(t.at(number))
	return string(n) == string(name) && string(k) == string(kind)
}

// tallyOf finds or makes the tally of a group, and gives its number in the list.
func (t *tallies) tallyOf(name, kind []byte, stem int) uint32 {
	h := uint(len(name)) * 5
	if n := len(name); n > 0 {
		h += uint(name[n-1]) + uint(name[n/2])*3
	}
	slot := &t.recent[h%uint(len(t.recent))]
	if *slot == 0 || !t.is(*slot-1, name, kind) {
		*slot = t.hashed(name, kind, stem, t.hash(name, kind)) + 1
	}
	return *slot - 1
}

// hash is that of a group. Kinds hardly differ where names do not.
func (t *tallies) hash(name, kind []byte) uint32 {
	return uint32(maphash.Bytes(t.seed, name)) + uint32(len(kind))
}

// hashed is tallyOf for a group whose hash is known.
func (t *tallies) hashed(name, kind []byte, stem int, hash uint32) uint32 {
	number, at, ok := t.find(name, kind, hash)
	if ok {
		return number
	}
	number = uint32(t.count)
	if t.count++; int(number/blockOf) == len(t.blocks) {
		t.moreBlocks()
	}
	t.numbers.Put(at, hash, number)
	*t.at(number) = tally{text: len(t.text), kind: uint32(len(kind)), name: uint32(len(name)), stem: uint32(stem), hash: hash}
	if room := len(kind) + len(name); cap(t.text)-len(t.text) < room {
		t.text = column.Grown(t.text, room+2*cap(t.text)) // append would copy large ones too often
	}
	t.text = append(append(t.text, kind...), name...)
	return number
}

// moreBlocks makes a block, or many where there are many.
func (t *tallies) moreBlocks() {
	const many = 192 // are more than a column's huge pages begin with
	n := 1
	if len(t.blocks) >= many {
		n = many
	}
	for room := column.Room[tally](n * blockOf)[:n*blockOf]; len(room) > 0; room = room[blockOf:] {
		t.blocks = append(t.blocks, room[:blockOf:blockOf])
	}
}

// find finds the number of a group, or where it belongs.
func (t *tallies) find(name, kind []byte, hash uint32) (number, at uint32, ok bool) {
	at = hash
	for n, ok := t.numbers.Next(&at, hash); ok; n, ok = t.numbers.Next(&at, hash) {
		if t.is(n, name, kind) {
			return n, at, true
		}
	}
	return 0, at, false
}

// ofShape is tallyOf, as long as there are not too many shapes.
func (t *tallies) ofShape(name, kind []byte, stem int) uint32 {
	return t.ofShapeHashed(name, kind, stem, t.hash(name, kind))
}

func (t *tallies) ofShapeHashed(name, kind []byte, stem int, hash uint32) uint32 {
	if stem > 0 && t.count >= paths.MaxShapes {
		if _, _, ok := t.find(name, kind, hash); !ok {
			name = append(bytes.Clone(name[:stem]), "{…}"...)
			hash = t.hash(name, kind)
		}
	}
	return t.hashed(name, kind, stem, hash)
}

// add adds the tallies of a stretch of the dump, in order.
func (t *tallies) add(o *tallies) {
	for i := range uint32(o.count) {
		if i%slots.Ahead == 0 {
			t.touch(o, i)
		}
		c := o.at(i)
		name, kind := o.names(c)
		sum := t.at(t.ofShapeHashed(name, kind, int(c.stem), c.hash))
		sum.count += c.count
		sum.bytes += c.bytes
	}
}

// touch brings what is looked up next into the cache: tallies of others.
func (t *tallies) touch(o *tallies, from uint32) {
	t.hashes = t.hashes[:0]
	for i := from; i < min(from+slots.Ahead, uint32(o.count)); i++ {
		t.hashes = append(t.hashes, o.at(i).hash)
	}
	t.touched = t.numbers.Touch(t.hashes)
}

// groups are tallies, those with some numbers or, if order is nil, all. It is the last
// that is asked of the tallies: the names of the groups are views of their memory.
func (t *tallies) groups(order []uint32) []Group {
	if order == nil {
		order = make([]uint32, t.count)
		for i := range order {
			order[i] = uint32(i)
		}
	}
	list := column.Make[Group](len(order))
	text := unsafe.String(unsafe.SliceData(t.text), len(t.text)) // nobody writes to it any more
	for i, number := range order {
		c := t.at(number)
		kind := c.text + int(c.kind)
		list[i] = Group{
			Name: text[kind : kind+int(c.name)], Kind: text[c.text:kind],
			Count: c.count, ReportedBytes: c.bytes, AllocatedBytes: c.allocated,
		}
	}
	return list
}

// reset empties the tallies, keeping their memory.
func (t *tallies) reset() {
	t.count, t.text = 0, t.text[:0]
	t.numbers.Reset()
	clear(t.recent[:])
}
