package dump

import (
	"bytes"
	"strconv"
	"unsafe"

	"memtrail/internal/json"
)

// This file reads items that are not in the usual layout: frame finds the
// body, package json decodes it. A body longer than a piece is cut between two
// fields or two children and decoded piece by piece, because sonic needs all
// of a value at once and its native code cannot be interrupted.

// maxPiece is also as much as a window can grow to, so that a name is too long
// for either path or for none.
const maxPiece = 1 << 20

// maxName bounds the text of ids and of the names around the items.
func (s *Scanner) maxName() int { return s.size / 4 }

// general reads the item whose id's opening quote is at pos.
func (s *Scanner) general() verdict {
	at := s.offset()
	if at >= s.stop {
		s.nextAt = at
		return beyond
	}
	s.generals++
	s.flaws = itemFlaws{}
	s.arena = s.arena[:0]
	s.item = Item{Offset: at, Children: s.item.Children[:0], Extra: s.item.Extra[:0]}
	s.keys.reset()
	s.prefix, s.spoilt = "", false
	s.from = 1

	n := 1
	for {
		c, ok := s.peek(n)
		if !ok {
			return short
		}
		if c == '"' {
			break
		}
		if n++; c == '\\' {
			n++
		}
		if n > s.maxName() {
			return unusual
		}
	}
	raw := s.buf[s.pos+1 : s.pos+n]
	if fieldOf(string(raw)) != 0 {
		return unusual // the rest of an item that a stray brace has closed
	}
	s.id = append(s.id[:0], s.decodeName(raw)...)
	s.item.ID = s.id
	s.pos += n // the quote that closes the id, unless it opens that of another item
	s.from = 0
	for i := 1; i < reach; i++ {
		if c, ok := s.peek(i); ok && classes[c] != blank {
			if c != ':' {
				return unusual
			}
			break
		}
	}
	s.pos++
	for _, want := range []byte(":{") {
		c, ok := s.space()
		if !ok {
			return short
		}
		if c != want {
			return unusual
		}
		s.pos++
	}
	s.pos-- // the body starts with its brace
	s.frame.reset()
	s.dec = decoder{s: s}
	return s.body()
}

// body reads the item's body from pos on: to its end (whole), or as far as a
// piece goes (whole too, with item.More set). A broken body is unusual, one
// that the input ends in is short. Where a body ends depends on its frame
// alone, so that pieces that make no sense do not change what follows.
func (s *Scanner) body() verdict {
	f := &s.frame
	s.item.More = false
	for {
		// A frame never sees more than a piece, however much there is, so that
		// where a body is cut does not depend on the window.
		b := s.buf[s.pos:s.end]
		b = b[:min(len(b), s.piece)]
		switch f.run(b, s.eof && len(b) == s.rest(), &s.flaws) {
		case frameBroken:
			s.from = max(1, f.i-reach)
			return unusual
		case frameEnd:
			ok := !s.spoilt && (f.toCut || s.decode(f.i, ""))
			s.pos += f.i
			if !ok {
				return nonsense
			}
			return whole
		case frameCut:
			// What was too long ends here; the body goes on as usual.
			f.toCut = false
			s.startPiece(f.cut)
			continue
		}
		if len(b) < s.piece {
			if !s.more(len(b)+1) && s.eof && f.i == s.rest() {
				return short
			}
			continue
		}
		switch {
		case s.spoilt || f.toCut:
			// Left out, but for what may be the start of another item's id.
			n := f.i - reach
			s.pos += n
			f.shift(n)
		case f.cut > 0:
			end := "}"
			if f.cutKids {
				end = "}}"
				if f.list {
					end = "]}"
				}
			}
			// The comma at the cut must not be mended: it is cut off.
			if !s.decode(f.cut-1, end) {
				s.spoilt = true // the body's end is to be found all the same
				continue
			}
			s.startPiece(f.cut)
			s.item.More = true
			return whole
		case !f.inStr && isBlank(b[f.i/2:f.i]):
			// Whoever prints that many blanks; they are left out.
			if s.shared {
				return short
			}
			text := len(bytes.TrimRight(b[:f.i], blanks))
			copy(b[f.i-text:], b[:text])
			s.pos += f.i - text
			f.i = text
		default:
			// A field or child too long to be held.
			f.toCut = true
			s.flaws.add(OversizedName)
			if f.kids {
				s.item.Fields |= HasChildren
			}
		}
	}
}

func isBlank(b []byte) bool { return len(bytes.TrimLeft(b, blanks)) == 0 }

// startPiece begins the next piece of a body n bytes further on.
func (s *Scanner) startPiece(n int) {
	s.frame.cut = 0
	s.prefix = "{"
	if s.frame.cutKids {
		s.prefix = `{"children":{`
		if s.frame.list {
			s.prefix = `{"children":[`
		}
	}
	s.pos += n
	s.frame.shift(n)
}

// decode decodes the first n bytes of what is left of the body, closed by end.
func (s *Scanner) decode(n int, end string) bool {
	b := s.buf[s.pos : s.pos+n]
	if s.prefix != "" || end != "" || len(s.frame.mends) > 0 {
		s.scratch = append(s.scratch[:0], s.prefix...)
		s.scratch = s.frame.apply(s.scratch, b, n)
		s.scratch = append(s.scratch, end...)
		b = s.scratch
	}
	s.dec.depth = 0
	s.dec.resumed = s.prefix != "" && s.prefix != "{"
	s.prefix = ""
	return json.Walk(view(b), &s.dec) == nil
}

// view reads bytes as a string without a copy; the string lives no longer
// than the bytes stay as they are.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func unview(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

func (s *Scanner) decodeName(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	return s.names.unescape(raw, &s.flaws)
}

// decoder turns the values that a walk meets in a body into the fields of the
// scanner's item. It implements json.Visitor.
type decoder struct {
	s       *Scanner
	depth   int
	list    bool   // children is an array
	index   uint64 // of the next child in it
	field   string
	has     Fields // the field, if it is known
	key     string
	seen    Fields
	resumed bool // the body's first field is the rest of children
}

func (d *decoder) OnObjectBegin(int) error { return d.begin(false) }
func (d *decoder) OnArrayBegin(int) error  { return d.begin(true) }
func (d *decoder) OnObjectEnd() error      { d.depth--; return nil }
func (d *decoder) OnArrayEnd() error       { d.depth--; return nil }

func (d *decoder) begin(list bool) error {
	if d.depth++; d.depth == 2 {
		d.list = list
		d.s.item.Fields |= HasChildren
	}
	return nil
}

func (d *decoder) OnObjectKey(key string) error {
	if d.depth == 2 {
		d.key = key
		return nil
	}
	d.field, d.has = key, fieldOf(key)
	if f := d.has; f != 0 {
		if d.seen&f != 0 && !(f == HasChildren && d.resumed) {
			d.s.flaws.add(DuplicateField)
		}
		if f == HasChildren && !d.resumed {
			d.index = 0
		}
		d.seen |= f
		d.resumed = false
	}
	return nil
}

// fieldOf tells the fields that php-meminfo writes; 0 is none of them.
func fieldOf(name string) Fields {
	switch name {
	case "type":
		return HasType
	case "size":
		return HasSize
	case "is_root":
		return HasRoot
	case "symbol_name":
		return HasSymbol
	case "frame":
		return HasFrame
	case "class":
		return HasClass
	case "object_handle":
		return HasHandle
	case "children":
		return HasChildren
	}
	return 0
}

func (d *decoder) OnString(v string) error { d.value(unview(v), true); return nil }

func (d *decoder) OnNumber(n json.Number) error {
	d.value(unview(string(n)), true)
	return nil
}

func (d *decoder) OnBool(v bool) error {
	text := textFalse
	if v {
		text = textTrue
	}
	d.value(text, d.depth == 1)
	return nil
}

func (d *decoder) OnNull() error {
	d.value(textNull, false)
	return nil
}

// Never written to.
var textTrue, textFalse, textNull = []byte("true"), []byte("false"), []byte("null")

// value takes a scalar; ok is false where its kind makes no sense as a value.
func (d *decoder) value(v []byte, ok bool) {
	s, it := d.s, &d.s.item
	if d.depth == 2 {
		d.child(v, ok)
		return
	}
	if d.has == 0 {
		if ok && d.exact(v) {
			return
		}
		if s.opt.Extra {
			it.Extra = append(it.Extra, Extra{unview(d.field), v})
		}
		return
	}
	if !ok {
		return // a null is as good as no field
	}
	switch d.has {
	case HasType:
		it.Type = v
		s.odd = !knownType(v)
		s.flaws.raw(v)
	case HasSymbol:
		it.Symbol = v
		s.flaws.raw(v)
	case HasFrame:
		it.Frame = v
		s.flaws.raw(v)
	case HasClass:
		it.Class = v
		s.flaws.raw(v)
	case HasHandle:
		it.Handle = v
		s.flaws.raw(v)
	case HasRoot:
		switch string(v) {
		case "true", "1":
			it.IsRoot = true
		default:
			it.IsRoot = false
		}
	case HasSize:
		n, err := strconv.ParseUint(string(v), 10, 63)
		if err != nil {
			s.flaws.add(BadSize)
			n = 0
		}
		it.Size = n
	case HasChildren:
		s.flaws.add(BadChild)
		return
	}
	it.Fields |= d.has
}

// exact takes the fields that a capture has besides php-meminfo's.
func (d *decoder) exact(v []byte) bool {
	if d.depth != 1 || d.field != "alloc" && d.field != "rc" {
		return false
	}
	n, err := strconv.ParseUint(string(v), 10, 63)
	if err != nil {
		return false
	}
	it := &d.s.item
	if d.field == "rc" {
		it.Refs = uint32(min(n, 1<<32-1))
		return true
	}
	it.Alloc = n
	it.Fields |= HasAlloc
	if it.Refs == 0 {
		it.Refs = 1
	}
	return true
}

func (d *decoder) child(id []byte, ok bool) {
	s, it := d.s, &d.s.item
	var key []byte
	if d.list {
		n := len(s.arena)
		s.arena = strconv.AppendUint(s.arena, d.index, 10)
		key = s.arena[n:]
		d.index++
	} else {
		key = unview(d.key)
		s.flaws.raw(key)
		if s.keys.add(key) {
			s.flaws.add(DuplicateKey)
		}
	}
	if !ok {
		s.flaws.add(BadChild)
		return
	}
	it.NumChildren++
	if s.opt.Children {
		it.Children = append(it.Children, Child{key, id})
	}
}
