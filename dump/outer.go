package dump

import (
	"bytes"
	"strconv"
	"strings"

	"memtrail/internal/json"
)

// This file reads what surrounds the items.

const (
	maxLeading = 1 << 20  // text searched for the start of the dump
	maxHeader  = 64 << 10 // text of a header
	maxTopName = 64       // name beside header and items, as shown in errors
)

// start goes to the first field of the outermost object, past whatever PHP
// printed before the dump.
func (s *Scanner) start() {
	s.state = done
	s.space()
	s.more(4)
	if bytes.HasPrefix(s.buf[s.pos:s.end], []byte("\ufeff")) {
		s.pos += len("\ufeff")
		s.space()
	}
	s.more(min(4<<10, s.size))
	i := outermost(s.buf[s.pos:s.end], s.eof)
	if i < 0 && s.rest() > 0 {
		s.more(maxLeading)
		i = outermost(s.buf[s.pos:s.end], s.eof)
	}
	b := s.buf[s.pos:s.end]
	switch {
	case i >= 0:
		switch before := b[:i]; {
		case findRemains(before) >= 0: // of another dump, or of this one's start
			s.info.Defects.add(BadHead, 1, s.offset())
		case i > 0:
			s.info.Defects.add(LeadingText, 1, s.offset())
		}
		s.info.Closed = bytes.HasPrefix(b[i:], []byte(closedHead))
		s.pos += i + 1
		s.state = amongTop
	case findItem(b, 0) >= 0:
		s.info.Defects.add(BadHead, 1, s.offset())
		s.from = 0
		s.state = lost
	case s.window.err != nil:
		s.err = s.window.err
	case len(b) == 0 && s.offset() > 0:
		s.err = &FormatError{Found: "the input holds nothing but blanks"}
	default:
		s.err = &FormatError{Found: describe(b)}
	}
}

// outermost finds the brace that opens the dump: one that a field of a dump
// follows, else the first that any field follows, else -1. Nothing follows b
// if it is all.
func outermost(b []byte, all bool) int {
	first := -1
	if len(b) > 0 && b[0] == '{' {
		if rest := bytes.TrimLeft(b[1:], blanks); len(rest) > 0 && (rest[0] == '"' || rest[0] == '}') {
			first = 0
		}
	}
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], '{')
		if n < 0 {
			return first
		}
		i += n
		rest := bytes.TrimLeft(b[i+1:], blanks)
		for _, name := range []string{`"header"`, `"items"`} {
			if bytes.HasPrefix(rest, []byte(name)) || all && strings.HasPrefix(name, string(rest[:min(len(rest), len(name))])) {
				return i
			}
		}
		i = len(b) - len(rest) - 1
	}
}

// closedHead is how dumps start of which Info.Closed is true.
const closedHead = "{\n  \"header\" : {\n"

// blanks are what JSON allows between any two things.
const blanks = " \t\r\n"

// top reads one field of the outermost object.
func (s *Scanner) top() {
	c, comma, ok := s.separators()
	at := s.offset()
	switch {
	case !ok:
		s.endOfTop()
		return
	case c == '}':
		if comma >= 0 {
			s.info.Defects.add(TrailingComma, 1, comma)
		}
		s.pos++
		s.state = behind
		return
	case c != '"':
		s.stray(at, "text where a field of the dump should start")
		return
	case s.itemAhead(0):
		if s.closed {
			s.reopen(1)
		} else {
			s.info.Defects.add(BadHead, 1, at)
			s.state = amongItems
		}
		return
	}
	name, ok := s.topName()
	if ok {
		c, ok = s.space()
	}
	if ok && c != ':' {
		s.stray(at, "a JSON string that no value follows")
		return
	}
	if ok {
		s.pos++
		c, ok = s.space()
	}
	if !ok {
		s.endOfTop()
		return
	}
	switch {
	case name == "items" && c == '{':
		s.pos++
		s.state = amongItems
	case name == "items" && c == '[' && !s.closed:
		s.pos++
		if c, ok = s.space(); !ok {
			s.endOfTop()
			return
		}
		if c != ']' {
			s.stray(at, `a JSON object whose "items" is a list, not an object keyed by address`)
			return
		}
		s.pos++ // json_encode prints an empty PHP array as a list
		s.closed = true
	case name == "header" && c == '{':
		s.header(at)
	case c == '{' && s.ahead(headerText):
		// The header, but its name is damaged.
		s.info.Defects.add(BadHead, 1, at)
		s.header(at)
	case c == '{' && s.closed && s.ahead(itemText):
		// An item, but its id is none that would reopen the list.
		s.info.Defects.add(ItemsBehind, 1, at)
		s.skipValue(at)
	case name == "capture" && c == '{':
		s.capture(at)
	case c == '{' && !s.closed && s.itemAhead(1):
		// The items, but their name is damaged.
		s.info.Defects.add(BadHead, 1, at)
		s.pos++
		s.state = amongItems
	default:
		if !s.skipValue(at) {
			return
		}
		switch {
		case s.closed:
		case name == "items":
			s.stray(at, `a JSON object whose "items" is no object`)
		case name == "header":
			s.info.Defects.add(BadHead, 1, at)
		case len(s.topNames) < 5:
			s.topNames = append(s.topNames, strconv.Quote(name))
		}
	}
}

// header reads the dump's header, whose name stands at an offset and whose
// brace at pos.
func (s *Scanner) header(at int64) {
	n := min(maxHeader, s.size)
	s.more(n)
	b := s.buf[s.pos:s.end]
	b = b[:min(len(b), n)]
	var flaws itemFlaws
	s.frame.reset()
	if s.frame.run(b, true, &flaws) == frameEnd {
		h, whole := parseHeader(s.frame.apply(nil, b, s.frame.i))
		if !whole {
			s.info.Defects.add(BadHead, 1, at)
		}
		if h != nil {
			s.info.Header = h
		}
		s.info.Defects.addAll(&flaws, at)
		s.pos += s.frame.i
		return
	}
	// Damaged, or larger than it can be.
	if findItem(b, 0) >= 0 {
		s.info.Defects.add(BadHead, 1, at)
		s.from = 0
		s.state = lost
	} else {
		s.skipValue(at)
	}
}

// maxCapture bounds the text of the facts of a capture: a heap of a terabyte
// has half a million chunks.
const maxCapture = 256 << 20

// capture reads the facts of a capture, whose name stands at an offset and
// whose brace at pos.
func (s *Scanner) capture(at int64) {
	depth, inStr := 0, false
	for i := 0; i < maxCapture; i++ {
		if i >= s.rest() && !s.more(i+1) {
			s.endOfTop()
			return
		}
		switch c := s.buf[s.pos+i]; {
		case inStr && c == '\\':
			i++
		case c == '"':
			inStr = !inStr
		case inStr:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				var c Capture
				if json.Decode(s.buf[s.pos:s.pos+i+1], &c) != nil {
					s.info.Defects.add(BadHead, 1, at)
				} else {
					s.info.Capture = &c
				}
				s.pos += i + 1
				return
			}
		}
	}
	s.info.Defects.add(BadHead, 1, at)
	s.skipValue(at)
}

// endOfTop acts on an input that ends inside the outermost object's fields.
func (s *Scanner) endOfTop() {
	s.pos = s.end
	switch {
	case s.closed:
		s.info.Defects.add(MissingBrace, 1, s.offset())
		s.finish(true, s.offset())
	case s.info.Header == nil && len(s.topNames) > 0:
		s.wrong(s.offset(), s.foreign())
	default:
		s.truncated()
	}
}

// foreign names a JSON object that is no dump.
func (s *Scanner) foreign() string {
	found := "a JSON object without \"items\""
	if len(s.topNames) > 0 {
		found += " (it has " + strings.Join(s.topNames, ", ") + ")"
	}
	return found
}

// topName reads the name of a field of the outermost object, or as much of it
// as could matter.
func (s *Scanner) topName() (string, bool) {
	var name []byte
	s.pos++
	for escaped := false; ; {
		if s.rest() == 0 && !s.fill() {
			return "", false
		}
		c := s.buf[s.pos]
		s.pos++
		switch {
		case escaped:
			escaped = false
		case c == '"':
			return string(name), true
		case c == '\\':
			escaped = true
		}
		if len(name) < maxTopName {
			name = append(name, c)
		}
	}
}

// skipValue reads over the value, of any size and depth, of the field at an
// offset. It acts on an input that ends before the value does, or goes astray
// in it, and then reports false.
func (s *Scanner) skipValue(at int64) bool {
	depth, inStr, begun := 0, false, false
	for {
		if s.rest() == 0 && !s.fill() {
			s.endOfTop()
			return false
		}
		c := s.buf[s.pos]
		if !inStr && depth == 0 && (c == ',' || c == '}' || c == ']') {
			return true
		}
		s.pos++
		if inStr {
			switch c {
			case '\\':
				if _, ok := s.peek(0); ok {
					s.pos++
				}
			case '"':
				inStr = false
			}
			continue
		}
		kind := classes[c]
		if kind == foreign || kind == mark && depth == 0 && (c == ':' || begun) {
			s.stray(at, "text that is no JSON value")
			return false
		}
		begun = begun || kind != blank
		switch c {
		case '"':
			inStr = true
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return true
			}
		}
	}
}

// after reads what stands behind the outermost object.
func (s *Scanner) after() {
	c, _, ok := s.separators()
	switch {
	case ok && c == '}':
		s.info.Defects.add(ExtraBrace, 1, s.offset())
		s.pos++
	case s.closed && ok && s.itemAhead(0):
		s.reopen(2)
	case !s.closed:
		s.stray(s.offset(), s.foreign())
	case ok:
		s.trail(s.offset())
	default:
		s.finish(true, s.offset())
	}
}

// trail reads the text behind a dump that ends at an offset. It may be what a
// program prints after its dump; but what looks like items shows that the end
// is none: a stray brace, or another dump in the same file.
func (s *Scanner) trail(at int64) {
	s.info.Defects.add(TrailingText, 1, at)
	found := false
	for {
		if b := s.buf[s.pos:s.end]; !found {
			if i := findRemains(b); i >= 0 {
				s.info.Defects.add(ItemsBehind, 1, s.offset()+int64(i))
				found = true
			}
		}
		// What is looked for may lie across the window's end.
		s.pos = max(s.pos, s.end-reach)
		if !s.fill() {
			break
		}
	}
	s.pos = s.end
	s.finish(true, at)
}

// stray acts on something at an offset that has no place in the outermost
// object: text behind the dump, or a damaged head of it, or no dump at all.
func (s *Scanner) stray(at int64, found string) {
	n := min(maxHeader, s.size)
	s.more(n)
	b := s.buf[s.pos:s.end]
	near := findItem(b[:min(len(b), n)], 0) >= 0
	s.from = 0
	switch {
	case near && !s.closed:
		s.info.Defects.add(BadHead, 1, at)
		s.state = lost
	case near && b[0] != '{': // which would be another dump
		s.info.Defects.add(MalformedItem, 1, at)
		s.reopen(1)
		s.state = lost
	case s.closed:
		s.trail(at)
	default:
		s.wrong(at, found)
	}
}

// wrong ends the scan of an input that is no dump.
func (s *Scanner) wrong(at int64, found string) {
	s.err = &FormatError{Offset: at, Found: found}
	if s.window.err != nil {
		s.err = s.window.err
	}
	s.state = done
}

// parseHeader reads the header's numbers, which may be strings; nil if it has
// none of them. It is whole if it says how much memory was in use, and if
// nothing but a number stands where one belongs.
func parseHeader(text []byte) (h *Header, whole bool) {
	var fields map[string]any
	if json.DecodeFirst(text, &fields) != nil {
		return nil, false
	}
	h, whole = &Header{}, fields["memory_usage"] != nil
	found := false
	for name, to := range map[string]*uint64{
		"memory_usage": &h.MemoryUsage, "memory_usage_real": &h.MemoryUsageReal,
		"peak_memory_usage": &h.PeakMemoryUsage, "peak_memory_usage_real": &h.PeakMemoryUsageReal,
	} {
		var digits string
		switch v := fields[name].(type) {
		case nil:
			continue
		case json.Number:
			digits = v.String()
		case string:
			digits = v
		}
		n, err := strconv.ParseUint(digits, 10, 64)
		*to = n
		found = found || err == nil
		whole = whole && err == nil
	}
	if !found {
		return nil, false
	}
	return h, whole
}
