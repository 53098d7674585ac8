package dumpbuild

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Read reads a dump of any layout. Text before and behind it, trailing and
// missing commas, unescaped bytes of any kind and missing braces do not matter.
// Where the text ends too early or makes no sense the error says so, and the
// Dump holds the items that are complete.
func Read(data []byte) (*Dump, error) {
	d := &Dump{}
	start := bytes.IndexByte(data, '{')
	if start < 0 {
		return d, fmt.Errorf("no dump: %w", io.ErrUnexpectedEOF)
	}
	p := &parser{data: data, pos: start}
	err := p.object(func(name string) error {
		switch name {
		case "header":
			v, err := p.value(0)
			if err == nil {
				d.Header = v.Members
				d.HeaderLast = len(d.Items) > 0
			}
			return err
		case "items":
			return p.object(func(id string) error {
				v, err := p.value(0)
				if err == nil {
					d.Items = append(d.Items, Item{ID: id, Fields: v.Members})
				}
				return err
			})
		}
		_, err := p.value(0)
		return err
	})
	return d, err
}

// A parser descends recursively through JSON that need not be quite JSON.
type parser struct {
	data []byte
	pos  int
}

// maxDepth bounds the recursion: no dump nests deeper than three levels.
const maxDepth = 1000

// object reads an object. For each member it reads the name and the colon and
// leaves the value to the caller.
func (p *parser) object(member func(name string) error) error {
	if err := p.expect('{'); err != nil {
		return err
	}
	for {
		c, err := p.peek()
		switch {
		case err != nil:
			return err
		case c == '}':
			p.pos++
			return nil
		case c == ',':
			p.pos++
			continue
		}
		name, err := p.str()
		if err != nil {
			return err
		}
		if err := p.expect(':'); err != nil {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
}

func (p *parser) value(depth int) (Value, error) {
	c, err := p.peek()
	switch {
	case err != nil:
		return Value{}, err
	case depth > maxDepth:
		return Value{}, p.errorf("nested too deeply")
	case c == '"':
		s, err := p.str()
		return Text(s), err
	case c == '{':
		v := Value{Kind: Object}
		err := p.object(func(name string) error {
			member, err := p.value(depth + 1)
			v.Members = append(v.Members, Member{name, member})
			return err
		})
		return v, err
	case c == '[':
		return p.array(depth)
	}
	return p.literal()
}

func (p *parser) array(depth int) (Value, error) {
	v := Value{Kind: Array}
	p.pos++
	for {
		c, err := p.peek()
		switch {
		case err != nil:
			return v, err
		case c == ']':
			p.pos++
			return v, nil
		case c == ',':
			p.pos++
			continue
		}
		element, err := p.value(depth + 1)
		if err != nil {
			return v, err
		}
		v.Members = append(v.Members, Member{Value: element})
	}
}

func (p *parser) literal() (Value, error) {
	end := bytes.IndexAny(p.data[p.pos:], ",:}]{[\" \t\r\n")
	switch {
	case end < 0:
		return Value{}, p.errorf("in a literal: %w", io.ErrUnexpectedEOF)
	case end == 0:
		return Value{}, p.errorf("no value")
	}
	v := Bare(string(p.data[p.pos : p.pos+end]))
	p.pos += end
	return v, nil
}

func (p *parser) str() (string, error) {
	if err := p.expect('"'); err != nil {
		return "", err
	}
	var s []byte
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		p.pos++
		switch c {
		case '"':
			return string(s), nil
		case '\\':
			var err error
			if s, err = p.escape(s); err != nil {
				return "", err
			}
		default:
			s = append(s, c)
		}
	}
	return "", p.errorf("in a string: %w", io.ErrUnexpectedEOF)
}

// escape reads what follows a backslash and appends what it stands for.
func (p *parser) escape(s []byte) ([]byte, error) {
	if p.pos == len(p.data) {
		return s, p.errorf("in a string: %w", io.ErrUnexpectedEOF)
	}
	c := p.data[p.pos]
	p.pos++
	switch c {
	case 'b':
		return append(s, '\b'), nil
	case 'f':
		return append(s, '\f'), nil
	case 'n':
		return append(s, '\n'), nil
	case 'r':
		return append(s, '\r'), nil
	case 't':
		return append(s, '\t'), nil
	case 'u':
		r, ok := p.hex4()
		if !ok {
			return append(s, `\u`...), nil
		}
		if utf16.IsSurrogate(r) && bytes.HasPrefix(p.data[p.pos:], []byte(`\u`)) {
			before := p.pos
			p.pos += 2
			if low, ok := p.hex4(); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
				return utf8.AppendRune(s, utf16.DecodeRune(r, low)), nil
			}
			p.pos = before
		}
		return utf8.AppendRune(s, r), nil
	}
	return append(s, c), nil
}

func (p *parser) hex4() (rune, bool) {
	if len(p.data)-p.pos < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(p.data[p.pos:p.pos+4]), 16, 16)
	if err != nil {
		return 0, false
	}
	p.pos += 4
	return rune(n), true
}

// peek skips white space and returns the byte behind it.
func (p *parser) peek() (byte, error) {
	for p.pos < len(p.data) {
		switch c := p.data[p.pos]; c {
		case ' ', '\t', '\r', '\n':
			p.pos++
		default:
			return c, nil
		}
	}
	return 0, p.errorf("%w", io.ErrUnexpectedEOF)
}

func (p *parser) expect(want byte) error {
	c, err := p.peek()
	if err != nil {
		return err
	}
	if c != want {
		return p.errorf("%q where %q was expected", c, want)
	}
	p.pos++
	return nil
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("byte %d: "+format, append([]any{p.pos}, args...)...)
}
