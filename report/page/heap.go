package page

import (
	"encoding/base64"
	"strings"

	"memtrail/report"
)

// heapView is the map of the heap.
type heapView struct {
	*report.HeapTiles
	Of    string // what it shows
	Small bool   // there are many chunks
	Tiles []tile
}

// tile is a chunk; its picture is in the page.
type tile struct {
	Address, Share string
	Picture        string // data:image/png
}

// manyTiles are so many that they are drawn small.
const manyTiles = 24

// drawHeap draws the map of the heap, if there is one.
func (v *view) drawHeap(p *Page) error {
	var tiles *report.HeapTiles
	var text []string
	var err error
	switch o := p.Overview; {
	case o.CapturedHeap != nil:
		tiles, err = report.TilesOfCapturedHeap(o.CapturedHeap)
		text = append(text, report.Count(uint64(len(o.CapturedHeap.Use.Chunks)), "chunk"), report.Percent(o.CapturedHeap.Fragmentation())+" of what is mapped is free")
	case o.Heap != nil && len(o.Heap.Chunks) > 0:
		tiles, err = report.TilesOfHeap(o.Heap)
		text = append(text, report.Count(uint64(len(o.Heap.Chunks)), "chunk"), report.Size(o.Heap.MappedBytes)+" mapped")
		if share, ok := o.Heap.Fragmentation(); ok {
			text = append(text, "fragmentation up to "+report.Percent(share))
		}
	default:
		return nil
	}
	if err != nil {
		return err
	}
	v.Heap = &heapView{HeapTiles: tiles, Of: strings.Join(text, ", "), Small: len(tiles.Chunks) > manyTiles}
	for _, c := range tiles.Chunks {
		v.Heap.Tiles = append(v.Heap.Tiles, tile{c.Address, c.Share, "data:image/png;base64," + base64.StdEncoding.EncodeToString(c.PNG)})
	}
	return nil
}
