package report

import (
	"cmp"
	"fmt"
	"strings"

	"memtrail/analysis/heap"
)

// heapLetters stand for kinds in the map of a chunk.
var heapLetters = [heap.HeapKinds]byte{'o', 'a', 't', 'r', 'v', 's'}

const (
	letterHeader  = '#'
	letterNothing = '.'
)

// chunkTable draws the chunks, with the largest classes in each.
func (h heapPage) chunkTable(o Options) grid {
	g := grid{columns: []column{{title: "Chunk"}, numeric("Known"), {title: "Gap"}}}
	if h.Mapped {
		g.columns = append(g.columns, column{title: "Region"})
	}
	g.columns = append(g.columns, column{title: "512 pages, largest classes"})
	row := func(_ int, c *heap.Chunk) []cell {
		r := []cell{{hex(c.Address)}, {percent(float64(c.Bytes.Total()) / heap.ChunkSize)}, {gap(c)}}
		if h.Mapped {
			r = append(r, cell{c.Region})
		}
		return r
	}
	chunks := h.Chunks[:h.Listed]
	// The map has the width that the other columns leave.
	taken, _ := measure(grid{columns: g.columns[:len(g.columns)-1], rows: rowsOf(chunks, row)})
	width := min(max(widthLeft(taken, cmp.Or(o.Width, pageWidth))-len("|  "), 32), heap.ChunkPages)
	g.rows = rowsOf(chunks, func(i int, c *heap.Chunk) []cell {
		last := cell{heapBar(c, width)}
		if text := classesText(c.Classes, width); text != "" {
			last = append(last, text)
		}
		return append(row(i, c), last)
	})
	return g
}

// gap is the longest run of free pages in a chunk.
func gap(c *heap.Chunk) string {
	if run := c.LargestFree(); run.Pages > 0 {
		return Size(uint64(run.Pages) * heap.PageSize)
	}
	return "none"
}

// heapBar draws the pages of a chunk as that many letters: that of the kind
// that most is of, a capital where half of the bytes or more are known.
func heapBar(c *heap.Chunk, width int) string {
	bar := make([]byte, width)
	for i := range bar {
		from, to := i*heap.ChunkPages/width, (i+1)*heap.ChunkPages/width
		var kinds heap.HeapBytes
		for _, p := range c.Pages[from:to] {
			kinds[p.Kind] += uint64(p.Bytes)
		}
		most := 0
		for k := range kinds {
			if kinds[k] > kinds[most] {
				most = k
			}
		}
		switch {
		case kinds[most] > 0:
			bar[i] = heapLetters[most]
			if 2*kinds.Total() >= uint64(to-from)*heap.PageSize {
				bar[i] -= 'a' - 'A'
			}
		case from == 0:
			bar[i] = letterHeader
		default:
			bar[i] = letterNothing
		}
	}
	return string(bar)
}

// classesText names as many classes as fit, at least one.
func classesText(classes []heap.ClassUse, width int) string {
	text := ""
	for i, u := range classes {
		size := " " + Size(u.Bytes)
		part := shorten(u.Class, max(width-len(size), leastName)) + size
		switch {
		case i == 0:
			text = part
		case textWidth(printable(text))+textWidth(printable(part))+2 <= width:
			text += ", " + part
		default:
			return text
		}
	}
	return text
}

// heapLegend explains the letters of the map.
func heapLegend() []string {
	parts := make([]string, 0, heap.HeapKinds+1)
	for k, l := range heapLetters {
		parts = append(parts, fmt.Sprintf("%c %s", l-'a'+'A', heap.HeapKind(k)))
	}
	return []string{
		strings.Join(append(parts, "# header"), ", ") + ";",
		"small letters: less than half of the bytes are known; . and gap: no byte is",
		"known: these pages are free, or hold strings and others without an address.",
	}
}

// hugeTable lists the blocks that are too large for a chunk.
func (h heapPage) hugeTable() grid {
	g := grid{columns: []column{{title: "Huge block"}, numeric("Size"), {title: "Holds"}, numeric("Items")}}
	if h.Mapped {
		g.columns = append(g.columns, nameColumn("Region"))
	}
	g.rows = rowsOf(h.Huge, func(_ int, b *heap.HugeBlock) []cell {
		r := []cell{{hex(b.Address)}, {Size(b.Bytes)}, {b.Kind.String()}, {ungrouped(b.Items)}}
		if h.Mapped {
			r = append(r, cell{b.Region})
		}
		return r
	})
	return g
}
