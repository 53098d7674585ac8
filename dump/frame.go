package dump

import "bytes"

// frame finds the end of an item's body, byte by byte, whatever its layout.
// On the way it notes what must be changed before a JSON decoder can read it,
// and where a body too long to be held can be cut. It can stop and go on at
// any byte. All positions count from the window's pos.
type frame struct {
	i     int // the next byte to look at
	depth int // 0 outside the body, 1 among its fields, 2 in a field's value, …
	inStr bool

	kids bool // inside the value of "children"
	list bool // which is a JSON array

	nameAt, nameEnd int  // the last string; nameAt is negative if its start is gone
	named           bool // a colon and nothing else has followed it
	comma           int  // a comma with nothing but blanks since, or one of:
	nestAt          int  // where the value starts that is too deep to matter, or -1
	nestMends       int  // mends before it

	cut     int // behind the last comma where the body can be cut; 0: nowhere
	cutKids bool
	toCut   bool // a run is to end there

	mends []mend
}

const (
	noComma  = -1
	cutComma = -2 // the body was cut at it
)

// mend replaces the bytes from:to of a body.
type mend struct {
	from, to int
	with     string
}

// framing is how a run of a frame ended.
type framing uint8

const (
	frameMore   framing = iota // all bytes are used up
	frameCut                   // the body can be cut before i
	frameEnd                   // the body ends before i
	frameBroken                // another item starts inside: this one is damaged
)

func (f *frame) reset() {
	*f = frame{comma: noComma, nestAt: -1, mends: f.mends[:0]}
}

// class is what a byte means to a frame.
type class uint8

const (
	foreign class = iota // nothing that JSON has outside strings
	blank
	word // of a number, true, false or null
	mark // one that structures the text
)

var classes = func() (t [256]class) {
	for _, c := range " \t\r\n" {
		t[c] = blank
	}
	for _, c := range "+-.0123456789Eaeflnrstu" {
		t[c] = word
	}
	for _, c := range `{}[]:,"` {
		t[c] = mark
	}
	return t
}()

// run looks at the bytes of b from f.i on; last says that no others follow.
//
// It ends at the first place where an item starts inside the body, or where
// text stands that can stand nowhere outside a string. So a lost quote, which
// turns what is inside strings into what is outside, ends it soon, and no
// stretch of a damaged dump is looked at time and again.
func (f *frame) run(b []byte, last bool, flaws *itemFlaws) framing {
	for f.i < len(b) {
		if f.inStr {
			f.i = stringStop(b, f.i)
			if f.i == len(b) {
				break
			}
			switch b[f.i] {
			case '"':
				f.inStr = false
				f.nameEnd = f.i
			case '\\':
				if len(b)-f.i < 6 && !last {
					return frameMore
				}
				if n := escapeLen(b[f.i:]); n > 0 {
					f.i += n
					continue
				}
				f.mends = append(f.mends, mend{f.i, f.i, `\`})
				flaws.add(BadEscape)
			case '\n':
				// Line feeds in names are escaped: this one and what follows it
				// belong to the layout, so a quote has been lost.
				if len(b)-f.i < maxFirstLine && !last {
					return frameMore
				}
				if startsItem(b[f.i+1:]) {
					return frameBroken
				}
			}
			f.i++
			continue
		}
		c := b[f.i]
		switch classes[c] {
		case blank:
			f.i++
			continue
		case foreign:
			return frameBroken
		}
		named := f.named
		f.named = false
		switch c {
		case '"':
			f.inStr = true
			f.nameAt = f.i + 1
		case ':':
			f.named = true
		case ',':
			if f.comma == cutComma {
				// Two in a row make no sense, also where the body was cut at the first:
				// no mend takes the second one out, and no cut.
				f.i++
				continue
			}
			f.comma = f.i
			if f.depth == 1 {
				f.cut, f.cutKids = f.i+1, false
			} else if f.depth == 2 && f.kids {
				f.cut, f.cutKids = f.i+1, true
			}
			f.i++
			if f.toCut && f.cut == f.i {
				return frameCut
			}
			continue
		case '{', '[':
			var name []byte
			if named && f.nameAt >= 0 {
				name = b[f.nameAt:f.nameEnd]
			}
			if c == '{' && isHexID(name) {
				return frameBroken
			}
			f.open(name, c)
		case '}', ']':
			if f.depth == 2 && f.nestAt >= 0 && holdsID(b[f.nestAt:f.i]) {
				flaws.add(StrayChildren)
			}
			f.close(flaws)
			if f.depth == 0 {
				f.i++
				return frameEnd
			}
		}
		f.comma = noComma
		f.i++
	}
	return frameMore
}

// stringStop gives the first place from i on that ends or interrupts a string:
// a quote, a backslash or a line feed.
func stringStop(b []byte, i int) int {
	for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] != '\n' {
		i++
	}
	return i
}

// open goes one level deeper, into a value of the given name.
func (f *frame) open(name []byte, c byte) {
	f.depth++
	nest := f.depth == 3 && f.kids
	if f.depth == 2 {
		if bytes.IndexByte(name, '\\') >= 0 {
			name, _ = unescape(name)
		}
		f.kids = string(name) == "children"
		f.list = c == '['
		nest = !f.kids
	}
	if nest {
		f.nestAt, f.nestMends = f.i, len(f.mends)
	}
}

// close goes one level up, before the closing bracket at i is passed.
func (f *frame) close(flaws *itemFlaws) {
	f.depth--
	if f.comma != noComma && f.nestAt < 0 {
		if f.comma != cutComma {
			f.mends = append(f.mends, mend{f.comma, f.comma + 1, ""})
		}
		flaws.add(TrailingComma)
	}
	switch {
	case f.nestAt >= 0 && (f.depth == 1 || f.depth == 2 && f.kids):
		f.mends = append(f.mends[:f.nestMends], mend{f.nestAt, f.i + 1, "null"})
		f.nestAt = -1
	case f.depth == 1:
		f.kids = false
	}
}

// shift follows the window when its pos moves by n.
func (f *frame) shift(n int) {
	f.i -= n
	f.nameAt -= n
	f.nameEnd -= n
	f.cut = 0
	if f.comma >= 0 {
		if f.comma -= n; f.comma < 0 {
			f.comma = cutComma
		}
	}
	kept := f.mends[:0]
	dropped := 0
	for _, m := range f.mends {
		if m.from < n {
			dropped++
			continue
		}
		kept = append(kept, mend{m.from - n, m.to - n, m.with})
	}
	f.mends = kept
	f.nestMends = max(0, f.nestMends-dropped)
	if f.nestAt >= 0 {
		f.nestAt = max(0, f.nestAt-n)
	}
}

// apply appends b[from:to] to dst with the mends made.
func (f *frame) apply(dst, b []byte, to int) []byte {
	from := 0
	for _, m := range f.mends {
		if m.from >= to {
			break
		}
		dst = append(dst, b[from:m.from]...)
		dst = append(dst, m.with...)
		from = m.to
	}
	return append(dst, b[min(from, to):to]...)
}

// isHexID reports whether a name looks like an item's id.
func isHexID(name []byte) bool {
	if len(name) < 3 || len(name) > 18 || name[0] != '0' || name[1]|0x20 != 'x' {
		return false
	}
	for _, c := range name[2:] {
		if c-'0' > 9 && (c|0x20)-'a' > 5 {
			return false
		}
	}
	return true
}

// holdsID reports whether a value in a text is a hexadecimal id.
func holdsID(b []byte) bool {
	for {
		q := bytes.IndexByte(b, '"')
		if q < 0 {
			return false
		}
		b = b[q+1:]
		if q = bytes.IndexByte(b[:min(len(b), 19)], '"'); q > 0 && isHexID(b[:q]) &&
			!bytes.HasPrefix(bytes.TrimLeft(b[q+1:], blanks), []byte(":")) {
			return true
		}
	}
}

// maxFirstLine is how long an item's first line can be that startsItem knows,
// with the line feed before it.
const maxFirstLine = 32

// startsItem reports whether b, the start of a line, is an item's first line
// in the usual layout.
func startsItem(b []byte) bool {
	const head = `    "0x`
	if len(b) < len(head) || string(b[:len(head)]) != head {
		return false
	}
	b = b[len(head)-2:]
	q := bytes.IndexByte(b[:min(len(b), 19)], '"')
	return q > 0 && isHexID(b[:q]) && bytes.HasPrefix(b[q:], []byte(`" : {`))
}

// reach bounds how far before its brace an item can start that findItem finds.
const reach = 160

// findItem finds the first place from i on where an item with a hexadecimal
// id starts, in any layout, and gives the position of the id's opening quote,
// or -1. It looks for braces and then back, because a long child list has
// none.
func findItem(b []byte, i int) int {
	const maxBlanks = 64
	from := i
	for i < len(b) {
		n := bytes.IndexByte(b[i:], '{')
		if n < 0 {
			return -1
		}
		i += n
		j := blanksBefore(b, i, maxBlanks)
		if j > 0 && b[j-1] == ':' {
			j = blanksBefore(b, j-1, maxBlanks)
			if j > 0 && b[j-1] == '"' {
				j--
				if q := bytes.LastIndexByte(b[max(0, j-19):j], '"'); q >= 0 {
					q += max(0, j-19)
					if q >= from && isHexID(b[q+1:j]) && (q == 0 || bytes.IndexByte([]byte(" \t\r\n,{"), b[q-1]) >= 0) {
						return q
					}
				}
			}
		}
		i++
	}
	return -1
}

// blanksBefore gives the start of the run of blanks that ends before i.
func blanksBefore(b []byte, i, most int) int {
	for n := 0; i > 0 && n < most; n++ {
		switch b[i-1] {
		case ' ', '\n', '\r', '\t':
			i--
		default:
			return i
		}
	}
	return i
}
