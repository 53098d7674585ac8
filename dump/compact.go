package dump

// This file scans items in the layout that [Writer] prints, one a line:
//
//	"0x7fef5a65a2c0":{"type":"array","size":"72","alloc":"376","rc":"2","symbol_name":"config","is_root":true,"frame":"<GLOBAL>","class":"Foo","object_handle":"12","children":{"key":"0x7fef5a65ac00"}},
//
// Like the usual layout it has a fixed order, so that only names are searched
// for their ends; what deviates, or does not fit the window, is left to
// general.go.

// compact reads the item behind pos, where the separator from the previous
// item stands. It moves pos only if the item is whole.
func (s *Scanner) compact() verdict {
	b, it, p := s.buf, &s.item, s.pos
	if b[p] == ',' {
		p++
	}
	if string(b[p:p+4]) != "\n\"0x" {
		return s.giveUp(p)
	}
	p += 2
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
	*it = Item{Offset: at, ID: b[p:q], Children: it.Children[:0], Extra: it.Extra[:0]}
	const lenCompactType = len("\":{\"type\":\"")
	if p = q; string(b[p:p+lenCompactType]) != "\":{\"type\":\"" {
		return s.giveUp(p)
	}
	p += lenCompactType
	if it.Type, q = s.text(p); q < 0 {
		return s.giveUp(s.end)
	}
	s.odd = !knownType(it.Type)
	it.Fields = HasType | HasSize | HasRoot
	c := compactItem{s: s, p: q}
	if !c.numbers(it) || !c.root(it) || !c.object(it) {
		return s.giveUp(min(c.p, s.end))
	}
	if !c.children(it) {
		it.Children, it.NumChildren = it.Children[:0], 0
		return s.giveUp(min(c.p, s.end))
	}
	return s.usualDone(c.p)
}

// compactItem reads the fields of an item; p is where the quote stands that
// closed the last of them, or what follows.
type compactItem struct {
	s *Scanner
	p int
}

// skip goes past a text that must stand at p.
func (c *compactItem) skip(text string) bool {
	b := c.s.buf
	if c.p+len(text) > len(b) || string(b[c.p:c.p+len(text)]) != text {
		return false
	}
	c.p += len(text)
	return true
}

// number reads digits up to their quote.
func (c *compactItem) number() (n uint64, ok bool) {
	b, p := c.s.buf, c.p
	for ; p-c.p < 19 && b[p]-'0' <= 9; p++ {
		n = n*10 + uint64(b[p]-'0')
	}
	ok = p > c.p && p-c.p < 19 && b[p] == '"'
	c.p = p
	return n, ok
}

func (c *compactItem) numbers(it *Item) (ok bool) {
	if !c.skip("\",\"size\":\"") {
		return false
	}
	if it.Size, ok = c.number(); !ok {
		return false
	}
	if !c.skip("\",\"alloc\":\"") {
		return true
	}
	it.Fields |= HasAlloc
	if it.Alloc, ok = c.number(); !ok {
		return false
	}
	it.Refs = 1
	if !c.skip("\",\"rc\":\"") {
		return true
	}
	refs, ok := c.number()
	it.Refs = uint32(min(refs, 1<<32-1))
	return ok
}

func (c *compactItem) root(it *Item) bool {
	q := 0
	if c.skip("\",\"symbol_name\":\"") {
		if it.Symbol, q = c.s.text(c.p); q < 0 {
			return c.ended()
		}
		it.Fields |= HasSymbol
		c.p = q
	}
	if !c.skip("\",\"is_root\":") {
		return false
	}
	if c.skip("false") {
		return true
	}
	if !c.skip("true,\"frame\":\"") {
		return false
	}
	if it.Frame, q = c.s.text(c.p); q < 0 {
		return c.ended()
	}
	it.IsRoot = true
	it.Fields |= HasFrame
	c.p = q + 1
	return true
}

func (c *compactItem) object(it *Item) bool {
	if !c.skip(",\"class\":\"") {
		return true
	}
	q := 0
	if it.Class, q = c.s.class(c.p); q < 0 {
		return c.ended()
	}
	c.p = q
	if !c.skip("\",\"object_handle\":\"") {
		return false
	}
	if it.Handle, q = c.s.text(c.p); q < 0 {
		return c.ended()
	}
	c.p = q + 1
	it.Fields |= HasClass | HasHandle
	return true
}

// ended notes that the window ends inside the item.
func (c *compactItem) ended() bool {
	c.p = c.s.end
	return false
}

// children reads the list of children and the brace that closes the item.
func (c *compactItem) children(it *Item) bool {
	if c.skip("}") {
		return true
	}
	if !c.skip(",\"children\":{") {
		return false
	}
	it.Fields |= HasChildren
	if c.skip("}}") {
		return true
	}
	s, b := c.s, c.s.buf
	s.keys.reset()
	for {
		if c.p >= s.end {
			return c.ended()
		}
		if b[c.p] != '"' {
			return false
		}
		k := c.p + 1
		q, has := s.quote(k)
		if q >= s.end {
			return c.ended()
		}
		if string(b[q+1:q+5]) != ":\"0x" {
			c.p = q
			return false
		}
		v := q + 3
		e := v + s.idLen
		if b[e] != '"' || !plainHex(b, v, e) {
			var odd textBits
			if e, odd = s.quote(v); e >= s.end || odd != 0 {
				c.p = e
				return false
			}
		}
		key := b[k:q]
		if has&textEscape != 0 {
			key = s.names.unescape(key, &s.flaws)
		}
		if has != 0 {
			s.flaws.raw(key)
		}
		if it.NumChildren++; b[e+1] == ',' || it.NumChildren > 1 {
			if s.keys.add(key) {
				s.flaws.add(DuplicateKey)
			}
		}
		if s.opt.Children {
			it.Children = append(it.Children, Child{Key: key, ID: b[v:e]})
		}
		c.p = e + 1
		if c.skip(",") {
			continue
		}
		return c.skip("}}")
	}
}
