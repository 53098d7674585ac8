package report

import (
	"bytes"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/heap"
	"memtrail/dump"
	"memtrail/internal/cases"
)

func exampleCapturedHeap() *heap.CapturedHeap {
	chunk := func(address, pages string, blocks, bytes uint64) heap.CapturedChunk {
		return heap.CapturedChunk{ChunkUse: dump.ChunkUse{
			Address: address, Pages: "#" + pages + strings.Repeat(".", heap.ChunkPages-1-len(pages)), Blocks: blocks, Bytes: bytes,
			FreePages: uint64(heap.ChunkPages - 1 - len(pages)), FreeSlots: 12,
		}}
	}
	session := heap.Survivor{
		Kept: dump.Kept{Type: "object", Class: `App\Session`, Items: 2, Blocks: 3, Bytes: 4200, ID: "0x7f0000c01000"}, Path: `Registry::$open["s7"]`,
	}
	odd := heap.Survivor{Kept: dump.Kept{Type: "object", Class: "caf\xe9\x1b[31m", Items: 1, Blocks: 1, Bytes: 40, ID: "0x7f0000c02000"}}
	code := heap.Survivor{Kept: dump.Kept{Owner: "code", Blocks: 1, Bytes: 640}}
	h := &heap.CapturedHeap{
		Source: analysis.Source{Header: &analysis.Header{MemoryUsage: 3 << 20, MemoryUsageReal: 12 << 20}, Complete: true},
		PHP:    "8.2.36",
		Use: dump.HeapUse{
			Real: 12 << 20, Cached: 1, Huge: dump.Amount{Blocks: 1, Bytes: 4 << 20}, FreePages: 1200,
			Bins: []dump.BinUse{{Size: 8, Slots: 512, Free: 500}, {Size: 16}, {Size: 40, Slots: 102, Free: 0}},
		},
		Order: []heap.CapturedChunk{
			chunk("0x7f0000a00000", strings.Repeat("-", 300), 0, 0),
			chunk("0x7f0000c00000", "v---c", 5, 4880),
			chunk("0x7f0000e00000", "u", 1, 40),
			chunk("0x7f0000400000", "vvvttttkfiecnul?", 9000, 1<<20),
		},
		Listed: 3,
		Huge:   []heap.CapturedHuge{{HugeUse: dump.HugeUse{Address: "0x7f0001000000", Bytes: 4 << 20, Owner: "tables"}}},
		Hollow: 1,
		NearlyEmpty: heap.NearlyEmpty{Chunks: 2, Bytes: 4920, Keepers: []heap.Keeper{
			{Survivor: session, Chunks: 1}, {Survivor: code, Chunks: 1}, {Survivor: odd, Chunks: 1},
		}},
	}
	for i := range h.Order {
		h.Use.Chunks = append(h.Use.Chunks, h.Order[i].ChunkUse)
	}
	h.Order[1].Survivors = []heap.Survivor{session, code}
	h.Order[2].Survivors = []heap.Survivor{odd}
	return h
}

func capturedHeaps() map[string]*heap.CapturedHeap {
	mapped := exampleCapturedHeap()
	mapped.Mapped, mapped.Listed = true, 4
	for i := range mapped.Order {
		mapped.Order[i].Region = "[anon:zend_alloc]"
	}
	mapped.Huge[0].Region = "/usr/lib/caf\xe9.so"
	plain := exampleCapturedHeap()
	plain.Order, plain.Listed, plain.Huge, plain.Hollow, plain.NearlyEmpty = plain.Order[3:], 1, nil, 0, heap.NearlyEmpty{}
	return map[string]*heap.CapturedHeap{"heap-captured": exampleCapturedHeap(), "heap-captured-maps": mapped, "heap-captured-plain": plain}
}

func TestCapturedHeapGolden(t *testing.T) {
	for name, h := range capturedHeaps() {
		t.Run(name, func(t *testing.T) { golden(t, name, everyFormat(t, bind(CapturedHeap, h))) })
	}
}

func TestCapturedHeapSchema(t *testing.T) {
	survivor := []string{"name", "owner", "count", "blocks", "bytes", "id", "path"}
	schema := map[string][]string{
		"": {"exact", "php", "memory_usage", "memory_usage_real", "fragmentation", "huge", "cached_chunks", "free_pages", "free_slot_bytes",
			"bins", "hollow_chunks", "nearly_empty", "chunks", "huge_blocks", "complete"},
		"huge":                   {"blocks", "bytes"},
		"bins[]":                 {"size", "slots", "free"},
		"nearly_empty":           {"chunks", "bytes", "kept_by"},
		"nearly_empty.kept_by[]": append([]string{"chunks"}, survivor...),
		"chunks[]":               {"address", "region", "bytes", "blocks", "free_pages", "free_slots", "pages", "survivors"},
		"chunks[].survivors[]":   survivor,
		"huge_blocks[]":          {"address", "region", "bytes", "owner"},
	}
	for name, h := range capturedHeaps() {
		d := decoded(t, written(t, CapturedHeap, h, Options{Format: JSON})).(map[string]any)
		checkSchema(t, schema, "", d)
		for _, list := range []string{"chunks", "huge_blocks"} {
			if d[list] == nil {
				t.Errorf("%s: %s is null", name, list)
			}
		}
	}
}

func TestCapturedHeapNames(t *testing.T) {
	names := []string{"\x1b]0;x\a", "\xff\xfe", "a\nb", "=1", "|`<b>", "\u202e", "日本\xe9", strings.Repeat("long", 99)}
	for _, name := range cases.Sample(names, 3, 0) {
		h := exampleCapturedHeap()
		h.Mapped = true
		for i := range h.Order {
			h.Order[i].Region, h.Order[i].Address, h.Order[i].Pages = name, name, name
			h.Order[i].Survivors = []heap.Survivor{{Kept: dump.Kept{Owner: name}}, {Kept: dump.Kept{Class: name, Items: 1, ID: name}, Path: name}}
		}
		h.NearlyEmpty.Keepers = []heap.Keeper{{Survivor: h.Order[0].Survivors[0], Chunks: 1}, {Survivor: h.Order[0].Survivors[1], Chunks: 2}}
		h.Huge[0].Address, h.Huge[0].Owner, h.Huge[0].Region = name, name, name
		for _, f := range Formats() {
			if out := written(t, CapturedHeap, h, Options{Format: f}); !clean(out) {
				t.Errorf("%q as %s: %q", name, f, out)
			}
		}
		var out bytes.Buffer
		if err := CapturedHeapPicture(&out, h); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Every page is a cell in the color of its owner, by address.
func TestCapturedHeapPicture(t *testing.T) {
	h := exampleCapturedHeap()
	var out bytes.Buffer
	if err := CapturedHeapPicture(&out, h); err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	pixels := map[color.RGBA]int{}
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			pixels[color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)]++
		}
	}
	l := arrange(len(h.Order), len(h.Huge))
	cell := (l.cell - l.gap) * (l.cell - l.gap)
	want := map[color.RGBA]int{}
	for i := range h.Order {
		for _, letter := range h.Order[i].Pages {
			ink := map[rune]color.RGBA{'#': headerInk, '-': cutInk, '.': nothing}[letter]
			for _, o := range pageOwners {
				if rune(o.letter) == letter {
					ink = o.ink
				}
			}
			want[ink] += cell
		}
	}
	if len(want) != len(dump.PageLetters) {
		t.Errorf("%d colors for %d letters", len(want), len(dump.PageLetters))
	}
	for c, n := range want {
		if pixels[c] < n {
			t.Errorf("%v: %d pixels, want at least %d", c, pixels[c], n)
		}
	}
}
