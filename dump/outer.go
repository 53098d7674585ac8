package dump

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/bytedance/sonic"
)

// This file reads what surrounds the items.

const (
	maxLeading = 1 << 20  // text searched for the start of the dump
	maxHeader  = 64 << 10 // text of a header
)

// start goes to the first field of the outermost object, past whatever PHP
// printed before the dump.
func (s *Scanner) start() {
	s.more(4 << 10)
	b := s.buf[s.pos:s.end]
	i := outermost(b)
	if i < 0 && len(bytes.TrimSpace(b)) > 0 {
		s.more(maxLeading)
		b = s.buf[s.pos:s.end]
		i = outermost(b)
	}
	if i < 0 {
		if s.window.err != nil && s.rest() == 0 {
			s.err = s.window.err
		} else {
			s.err = &FormatError{Found: describe(b, s.eof)}
		}
		s.state = done
		return
	}
	if lead := bytes.TrimPrefix(b[:i], []byte("\ufeff")); len(bytes.TrimSpace(lead)) > 0 {
		s.info.Defects.add(LeadingText, 1, s.offset())
	}
	s.pos += i + 1
	s.state = amongTop
}

// outermost finds the brace that opens the dump: one that a field of a dump
// follows, else the first that any field follows, else -1.
func outermost(b []byte) int {
	first := -1
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], '{')
		if n < 0 {
			return first
		}
		i += n
		rest := bytes.TrimLeft(b[i+1:], " \t\r\n")
		if beginsLike(rest, `"header"`) || beginsLike(rest, `"items"`) {
			return i
		}
		lone := len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
		if lone && first < 0 && len(bytes.TrimSpace(b[:i])) == 0 {
			first = i
		}
	}
}

// beginsLike reports whether b begins with name, or is a beginning of it.
func beginsLike(b []byte, name string) bool {
	return bytes.HasPrefix(b, []byte(name)) || len(b) < len(name) && strings.HasPrefix(name, string(b))
}

// top reads one field of the outermost object.
func (s *Scanner) top() {
	c, ok := s.separators()
	switch {
	case !ok:
		s.endOfTop()
		return
	case c == '}':
		s.pos++
		s.state = behind
		return
	case c != '"':
		if s.closed {
			s.state = behind
		} else {
			s.wrong("text where a field of the dump should start")
		}
		return
	}
	if s.closed && s.itemAhead() {
		s.state = amongItems
		return
	}
	name, ok := s.topName()
	if !ok {
		s.endOfTop()
		return
	}
	if c, ok = s.space(); ok && c == ':' {
		s.pos++
		c, ok = s.space()
	} else if ok {
		s.wrong("a JSON string that no value follows")
		return
	}
	if !ok {
		s.endOfTop()
		return
	}
	switch {
	case name == "items" && c == '{':
		s.pos++
		s.state = amongItems
	case name == "items" && c == '[':
		s.pos++
		if c, ok = s.space(); !ok {
			s.endOfTop()
			return
		}
		if c != ']' {
			s.wrong(`a JSON object whose "items" is a list, not an object keyed by address`)
			return
		}
		s.pos++ // json_encode prints an empty PHP array as a list
		s.closed = true
	default:
		text, ok := s.skipValue(name == "header")
		if !ok {
			s.endOfTop()
			return
		}
		if name == "header" {
			s.info.Header = parseHeader(text)
		} else if len(s.topNames) < 5 {
			s.topNames = append(s.topNames, strconv.Quote(name))
		}
	}
}

// endOfTop acts on an input that ends inside the outermost object's fields.
func (s *Scanner) endOfTop() {
	s.pos = s.end
	switch {
	case s.closed:
		s.info.Defects.add(MissingBrace, 1, s.offset())
		s.finish(true)
	case s.info.Header == nil && len(s.topNames) > 0:
		s.wrong(s.foreign())
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

// topName reads the name of a field of the outermost object.
func (s *Scanner) topName() (string, bool) {
	for n := 1; ; n++ {
		c, ok := s.peek(n)
		if !ok || n > maxID {
			return "", false
		}
		if c == '\\' {
			n++
			continue
		}
		if c == '"' {
			name := string(s.buf[s.pos+1 : s.pos+n])
			s.pos += n + 1
			return name, true
		}
	}
}

// skipValue reads over a value of any size and depth. It gives its text if
// that is wanted and bounded.
func (s *Scanner) skipValue(want bool) (text []byte, ok bool) {
	depth, inStr := 0, false
	for {
		if s.rest() == 0 && !s.fill() {
			return text, false
		}
		c := s.buf[s.pos]
		if !inStr && depth == 0 && (c == ',' || c == '}' || c == ']') {
			return text, true
		}
		s.pos++
		if want && len(text) < maxHeader {
			text = append(text, c)
		}
		if inStr {
			switch c {
			case '\\':
				if e, ok := s.peek(0); ok {
					s.pos++
					if want && len(text) < maxHeader {
						text = append(text, e)
					}
				}
			case '"':
				inStr = false
			}
			continue
		}
		switch c {
		case '"':
			inStr = true
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return text, true
			}
		}
	}
}

// after reads what stands behind the outermost object.
func (s *Scanner) after() {
	c, ok := s.separators()
	switch {
	case !ok:
	case c == '}':
		s.info.Defects.add(ExtraBrace, 1, s.offset())
		s.pos++
		return
	case s.closed && s.itemAhead():
		s.state = amongItems
		return
	default:
		s.info.Defects.add(TrailingText, 1, s.offset())
	}
	if !s.closed {
		s.wrong(s.foreign())
		return
	}
	s.finish(true)
}

// wrong ends the scan of an input that is no dump.
func (s *Scanner) wrong(found string) {
	s.err = &FormatError{Offset: s.offset(), Found: found}
	s.state = done
}

// parseHeader reads the header's numbers, which may be strings. A header
// that is no object of numbers is none.
func parseHeader(text []byte) *Header {
	var fields map[string]any
	dec := sonic.ConfigDefault.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if dec.Decode(&fields) != nil {
		return nil
	}
	number := func(name string) uint64 {
		switch v := fields[name].(type) {
		case json.Number:
			n, _ := strconv.ParseUint(v.String(), 10, 64)
			return n
		case string:
			n, _ := strconv.ParseUint(v, 10, 64)
			return n
		}
		return 0
	}
	return &Header{
		MemoryUsage:         number("memory_usage"),
		MemoryUsageReal:     number("memory_usage_real"),
		PeakMemoryUsage:     number("peak_memory_usage"),
		PeakMemoryUsageReal: number("peak_memory_usage_real"),
	}
}
