package walk

import (
	"cmp"
	"fmt"
	"slices"

	"memtrail/capture/zendmm"
	"memtrail/dump"
)

// PHP gives a chunk back to the system when its last block is freed, so a few
// survivors hold 2 MiB. kept collects what the blocks of such chunks belong
// to, by the chunk's address.
type kept struct {
	chunks map[uint64]*keptChunk

	// The chunk that was asked for last: neighbors mostly are in one.
	last      uint64
	lastChunk *keptChunk
}

// at gives the chunk of an address, nil if it is not nearly empty.
func (k *kept) at(h *zendmm.Heap, address uint64) *keptChunk {
	chunk := address &^ (zendmm.ChunkSize - 1)
	if chunk == k.last {
		return k.lastChunk
	}
	c := k.chunks[chunk]
	if c == nil && h.NearlyEmpty(address) {
		c = &keptChunk{values: map[valueKind]*keptValues{}}
		k.chunks[chunk] = c
	}
	k.last, k.lastChunk = chunk, c
	return c
}

// keptChunk is a nearly empty chunk.
type keptChunk struct {
	values map[valueKind]*keptValues
	owned  [numKinds]dump.Amount // blocks that values have, by what they are
	all    [numKinds]dump.Amount // all blocks, by what they are
}

// valueKind is a type, of an object with its class.
type valueKind struct{ typ, class string }

// keptValues are the values of one kind that have blocks of a chunk.
type keptValues struct {
	dump.Kept
	last, most           dump.Address // the value counted last, whose blocks come in a row; that with the most bytes
	lastBytes, mostBytes uint64
}

// mostKept bounds what is named of each chunk.
const mostKept = 4

// keeps notes that a block of so many bytes, 0 for none, belongs to the item
// at hand.
func (w *Walker) keeps(address uint64, k kind, bytes uint64) {
	if bytes == 0 || k == kEngine || k == kCode { // no value has it
		return
	}
	c := w.kept.at(w.h, address)
	if c == nil {
		return
	}
	c.owned[k].Blocks++
	c.owned[k].Bytes += bytes
	it := &w.item
	v := c.values[valueKind{string(it.Type), string(it.Class)}]
	if v == nil {
		name := valueKind{string(it.Type), string(it.Class)}
		v = &keptValues{Kept: dump.Kept{Type: name.typ, Class: name.class}}
		c.values[name] = v
	}
	if v.last != it.Address {
		v.last, v.lastBytes = it.Address, 0
		v.Items++
	}
	if v.lastBytes += bytes; v.lastBytes > v.mostBytes {
		v.most, v.mostBytes = v.last, v.lastBytes
	}
	v.Blocks++
	v.Bytes += bytes
}

// keptBy says what keeps each nearly empty chunk, those that have most first:
// values by type and class, and the owners of what no value has.
func (w *Walker) keptBy() map[uint64][]dump.Kept {
	w.h.Each(func(b zendmm.Block) {
		if c := w.kept.at(w.h, b.Start); c != nil {
			a := &c.all[min(*b.State&kindMask, numKinds-1)]
			a.Blocks++
			a.Bytes += b.Size
		}
	})
	out := map[uint64][]dump.Kept{}
	for chunk, c := range w.kept.chunks {
		var list []dump.Kept
		for _, v := range c.values {
			v.ID = fmt.Sprintf("%#x", uint64(v.most))
			list = append(list, v.Kept)
		}
		byOwner := map[string]dump.Amount{}
		for k, all := range c.all {
			sum, owned := byOwner[owners[k]], c.owned[k]
			byOwner[owners[k]] = dump.Amount{
				Blocks: sum.Blocks + all.Blocks - min(owned.Blocks, all.Blocks), Bytes: sum.Bytes + all.Bytes - min(owned.Bytes, all.Bytes),
			}
		}
		for name, a := range byOwner {
			if a.Bytes > 0 {
				list = append(list, dump.Kept{Owner: name, Blocks: a.Blocks, Bytes: a.Bytes})
			}
		}
		slices.SortFunc(list, func(a, b dump.Kept) int {
			return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Class, b.Class))
		})
		out[chunk] = slices.Clone(list[:min(len(list), mostKept)])
	}
	return out
}
