// Package slots has the hash table of whoever numbers many values: names, kinds,
// groups. It holds the numbers and half of what it takes to tell values apart, their
// hashes; the values are their owner's. It has no pointers, so a collector of garbage
// does not look into it, and it does not hash a value twice.
package slots

import (
	"slices"

	"memtrail/internal/column"
)

// A Table finds numbers by hash: open addressing, at most half full, 16 bytes a
// number and at most 32. The zero value is empty. To number a value:
//
//	at := hash
//	for n, ok := t.Next(&at, hash); ok; n, ok = t.Next(&at, hash) {
//		if it is the value that has number n {
//			return n
//		}
//	}
//	t.Put(at, hash, number of the new value)
type Table struct {
	slots []slot // a power of two
	used  int
}

// slot holds a number plus one, 0 if it is free, and the hash.
type slot struct{ number, hash uint32 }

const fewSlots = 64

// Next gives the next number that has a hash, searching from *at on, which starts
// as the hash and ends, where there is none, as what Put wants.
func (t *Table) Next(at *uint32, hash uint32) (number uint32, ok bool) {
	if len(t.slots) == 0 {
		return 0, false
	}
	mask := uint32(len(t.slots) - 1)
	for i := *at & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s.number == 0 {
			*at = i
			return 0, false
		}
		if s.hash == hash {
			*at = i + 1
			return s.number - 1, true
		}
	}
}

// Put puts in a number where Next ended.
func (t *Table) Put(at, hash, number uint32) {
	if 2*t.used >= len(t.slots) {
		t.grow()
		at = t.free(hash)
	}
	t.slots[at] = slot{number + 1, hash}
	t.used++
}

// grow doubles the table. Slots go where they were, or as far behind the old table
// as they were in it: memory is written in order.
func (t *Table) grow() {
	old, size := t.slots, max(fewSlots, 2*len(t.slots))
	if size <= cap(old) {
		t.slots, old = old[:size], slices.Clone(old)
		clear(t.slots)
	} else {
		t.slots = column.Of[slot](size)
	}
	for _, s := range old {
		if s.number != 0 {
			t.slots[t.free(s.hash)] = s
		}
	}
}

// free gives the slot where a hash belongs that no number has.
func (t *Table) free(hash uint32) uint32 {
	mask := uint32(len(t.slots) - 1)
	i := hash & mask
	for t.slots[i].number != 0 {
		i = (i + 1) & mask
	}
	return i
}

// Reset empties the table, and keeps the memory. It has slots for as many numbers as
// there were: clearing what was needed once would cost each use that follows, and
// growing again each that needs as much.
func (t *Table) Reset() {
	size := fewSlots
	for size < 2*t.used {
		size *= 2
	}
	t.slots = t.slots[:min(size, cap(t.slots))]
	clear(t.slots)
	t.used = 0
}

// Ahead is how many hashes are worth a Touch.
const Ahead = 16

// Touch reads the slots where some hashes belong, and gives something that depends on
// all of them. In a large table each is a miss in the cache: several at a time take as
// long as one.
func (t *Table) Touch(hashes []uint32) (any uint32) {
	if len(t.slots) > 0 {
		mask := uint32(len(t.slots) - 1)
		for _, hash := range hashes {
			any |= t.slots[hash&mask].number
		}
	}
	return any
}

// Bytes is the memory that the table takes.
func (t *Table) Bytes() int { return 8 * len(t.slots) }
