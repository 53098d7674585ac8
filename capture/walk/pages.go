package walk

import "memtrail/capture/zendmm"

// pageMaps draws each chunk: a letter a page, as dump.PageLetters has them.
func (w *Walker) pageMaps() map[uint64]string {
	type page [numKinds + 1]uint16 // bytes by kind; the last is garbage
	maps := map[uint64]string{}
	var pages [zendmm.ChunkPages]page
	at := uint64(0) // the chunk at hand
	done := func() {
		if at == 0 {
			return
		}
		text := make([]byte, zendmm.ChunkPages)
		for i := range pages {
			text[i] = w.pageLetter(at+uint64(i)*zendmm.PageSize, pages[i][:])
		}
		text[0] = '#'
		maps[at] = string(text)
		pages = [zendmm.ChunkPages]page{}
	}
	w.h.Each(func(b zendmm.Block) {
		chunk := b.Start &^ (zendmm.ChunkSize - 1)
		if b.Start == chunk {
			return // a huge block
		}
		if chunk != at {
			done()
			at = chunk
		}
		k := min(*b.State&kindMask, numKinds-1)
		switch {
		case *b.State&garbage != 0:
			k = numKinds
		case *b.State&lostOnly != 0:
			k = kLost
		}
		for a, end := b.Start, b.Start+b.Size; a < end; {
			next := min(end, a&^(zendmm.PageSize-1)+zendmm.PageSize)
			pages[a%zendmm.ChunkSize/zendmm.PageSize][k] += uint16(next - a)
			a = next
		}
	})
	done()
	for _, c := range w.h.Chunks {
		if _, ok := maps[c.Address]; !ok { // no block is allocated
			at = c.Address
			done()
		}
	}
	return maps
}

// pageLetter is the letter of the owner that has most of a page.
func (w *Walker) pageLetter(address uint64, bytes []uint16) byte {
	var sums [256]uint32
	best := byte(0)
	for k, n := range bytes {
		letter := byte('u') // uncollected
		if k < int(numKinds) {
			letter = owners[k][0]
			if kind(k) == none {
				letter = '?' // u is for uncollected
			}
		}
		if sums[letter] += uint32(n); n > 0 && (best == 0 || sums[letter] > sums[best]) {
			best = letter
		}
	}
	switch {
	case best != 0:
		return best
	case w.h.Taken(address):
		return '-'
	}
	return '.'
}
