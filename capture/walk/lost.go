package walk

import (
	"cmp"
	"slices"
	"strconv"

	"memtrail/capture/zendmm"
	"memtrail/dump"
)

// lost finds the blocks to which no pointer leads, in the terms of valgrind's
// memcheck:
//
//   - definitely lost: nothing leads to it
//   - indirectly lost: only lost blocks do
//   - possibly lost: a word outside the heap points into it, but not to its
//     start; and what only such blocks lead to
//
// What the C code of a library holds is reachable: see hold.
func (w *Walker) lost() {
	var blocks []zendmm.Block
	w.h.Each(func(b zendmm.Block) {
		if *b.State&kindMask == none {
			blocks = append(blocks, b)
		}
	})
	if len(blocks) == 0 {
		return
	}
	net := w.lostNetwork(blocks)
	of, top := net.components()
	possibly, first := make([]bool, len(blocks)), make([]bool, len(top))
	for i, b := range blocks {
		if w.interior[b.Start] {
			net.reach(possibly, uint32(i))
		}
	}
	var leaders []zendmm.Block
	for i, b := range blocks {
		how := dump.Indirectly
		leads := top[of[i]] && !first[of[i]] // of a ring, one block is definitely lost
		switch {
		case possibly[i]:
			how = dump.Possibly
		case leads:
			how = dump.Definitely
		}
		if leads {
			first[of[i]] = true
			leaders = append(leaders, b)
		}
		w.countLost(how, b)
	}
	w.flags = lostOnly
	for _, b := range leaders {
		w.giveLostBlock(b)
	}
	for _, b := range blocks {
		if *b.State&kindMask == none { // what leads to it looks like a value, and is read as one
			leaders = append(leaders, b)
			w.giveLostBlock(b)
		}
	}
	w.flags = 0
	w.groupLost(leaders)
}

// lostNetwork has an edge for each pointer from a lost block to another.
func (w *Walker) lostNetwork(blocks []zendmm.Block) *network {
	number := func(start uint64) (uint32, bool) {
		i, ok := slices.BinarySearchFunc(blocks, start, func(b zendmm.Block, a uint64) int { return cmp.Compare(b.Start, a) })
		return uint32(i), ok
	}
	slices.SortFunc(blocks, func(a, b zendmm.Block) int { return cmp.Compare(a.Start, b.Start) })
	net := &network{from: make([]uint32, 1, len(blocks)+1)}
	for i, b := range blocks {
		from := len(net.to)
		for a := b.Start; a+8 <= b.Start+b.Size; a += 8 {
			if to, ok := w.h.Find(w.m.Word(a)); ok && *to.State&kindMask == none {
				if n, ok := number(to.Start); ok && n != uint32(i) && !slices.Contains(net.to[from:], n) {
					net.to = append(net.to, n)
				}
			}
		}
		net.from = append(net.from, uint32(len(net.to)))
	}
	return net
}

// countLost sums up the lost blocks of one kind, size and shape.
func (w *Walker) countLost(how string, b zendmm.Block) {
	key := lostKey{how, b.Size, w.shape(b)}
	sum := w.lostSums[key]
	w.lostSums[key] = dump.Amount{Blocks: sum.Blocks + 1, Bytes: sum.Bytes + b.Size}
}

type lostKey struct {
	how   string
	size  uint64
	shape string
}

// shape tells what a block may have been by how it begins; never by its text.
func (w *Walker) shape(b zendmm.Block) string {
	switch w.looksLike(b) {
	case isString:
		return "string"
	case isArray:
		return "array"
	case isReference:
		return "reference"
	}
	if class := w.objectShape(b); class != "" {
		return "object of " + class
	}
	const looked = 16 // words
	zero, pointers, words := 0, 0, 0
	text := true
	for a := b.Start; a+8 <= b.Start+b.Size && words < looked; a += 8 {
		words++
		v := w.m.Word(a)
		switch {
		case v == 0:
			zero++
		case v&7 == 0 && w.m.Mapping(v) != nil:
			pointers++
		}
		for ; v != 0 && text; v >>= 8 {
			if c := byte(v); c != 0 && (c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f) {
				text = false
			}
		}
	}
	switch {
	case zero == words:
		return "zeros"
	case pointers > 0 && pointers+zero == words:
		return "pointers"
	case text:
		return "text"
	case pointers > 0:
		return "structure"
	}
	return "data"
}

// objectShape is the class of what looks like a zend_object: its header, and a
// class that is known.
func (w *Walker) objectShape(b zendmm.Block) string {
	if b.Size < objectSlots || w.m.Byte(b.Start+4)&15 != isObject {
		return ""
	}
	ce := w.m.Word(b.Start + 16)
	if _, known := w.classes[ce]; !known {
		return ""
	}
	return w.class(ce).name
}

// groupLost makes the group of lost blocks: by size, those that nothing leads to.
func (w *Walker) groupLost(leaders []zendmm.Block) {
	slices.SortStableFunc(leaders, func(a, b zendmm.Block) int { return cmp.Compare(a.Size, b.Size) })
	all := &embedded{}
	for len(leaders) > 0 {
		size, n := leaders[0].Size, 0
		group := &embedded{typ: typeGroup}
		for ; n < len(leaders) && leaders[n].Size == size; n++ {
			w.embed(group, appendNumber(group, int64(n+1)), leaders[n].Start, pend(leaders[n].Start, isBlock))
		}
		id := leaders[0].Start + 16 // no slot of a table lies there
		w.synthetic[id] = group
		w.embed(all, []byte("blocks of "+spellBytes(size)), id, pend(id, isEmbedded))
		leaders = leaders[n:]
	}
	w.newGroup(w.groupID(), groupLost, all)
	w.visitRoots()
}

// giveLostBlock gives a block that is lost, as the value that it looks like, or
// with what it leads to.
func (w *Walker) giveLostBlock(b zendmm.Block) {
	if *b.State&emitted != 0 {
		return
	}
	if typ := w.looksLike(b); typ == isString || typ == isArray {
		w.visit(pend(b.Start, typ))
		w.drain()
		return
	}
	*b.State |= kLost | w.flags
	var blocks []zendmm.Block
	var values []pending
	s := &scanner{w: w, kind: kLost, bytes: func(uint64, kind) {}}
	s.block = func(b zendmm.Block) { blocks = append(blocks, b) }
	s.value = func(p pending) { values = append(values, p) }
	s.run(b.Start, b.Start+b.Size)
	for _, below := range blocks {
		w.giveBlock(below)
	}
	e := &embedded{typ: typeBlock, alloc: b.Size, size: b.Size}
	for i, below := range blocks {
		w.embed(e, appendNumber(e, int64(i+1)), below.Start, pend(below.Start, isBlock))
	}
	for _, p := range values {
		w.embedFound(e, appendNumber(e, int64(len(e.kids.ids)+1)), p)
	}
	*b.State |= emitted
	w.giveEmbedded(b.Start, e)
	w.drain()
}

// spellBytes writes a size with its thousands apart, as "8,192 B".
func spellBytes(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " B"
}
