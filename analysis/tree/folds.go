package tree

import (
	"iter"

	"memtrail/graph"
	"memtrail/internal/slots"
)

// fold is what several siblings have in common, and come to.
type fold struct {
	hold
	count   uint64
	bytes   uint64 // that they retain
	largest uint64 // that one of them retains
	kept    uint64 // items that they keep, themselves included, if that is asked for
	first   graph.NodeID
	list    uint32 // of its items, plus one; 0 if the first is all
}

// shownFold is one that may be shown, with its items.
type shownFold struct {
	fold
	items []graph.NodeID
}

// folds are those of one branch, in the order in which they are met. There may be a
// million, so they have no pointers, and what is once there is never copied.
type folds struct {
	blocks  [][]fold // of foldsOf each
	count   int
	numbers slots.Table
	lists   [][]graph.NodeID
}

const foldsOf = 1 << 9

// reset forgets all folds, keeping the memory.
func (f *folds) reset() {
	clear(f.lists) // those are now of the branches that are shown
	f.lists, f.count = f.lists[:0], 0
	f.numbers.Reset()
}

func (f *folds) at(place uint32) *fold { return &f.blocks[place/foldsOf][place%foldsOf] }

// isAt reports whether there is a fold at a place, of a hold.
func (f *folds) isAt(place uint32, h hold) bool {
	return int(place) < f.count && f.at(place).hold == h
}

// of gives the place of the fold of a hold. It makes it if there is none; its first
// item is then c.
func (f *folds) of(h hold, c graph.NodeID) uint32 {
	hash := h.hash()
	at := hash
	for place, ok := f.numbers.Next(&at, hash); ok; place, ok = f.numbers.Next(&at, hash) {
		if f.at(place).hold == h {
			return place
		}
	}
	place := uint32(f.count)
	if f.count++; int(place/foldsOf) == len(f.blocks) {
		f.blocks = append(f.blocks, make([]fold, foldsOf))
	}
	f.numbers.Put(at, hash, place)
	*f.at(place) = fold{hold: h, first: c}
	return place
}

// hash spreads holds, but for those on kinds, or by names, that were first met one
// after the other: so are they looked up, and eight slots are one line of the cache.
func (h hold) hash() uint32 {
	const near, mix = 8, 0x9e3779b97f4a7c15
	x := (uint64(h.label/near)<<32 | uint64(h.frame)) * mix
	x = (x ^ x>>32 ^ uint64(h.kind/near) ^ uint64(h.how)<<32) * mix
	return uint32(x>>32)&^(near-1) | (h.label+uint32(h.kind))%near
}

// add adds an item to a fold.
func (f *folds) add(x *fold, c graph.NodeID) {
	if x.count++; x.count == 1 {
		return
	}
	if x.list == 0 {
		f.lists = append(f.lists, []graph.NodeID{x.first})
		x.list = uint32(len(f.lists))
	}
	list := &f.lists[x.list-1]
	*list = append(*list, c)
}

// items are those of a fold. They may be kept.
func (f *folds) items(x *fold) []graph.NodeID {
	if x.list == 0 {
		return []graph.NodeID{x.first}
	}
	return f.lists[x.list-1]
}

// all gives the folds, in order.
func (f *folds) all() iter.Seq[*fold] {
	return func(yield func(*fold) bool) {
		for place := range uint32(f.count) {
			if !yield(f.at(place)) {
				return
			}
		}
	}
}
