package dump

import (
	"encoding/json"
	"strconv"
	"unsafe"

	"github.com/bytedance/sonic/ast"
)

// This file reads items that are not in the usual layout: frame finds the
// body, sonic decodes it. A body longer than maxPiece is cut between two
// fields or two children and decoded piece by piece, because sonic needs all
// of a value at once and its native code cannot be interrupted.

const (
	maxPiece = 1 << 20
	maxID    = 64 << 10
)

// general reads the item whose id's opening quote is at pos.
func (s *Scanner) general() verdict {
	at := s.offset()
	if at >= s.stop {
		s.nextAt = at
		return beyond
	}
	s.flaws = itemFlaws{}
	s.arena = s.arena[:0]
	s.item = Item{Offset: at, Children: s.item.Children[:0], Extra: s.item.Extra[:0]}
	s.keys.reset()
	s.prefix, s.dropping = "", false

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
		if n > maxID {
			return unusual
		}
	}
	id, _ := s.decodeName(s.buf[s.pos+1 : s.pos+n])
	s.item.ID = append([]byte(nil), id...)
	s.pos += n + 1
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
// that the input ends in is short.
func (s *Scanner) body() verdict {
	f := &s.frame
	s.item.More = false
	for {
		switch f.run(s.buf[s.pos:s.end], s.eof, &s.flaws) {
		case frameBroken:
			return unusual
		case frameEnd:
			if s.dropping {
				s.dropping = false
				if f.cut == 0 {
					s.pos += f.i
					return whole
				}
				s.startPiece(f.cut)
			}
			if !s.piece(f.i, "") {
				return unusual
			}
			s.pos += f.i
			return whole
		}
		if f.i < maxPiece {
			if !s.more(s.rest() + 1) {
				return short
			}
			continue
		}
		switch {
		case f.cut > 0 && s.dropping:
			// What was too long ends here; the body goes on as usual.
			s.dropping = false
			s.startPiece(f.cut)
		case f.cut > 0:
			end := "}"
			if f.cutKids {
				end = "}}"
				if f.list {
					end = "]}"
				}
			}
			// The comma at the cut must not be mended: it is cut off.
			if !s.piece(f.cut-1, end) {
				return unusual
			}
			s.startPiece(f.cut)
			s.item.More = true
			return whole
		default:
			if !s.dropping {
				s.dropping = true
				s.flaws.add(OversizedName)
			}
			s.pos += f.i
			f.shift(f.i)
		}
	}
}

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

// piece decodes the first n bytes of what is left of the body, closed by end.
func (s *Scanner) piece(n int, end string) bool {
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
	return ast.Preorder(view(b), &s.dec, &ast.VisitorOptions{OnlyNumber: true}) == nil
}

// view reads bytes as a string without a copy; the string lives no longer
// than the bytes stay as they are.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func unview(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

func (s *Scanner) decodeName(raw []byte) ([]byte, bool) {
	for _, c := range raw {
		if c == '\\' {
			return s.names.unescape(raw, &s.flaws), true
		}
	}
	return raw, false
}

// decoder turns the values that sonic meets in a body into the fields of the
// scanner's item. It implements ast.Visitor.
type decoder struct {
	s       *Scanner
	depth   int
	list    bool   // children is an array
	index   uint64 // of the next child in it
	field   string
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
	d.field = key
	if f, ok := fieldNames[key]; ok {
		if d.seen&f != 0 && !(f == HasChildren && d.resumed) {
			d.s.flaws.add(DuplicateField)
		}
		d.seen |= f
		d.resumed = false
	}
	return nil
}

var fieldNames = map[string]Fields{
	"type": HasType, "size": HasSize, "is_root": HasRoot, "symbol_name": HasSymbol,
	"frame": HasFrame, "class": HasClass, "object_handle": HasHandle, "children": HasChildren,
}

func (d *decoder) OnString(v string) error { d.value(unview(v), true); return nil }

func (d *decoder) OnInt64(_ int64, n json.Number) error {
	d.value(unview(string(n)), true)
	return nil
}

func (d *decoder) OnFloat64(_ float64, n json.Number) error {
	d.value(unview(string(n)), true)
	return nil
}

func (d *decoder) OnBool(v bool) error {
	d.value([]byte(strconv.FormatBool(v)), d.depth == 1)
	return nil
}

func (d *decoder) OnNull() error {
	d.value([]byte("null"), false)
	return nil
}

// value takes a scalar; ok is false where its kind makes no sense as a value.
func (d *decoder) value(v []byte, ok bool) {
	s, it := d.s, &d.s.item
	if d.depth == 2 {
		d.child(v, ok)
		return
	}
	f, known := fieldNames[d.field]
	if !known {
		if s.opt.Extra {
			it.Extra = append(it.Extra, Extra{unview(d.field), v})
		}
		return
	}
	if !ok {
		return // a null is as good as no field
	}
	switch f {
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
	it.Fields |= f
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
