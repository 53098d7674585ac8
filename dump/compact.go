package dump

import "math/bits"

// This file scans items in the layout that [Writer] prints, one a line:
//
//	"0x7fef5a65a2c0":{"type":"array","size":"72","alloc":"376","rc":"2","symbol_name":"config","is_root":true,"frame":"<GLOBAL>","class":"Foo","object_handle":"12","children":{"key":"0x7fef5a65ac00"}},
//
// Like the usual layout it has a fixed order, so that only names are searched
// for their ends; what deviates, or does not fit the window, is left to
// general.go. Texts are compared in parts of at most 16 bytes, which the
// compiler turns into immediate operands. The window's pad makes them readable
// wherever in the window they are looked for.
const (
	lineItem   = "\n\"0x"
	lineType   = "\":{\"type\":\""
	lineSize   = "\",\"size\":\""
	lineAlloc  = "\",\"alloc\":\""
	lineRefs   = "\",\"rc\":\""
	lineRoot   = "\",\"is_root\":"
	lineFalse  = "false"
	lineTrue   = "true,\"frame\":\""
	lineClass  = ",\"class\":\""
	lineKids   = ",\"children\":{"
	lineSymbol = "\",\"symbol_name\":\""
	lineHandle = "\",\"object_handle\":\""
)

func atLineSymbol(b []byte, p int) bool {
	return string(b[p:p+8]) == lineSymbol[:8] && string(b[p+8:p+len(lineSymbol)]) == lineSymbol[8:]
}

func atLineHandle(b []byte, p int) bool {
	return string(b[p:p+8]) == lineHandle[:8] && string(b[p+8:p+len(lineHandle)]) == lineHandle[8:]
}

// compact reads the item behind pos, where the separator from the previous
// item stands. It moves pos only if the item is whole.
func (s *Scanner) compact() verdict {
	b, it, p := s.buf, &s.item, s.pos
	if b[p] == ',' {
		p++
	}
	if string(b[p:p+len(lineItem)]) != lineItem {
		return s.giveUp(p)
	}
	p += len("\n\"")
	at := s.base + int64(p) - 1
	if at >= s.stop {
		if p+2 > s.end {
			return s.giveUp(p)
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
	it.Offset, it.ID = at, b[p:q]
	if p = q; string(b[p:p+len(lineType)]) != lineType {
		return s.giveUp(p)
	}
	p += len(lineType)
	if it.Type, q = s.lineTypeName(p); q < 0 {
		return s.giveUp(s.end)
	}
	if it.Fields&(HasSymbol|HasFrame|HasClass|HasHandle) != 0 {
		it.Symbol, it.Frame, it.Class, it.Handle = nil, nil, nil, nil
	}
	it.Fields = HasType | HasSize | HasRoot
	it.IsRoot = false
	it.Alloc, it.Refs = 0, 0
	it.Children, it.NumChildren, it.Extra = it.Children[:0], 0, it.Extra[:0]
	it.More, it.Broken = false, false
	p, ok := s.lineFields(q)
	if ok {
		p, ok = s.lineChildren(p)
	}
	if !ok {
		it.Children, it.NumChildren = it.Children[:0], 0
		return s.giveUp(min(p, s.end))
	}
	return s.usualDone(p)
}

// The types, each with its quote and what fills a word behind it.
const (
	lineString = uint64('s') | 't'<<8 | 'r'<<16 | 'i'<<24 | 'n'<<32 | 'g'<<40 | '"'<<48 | ','<<56
	lineObject = uint64('o') | 'b'<<8 | 'j'<<16 | 'e'<<24 | 'c'<<32 | 't'<<40 | '"'<<48 | ','<<56
	lineArray  = uint64('a') | 'r'<<8 | 'r'<<16 | 'a'<<24 | 'y'<<32 | '"'<<40 | ','<<48 | '"'<<56
	lineFloat  = uint64('f') | 'l'<<8 | 'o'<<16 | 'a'<<24 | 't'<<32 | '"'<<40 | ','<<48 | '"'<<56
	lineNull   = uint64('n') | 'u'<<8 | 'l'<<16 | 'l'<<24 | '"'<<32 | ','<<40 | '"'<<48 | 's'<<56
	lineBool   = uint64('b') | 'o'<<8 | 'o'<<16 | 'l'<<24 | '"'<<32 | ','<<40 | '"'<<48 | 's'<<56
	lineInt    = uint64('i') | 'n'<<8 | 't'<<16 | '"'<<24 | ','<<32 | '"'<<40 | 's'<<48 | 'i'<<56
)

// lineTypeName reads the type at p, as text does.
func (s *Scanner) lineTypeName(p int) ([]byte, int) {
	n := 0
	switch load(s.buf, p) {
	case lineString, lineObject:
		n = 6
	case lineArray, lineFloat:
		n = 5
	case lineNull, lineBool:
		n = 4
	case lineInt:
		n = 3
	default:
		t, q := s.text(p)
		s.odd = !knownType(t)
		return t, q
	}
	s.odd = false
	return s.buf[p : p+n], p + n
}

// lineNumber reads digits up to their quote, whose position it gives, or -1.
func lineNumber(b []byte, p int) (n uint64, q int) {
	for q = p; q-p < 19 && b[q]-'0' <= 9; q++ {
		n = n*10 + uint64(b[q]-'0')
	}
	if q == p || q-p == 19 || b[q] != '"' {
		return n, -1
	}
	return n, q
}

// lineFields reads the fields from the size on up to the children, p being
// where the type's quote stands. It gives the position behind, or the one that
// it came to where something else stands, or the window ends.
func (s *Scanner) lineFields(p int) (int, bool) {
	b, it, q := s.buf, &s.item, 0
	if string(b[p:p+len(lineSize)]) != lineSize {
		return p, false
	}
	if it.Size, q = lineNumber(b, p+len(lineSize)); q < 0 {
		return p, false
	}
	if p = q; string(b[p:p+len(lineAlloc)]) == lineAlloc {
		it.Fields |= HasAlloc
		if it.Alloc, q = lineNumber(b, p+len(lineAlloc)); q < 0 {
			return p, false
		}
		it.Refs = 1
		if p = q; string(b[p:p+len(lineRefs)]) == lineRefs {
			refs, q := lineNumber(b, p+len(lineRefs))
			if q < 0 {
				return p, false
			}
			p, it.Refs = q, uint32(min(refs, 1<<32-1))
		}
	}
	if atLineSymbol(b, p) {
		if it.Symbol, q = s.text(p + len(lineSymbol)); q < 0 {
			return s.end, false
		}
		p = q
		it.Fields |= HasSymbol
	}
	if string(b[p:p+len(lineRoot)]) != lineRoot {
		return p, false
	}
	switch p += len(lineRoot); {
	case string(b[p:p+len(lineFalse)]) == lineFalse:
		p += len(lineFalse)
	case string(b[p:p+len(lineTrue)]) == lineTrue:
		if it.Frame, q = s.text(p + len(lineTrue)); q < 0 {
			return s.end, false
		}
		it.IsRoot = true
		it.Fields |= HasFrame
		p = q + 1
	default:
		return p, false
	}
	if string(b[p:p+len(lineClass)]) != lineClass {
		return p, true
	}
	return s.lineObject(p + len(lineClass))
}

// lineObject reads what only an object has, from the text of its class on.
func (s *Scanner) lineObject(p int) (int, bool) {
	b, it, q := s.buf, &s.item, 0
	if it.Class, q = s.class(p); q < 0 {
		return s.end, false
	}
	if p = q; !atLineHandle(b, p) {
		return p, false
	}
	p += len(lineHandle)
	// A handle is a number, and short.
	for q = p; b[q]-'0' <= 9 && q-p < 20; q++ {
	}
	if it.Handle = b[p:q]; b[q] != '"' {
		if it.Handle, q = s.text(p); q < 0 {
			return s.end, false
		}
	}
	it.Fields |= HasClass | HasHandle
	return q + 1, true
}

// lineChildren reads the list of children, if there is one, and the brace that
// closes the item. What it gives is as in lineFields.
func (s *Scanner) lineChildren(p int) (int, bool) {
	b, it := s.buf, &s.item
	if b[p] == '}' {
		return p + 1, true
	}
	if string(b[p:p+len(lineKids)]) != lineKids {
		return p, false
	}
	p += len(lineKids)
	it.Fields |= HasChildren
	if b[p] == '}' {
		return p + 2, b[p+1] == '}'
	}
	s.keys.reset()
	idLen := s.idLen
	for {
		if p >= s.end {
			return s.end, false
		}
		if b[p] != '"' {
			return p, false
		}
		k := p + 1
		// Most keys are shorter than a word: property names and indices.
		w := load(b, k)
		mq := zeros(w ^ quotes)
		var q int
		var has textBits
		if mq != 0 && (w&highs|zeros(w^slashes))&(mq-1) == 0 {
			q = k + bits.TrailingZeros64(mq)/8
		} else if q, has = s.quote(k); q >= s.end || s.tooLong(q-k) {
			return s.end, false
		}
		if string(b[q+1:q+5]) != ":\"0x" {
			return q, false
		}
		v := q + 3
		e := v + idLen
		if b[e] != '"' || !plainHex(b, v, e) {
			var odd textBits
			if e, odd = s.quote(v); e >= s.end || odd != 0 {
				return e, false
			}
		}
		key := b[k:q]
		if has != 0 {
			if has&textEscape != 0 {
				key = s.names.unescape(key, &s.flaws)
			}
			s.flaws.raw(key)
		}
		p = e + 1
		last := b[p] != ','
		if it.NumChildren++; !last || it.NumChildren > 1 {
			// An only child has nothing to be a duplicate of.
			if s.keys.add(key) {
				s.flaws.add(DuplicateKey)
			}
		}
		if s.opt.Children {
			it.Children = append(it.Children, Child{Key: key, ID: b[v:e]})
		}
		if last {
			return p + 2, b[p] == '}' && b[p+1] == '}'
		}
		p++
	}
}
