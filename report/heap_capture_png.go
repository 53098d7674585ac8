package report

import (
	"fmt"
	"image/color"
	"io"
	"slices"
	"strings"

	"memtrail/analysis/heap"
)

// pageOwner is an owner of pages in the picture of a captured heap.
type pageOwner struct {
	letter byte
	name   string
	ink    color.RGBA
}

// pageOwners have Okabe and Ito's colors as far as those go, and shades of gray
// for what a program can do nothing about.
var pageOwners = []pageOwner{
	{'v', "values", color.RGBA{0x56, 0xb4, 0xe9, 0xff}},
	{'t', "tables", color.RGBA{0xe6, 0x9f, 0x00, 0xff}},
	{'k', "keys", color.RGBA{0xf0, 0xe4, 0x42, 0xff}},
	{'f', "frames", color.RGBA{0x00, 0x9e, 0x73, 0xff}},
	{'i', "internals", color.RGBA{0xcc, 0x79, 0xa7, 0xff}},
	{'e', "engine", color.RGBA{0x8a, 0x7a, 0x5c, 0xff}},
	{'c', "code", color.RGBA{0x00, 0x72, 0xb2, 0xff}},
	{'n', "native", color.RGBA{0xb0, 0xb8, 0xc4, 0xff}},
	{'u', "uncollected", color.RGBA{0xd5, 0x5e, 0x00, 0xff}},
	{'l', "lost", color.RGBA{0xff, 0xff, 0xff, 0xff}},
	{'?', "unknown", color.RGBA{0x7c, 0x5c, 0xc4, 0xff}},
}

// cutInk is the color of a page whose blocks are all free: it is not to be had
// for anything but blocks of that size.
var cutInk = color.RGBA{0x3d, 0x47, 0x58, 0xff}

// CapturedHeapPicture draws the chunks of a captured heap as a PNG, in the
// order of their addresses: a cell a page, its color the owner that has most of
// it.
func CapturedHeapPicture(w io.Writer, h *heap.CapturedHeap) error {
	return drawingOfCapture(h).write(w)
}

func drawingOfCapture(h *heap.CapturedHeap) *drawing {
	r := capturedHeap{h}
	byAddress := slices.Clone(h.Order)
	slices.SortStableFunc(byAddress, func(a, b heap.CapturedChunk) int { return compareHex(a.Address, b.Address) })
	inks := map[byte]color.RGBA{'#': headerInk, '-': cutInk}
	for _, o := range pageOwners {
		inks[o.letter] = o.ink
	}
	d := drawing{
		heading: fmt.Sprintf("PHP heap: %s mapped, %s used", Size(h.Use.Real), Size(h.Header.MemoryUsage)),
		text:    []string{r.mapped(), r.free()},
		page: func(i, page int) color.RGBA {
			pages := byAddress[i].Pages
			if page >= len(pages) {
				return nothing // a dump may claim anything
			}
			if ink, ok := inks[pages[page]]; ok {
				return ink
			}
			return nothing
		},
		legend: r.legend(),
	}
	if h.Hollow > 0 {
		d.text = append(d.text, r.hollow())
	}
	if h.NearlyEmpty.Chunks > 0 {
		d.text = append(d.text, r.nearlyEmpty())
	}
	for i := range byAddress {
		d.chunks = append(d.chunks, drawnChunk{shortAddress(byAddress[i].Address), percent(byAddress[i].Share())})
	}
	for _, b := range h.Huge {
		ink := nothing
		for _, o := range pageOwners {
			if o.name == b.Owner {
				ink = o.ink
			}
		}
		d.huge = append(d.huge, drawnHuge{shortAddress(b.Address), printable(b.Owner), b.Bytes, ink})
	}
	return &d
}

// compareHex compares addresses as they are written, without leading zeros.
func compareHex(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

// shortAddress bounds what a dump says is an address: the picture has room for
// one.
func shortAddress(a string) string { return shorten(a, len("0x7fffffffffff")) }

func (h capturedHeap) legend() []entry {
	pages := map[rune]int{}
	for i := range h.Order {
		for _, letter := range h.Order[i].Pages {
			pages[letter]++
		}
	}
	var es []entry
	for _, o := range pageOwners {
		if n := pages[rune(o.letter)]; n > 0 {
			es = append(es, entry{color: o.ink, text: fmt.Sprintf("%s, %s", o.name, plural(n, "page"))})
		}
	}
	if n := pages['-']; n > 0 {
		es = append(es, entry{color: cutInk, text: fmt.Sprintf("free blocks only, %s", plural(n, "page"))})
	}
	return append(es, entry{color: headerInk, text: "a chunk's header"}, entry{color: nothing, text: "free"})
}
