package report

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"

	"memtrail/analysis/heap"
)

// HeapTiles is the map of a heap for a page that lays it out itself: a picture a
// chunk, and all words as text.
type HeapTiles struct {
	Chunks   []HeapTile // by address
	More     int        // chunks that are not drawn
	Huge     []string   // a line each
	MoreHuge int
	Legend   []HeapColor
}

// HeapTile is a chunk: 32 × 16 pages. What is free is transparent.
type HeapTile struct {
	Address, Share string
	PNG            []byte
}

// HeapColor is what a color stands for. Color is #rrggbb; "" for what is free.
type HeapColor struct{ Color, Text string }

const (
	// The most chunks and huge blocks of a page.
	mostTiles = 240
	tileHuge  = 8
	// A page of a chunk in pixels, and the gap to the next.
	tileCell = 8
	tileGap  = 1
	// A page is drawn the fainter the less of it is known, in so many steps: a tile
	// has a palette.
	tileSteps = 8
)

// TileWidth and TileHeight are the pixels of a tile.
const (
	TileWidth  = pageColumns*tileCell - tileGap
	TileHeight = pageRows*tileCell - tileGap
)

// On paper that may be light or dark other inks do than on that of a picture.
var (
	tileFree = color.NRGBA{0x80, 0x80, 0x80, 0x2e}
	tileLost = color.NRGBA{0xe5, 0x1c, 0x5b, 0xff} // which a picture has in white
)

// TilesOfHeap draws the heap of a dump.
func TilesOfHeap(h *heap.Heap) (*HeapTiles, error) {
	d := drawingOf(h)
	return d.tiles(func(i, page int) color.NRGBA {
		p := h.Chunks[i].Pages[page]
		switch {
		case p.Bytes > 0:
			c := nrgba(kindInk[p.Kind])
			step := (int(p.Bytes)*tileSteps + heap.PageSize - 1) / heap.PageSize
			c.A = uint8(90 + (255-90)*min(step, tileSteps)/tileSteps)
			return c
		case page == 0:
			return nrgba(headerInk)
		}
		return tileFree
	})
}

// TilesOfCapturedHeap draws the heap of a capture.
func TilesOfCapturedHeap(h *heap.CapturedHeap) (*HeapTiles, error) {
	d := drawingOfCapture(h)
	return d.tiles(func(i, page int) color.NRGBA { return onTile(d.page(i, page)) })
}

// onTile is the ink of a picture on a tile.
func onTile(c color.RGBA) color.NRGBA {
	switch c {
	case nothing:
		return tileFree
	case color.RGBA{0xff, 0xff, 0xff, 0xff}:
		return tileLost
	}
	return nrgba(c)
}

// nrgba is an ink without transparency: then both forms are the same.
func nrgba(c color.RGBA) color.NRGBA { return color.NRGBA(c) }

// tiles draws the chunks one by one.
func (d *drawing) tiles(ink func(chunk, page int) color.NRGBA) (*HeapTiles, error) {
	t := &HeapTiles{More: max(len(d.chunks)-mostTiles, 0), MoreHuge: max(len(d.huge)-tileHuge, 0)}
	for i, c := range d.chunks[:len(d.chunks)-t.More] {
		data, err := drawTile(func(page int) color.NRGBA { return ink(i, page) })
		if err != nil {
			return nil, err
		}
		t.Chunks = append(t.Chunks, HeapTile{printable(c.address), c.share, data})
	}
	for _, b := range d.huge[:len(d.huge)-t.MoreHuge] {
		t.Huge = append(t.Huge, fmt.Sprintf("%s: huge, %s, %s", printable(b.address), Size(b.bytes), printable(b.holds)))
	}
	for _, e := range d.legend {
		c := HeapColor{Text: e.text}
		if ink := onTile(e.color); ink.A == 0xff {
			c.Color = fmt.Sprintf("#%02x%02x%02x", ink.R, ink.G, ink.B)
		}
		t.Legend = append(t.Legend, c)
	}
	return t, nil
}

// drawTile draws the pages of a chunk.
func drawTile(ink func(page int) color.NRGBA) ([]byte, error) {
	m := image.NewPaletted(image.Rect(0, 0, TileWidth, TileHeight), color.Palette{color.NRGBA{}})
	places := map[color.NRGBA]uint8{}
	for p := range heap.ChunkPages {
		c := ink(p)
		at, ok := places[c]
		if !ok {
			at = uint8(len(m.Palette))
			places[c] = at
			m.Palette = append(m.Palette, c)
		}
		x, y := p%pageColumns*tileCell, p/pageColumns*tileCell
		for dy := range tileCell - tileGap {
			for dx := range tileCell - tileGap {
				m.SetColorIndex(x+dx, y+dy, at)
			}
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}
