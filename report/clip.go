package report

import (
	"math"
	"strings"
	"unicode/utf8"
)

// detail says how much of a name is shown.
type detail uint8

const (
	brief   detail = iota // what fits a line
	verbose               // all of it, but for the middle of what would fill pages
	full                  // all of it
)

func (o Options) detail() detail {
	switch {
	case o.Full:
		return full
	case o.Verbose:
		return verbose
	}
	return brief
}

// detailOf is the detail of pages that have no --full.
func detailOf(all bool) detail {
	if all {
		return verbose
	}
	return brief
}

// A key may be a whole document. Of one, and of whatever else is like a name, at
// most longName bytes are shown without Options.Full, and of a path with many
// keys maxWidth columns.
const (
	longName = 200
	maxWidth = 1000
)

// A clipper cuts the middle out of names that are too long, and remembers
// whether it had to.
type clipper struct {
	full bool
	cut  bool
}

func (c *clipper) name(text string) string {
	if c.full || len(text) <= longName {
		return text
	}
	c.cut = true
	const mark = "…"
	head := longName * 2 / 3
	for head > 0 && !utf8.RuneStart(text[head]) {
		head--
	}
	tail := len(text) - (longName - longName*2/3 - len(mark))
	for tail < len(text) && !utf8.RuneStart(text[tail]) {
		tail++
	}
	return text[:head] + mark + text[tail:]
}

// expression is name for each name in an expression.
func (c *clipper) expression(text string) string {
	if c.full || len(text) <= longName {
		return text
	}
	const between = `->~[]{}" $:`
	var b strings.Builder
	for i := 0; i < len(text); {
		end := i
		if text[i] == '"' {
			for end++; end < len(text) && text[end] != '"'; end++ {
				if text[end] == '\\' {
					end++
				}
			}
			end = min(end, len(text))
			b.WriteString(`"` + c.name(text[i+1:end]))
		} else {
			for end < len(text) && strings.IndexByte(between, text[end]) < 0 {
				end++
			}
			b.WriteString(c.name(text[i:end]))
		}
		if i = end; i < len(text) {
			b.WriteByte(text[i])
			i++
		}
	}
	return b.String()
}

// note says so if something was cut.
func (c *clipper) note(out sheet) {
	if c.cut {
		out.line("Names of more than 200 bytes are cut in the middle (…); --full shows all of them.")
	}
}

// within is a name in so many columns, or in as many as the detail allows. It is
// printable.
func within(text string, width int, d detail) string {
	switch d {
	case brief:
		return shorten(text, width)
	case verbose:
		return shorten((&clipper{}).expression(text), maxWidth)
	}
	return printable(text)
}

// Widths beyond which names are cut in the middle, unless all is asked for.
const (
	classWidth = 64
	labelWidth = 40
)

// anyWidth is no limit: the page has one.
const anyWidth = math.MaxInt32

// widthOf is the width beyond which names are cut: none if all is shown.
func widthOf(width int, all bool) int {
	if all {
		return anyWidth
	}
	return width
}

// shorten cuts the middle out of a text that is wider than a width; of a class
// in a namespace that is not the name itself, if there is room for that. What it
// returns is printable.
func shorten(text string, width int) string {
	text = printable(text)
	if textWidth(text) <= width {
		return text
	}
	// All printable ASCII and most other characters are one column wide; of the
	// others fewer fit.
	const ellipsis = "…"
	const leastHead = 4
	head, tail := 0, len(text)
	front := (width - 1) * 2 / 3
	if i := strings.LastIndexByte(text, '\\'); i > 0 {
		if name := textWidth(text[i:]); name < width-leastHead {
			front = width - 1 - name
		}
	}
	for left := front; head < tail; {
		r, size := utf8.DecodeRuneInString(text[head:])
		if left -= textWidth(string(r)); left < 0 {
			break
		}
		head += size
	}
	for left := width - 1 - front; tail > head; {
		r, size := utf8.DecodeLastRuneInString(text[:tail])
		if left -= textWidth(string(r)); left < 0 {
			break
		}
		tail -= size
	}
	return text[:head] + ellipsis + text[tail:]
}
