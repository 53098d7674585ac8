package zend

// Kind is what the caller knows of a child when it adds it.
type Kind uint8

const (
	Unknown  Kind = iota // the child is in no item of the dump
	IsObject             // its id is the object's address
	IsValue              // anything else: its id is the address of a slot, or lies in a reference
)

// NoAddress is the id of a child whose id is no number: see [Array.Add].
const NoAddress = 0

// Array collects what the children of an array item tell. Reset it, add the
// children in the order of the dump, ask a Model for its cost; then use it for
// the next item. Its memory does not grow with the array.
//
// The addresses of scalars, strings and arrays are those of their slots, and
// slots have a place: of a packed array from 8.2 on they are 8 bytes off a
// multiple of 16 and one key is 16 bytes from the next; of a hash they are
// multiples of 32 and 32 apart; the value in a reference (and a packed slot
// before 8.2) is 8 off a multiple of 32. Where nothing but objects is in an
// array, its keys have to tell.
type Array struct {
	count uint64
	keys  keys

	// Whether the keys, added one by one, leave the array packed, and its
	// capacity as long as they do.
	ascending bool
	capacity  uint64
	nextKey   uint64 // above the highest key

	prev, prevKey   uint64 // the child before; prev is NoAddress where it is not known
	prev2, prev2Key uint64 // and the one before that

	// Pairs of neighbours as far apart as slots are.
	narrow, wide, hashed uint32

	first, last           uint64 // slots known as such
	firstKey              uint64
	firstIndex, lastIndex uint64
	loose                 [4]uint32 // values by their place: address / 8 modulo 4
	frame                 uint8     // keys seen, of those of a backtrace's frame
	odd                   bool      // has keys that such a frame has not
}

// Reset makes the Array ready for the next item.
func (a *Array) Reset() {
	*a = Array{ascending: true, capacity: minTable}
}

// Len is the number of children added.
func (a *Array) Len() uint64 { return a.count }

// Add takes the next child, by its key and its id as a number (NoAddress if it
// is none).
func (a *Array) Add(key []byte, id uint64, kind Kind) {
	n, number, isInt := integer(key)
	if !isInt {
		a.keys.add(key)
		if !a.odd {
			a.frameKey(key)
		}
	} else {
		a.odd = true
	}
	a.AddParsed(n, number, id, kind)
}

// AddInt is Add for a key that the caller has as a number; one that is
// negative goes by Add.
func (a *Array) AddInt(key, id uint64, kind Kind) {
	a.odd = true
	a.AddParsed(key, true, id, kind)
}

// AddParsed is the part of Add that does not look at the key's text.
func (a *Array) AddParsed(key uint64, number bool, id uint64, kind Kind) {
	index := a.count
	a.count++
	if a.ascending {
		a.grow(key, number)
	}
	if !number {
		key = index // any distance will do: a hash counts in slots
	}
	if id == NoAddress || kind == IsObject || id&7 != 0 {
		a.prev2, a.prev2Key = a.prev, a.prevKey
		a.prev, a.prevKey = NoAddress, key
		return
	}
	if kind == IsValue {
		a.loose[id>>3&3]++
	}
	switch {
	case a.pair(a.prev, a.prevKey, key, 1, id):
	case a.pair(a.prev2, a.prev2Key, key, 2, id):
	case a.first == NoAddress && kind == IsValue && id&31 != 8:
		a.slot(id, key, index)
	case a.first != NoAddress && kind == IsValue && id > a.last && (id-a.last)&15 == 0 && (id-a.last)>>4 <= (index-a.lastIndex)*64:
		a.last, a.lastIndex = id, index // a slot behind a hole
	}
	a.prev2, a.prev2Key = a.prev, a.prevKey
	a.prev, a.prevKey = id, key
}

// pair reports whether an earlier child, so many places before, and this one
// lie as slots do, and takes notice of it.
func (a *Array) pair(before, beforeKey, key, places, id uint64) bool {
	d := id - before
	if before == NoAddress || d-1 >= 1<<32 {
		return false
	}
	steps := key - beforeKey
	switch {
	case d == 32*places && id&31 == 0:
		a.hashed++
	case d == 16*steps && id&15 == 8:
		a.narrow++
	case d == 32*steps && id&31 == 8:
		a.wide++
	default:
		return false
	}
	index := a.count - 1
	if a.first == NoAddress {
		a.slot(before, beforeKey, index-places)
	}
	if id > a.last && (id-a.last)>>13 <= index-a.lastIndex {
		a.last, a.lastIndex = id, index
	}
	return true
}

func (a *Array) slot(id, key, index uint64) {
	a.first, a.firstKey, a.firstIndex = id, key, index
	a.last, a.lastIndex = id, index
}

// grow follows _zend_hash_index_add_or_update_i, Zend/zend_hash.c: an array
// stays packed while keys ascend and either fit or, being more than half full,
// it may double.
func (a *Array) grow(key uint64, number bool) {
	if !number || key < a.nextKey {
		a.ascending = false
		return
	}
	for key >= a.capacity {
		if key>>1 >= a.capacity || a.capacity>>1 >= a.count-1 {
			a.ascending = false
			return
		}
		a.capacity *= 2
	}
	a.nextKey = key + 1
}

// layout is what is concluded for one version.
type layout struct {
	packed   bool
	capacity uint64
	used     uint64 // slots up to the last one, holes included, as far as they show
	lead     uint64 // of these, holes in front that were entries once, at least
	holes    bool   // entries were removed
	refs     uint64 // elements that are references
}

func (m *Model) layout(a *Array) layout {
	var l layout
	packedPairs := a.narrow
	if m.Version < PHP82 {
		packedPairs = a.wide
	}
	switch {
	case a.keys.count > 0:
	case packedPairs > 0 || a.hashed > 0:
		l.packed = packedPairs >= a.hashed
	default:
		l.packed = a.ascending
		if l.packed && a.first != NoAddress && a.first&31 == 0 {
			l.packed = false // a single slot, where a hash has its own
		}
	}
	if l.packed {
		l.used = max(a.count, a.nextKey)
		if !a.ascending && a.first != NoAddress && a.prevKey < 1<<31 {
			l.used = max(l.used, a.prevKey+1)
		}
		l.holes = l.used > a.count
		l.capacity = pow2(l.used, minTable)
		if m.Version >= PHP82 {
			l.refs = uint64(a.wide)
			if a.narrow == 0 && a.wide > 0 {
				l.refs++ // the first of the row
			}
		}
		return l
	}
	l.used = a.count
	if a.first != NoAddress && a.first&31 == 0 {
		span := (a.last-a.first)/bucket + 1 + a.firstIndex + (a.count - 1 - a.lastIndex)
		if span > l.used {
			l.used, l.holes = span, true
		}
	}
	l.capacity = pow2(l.used, minTable)
	if a.firstIndex == 0 && a.first != NoAddress && a.first&31 == 0 {
		// Blocks this large begin with a page, so the first slot's place in
		// its page tells how many were in front of it, modulo a page.
		if l.capacity*(bucket+2*hashSlot) > maxSmall {
			l.lead = (a.first - l.capacity*2*hashSlot) % Page / bucket
			if l.lead > 0 {
				l.holes = true
				l.used += l.lead
				l.capacity = pow2(l.used, minTable)
			}
		}
	}
	l.refs = uint64(a.loose[1]) // 8 off a multiple of 32: no slot of a hash
	return l
}

// ArrayCost is what an array costs: its zend_array, its bucket store, the keys
// that were built for it, and the references among its elements as far as
// their places show. An empty array is zend_empty_array, Zend/zend_hash.c, and
// costs nothing; so does one that the compiler keeps (immutable literals),
// which a dump does not tell.
//
// Of several arrays with the same [Array.Store], only one costs anything.
func (m *Model) ArrayCost(a *Array) Cost {
	if a.count == 0 {
		return Cost{}
	}
	if a.count == 2 && a.frame == entryObject|entryInf {
		return Cost{Tables: m.element()} // an entry of an SplObjectStorage that has no role
	}
	l := m.layout(a)
	c := Cost{Arrays: zendArray, Keys: a.keys.price(m.Keys), References: l.refs * reference}
	if l.packed {
		c.Arrays += m.Packed(l.capacity)
	} else {
		c.Arrays += m.Hash(l.capacity)
	}
	return c
}

// Store names the array's bucket store, for arrays that share it: copy-on-write
// copies are the same zend_array, so that all but one cost nothing at all, not
// even 56 bytes. It is the address of the first slot; ok is false where no
// slot shows, as in an array of objects.
//
// Charge the first array in the order of the dump.
func (a *Array) Store() (id uint64, ok bool) {
	return a.first, a.first != NoAddress
}

// IsFrame reports whether the array looks like a frame of an exception's
// trace: zend_fetch_debug_backtrace, Zend/zend_builtin_functions.c. The
// strings in it belong to the program's code: see [Role].
func (a *Array) IsFrame() bool {
	return !a.odd && a.frame&^frameObject == frameFunction|frameElse
}

const (
	frameFunction = 1 << iota
	frameElse
	frameObject
	entryObject
	entryInf
)

func (a *Array) frameKey(key []byte) {
	switch string(key) {
	case "function":
		a.frame |= frameFunction
	case "file", "line", "class", "type", "args":
		a.frame |= frameElse
	case "object":
		a.frame |= frameObject
	case "obj":
		a.frame |= entryObject
	case "inf":
		a.frame |= entryInf
	default:
		a.odd = true
	}
}
