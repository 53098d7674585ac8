package report

import (
	"image"
	"image/color"
	"unicode/utf8"

	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The letters of pictures, all of one size, in pixels of the font.
var (
	glyphHeight = basicfont.Face7x13.Height
	glyphStep   = basicfont.Face7x13.Advance
)

// drawText writes a text with its top left corner at x, y, each pixel of the
// font a square of dot by dot. The font is fixed, so that a picture of one heap
// is the same on each machine. It has ASCII; anything else is a box with a
// question mark.
func drawText(m *image.RGBA, x, y, dot int, text string, c color.RGBA) {
	for _, r := range text {
		at, mask, from, _, _ := basicfont.Face7x13.Glyph(fixed.P(0, basicfont.Face7x13.Ascent), r)
		for row := range at.Dy() {
			for column := range at.Dx() {
				if _, _, _, alpha := mask.At(from.X+column, from.Y+row).RGBA(); alpha > 0 {
					fill(m, x+(at.Min.X+column)*dot, y+(at.Min.Y+row)*dot, dot, dot, c)
				}
			}
		}
		x += glyphStep * dot
	}
}

// textPixels is the width of a text that drawText writes.
func textPixels(text string, dot int) int { return utf8.RuneCountInString(text) * glyphStep * dot }

// fill paints a rectangle.
func fill(m *image.RGBA, x, y, width, height int, c color.RGBA) {
	r := image.Rect(x, y, x+width, y+height).Intersect(m.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := m.Pix[m.PixOffset(r.Min.X, y) : m.PixOffset(r.Min.X, y)+4*r.Dx()]
		for i := 0; i < len(row); i += 4 {
			row[i], row[i+1], row[i+2], row[i+3] = c.R, c.G, c.B, c.A
		}
	}
}
