package zendmm

import "testing"

// The counters are found by what must be true of them, in all forms that the
// heap has, and whatever the limit is.
func TestFindCounters(t *testing.T) {
	for _, f := range forms {
		for _, limit := range []uint64{128 << 20, 1 << 62, 4 << 20} {
			b := typical(f)
			const realPeak = 6 << 20
			lists := b.address + f.freeSlots + 8*NumBins
			b.put(b.address+24, 5<<20)
			b.put(lists+8, realPeak)
			b.put(lists+16, limit)
			image := b.image()
			c, err := FindCounters(image, b.address)
			if err != nil {
				t.Errorf("%s: %v", f.name, err)
				continue
			}
			word := func(off uint64) uint64 { return image.Word(b.address + off) }
			if word(c.Size) != b.size || word(c.Peak) != 5<<20 || word(c.Real) != 4<<20 || word(c.RealPeak) != realPeak || word(c.Limit) != limit {
				t.Errorf("%s: %+v", f.name, c)
			}
			if c.Overflow != f.mainChunk-16 || c.Bytes < c.Overflow+8 {
				t.Errorf("%s: %+v", f.name, c)
			}
			if !IsChunk(image.Word, first) || !IsChunk(image.Word, first+ChunkSize) || IsChunk(image.Word, first+PageSize) || IsChunk(image.Word, first+2*ChunkSize) {
				t.Errorf("%s: chunks are not told from what is none", f.name)
			}
			if _, err := FindCounters(image, b.address+8); err == nil {
				t.Errorf("%s: a heap is found where none is", f.name)
			}
		}
	}
}

// A heap whose sizes contradict each other has no counters.
func TestFindCountersRefuses(t *testing.T) {
	b := typical(forms[0])
	lists := b.address + forms[0].freeSlots + 8*NumBins
	b.put(lists+8, 1<<20) // a peak below what is taken
	b.put(lists+16, 128<<20)
	if c, err := FindCounters(b.image(), b.address); err == nil {
		t.Errorf("%+v", c)
	}
}
