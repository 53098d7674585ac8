package paths

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ExpressionError says where an expression cannot be read.
type ExpressionError struct {
	Text   string
	At     int // byte offset in Text
	Reason string
}

func (e *ExpressionError) Error() string {
	at := "at its end"
	if e.At < len(e.Text) {
		at = fmt.Sprintf(`from %s on (byte %d)`, shortText(e.Text[e.At:], 30), e.At)
	}
	return fmt.Sprintf("cannot read %s %s: %s", shortText(e.Text, 120), at, e.Reason)
}

// step is one step of an expression.
type step struct {
	from, to int // where it stands in the text
	key      string
	object   bool // a property, not an array's key
	doubtful bool // ~>
	value    bool // =>WeakMap: what an object keeps as a key
}

// reader reads an expression from byte at on. Text may be as long as a list,
// so steps are read one by one and not kept.
type reader struct {
	text string
	at   int
}

func (r *reader) blanks() {
	for r.at < len(r.text) && isBlank(r.text[r.at]) {
		r.at++
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// done reports whether nothing but blanks is left.
func (r *reader) done() bool {
	r.blanks()
	return r.at == len(r.text)
}

// accept reads a text if it comes next.
func (r *reader) accept(s string) bool {
	if !strings.HasPrefix(r.text[r.at:], s) {
		return false
	}
	r.at += len(s)
	return true
}

// next gives the next byte without reading it; 0 at the end.
func (r *reader) next() byte {
	if r.at == len(r.text) {
		return 0
	}
	return r.text[r.at]
}

func (r *reader) fail(reason string, args ...any) error {
	return &ExpressionError{r.text, r.at, fmt.Sprintf(reason, args...)}
}

// stepNext reports whether what comes next can only be a step.
func (r *reader) stepNext() bool {
	rest := r.text[r.at:]
	return strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "->") || strings.HasPrefix(rest, "~>") || strings.HasPrefix(rest, "?->") || strings.HasPrefix(rest, "=>")
}

// steps checks that nothing but steps is left.
func (r *reader) steps() error {
	for !r.done() {
		if _, err := r.step(); err != nil {
			return err
		}
	}
	return nil
}

const aPattern = "a pattern names many items; write the key of one instead of *"

// step reads a step. The reader must not be done.
func (r *reader) step() (s step, err error) {
	r.blanks()
	s.from = r.at
	switch {
	case r.accept("~>"):
		s.doubtful = true
		r.blanks()
		s.object = r.next() != '['
	case r.accept("=>"):
		s.value = true
		if r.blanks(); !r.accept("WeakMap") {
			return s, r.fail("behind => stands WeakMap: $key=>WeakMap is the value that $key has in one")
		}
		s.to = r.at
		return s, nil
	case r.accept("->"), r.accept("?->"):
		s.object = true
		r.blanks()
	case r.next() != '[':
		return s, r.fail("a step begins with ->, ~>, => or [")
	}
	if s.object {
		s.key, err = r.property()
	} else {
		s.key, err = r.key()
	}
	s.to = r.at
	return s, err
}

// property reads what stands behind an arrow.
func (r *reader) property() (string, error) {
	switch c := r.next(); {
	case r.at == len(r.text):
		return "", r.fail("the name of a property is missing")
	case c == '*':
		return "", r.fail(aPattern)
	case c == '[':
		return "", r.fail("an array's key stands without ->")
	case c == '{':
		return r.braced()
	}
	name := r.identifier()
	if name == "" {
		return "", r.fail("no name of a property begins like this; others are quoted: ->{\"odd name\"}")
	}
	return name, nil
}

// braced reads a quoted name in braces.
func (r *reader) braced() (string, error) {
	r.at++
	r.blanks()
	if c := r.next(); c != '"' && c != '\'' {
		return "", r.fail("a name in braces is quoted: {\"odd name\"}")
	}
	name, err := r.quoted()
	if r.blanks(); err == nil && !r.accept("}") {
		err = r.fail("a closing } is missing")
	}
	return name, err
}

// key reads an array's key in brackets.
func (r *reader) key() (key string, err error) {
	r.at++
	r.blanks()
	if c := r.next(); c == '"' || c == '\'' {
		key, err = r.quoted()
	} else {
		key, err = r.bareKey()
	}
	if r.blanks(); err == nil && !r.accept("]") {
		err = r.fail("a closing ] is missing")
	}
	return key, err
}

// bareKey reads a number, or a text that can do without quotes.
func (r *reader) bareKey() (string, error) {
	rest := r.text[r.at:]
	end := strings.IndexByte(rest, ']')
	if end < 0 {
		return "", r.fail("a closing ] is missing")
	}
	key := strings.TrimRight(rest[:end], " \t\n\r")
	if _, ok := IntegerKey([]byte(key)); !ok && !IsIdentifier(key) {
		switch key {
		case "":
			return "", r.fail("a key is missing")
		case "*":
			return "", r.fail(aPattern)
		}
		return "", r.fail("this key needs quotes: [%s]", shortText(Quote(key), 60))
	}
	r.at += len(key)
	return key, nil
}

// variable reads a variable's name from its $ on.
func (r *reader) variable() (string, error) {
	r.at++
	if r.next() == '{' {
		return r.braced()
	}
	name := r.identifier()
	if name == "" {
		return "", r.fail("the name of a variable is missing; an odd one is quoted: ${\"odd name\"}")
	}
	return name, nil
}

// identifier reads as much as PHP takes for a name: any byte from 0x80 on may
// be in it, but not blanks or what cannot be seen.
func (r *reader) identifier() string {
	from := r.at
	if r.at < len(r.text) && r.text[r.at] >= '0' && r.text[r.at] <= '9' {
		return ""
	}
	for r.at < len(r.text) {
		c, n := utf8.DecodeRuneInString(r.text[r.at:])
		if !isNameRune(c) {
			break
		}
		r.at += n
	}
	return r.text[from:r.at]
}

// quoted reads a PHP string in either kind of quotes.
func (r *reader) quoted() (string, error) {
	mark, from := r.text[r.at], r.at
	r.at++
	special := string(mark) + `\`
	var b strings.Builder
	for {
		n := strings.IndexAny(r.text[r.at:], special)
		if n < 0 {
			r.at = from
			return "", r.fail("a closing %c is missing", mark)
		}
		plain := r.text[r.at : r.at+n]
		r.at += n
		if r.accept(string(mark)) {
			if b.Len() == 0 {
				return plain, nil // most have nothing to unescape
			}
			b.WriteString(plain)
			return b.String(), nil
		}
		b.WriteString(plain)
		if mark == '"' {
			if err := r.escape(&b); err != nil {
				return "", err
			}
			continue
		}
		r.at++
		if c := r.next(); c == '\'' || c == '\\' {
			b.WriteByte(c)
			r.at++
		} else {
			b.WriteByte('\\')
		}
	}
}

// escapes are those of one letter in double quotes.
var escapes = map[byte]byte{'n': '\n', 'r': '\r', 't': '\t', 'e': 0x1b, 'v': '\v', 'f': '\f', '"': '"', '\\': '\\', '$': '$'}

// escape reads an escape of a double-quoted PHP string. As in PHP, a backslash
// that escapes nothing stands for itself.
func (r *reader) escape(to *strings.Builder) error {
	r.at++
	c := r.next()
	if plain, ok := escapes[c]; ok && r.at < len(r.text) {
		to.WriteByte(plain)
		r.at++
		return nil
	}
	switch {
	case c >= '0' && c <= '7':
		n := r.digits(8, 3)
		v, _ := strconv.ParseUint(n, 8, 16)
		to.WriteByte(byte(v)) // PHP drops what is above a byte
		return nil
	case c == 'x':
		r.at++
		if n := r.digits(16, 2); n != "" {
			v, _ := strconv.ParseUint(n, 16, 8)
			to.WriteByte(byte(v))
			return nil
		}
		r.at--
	case strings.HasPrefix(r.text[r.at:], "u{"):
		return r.codepoint(to)
	}
	to.WriteByte('\\')
	return nil
}

// codepoint reads the rest of \u{…}.
func (r *reader) codepoint(to *strings.Builder) error {
	from := r.at - 1
	r.at += len("u{")
	n := r.digits(16, len(r.text))
	v, err := strconv.ParseUint(n, 16, 32)
	if err != nil || v > utf8.MaxRune || !r.accept("}") {
		r.at = from
		return r.fail(`\u{ is followed by the hexadecimal number of a character, to 10FFFF, and }`)
	}
	if v >= 0xD800 && v < 0xE000 {
		// PHP encodes surrogates, which are no UTF-8, like any other.
		to.Write([]byte{0xE0 | byte(v>>12), 0x80 | byte(v>>6)&0x3F, 0x80 | byte(v)&0x3F})
		return nil
	}
	to.WriteRune(rune(v))
	return nil
}

// digits reads up to most digits of a base.
func (r *reader) digits(base, most int) string {
	from := r.at
	for r.at < len(r.text) && r.at-from < most {
		if _, err := strconv.ParseUint(r.text[r.at:r.at+1], base, 8); err != nil {
			break
		}
		r.at++
	}
	return r.text[from:r.at]
}
