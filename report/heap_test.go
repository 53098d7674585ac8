package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/heap"
	"memtrail/internal/cases"
)

// heapChunk is a chunk whose pages are used in turn by the kinds given as
// letters, a capital for a full page.
func heapChunk(address uint64, pages string) heap.Chunk {
	c := heap.Chunk{Address: address, Items: uint64(len(pages)), Pages: make([]heap.PageUse, heap.ChunkPages), PagesUsed: 1}
	for i := range len(pages) {
		l := pages[i]
		k := bytes.IndexByte(heapLetters[:], l|0x20)
		if k < 0 {
			continue
		}
		use := heap.PageUse{Kind: heap.HeapKind(k), Bytes: 16}
		if l&0x20 == 0 {
			use.Bytes = heap.PageSize
		}
		c.Pages[i+1] = use
		c.Bytes[k] += uint64(use.Bytes)
		c.PagesUsed++
	}
	c.Free = []heap.PageRun{{From: len(pages) + 1, Pages: heap.ChunkPages - len(pages) - 1}}
	return c
}

func exampleHeap() *heap.Heap {
	first := heapChunk(0x7f0000400000, strings.Repeat("O", 200)+"oooo....aaaaAAAATTTTrrrrrrrrv")
	first.Classes = []heap.ClassUse{{Class: `App\Entity\User`, Count: 9618, Bytes: 923328}, {Class: "caf\xe9\x1b[31m", Count: 2, Bytes: 80}}
	second := heapChunk(0x7f0000a00000, "ssss")
	full := heapChunk(0x7f0000c00000, strings.Repeat("A", 511))
	full.Free = nil
	return &heap.Heap{
		Source:  analysis.Source{Header: &analysis.Header{MemoryUsage: 5 << 20, MemoryUsageReal: 16 << 20}, Complete: true},
		PHP:     "8.2–8.4",
		Chunks:  []heap.Chunk{first, second, full},
		Listed:  2,
		Huge:    []heap.HugeBlock{{Address: 0x7f0001000000, Bytes: 4 << 20, Kind: heap.HeapArrays, Items: 100_000}},
		Outside: []heap.Outside{{Address: 0x55d0ca200000, Items: 3}, {Address: 0x7ffc3d000000, Items: 1}},

		HiddenHuge: 1, HiddenBytes: 3 << 20, MappedBytes: 13 << 20, UsedBytes: 7 << 20,
		Placed:   heap.HeapBytes{1 << 20, 4<<20 + 1000, 300, 200, 16, 64},
		Unplaced: heap.Unplaced{Strings: 1 << 20, Baseline: 382112},
	}
}

// heapResults are maps with every oddity.
func heapResults() map[string]*heap.Heap {
	mapped := exampleHeap()
	mapped.Mapped, mapped.Listed, mapped.Uncharted = true, 3, 12
	for i := range mapped.Chunks {
		mapped.Chunks[i].Region = "anonymous"
	}
	mapped.Huge[0].Region = "[anon:zend_alloc]"
	mapped.Outside = []heap.Outside{{Address: 0x55d0ca200000, Items: 3, Region: "/usr/lib/caf\xe9.so"}, {Items: 1, Region: "not mapped"}}
	tight := exampleHeap()
	tight.UsedBytes, tight.Header, tight.Outside, tight.Huge, tight.HiddenHuge, tight.HiddenBytes = 20<<20, nil, nil, nil, 0, 0
	return map[string]*heap.Heap{
		"heap": exampleHeap(), "heap-maps": mapped, "heap-tight": tight,
		"heap-empty": {Source: analysis.Source{EndsAt: 12}, Unplaced: heap.Unplaced{Baseline: 382112}, UsedBytes: 382112},
	}
}

func TestHeapGolden(t *testing.T) {
	for name, h := range heapResults() {
		t.Run(name, func(t *testing.T) { golden(t, name, everyFormat(t, bind(Heap, h))) })
	}
}

func TestHeapSchema(t *testing.T) {
	used := []string{"objects", "arrays", "tables", "references", "variables", "slots"}
	schema := map[string][]string{
		"":                            {"php", "header", "totals", "unplaced", "chunks", "huge_blocks", "outside", "complete"},
		"totals":                      {"mapped_bytes", "used_bytes", "fragmentation", "placed_bytes", "huge_without_address"},
		"totals.placed_bytes":         used,
		"totals.huge_without_address": {"count", "bytes"},
		"unplaced":                    {"strings", "keys", "arrays", "objects", "tables", "references", "object_table", "baseline"},
		"chunks[]":                    {"address", "region", "items", "used_bytes", "pages_used", "pages", "free_runs", "classes"},
		"chunks[].used_bytes":         used,
		"chunks[].free_runs[]":        {"from", "pages"},
		"chunks[].classes[]":          {"class", "count", "bytes"},
		"huge_blocks[]":               {"address", "region", "bytes", "kind", "items"},
		"outside[]":                   {"address", "region", "items"},
	}
	for name, h := range heapResults() {
		d := decoded(t, written(t, Heap, h, Options{Format: JSON})).(map[string]any)
		checkSchema(t, schema, "", d)
		for _, list := range []string{"chunks", "huge_blocks", "outside"} {
			if d[list] == nil {
				t.Errorf("%s: %s is null", name, list)
			}
		}
		for _, c := range d["chunks"].([]any) {
			if c := c.(map[string]any); len(c["pages"].(string)) != heap.ChunkPages || c["free_runs"] == nil || c["classes"] == nil {
				t.Errorf("%s: chunk %v", name, c)
			}
		}
	}
}

// The map fills the terminal, and no more, if that is not too narrow.
func TestHeapWidth(t *testing.T) {
	for _, width := range []int{0, 80, 81, 132, 200, 400} {
		out := string(written(t, Heap, exampleHeap(), Options{Width: width}))
		want := width
		if want == 0 {
			want = 80
		}
		_, table, _ := strings.Cut(out, "\n\n")
		if first, _, _ := strings.Cut(table, "\n"); len(first) != want {
			t.Errorf("width %d: the table is %d wide\n%s", width, len(first), out)
		}
	}
	for _, width := range []int{1, 10, 5000} {
		written(t, Heap, exampleHeap(), Options{Width: width})
	}
}

func TestHeapBar(t *testing.T) {
	for _, tt := range []struct {
		pages string
		width int
		want  string
	}{
		{"", 4, "#..."},
		{"", 8, "#......."},
		{strings.Repeat("O", 127) + strings.Repeat("a", 128) + strings.Repeat("T", 60), 4, "Oat."},
		{"Or", 512, "#Or" + strings.Repeat(".", 509)},
		{"o", 1, "o"},
	} {
		c := heapChunk(0x7f0000400000, tt.pages)
		if got := heapBar(&c, tt.width); got != tt.want {
			t.Errorf("%d of %q: %q, want %q", tt.width, tt.pages, got, tt.want)
		}
	}
}

func TestHeapNames(t *testing.T) {
	for _, name := range []string{"\x1b]0;x\a", "\xff\xfe", "a\nb", "=1", "|`<b>", "\u202e", "日本\xe9"} {
		h := exampleHeap()
		h.Mapped = true
		for i := range h.Chunks {
			h.Chunks[i].Region = name
			h.Chunks[i].Classes = []heap.ClassUse{{Class: name, Count: 1, Bytes: 40}}
		}
		h.Outside[0].Region = name
		for _, f := range Formats() {
			out := written(t, Heap, h, Options{Format: f})
			if !clean(out) {
				t.Errorf("%q as %s: %q", name, f, out)
			}
			switch f {
			case CSV:
				checkCSV(t, out)
			case JSON:
				if !ascii(out) {
					t.Errorf("%q: not ASCII: %q", name, out)
				}
			}
		}
	}
}

func picture(t testing.TB, h *heap.Heap) image.Image {
	t.Helper()
	var out bytes.Buffer
	if err := HeapPicture(&out, h); err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Every page is a cell in the color of its kind.
func TestHeapPicture(t *testing.T) {
	h := exampleHeap()
	m := picture(t, h)
	pixels := map[color.RGBA]int{}
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			pixels[color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)]++
		}
	}
	l := arrange(len(h.Chunks), len(h.Huge))
	cell := (l.cell - l.gap) * (l.cell - l.gap)
	want := map[color.RGBA]int{}
	for i := range h.Chunks {
		for j, p := range h.Chunks[i].Pages {
			want[pageInk(j, p)] += cell
		}
	}
	for c, n := range want {
		if pixels[c] < n {
			t.Errorf("%v: %d pixels, want at least %d", c, pixels[c], n)
		}
	}
	if full, empty := kindInk[heap.HeapObjects], kindInk[heap.HeapVariables]; pixels[full] == 0 || pixels[empty] == 0 {
		t.Error("a color of the legend is missing")
	}
}

// However many chunks there are, the picture has a size that programs open.
func TestHeapPictureSizes(t *testing.T) {
	c := heapChunk(0x7f0000400000, "OAtr")
	for _, n := range cases.Sample([]int{0, 1, 2, 7, 50, 126, 1000, 5000, 20_000}, 4, 0) {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			h := &heap.Heap{Chunks: make([]heap.Chunk, n), Huge: make([]heap.HugeBlock, n)}
			for i := range h.Chunks {
				h.Chunks[i] = c
				h.Huge[i] = heap.HugeBlock{Address: uint64(i) << 21, Bytes: 4 << 20, Kind: heap.HeapArrays}
			}
			if size := picture(t, h).Bounds().Size(); size.X < 300 || size.X > 4500 || size.Y < 100 || size.Y > 4500 {
				t.Errorf("a picture of %v", size)
			}
		})
	}
}

func TestHeapPictureWriteError(t *testing.T) {
	if err := HeapPicture(&brokenPipe{}, exampleHeap()); err == nil {
		t.Error("no error")
	}
}

// Letters are legible at each size: no two look alike, none is empty but the
// blank, and none leaves its place.
func TestDrawText(t *testing.T) {
	for dot := 1; dot <= 3; dot++ {
		seen := map[string]rune{}
		for c := ' '; c <= '~'; c++ {
			m := image.NewRGBA(image.Rect(0, 0, 3*glyphStep*dot, 3*glyphHeight*dot))
			drawText(m, glyphStep*dot, glyphHeight*dot, dot, string(c), ink)
			place := image.Rect(glyphStep*dot, glyphHeight*dot, 2*glyphStep*dot, 2*glyphHeight*dot)
			dots := 0
			for i := 3; i < len(m.Pix); i += 4 {
				if m.Pix[i] == 0 {
					continue
				}
				dots++
				if at := image.Pt(i/4%m.Rect.Dx(), i/4/m.Rect.Dx()); !at.In(place) {
					t.Fatalf("%q at %d leaves its place: %v", c, dot, at)
				}
			}
			if (dots == 0) != (c == ' ') || dots%(dot*dot) != 0 {
				t.Errorf("%q at %d has %d pixels", c, dot, dots)
			}
			if other, ok := seen[string(m.Pix)]; ok {
				t.Errorf("%q looks like %q", c, other)
			}
			seen[string(m.Pix)] = c
		}
	}
}
