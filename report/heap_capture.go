package report

import (
	"fmt"
	"io"
	"memtrail/analysis/heap"
	"strings"
)

// CapturedHeap writes the map of a captured heap.
func CapturedHeap(w io.Writer, h *heap.CapturedHeap, o Options) error {
	return render(w, capturedHeap{h}, o)
}

type capturedHeap struct{ *heap.CapturedHeap }

func (h capturedHeap) page(out sheet, o Options) {
	out = flow(out, o)
	u := &h.Use
	out.info(fmt.Sprintf("Mapped: %s in %s of 2 MiB and %s; %s of them in use, so fragmentation is %s.",
		memory(u.Real), plural(len(u.Chunks), "chunk"), plural(int(u.Huge.Blocks), "huge block"), memory(h.Header.MemoryUsage), percent(h.Fragmentation())))
	text := fmt.Sprintf("Free: %s in %s, %s in blocks of sizes that are cut already", memory(u.FreePages*heap.PageSize), plural(int(u.FreePages), "page"), memory(h.FreeSlotBytes()))
	if u.Cached > 0 {
		text += fmt.Sprintf("; %s kept for later", plural(int(u.Cached), "empty chunk"))
	}
	out.line(text + ".")
	out.gap()
	out.table(h.chunks())
	if cut := len(h.Order) - h.Listed; cut > 0 {
		out.line(plural(cut, "more chunk") + ", fuller than these, not shown (--limit)")
	}
	out.line("Pages, four a letter: v values, t tables, k keys, f frames, i internals, e engine, c code, n native, u uncollected, l lost, # header, - free blocks only, . free")
	h.survivors(out)
	out.gap()
	out.table(h.bins())
}

// chunks draws the chunks that are the least used.
func (h capturedHeap) chunks() grid {
	return grid{
		columns: []column{{title: "Chunk"}, numeric("Blocks"), numeric("Free"), {title: "Pages"}},
		rows: rowsOf(h.Order[:h.Listed], func(_ int, c *heap.CapturedChunk) []cell {
			return []cell{{c.Address, percent(c.Share()) + " used"}, {count(c.Blocks)},
				{plural(int(c.FreePages), "page"), plural(int(c.FreeSlots), "block")}, pageLines(c.Pages)}
		}),
	}
}

// pageLines folds a map of pages: four pages a letter, the first of them that
// is not free.
func pageLines(pages string) cell {
	const (
		together = 4
		perLine  = 32
	)
	var b strings.Builder
	for i := 0; i+together <= len(pages); i += together {
		letter := byte('.')
		for _, c := range []byte(pages[i : i+together]) {
			if c != '.' && (letter == '.' || letter == '-') {
				letter = c
			}
		}
		b.WriteByte(letter)
	}
	var lines cell
	for text := b.String(); text != ""; {
		n := min(perLine, len(text))
		lines = append(lines, text[:n])
		text = text[n:]
	}
	return lines
}

// survivors says what keeps nearly empty chunks.
func (h capturedHeap) survivors(out sheet) {
	const most = 5
	shown := 0
	for i := range h.Order[:h.Listed] {
		c := &h.Order[i]
		if len(c.Survivors) == 0 || len(h.Order) == 1 {
			continue
		}
		if shown == 0 {
			out.gap()
			out.note("Nearly empty chunks, and what keeps them:")
		}
		if shown++; shown > most {
			break
		}
		var texts []string
		for _, s := range c.Survivors {
			texts = append(texts, fmt.Sprintf("%s × %s (%s, e.g. %s)", count(s.Count), s.Name, memory(s.Bytes), s.ID))
		}
		out.line(fmt.Sprintf("  %s: %s", c.Address, strings.Join(texts, ", ")))
	}
}

// bins lists the sizes of blocks.
func (h capturedHeap) bins() grid {
	var used []int
	for i, b := range h.Use.Bins {
		if b.Slots > 0 {
			used = append(used, i)
		}
	}
	return grid{
		columns: []column{numeric("Block size"), numeric("Blocks"), numeric("Free"), numeric("Free bytes"), numeric("Free share")},
		rows: rowsOf(used, func(_ int, i *int) []cell {
			b := &h.Use.Bins[*i]
			return []cell{{count(b.Size)}, {count(b.Slots)}, {count(b.Free)}, {count(b.Free * b.Size)}, {percent(float64(b.Free) / float64(b.Slots))}}
		}),
	}
}

func (h capturedHeap) records(Options) grid {
	return grid{
		columns: columns("chunk", "bytes", "blocks", "free_pages", "free_blocks", "pages"),
		rows: rowsOf(h.Order[:h.Listed], func(_ int, c *heap.CapturedChunk) []cell {
			return []cell{{c.Address}, {count(c.Bytes)}, {count(c.Blocks)}, {count(c.FreePages)}, {count(c.FreeSlots)}, {c.Pages}}
		}),
	}
}

type capturedChunkJSON struct {
	Address   string         `json:"address"`
	Bytes     uint64         `json:"bytes"`
	Blocks    uint64         `json:"blocks"`
	FreePages uint64         `json:"free_pages"`
	FreeSlots uint64         `json:"free_slots"`
	Pages     string         `json:"pages"`
	Survivors []survivorJSON `json:"survivors"`
}

type survivorJSON struct {
	Name  string `json:"name"`
	Count uint64 `json:"count"`
	Bytes uint64 `json:"bytes"`
	ID    string `json:"id"`
	Raw   bool   `json:"raw,omitempty"`
}

func (h capturedHeap) document() document {
	u := &h.Use
	return document{
		{"exact", true},
		{"php", h.PHP},
		{"memory_usage", h.Header.MemoryUsage},
		{"memory_usage_real", u.Real},
		{"fragmentation", h.Fragmentation()},
		{"huge", map[string]uint64{"blocks": u.Huge.Blocks, "bytes": u.Huge.Bytes}},
		{"cached_chunks", u.Cached},
		{"free_pages", u.FreePages},
		{"free_slot_bytes", h.FreeSlotBytes()},
		{"bins", u.Bins},
		{"chunks", listOf(h.Order[:h.Listed], func(c *heap.CapturedChunk) capturedChunkJSON {
			return capturedChunkJSON{c.Address, c.Bytes, c.Blocks, c.FreePages, c.FreeSlots, c.Pages,
				sliceOf(c.Survivors, func(s *heap.Survivor) survivorJSON {
					d := survivorJSON{Name: s.Name, Count: s.Count, Bytes: s.Bytes, ID: s.ID}
					d.Raw = latin1(&d.Name)
					return d
				})}
		})},
		{"complete", h.Complete},
	}
}
