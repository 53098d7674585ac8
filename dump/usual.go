package dump

import "math/bits"

// This file scans items in the layout that php-meminfo prints:
//
//	    "0x7fef5a65a2c0" : {
//	        "type" : "array",
//	        "size" : "72",
//	        "symbol_name" : "_SERVER",      roots only
//	        "is_root" : true,
//	        "frame" : "<GLOBAL>"            roots only
//	,
//	        "class" : "Foo\\Bar",           objects only
//	        "object_handle" : "12",         objects only
//	        "children" : {                  arrays and objects only
//	            "key":"0x7fef5a65ac00",
//	            "key":"0x7fef5a65ac20"
//	        }
//
//	    },
//
// Between two names the text is fixed, so it is compared, eight bytes at a
// time, and only names are searched for their closing quote. What deviates by
// a byte is left to general.go.

// verdict is what became of an attempt to read an item from the window.
type verdict uint8

const (
	whole    verdict = iota // the item is read
	short                   // the window ends inside it
	unusual                 // it is not in the usual layout
	beyond                  // it starts at or behind the offset where to stop
	nonsense                // its body has an end but makes no sense
)

// giveUp tells a mismatch from a window that ends too early to know.
func (s *Scanner) giveUp(p int) verdict {
	if p+32 > s.end && !s.eof {
		return short
	}
	return unusual
}

// quote finds the quote that closes a string whose text starts at p. It
// reports in bits what else is in the text. At or behind the window's end it
// stops wherever it is.
func (s *Scanner) quote(p int) (q int, has textBits) {
	b := s.buf
	for p < s.end {
		w := load(b, p)
		mq, mb := zeros(w^quotes), zeros(w^slashes)
		m := mq | mb
		if m == 0 {
			if w&highs != 0 {
				has |= textHigh
			}
			p += 8
			continue
		}
		i := bits.TrailingZeros64(m)
		if w&highs&(1<<i-1) != 0 {
			has |= textHigh
		}
		p += i / 8
		if b[p] == '"' {
			return p, has
		}
		has |= textEscape
		p += 2
	}
	return p, has
}

type textBits uint8

const (
	textEscape textBits = 1 << iota // a backslash
	textHigh                        // a byte above 127
)

// Types fill, with the text that follows them, one word.
const (
	typeString = uint64('s') | 't'<<8 | 'r'<<16 | 'i'<<24 | 'n'<<32 | 'g'<<40 | '"'<<48 | ','<<56
	typeObject = uint64('o') | 'b'<<8 | 'j'<<16 | 'e'<<24 | 'c'<<32 | 't'<<40 | '"'<<48 | ','<<56
	typeArray  = uint64('a') | 'r'<<8 | 'r'<<16 | 'a'<<24 | 'y'<<32 | '"'<<40 | ','<<48 | '\n'<<56
	typeFloat  = uint64('f') | 'l'<<8 | 'o'<<16 | 'a'<<24 | 't'<<32 | '"'<<40 | ','<<48 | '\n'<<56
	typeNull   = uint64('n') | 'u'<<8 | 'l'<<16 | 'l'<<24 | '"'<<32 | ','<<40 | '\n'<<48 | ' '<<56
	typeBool   = uint64('b') | 'o'<<8 | 'o'<<16 | 'l'<<24 | '"'<<32 | ','<<40 | '\n'<<48 | ' '<<56
	typeInt    = uint64('i') | 'n'<<8 | 't'<<16 | '"'<<24 | ','<<32 | '\n'<<40 | ' '<<48 | ' '<<56
)

// usual reads the item behind pos, where the separator from the previous
// item stands. It moves pos only if the item is whole, or to the end of the
// last complete child line if the window is too short for the child list.
func (s *Scanner) usual() verdict {
	b, it, p := s.buf, &s.item, s.pos
	if b[p] == ',' {
		p++
	}
	if !atItem(b, p) {
		return s.giveUp(p)
	}
	p += lenItem
	at := s.base + int64(p) - 1
	if at >= s.stop {
		if p+2 > s.end {
			return s.giveUp(p) // what was compared is not all of the input
		}
		s.nextAt = at
		return beyond
	}
	q := p + s.idLen
	if b[q] != '"' || !plainHex(b, p, q) {
		var has textBits
		if q, has = s.quote(p); q >= s.end || has != 0 || q-p > maxUsualID {
			return s.giveUp(q)
		}
		s.idLen = q - p
	}
	it.Offset = at
	it.ID = b[p:q]
	if p = q; !atType(b, p) {
		return s.giveUp(p)
	}
	p += lenType
	s.odd = false
	switch load(b, p) {
	case typeString, typeObject:
		q = p + 6
		it.Type = b[p:q]
	case typeArray, typeFloat:
		q = p + 5
		it.Type = b[p:q]
	case typeNull, typeBool:
		q = p + 4
		it.Type = b[p:q]
	case typeInt:
		q = p + 3
		it.Type = b[p:q]
	default:
		if it.Type, q = s.text(p); q < 0 {
			return s.giveUp(s.end)
		}
		s.odd = !knownType(it.Type)
	}
	if p = q; !atSize(b, p) {
		return s.giveUp(p)
	}
	p += lenSize
	size, d := uint64(0), p
	for ; p-d < 19 && b[p]-'0' <= 9; p++ {
		size = size*10 + uint64(b[p]-'0')
	}
	if p == d || p-d > 18 {
		return s.giveUp(p)
	}
	it.Size = size
	if it.Fields&(HasSymbol|HasFrame|HasClass|HasHandle) != 0 {
		it.Symbol, it.Frame, it.Class, it.Handle = nil, nil, nil, nil
	}
	it.Fields = HasType | HasSize | HasRoot
	it.IsRoot = false
	it.Alloc, it.Refs = 0, 0
	it.Children, it.NumChildren, it.Extra = it.Children[:0], 0, it.Extra[:0]
	it.More, it.Broken = false, false
	if !atRoot(b, p) {
		if !atSymbol(b, p) {
			return s.giveUp(p)
		}
		if it.Symbol, q = s.text(p + lenSymbol); q < 0 {
			return s.giveUp(s.end)
		}
		it.Fields |= HasSymbol
		if p = q; !atRoot(b, p) {
			return s.giveUp(p)
		}
	}
	p += lenRoot
	switch {
	case atFalse(b, p):
		return s.usualDone(p + lenFalse)
	case atFalseHas(b, p):
		p += lenFalseHas
	case atFrame(b, p):
		if it.Frame, q = s.text(p + lenFrame); q < 0 {
			return s.giveUp(s.end)
		}
		it.IsRoot = true
		it.Fields |= HasFrame
		if p = q; atEnd(b, p) {
			return s.usualDone(p + lenEnd)
		}
		if !atHas(b, p) {
			return s.giveUp(p)
		}
		p += lenHas
	default:
		return s.giveUp(p)
	}
	if atClass(b, p) {
		if it.Class, q = s.class(p + lenClass); q < 0 {
			return s.giveUp(s.end)
		}
		if p = q; !atHandle(b, p) {
			return s.giveUp(p)
		}
		p += lenHandle
		// A handle is a number, and short.
		for q = p; b[q]-'0' <= 9 && q-p < 20; q++ {
		}
		if it.Handle = b[p:q]; b[q] != '"' {
			if it.Handle, q = s.text(p); q < 0 {
				return s.giveUp(s.end)
			}
		}
		it.Fields |= HasClass | HasHandle
		if p = q; !atKids(b, p) {
			return s.giveUp(p)
		}
		p += lenKids
	} else if atKidsOnly(b, p) {
		p += lenKidsOnly
	} else {
		return s.giveUp(p)
	}
	it.Fields |= HasChildren
	if atNoKid(b, p) {
		return s.usualDone(p + lenNoKid)
	}
	s.keys.reset()
	p, v := s.usualChildren(p)
	switch v {
	case whole:
		return s.usualDone(p)
	case short:
		// A list that fills the window is handed over as far as it goes.
		if p-s.pos > s.size/2 && it.NumChildren > 0 {
			s.pos = p
			it.More = true
			return whole
		}
	}
	return v
}

// maxUsualID bounds the guess of an id's length, and with it how far behind
// the window's end a guess can look.
const maxUsualID = 32

// plainHex reports whether the id b[p:q], which must start with 0x, holds
// nothing but what a lower-case hexadecimal number is made of: bytes that have
// bit 5 and one of its neighbours set, which neither quote nor backslash have.
// It speaks for ids of 10 to 18 bytes only.
func plainHex(b []byte, p, q int) bool {
	if q-p < 10 || q-p > 18 {
		return false
	}
	v, w := load(b, p+2), load(b, q-8)
	return v&(v<<1|v>>1)&w&(w<<1|w>>1)&spaces == spaces
}

// usualDone ends an item whose closing brace is the last byte before p.
func (s *Scanner) usualDone(p int) verdict {
	if p > s.end {
		return s.giveUp(p)
	}
	s.pos = p
	return whole
}

// text reads the string whose text starts at p and gives the position of its
// closing quote, or -1 if the window ends first, or the general path is to say
// whether the text is too long.
func (s *Scanner) text(p int) ([]byte, int) {
	q, has := s.quote(p)
	if q >= s.end || s.tooLong(q-p) {
		return nil, -1
	}
	t := s.buf[p:q]
	if has != 0 {
		if has&textEscape != 0 {
			t = s.names.unescape(t, &s.flaws)
		}
		s.flaws.raw(t)
	}
	return t, q
}

// tooLong tells a name that is left to the general path, so that what becomes of
// it does not depend on how much text is held.
func (s *Scanner) tooLong(n int) bool { return n > s.size/2 }

// class reads a class name like text does. Objects of one class come in runs,
// so it looks first whether the previous class stands here again.
func (s *Scanner) class(p int) ([]byte, int) {
	c := &s.lastClass
	if q := p + len(c.raw); q < s.end && s.buf[q] == '"' && string(s.buf[p:q]) == string(c.raw) {
		return c.text, q
	}
	c.raw, c.text = c.raw[:0], nil // what is read now may take their memory
	if q, has := s.quote(p); has&textHigh == 0 && q < s.end && q-p < maxLastClass && !s.tooLong(q-p) {
		if plain, ok := appendPlain(c.plain[:0], s.buf[p:q]); ok {
			c.raw = append(c.raw, s.buf[p:q]...)
			c.plain, c.text = plain, plain
			return c.text, q
		}
	}
	before := s.flaws.any
	s.flaws.any = false
	t, q := s.text(p)
	flawed := s.flaws.any
	s.flaws.any = before || flawed
	if q >= 0 && q-p < maxLastClass && !flawed {
		c.raw = append(c.raw, s.buf[p:q]...)
		c.plain = append(c.plain[:0], t...)
		c.text = c.plain
	}
	return t, q
}

// maxLastClass bounds the names that are looked for at the next object.
const maxLastClass = 1 << 10

// usualChildren reads child lines from p on, the first of them included, up
// to and with the brace that closes the item. It gives the position behind
// that brace, or behind the last complete line if the window is short.
func (s *Scanner) usualChildren(p int) (int, verdict) {
	b, it := s.buf, &s.item
	idLen := s.idLen
	good := p
	for {
		if !atKid(b, p) {
			return good, s.giveUp(p)
		}
		k := p + lenKid
		// Most keys are shorter than a word: property names and indices.
		w := load(b, k)
		mq := zeros(w ^ quotes)
		var q int
		var has textBits
		if mq != 0 && (w&highs|zeros(w^slashes))&(mq-1) == 0 {
			q = k + bits.TrailingZeros64(mq)/8
		} else if q, has = s.quote(k); q >= s.end || s.tooLong(q-k) {
			return good, s.giveUp(s.end)
		}
		if string(b[q+1:q+5]) != ":\"0x" {
			return good, s.giveUp(q)
		}
		v := q + 3
		e := v + idLen
		if b[e] != '"' || !plainHex(b, v, e) {
			var has textBits
			if e, has = s.quote(v); e >= s.end || has != 0 {
				return good, s.giveUp(e)
			}
		}
		p = e + 1
		last := b[p] == '\n'
		if !last && (b[p] != ',' || b[p+1] != '\n') {
			return good, s.giveUp(p)
		}
		if p++; !last {
			p++
		}
		if p > s.end {
			return good, s.giveUp(p)
		}
		if last {
			if !atLast(b, p) {
				return good, s.giveUp(p)
			}
			if p += lenLast; p > s.end {
				return good, s.giveUp(p)
			}
		}
		key := b[k:q]
		if has != 0 {
			if has&textEscape != 0 {
				key = s.names.unescape(key, &s.flaws)
			}
			s.flaws.raw(key)
		}
		if it.NumChildren++; !last || it.NumChildren > 1 {
			// An only child has nothing to be a duplicate of.
			if s.keys.add(key) {
				s.flaws.add(DuplicateKey)
			}
		}
		if s.opt.Children {
			it.Children = append(it.Children, Child{key, b[v:e]})
		}
		if last {
			return p, whole
		}
		good = p
	}
}
