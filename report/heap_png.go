package report

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"memtrail/analysis/heap"
)

// The colors of the picture: those of the kinds keep apart for people who see
// red and green alike (Okabe and Ito's palette).
var (
	paper     = color.RGBA{0x14, 0x18, 0x20, 0xff}
	nothing   = color.RGBA{0x26, 0x2d, 0x39, 0xff}
	ink       = color.RGBA{0xe8, 0xec, 0xf2, 0xff}
	faintInk  = color.RGBA{0x93, 0x9e, 0xae, 0xff}
	headerInk = color.RGBA{0x6b, 0x76, 0x86, 0xff}

	kindInk = [heap.HeapKinds]color.RGBA{
		heap.HeapObjects:    {0x56, 0xb4, 0xe9, 0xff},
		heap.HeapArrays:     {0xe6, 0x9f, 0x00, 0xff},
		heap.HeapTables:     {0xf0, 0xe4, 0x42, 0xff},
		heap.HeapReferences: {0xcc, 0x79, 0xa7, 0xff},
		heap.HeapVariables:  {0x00, 0x9e, 0x73, 0xff},
		heap.HeapSlots:      {0xd5, 0x5e, 0x00, 0xff},
	}
)

// A chunk is drawn as 16 rows of 32 pages.
const (
	pageColumns = 32
	pageRows    = heap.ChunkPages / pageColumns
	margin      = 24
)

// layout is how large things are in the picture.
type layout struct {
	cell    int // pixels a page takes, the gap to the next included
	gap     int
	dot     int // of the labels of chunks; 0 for none
	columns int // chunks in a row
	shown   int // chunks
	huge    int // huge blocks
}

// Most of the pixels that the chunks of a picture take, and the most huge
// blocks drawn.
const (
	mostPixels = 6 << 20
	mostHuge   = 24
)

// arrange finds the largest cells with which the chunks make a picture of
// about the shape of a screen.
func arrange(chunks, huge int) layout {
	l := layout{shown: max(chunks, 1), huge: min(huge, mostHuge)}
	for _, l.cell = range []int{20, 16, 12, 10, 8, 7, 6, 5, 4, 3, 2, 1} {
		l.gap = 0
		if l.cell >= 4 {
			l.gap = 1
		}
		for l.dot = 2; l.dot > 0 && l.cell*pageColumns < textPixels("0x7f0000000000  100.0 %", l.dot); {
			l.dot--
		}
		const wide = 1700
		w, h := l.chunk()
		for l.columns = 1; l.columns < l.shown; l.columns++ {
			// Wide enough for the text, and then as wide as high, and half more.
			if rows := (l.shown + l.columns - 1) / l.columns; l.columns*w*2 >= rows*h*3 && (l.columns+1)*w > 700 {
				break
			}
		}
		rows := (l.shown + l.columns - 1) / l.columns
		if l.columns*w <= wide && rows*h <= wide {
			return l
		}
	}
	w, h := l.chunk()
	l.shown = min(l.shown, mostPixels/(w*h))
	for l.columns = 1; l.columns*l.columns*w*2 < l.shown*h*3; {
		l.columns++
	}
	return l
}

// chunk is the size of a chunk with its label and the space around it.
func (l layout) chunk() (width, height int) {
	between := max(2*l.cell, 4)
	return pageColumns*l.cell + between, pageRows*l.cell + between + l.label()
}

func (l layout) label() int {
	if l.dot == 0 {
		return 0
	}
	return glyphHeight*l.dot + 2
}

// drawing is what a picture of a heap shows.
type drawing struct {
	heading string
	text    []string // what stands above the chunks
	chunks  []drawnChunk
	page    func(chunk, page int) color.RGBA
	huge    []drawnHuge
	legend  []entry
}

// drawnChunk is a chunk's label: its address, and how much of it is what.
type drawnChunk struct{ address, share string }

// drawnHuge is a huge block.
type drawnHuge struct {
	address, holds string
	bytes          uint64
	color          color.RGBA
}

// HeapPicture draws the chunks of a heap as a PNG: a cell a page, its color the
// kind that most of it is, the brighter the more of it is known.
func HeapPicture(w io.Writer, h *heap.Heap) error {
	return drawingOf(h).write(w)
}

func drawingOf(h *heap.Heap) *drawing {
	r := heapPage{h}
	d := drawing{
		heading: fmt.Sprintf("PHP heap: %s mapped, %s used", Size(h.MappedBytes), Size(h.UsedBytes)),
		text:    []string{r.mapped(), r.used()},
		page:    func(i, page int) color.RGBA { return pageInk(page, h.Chunks[i].Pages[page]) },
		legend:  pictureLegend(h),
	}
	for i := range h.Chunks {
		c := &h.Chunks[i]
		d.chunks = append(d.chunks, drawnChunk{hex(c.Address), percent(float64(c.Bytes.Total()) / heap.ChunkSize)})
	}
	for _, b := range h.Huge {
		d.huge = append(d.huge, drawnHuge{hex(b.Address), b.Kind.String(), b.Bytes, kindInk[b.Kind]})
	}
	return &d
}

// write encodes the drawing.
func (d *drawing) write(w io.Writer) error {
	l := arrange(len(d.chunks), len(d.huge))
	shown := min(l.shown, len(d.chunks))
	rest := append(d.text, "Each block is a chunk, each cell a page of 4 KiB.")
	if n := len(d.chunks) - shown; n > 0 {
		rest = append(rest, plural(n, "more chunk")+" not drawn.")
	}
	if n := len(d.huge) - mostHuge; n > 0 {
		rest = append(rest, plural(n, "more huge block")+" not drawn.")
	}
	chunkWidth, _ := l.chunk()
	width := l.columns * chunkWidth
	const title, text = 2, 1
	l.dot = min(l.dot, text)
	_, chunkHeight := l.chunk()
	for _, line := range rest {
		width = max(width, textPixels(line, text))
	}
	for _, e := range d.legend {
		width = max(width, e.width(text))
	}
	width = max(width, textPixels(d.heading, title))
	lineHeight := glyphHeight*text + 8
	top := margin + glyphHeight*title + 8 + len(rest)*lineHeight + 8
	rows := (l.shown + l.columns - 1) / l.columns
	hugeTop := top + rows*chunkHeight
	legendTop := hugeTop + l.huge*lineHeight + 4
	if l.huge > 0 {
		legendTop += 12
	}
	legendRows := placeLegend(d.legend, width, text)
	m := image.NewRGBA(image.Rect(0, 0, width+2*margin, legendTop+legendRows*lineHeight+margin))
	fill(m, 0, 0, m.Rect.Dx(), m.Rect.Dy(), paper)

	drawText(m, margin, margin, title, d.heading, ink)
	for i, line := range rest {
		drawText(m, margin, margin+glyphHeight*title+8+i*lineHeight, text, line, faintInk)
	}
	for i := range shown {
		d.drawChunk(m, i, l, margin+i%l.columns*chunkWidth, top+i/l.columns*chunkHeight)
	}
	drawHuge(m, d.huge[:l.huge], hugeTop, text, width)
	for _, e := range d.legend {
		y := legendTop + e.row*lineHeight
		fill(m, margin+e.x, y-1, swatch*text, swatch*text, e.color)
		drawText(m, margin+e.x+(swatch+5)*text, y, text, e.text, faintInk)
	}
	return png.Encode(w, m)
}

func (d *drawing) drawChunk(m *image.RGBA, i int, l layout, x, y int) {
	if l.dot > 0 {
		c := d.chunks[i]
		drawText(m, x, y, l.dot, c.address, ink)
		drawText(m, x+pageColumns*l.cell-l.gap-textPixels(c.share, l.dot), y, l.dot, c.share, faintInk)
		y += l.label()
	}
	size := l.cell - l.gap
	for p := range heap.ChunkPages {
		fill(m, x+p%pageColumns*l.cell, y+p/pageColumns*l.cell, size, size, d.page(i, p))
	}
}

// pageInk is the color of a page.
func pageInk(i int, p heap.PageUse) color.RGBA {
	switch {
	case p.Bytes > 0:
		// Even one slot must show.
		return blend(nothing, kindInk[p.Kind], 35+65*int(p.Bytes)/heap.PageSize)
	case i == 0:
		return headerInk
	}
	return nothing
}

// blend mixes so many per cent of a color into another.
func blend(under, over color.RGBA, percent int) color.RGBA {
	mix := func(a, b uint8) uint8 { return uint8((int(a)*(100-percent) + int(b)*percent) / 100) }
	return color.RGBA{mix(under.R, over.R), mix(under.G, over.G), mix(under.B, over.B), 0xff}
}

// drawHuge draws a bar for each huge block, the largest as wide as there is
// room.
func drawHuge(m *image.RGBA, blocks []drawnHuge, y, dot, width int) {
	var largest uint64
	for _, b := range blocks {
		largest = max(largest, b.bytes)
	}
	label := 42 * glyphStep * dot
	for i, b := range blocks {
		text := fmt.Sprintf("%s  huge, %s, %s", b.address, Size(b.bytes), b.holds)
		y := y + i*(glyphHeight*dot+8)
		drawText(m, margin, y, dot, text, ink)
		bar := uint64(max(width-label, 40)) * (b.bytes >> 12) / max(largest>>12, 1)
		fill(m, margin+label, y-1, max(int(bar), 1), glyphHeight*dot+2, b.color)
	}
}

// entry is a color that the legend explains.
type entry struct {
	color  color.RGBA
	text   string
	x, row int
}

const swatch = 10

func (e *entry) width(dot int) int { return (swatch+5)*dot + textPixels(e.text, dot) }

func pictureLegend(h *heap.Heap) []entry {
	var es []entry
	for k, n := range h.Placed {
		if n > 0 {
			es = append(es, entry{color: kindInk[k], text: heap.HeapKind(k).String() + " " + Size(n)})
		}
	}
	return append(es,
		entry{color: headerInk, text: "a chunk's header"},
		entry{color: nothing, text: "nothing known: free, or strings and others without an address"},
		entry{color: blend(nothing, kindInk[heap.HeapObjects], 35), text: "dim: little of the page is known"},
	)
}

// placeLegend breaks the legend into rows.
func placeLegend(es []entry, width, dot int) (rows int) {
	x, row := 0, 0
	for i := range es {
		w := es[i].width(dot)
		if x > 0 && x+w > width {
			x, row = 0, row+1
		}
		es[i].x, es[i].row = x, row
		x += w + 20*dot
	}
	return row + 1
}
