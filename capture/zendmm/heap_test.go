package zendmm

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"

	"memtrail/capture/memory"
)

// builder makes the memory of a heap in code: what zend_alloc.c would leave.
type builder struct {
	form    form
	chunks  [][]byte
	size    uint64 // what memory_get_usage() returns
	free    [NumBins][]uint64
	address uint64
}

// form is where a build of PHP has the private fields.
type form struct {
	name                 string
	freeSlots, mainChunk uint64
	pageMap              uint64
}

var forms = []form{
	{"7.4 to 8.3", 32, 312, 520},
	{"Debian 8.2.36", 32, 328, 544},
	{"8.4", 40, 320, 608},
	{"8.5", 40, 320, 592},
}

const first = uint64(0x7f0000000000)

func newBuilder(f form) *builder {
	b := &builder{form: f, address: first + heapInChunk}
	b.addChunk()
	return b
}

func (b *builder) addChunk() int {
	c := make([]byte, ChunkSize)
	b.chunks = append(b.chunks, c)
	i := len(b.chunks) - 1
	b.put(b.at(i, 0), b.address)
	b.setInfo(i, 0, infoLarge|1)
	b.take(i, 0, 1)
	return i
}

func (b *builder) at(chunk int, off uint64) uint64 { return first + uint64(chunk)*ChunkSize + off }

func (b *builder) put(a, v uint64) {
	binary.LittleEndian.PutUint64(b.chunks[(a-first)/ChunkSize][(a-first)%ChunkSize:], v)
}

func (b *builder) setInfo(chunk, page int, info uint32) {
	binary.LittleEndian.PutUint32(b.chunks[chunk][b.form.pageMap+uint64(page)*4:], info)
}

func (b *builder) take(chunk, page, n int) {
	for p := page; p < page+n; p++ {
		b.chunks[chunk][b.form.pageMap-ChunkPages/8+uint64(p/8)] |= 1 << (p % 8)
	}
}

// small makes a run of a bin at a page, of which every other block is free.
func (b *builder) small(chunk, page, bin int) {
	n := int(bins[bin].pages)
	b.take(chunk, page, n)
	b.setInfo(chunk, page, infoSmall|uint32(bin))
	for i := 1; i < n; i++ {
		b.setInfo(chunk, page+i, infoSmall|infoLarge|uint32(bin)|uint32(i)<<16)
	}
	for i := range uint64(bins[bin].elements) {
		a := b.at(chunk, uint64(page)*PageSize+i*uint64(bins[bin].size))
		if i%2 == 0 {
			b.free[bin] = append(b.free[bin], a)
		} else {
			b.size += uint64(bins[bin].size)
		}
	}
}

func (b *builder) large(chunk, page, pages int) {
	b.take(chunk, page, pages)
	b.setInfo(chunk, page, infoLarge|uint32(pages))
	b.size += uint64(pages) * PageSize
}

// image links chunks and lists and gives the memory.
func (b *builder) image() *memory.Image {
	for i := range b.chunks {
		b.put(b.at(i, 8), b.at((i+1)%len(b.chunks), 0))
		free := 0
		for p := range ChunkPages {
			if b.chunks[i][b.form.pageMap-ChunkPages/8+uint64(p/8)]>>(p%8)&1 == 0 {
				free++
			}
		}
		binary.LittleEndian.PutUint32(b.chunks[i][24:], uint32(free))
	}
	for bin, list := range b.free {
		head := b.address + b.form.freeSlots + uint64(bin)*8
		for _, a := range list {
			b.put(head, a)
			head = a
		}
		if len(list) > 0 {
			b.put(head, 0)
		}
	}
	b.put(b.address+16, b.size)
	b.put(b.address+b.form.freeSlots+8*NumBins, uint64(len(b.chunks))*ChunkSize)
	b.put(b.address+b.form.mainChunk, first)
	all := make([]byte, 0, len(b.chunks)*ChunkSize)
	for _, c := range b.chunks {
		all = append(all, c...)
	}
	return memory.New(nil, []memory.Segment{{Address: first, Data: all}})
}

// typical has runs of all sizes, large blocks, and stale entries in the map.
func typical(f form) *builder {
	b := newBuilder(f)
	second := b.addChunk()
	page := 1
	for bin := range NumBins {
		b.small(0, page, bin)
		page += int(bins[bin].pages)
	}
	b.large(0, page, 3)
	b.small(second, 1, 5)
	b.large(second, 2, 40)
	// A run of five pages was freed: the entry of its first page is cleared,
	// the others are as they were.
	for i := 1; i < 5; i++ {
		b.setInfo(second, 100+i, infoSmall|infoLarge|16|uint32(i)<<16)
	}
	// And a large block of four was.
	b.setInfo(second, 200, infoLarge|4)
	return b
}

func TestBalance(t *testing.T) {
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			b := typical(f)
			h, err := Read(b.image(), b.address)
			if err != nil {
				t.Fatal(err)
			}
			if h.Off() != 0 || !h.Balanced() || len(h.Problems) > 0 {
				t.Errorf("off by %d, %q", h.Off(), h.Problems)
			}
			if h.at.freeSlots != f.freeSlots || h.at.mainChunk != f.mainChunk || h.at.pageMap != f.pageMap {
				t.Errorf("found %+v, want %+v", h.at, f)
			}
			u := h.Use()
			if len(u.Chunks) != 2 || u.Chunks[0].FreePages+u.Chunks[1].FreePages != u.FreePages {
				t.Errorf("use: %+v", u)
			}
			sum := uint64(0)
			for _, c := range u.Chunks {
				sum += c.Bytes
			}
			if sum != h.Bytes {
				t.Errorf("the chunks have %d bytes, the blocks %d", sum, h.Bytes)
			}
		})
	}
}

// Every address belongs to the block that a search from the start finds.
func TestSlot(t *testing.T) {
	b := typical(forms[0])
	h, err := Read(b.image(), b.address)
	if err != nil {
		t.Fatal(err)
	}
	type block struct{ start, size uint64 }
	var all []block
	h.Each(func(b Block) { all = append(all, block{b.Start, b.Size}) })
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		a := first + r.Uint64N(2*ChunkSize)
		var want block
		for _, x := range all {
			if a-x.start < x.size {
				want = x
			}
		}
		got, ok := h.Find(a)
		if ok != (want.size > 0) || ok && (got.Start != want.start || got.Size != want.size) {
			t.Fatalf("%#x is in %+v %v, want %+v", a, got, ok, want)
		}
	}
}

// A block in flight is forgiven: the count changes first.
func TestInFlight(t *testing.T) {
	for _, x := range []struct {
		off      int64
		balanced bool
	}{{0, true}, {40, true}, {-40, true}, {PageSize, true}, {3 * PageSize, true}, {41, false}, {-48 - 56, false}, {ChunkSize + 8, false}} {
		b := typical(forms[0])
		b.size += uint64(x.off)
		h, err := Read(b.image(), b.address)
		if err != nil {
			t.Fatal(err)
		}
		if h.Balanced() != x.balanced || h.Off() != -x.off {
			t.Errorf("off by %d: balanced %v, off %d", x.off, h.Balanced(), h.Off())
		}
	}
}

func TestHuge(t *testing.T) {
	b := typical(forms[0])
	page := 60
	b.take(1, page, 1)
	b.setInfo(1, page, infoSmall|2)
	node := b.at(1, uint64(page)*PageSize)
	const huge = first + 8*ChunkSize
	b.put(node, huge)
	b.put(node+8, ChunkSize+PageSize)
	b.put(b.address+b.form.mainChunk-8, node)
	b.size += uint64(bins[2].elements)*uint64(bins[2].size) + ChunkSize + PageSize
	h, err := Read(b.image(), b.address)
	if err != nil {
		t.Fatal(err)
	}
	if h.Off() != 0 || len(h.Huge) != 1 {
		t.Errorf("off by %d with %d huge blocks", h.Off(), len(h.Huge))
	}
	if x, ok := h.Find(huge + 12345); !ok || x.Start != huge || x.Size != ChunkSize+PageSize {
		t.Errorf("inside the huge block: %+v %v", x, ok)
	}
	if _, ok := h.Find(huge + ChunkSize + PageSize); ok {
		t.Error("behind the huge block is a block")
	}
}

// Damage is a problem or an error, never a hang.
func TestDamaged(t *testing.T) {
	for _, x := range []struct {
		name, want string
		spoil      func(b *builder, m *memory.Image)
	}{
		{"a free list that goes in a ring", "twice", func(b *builder, m *memory.Image) {
			set(m, b.free[3][len(b.free[3])-1], b.free[3][0])
		}},
		{"a free list that leaves the heap", "no block of that size", func(b *builder, m *memory.Image) { set(m, b.free[4][2], 0x1234) }},
		{"a free list that enters another size", "no block of that size", func(b *builder, m *memory.Image) { set(m, b.free[4][2], b.free[7][0]) }},
		{"a list of huge blocks in a ring", "", func(b *builder, m *memory.Image) {
			node := b.at(1, PageSize+48)
			set(m, node, first+8*ChunkSize)
			set(m, node+8, ChunkSize)
			set(m, node+16, node)
			set(m, b.address+b.form.mainChunk-8, node)
		}},
		{"a page that is taken by nothing", "taken by nothing", func(b *builder, m *memory.Image) {
			set(m, b.at(1, b.form.pageMap-ChunkPages/8+56), ^uint64(0))
		}},
	} {
		b := typical(forms[0])
		m := b.image()
		x.spoil(b, m)
		h, err := Read(m, b.address)
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		if h.Balanced() || x.want != "" && !strings.Contains(strings.Join(h.Problems, "\n"), x.want) {
			t.Errorf("%s: balanced %v, problems %q, want %q", x.name, h.Balanced(), h.Problems, x.want)
		}
	}
	for _, spoil := range []func(b *builder, m *memory.Image){
		func(b *builder, m *memory.Image) { set(m, b.at(1, 8), b.at(1, 0)) },                       // a ring of chunks without the first
		func(b *builder, m *memory.Image) { set(m, b.at(0, 8), 0x10000) },                          // a chunk that is none
		func(b *builder, m *memory.Image) { set(m, b.at(1, 0), 0) },                                // a chunk of another heap
		func(b *builder, m *memory.Image) { set(m, b.address+b.form.mainChunk, 8) },                // no chunk at all
		func(b *builder, m *memory.Image) { set(m, b.at(0, b.form.pageMap), 1<<63) },               // no page map
		func(b *builder, m *memory.Image) { set(m, first, b.address+8*PageSize) },                  // not the heap's own chunk
		func(b *builder, m *memory.Image) { m.Segments[0].Data = nil; *m = *memory.New(nil, nil) }, // no memory
	} {
		b := typical(forms[0])
		m := b.image()
		spoil(b, m)
		if h, err := Read(m, b.address); err == nil && h.Balanced() {
			t.Errorf("a damaged heap balances: %d bytes", h.Bytes)
		}
	}
}

func set(m *memory.Image, a, v uint64) {
	binary.LittleEndian.PutUint64(m.Segments[0].Data[a-first:], v)
}

// The division by a multiplication is exact for every offset in a run.
func TestReciprocal(t *testing.T) {
	for b := range bins {
		for off := range uint64(bins[b].pages) * PageSize {
			if got, want := off*reciprocal[b]>>32, off/uint64(bins[b].size); got != want {
				t.Fatalf("%d/%d = %d, want %d", off, bins[b].size, got, want)
			}
		}
	}
}
