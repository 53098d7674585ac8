package dumpbuild

import (
	"bytes"
	"slices"
	"strings"
)

// A Style is the white space and the punctuation of a printed dump.
type Style struct {
	// Newline is "\n", "\r\n", or "" to print everything in one line.
	Newline string
	// Indent is the indentation of one level.
	Indent string
	// Colon stands between a name and its value.
	Colon string
	// CommaFirst puts commas at the start of the next line.
	CommaFirst bool
	// TrailingComma puts a comma behind the last member too.
	TrailingComma bool
}

// Print prints the dump as the style has it. Equal dumps and styles give equal
// bytes. Strings are escaped as php-meminfo escapes them.
func (d *Dump) Print(s Style) []byte {
	items := Value{Kind: Object}
	for _, it := range d.Items {
		items.Members = append(items.Members, Member{it.ID, Value{Kind: Object, Members: it.Fields}})
	}
	top := []Member{{"items", items}}
	if d.Header != nil {
		header := Member{"header", Value{Kind: Object, Members: d.Header}}
		if d.HeaderLast {
			top = append(top, header)
		} else {
			top = slices.Insert(top, 0, header)
		}
	}
	p := &printer{style: s}
	p.value(Value{Kind: Object, Members: top}, 0)
	return append(p.buf, s.Newline...)
}

type printer struct {
	style Style
	buf   []byte
}

func (p *printer) value(v Value, depth int) {
	switch v.Kind {
	case String:
		p.quoted(v.Text)
	case Literal:
		p.buf = append(p.buf, v.Text...)
	case Object:
		p.members('{', v.Members, '}', depth)
	case Array:
		p.members('[', v.Members, ']', depth)
	}
}

func (p *printer) members(opening byte, members []Member, closing byte, depth int) {
	p.buf = append(p.buf, opening)
	for i, m := range members {
		if i > 0 && !p.style.CommaFirst {
			p.buf = append(p.buf, ',')
		}
		p.line(depth + 1)
		if i > 0 && p.style.CommaFirst {
			p.buf = append(p.buf, ", "...)
		}
		if opening == '{' {
			p.quoted(m.Name)
			p.buf = append(p.buf, p.style.Colon...)
		}
		p.value(m.Value, depth+1)
	}
	if len(members) > 0 {
		if p.style.TrailingComma {
			p.buf = append(p.buf, ',')
		}
		p.line(depth)
	}
	p.buf = append(p.buf, closing)
}

func (p *printer) line(depth int) {
	p.buf = append(p.buf, p.style.Newline...)
	p.buf = append(p.buf, strings.Repeat(p.style.Indent, depth)...)
}

func (p *printer) quoted(s string) {
	p.buf = append(p.buf, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' || c == '"':
			p.buf = append(p.buf, '\\', c)
		case c < 0x20:
			const hex = "0123456789abcdef"
			p.buf = append(p.buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			p.buf = append(p.buf, c)
		}
	}
	p.buf = append(p.buf, '"')
}

// PrintUsual prints the dump as php-meminfo 1.1 does, to the byte: one field a
// line, an item's comma alone before its class or children, empty lines behind
// the fields of a scalar.
func (d *Dump) PrintUsual() []byte {
	p := &printer{style: Style{Colon: ":"}}
	p.buf = append(p.buf, "{\n"...)
	if d.Header != nil && !d.HeaderLast {
		p.usualHeader(d.Header)
		p.buf = append(p.buf, ",\n"...)
	}
	p.buf = append(p.buf, "  \"items\": {\n"...)
	for i, it := range d.Items {
		if i > 0 {
			p.buf = append(p.buf, ",\n"...)
		}
		p.usualItem(it)
	}
	p.buf = append(p.buf, "\n}"...)
	if d.Header != nil && d.HeaderLast {
		p.buf = append(p.buf, ",\n"...)
		p.usualHeader(d.Header)
	}
	return append(p.buf, "\n}\n"...)
}

func (p *printer) usualHeader(header []Member) {
	p.buf = append(p.buf, "  \"header\" : {\n"...)
	for i, m := range header {
		if i > 0 {
			p.buf = append(p.buf, ",\n"...)
		}
		p.field("    ", m)
	}
	p.buf = append(p.buf, "\n  }"...)
}

func (p *printer) usualItem(it Item) {
	p.buf = append(p.buf, "    "...)
	p.quoted(it.ID)
	p.buf = append(p.buf, " : {\n"...)
	scalar, childless := true, true
	for i, m := range it.Fields {
		late := m.Name == "class" || m.Name == "object_handle" || m.Name == "children"
		if i > 0 {
			if late && scalar {
				p.buf = append(p.buf, '\n')
			}
			p.buf = append(p.buf, ",\n"...)
		}
		scalar = scalar && !late
		childless = childless && m.Name != "children"
		p.field("        ", m)
	}
	switch {
	case scalar:
		p.buf = append(p.buf, '\n')
	case childless:
		// An object whose properties cannot be had: php-meminfo has its comma
		// out before it finds that there are no children.
		p.buf = append(p.buf, ',')
	}
	p.buf = append(p.buf, "\n\n    }"...)
}

func (p *printer) field(indent string, m Member) {
	p.buf = append(p.buf, indent...)
	p.quoted(m.Name)
	p.buf = append(p.buf, " : "...)
	if m.Name != "children" || m.Value.Kind != Object {
		p.value(m.Value, 0)
		return
	}
	p.buf = append(p.buf, "{\n"...)
	for i, c := range m.Value.Members {
		if i > 0 {
			p.buf = append(p.buf, ",\n"...)
		}
		p.buf = append(p.buf, indent+"    "...)
		p.quoted(c.Name)
		p.buf = append(p.buf, ':')
		p.value(c.Value, 0)
	}
	p.buf = append(p.buf, "\n"+indent+"}"...)
}

// crlf ends lines with both characters. Inside strings line feeds are escaped.
func crlf(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")) }
