package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"memtrail/analysis/heap"
)

// CapturedHeap writes the map of a captured heap.
func CapturedHeap(w io.Writer, h *heap.CapturedHeap, o Options) error {
	return render(w, capturedHeap{h}, o)
}

type capturedHeap struct{ *heap.CapturedHeap }

func (h capturedHeap) page(out sheet, o Options) {
	out = flow(out, o)
	out.info(h.mapped())
	out.line(h.free())
	out.gap()
	out.table(h.chunks())
	if cut := len(h.Order) - h.Listed; cut > 0 {
		out.line(plural(cut, "more chunk") + ", fuller than these, not shown (--limit)")
	}
	out.line("Each letter is four pages: v values, t tables, k keys, f frames, i internals, e engine, c code, n native, u uncollected, l lost, ? unknown, # header, - free blocks only, . free")
	if len(h.Huge) > 0 {
		out.gap()
		out.table(h.huge())
	}
	h.survivors(out)
	out.gap()
	out.table(h.bins())
}

// mapped says what was taken from the system, and how much of it is in use.
func (h capturedHeap) mapped() string {
	return fmt.Sprintf("Mapped: %s in %s of 2 MiB and %s; %s in use, so fragmentation is %s.",
		Size(h.Use.Real), plural(len(h.Use.Chunks), "chunk"), plural(int(h.Use.Huge.Blocks), "huge block"), Size(h.Header.MemoryUsage), percent(h.Fragmentation()))
}

// free says what is free, and how.
func (h capturedHeap) free() string {
	u := &h.Use
	text := fmt.Sprintf("Free: %s in %s, %s in free blocks of pages in use", Size(u.FreePages*heap.PageSize), plural(int(u.FreePages), "page"), Size(h.FreeSlotBytes()))
	if u.Cached > 0 {
		text += fmt.Sprintf("; %s kept for reuse", plural(int(u.Cached), "empty chunk"))
	}
	return text + "."
}

// hollow says how many chunks have nothing in use.
func (h capturedHeap) hollow() string {
	return fmt.Sprintf("%s of %s (%s) %s nothing in use: only free blocks, which PHP keeps for allocations of the same size.",
		grouped(uint64(h.Hollow)), plural(len(h.Order), "chunk"), Size(uint64(h.Hollow)*heap.ChunkSize), one(h.Hollow, "has", "have"))
}

// nearlyEmpty says how many chunks have little in use.
func (h capturedHeap) nearlyEmpty() string {
	e := &h.NearlyEmpty
	return fmt.Sprintf("%s of %s (%s) %s nearly empty, with %s in use.",
		grouped(uint64(e.Chunks)), plural(len(h.Order), "chunk"), Size(uint64(e.Chunks)*heap.ChunkSize), one(e.Chunks, "is", "are"), Size(e.Bytes))
}

// one is the form of a verb for a number of things.
func one(n int, singular, plural string) string {
	if n == 1 {
		return singular
	}
	return plural
}

// chunks draws the chunks that are the least used.
func (h capturedHeap) chunks() grid {
	return grid{
		columns: []column{{title: "Chunk"}, numeric("Blocks"), numeric("Free"), {title: "Pages"}},
		rows: rowsOf(h.Order[:h.Listed], func(_ int, c *heap.CapturedChunk) []cell {
			chunk := cell{c.Address, percent(c.Share()) + " used"}
			if h.Mapped {
				chunk = append(chunk, shorten(c.Region, len("0x7fffffffffff"))) // as wide as the column is anyway
			}
			return []cell{chunk, {ungrouped(c.Blocks)}, {plural(int(c.FreePages), "page"), plural(int(c.FreeSlots), "block")}, pageLines(c.Pages)}
		}),
	}
}

// huge lists the blocks that are too large for a chunk.
func (h capturedHeap) huge() grid {
	g := grid{columns: []column{{title: "Huge block"}, numeric("Size"), {title: "Holds"}}}
	if h.Mapped {
		g.columns = append(g.columns, nameColumn("Region"))
	}
	g.rows = rowsOf(h.Huge, func(_ int, b *heap.CapturedHuge) []cell {
		r := []cell{{b.Address}, {Size(b.Bytes)}, {b.Owner}}
		if h.Mapped {
			r = append(r, cell{b.Region})
		}
		return r
	})
	return g
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

// survivors says what keeps nearly empty chunks: in all, then chunk by chunk.
func (h capturedHeap) survivors(out sheet) {
	const (
		mostKeepers = 8
		mostChunks  = 5
	)
	e := &h.NearlyEmpty
	if h.Hollow+e.Chunks > 0 {
		out.gap()
	}
	if h.Hollow > 0 {
		out.note(h.hollow() + " gc_mem_caches() gives them back.")
	}
	if e.Chunks == 0 {
		return
	}
	out.note(h.nearlyEmpty() + " What is left in them:")
	for i := range min(len(e.Keepers), mostKeepers) {
		k := &e.Keepers[i]
		out.line(fmt.Sprintf("  in %s: %s", plural(k.Chunks, "chunk"), survivorText(&k.Survivor)))
	}
	if more := len(e.Keepers) - mostKeepers; more > 0 {
		out.line(fmt.Sprintf("  %s in fewer chunks", plural(more, "more type")))
	}
	if e.Chunks == 1 {
		return
	}
	shown := 0
	for i := range h.Order[:h.Listed] {
		c := &h.Order[i]
		if len(c.Survivors) == 0 {
			continue
		}
		if shown++; shown > mostChunks {
			break
		}
		var texts []string
		for j := range c.Survivors {
			texts = append(texts, survivorText(&c.Survivors[j]))
		}
		out.line(fmt.Sprintf("%s: %s", c.Address, strings.Join(texts, "; ")))
	}
}

// ownerTexts say what an owner has that is no value's.
var ownerTexts = map[string]string{
	"values": "references", "tables": "tables of the engine", "keys": "keys of the engine", "frames": "frames of running calls",
	"internals": "internals of objects", "engine": "tables of the engine", "code": "code: classes, functions, literals",
	"native": "held by C code only", "lost": "lost: nothing leads to it", "unknown": "unknown",
}

// survivorText is one survivor: what, how many, how much, and an example.
func survivorText(s *heap.Survivor) string {
	if s.Owner != "" {
		return fmt.Sprintf("%s (%s)", cmp.Or(ownerTexts[s.Owner], s.Owner), Size(s.Bytes))
	}
	text := fmt.Sprintf("%s × %s (%s)", grouped(s.Items), s.Name(), Size(s.Bytes))
	const widest = 60
	example := shorten(cmp.Or(s.Path, s.ID), widest)
	if s.Items > 1 {
		example = "such as " + example
	}
	return text + ", " + example
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
			return []cell{{ungrouped(b.Size)}, {ungrouped(b.Slots)}, {ungrouped(b.Free)}, {ungrouped(b.Free * b.Size)}, {percentOf(b.Free, b.Slots)}}
		}),
	}
}

func (h capturedHeap) records(Options) grid {
	return grid{
		columns: columns("chunk", "bytes", "blocks", "free_pages", "free_blocks", "pages", "region", "kept_by"),
		rows: rowsOf(h.Order[:h.Listed], func(_ int, c *heap.CapturedChunk) []cell {
			kept := ""
			if len(c.Survivors) > 0 {
				kept = cmp.Or(c.Survivors[0].Path, c.Survivors[0].Name())
			}
			return []cell{{c.Address}, {ungrouped(c.Bytes)}, {ungrouped(c.Blocks)}, {ungrouped(c.FreePages)}, {ungrouped(c.FreeSlots)}, {c.Pages}, {c.Region}, {kept}}
		}),
	}
}
