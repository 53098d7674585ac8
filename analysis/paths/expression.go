package paths

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"memtrail/graph"
	"memtrail/internal/escape"
)

// Expressions are paths in PHP's notation:
//
//	$userService->cache->cache[501]
//	Registry::$loaded["Invoice"][3]
//	serve() $server->pool->active["s1"]
//
// An edge that address reuse made up is written ~> instead of -> or before a
// bracket. An object that is the key of a WeakMap keeps the value alive:
// $user=>WeakMap is that value, and $map[3] the value of an entry that the map
// itself keeps. Expressions are valid UTF-8 and have no control characters:
// other bytes are escaped as in a PHP string. [Locate] reads them.

// StaticFrame is the frame of class statics in a dump.
const StaticFrame = "<CLASS_STATIC_MEMBER>"

// rootName is how a root is called: a variable of a frame, a static of a
// class, or a frame itself if the dump names no variable.
type rootName struct {
	scope    string // frame or class; "" for globals
	name     string // without the $
	static   bool
	variable bool
}

func nameOfRoot(frame, symbol string) rootName {
	if words, ok := rootWords(frame, symbol); ok {
		return rootName{scope: words}
	}
	return rawNameOfRoot(frame, symbol)
}

// rawNameOfRoot is nameOfRoot without the words of [rootWords].
func rawNameOfRoot(frame, symbol string) rootName {
	switch {
	case symbol == "":
		return rootName{scope: frame}
	case frame == "<GLOBAL>" || frame == "":
		frame = ""
	case frame == StaticFrame:
		i := strings.LastIndex(symbol, "::")
		if i < 0 {
			frame = ""
			break
		}
		return rootName{scope: symbol[:i], name: strings.TrimPrefix(symbol[i+2:], "$"), static: true, variable: true}
	}
	return rootName{scope: frame, name: strings.TrimPrefix(symbol, "$"), variable: true}
}

// String writes a root as PHP would name it.
func (r rootName) String() string {
	switch {
	case !r.variable && r.scope == "":
		return "(root)"
	case !r.variable:
		return PlainText(r.scope)
	case r.static:
		return PlainText(r.scope) + "::" + variable(r.name)
	case r.scope == "":
		return variable(r.name)
	}
	return PlainText(r.scope) + " " + variable(r.name)
}

// RootExpression writes a root as PHP would name it.
func RootExpression(frame, symbol string) string { return nameOfRoot(frame, symbol).String() }

// Expression writes the path that the edges make from a root.
func Expression(g *graph.Graph, root graph.NodeID, edges []graph.EdgeID) string {
	var b strings.Builder
	name, edges := headOf(g, root, edges)
	b.WriteString(name)
	for _, e := range edges {
		AppendEdge(&b, g, e)
	}
	return b.String()
}

func variable(name string) string {
	if IsIdentifier(name) {
		return "$" + name
	}
	return "${" + Quote(name) + "}"
}

// AppendStep writes how a container holds a child under a key.
func AppendStep(to *strings.Builder, object bool, key string, reliable bool) {
	if !reliable {
		to.WriteString("~>")
	} else if object {
		to.WriteString("->")
	}
	opening, closing := "[", "]"
	if object {
		if IsIdentifier(key) {
			to.WriteString(key)
			return
		}
		opening, closing = "{", "}"
	} else if _, ok := IntegerKey([]byte(key)); ok {
		to.WriteString("[" + key + "]")
		return
	}
	to.WriteString(opening + Quote(key) + closing)
}

// IsIdentifier reports whether PHP lets a name stand without quotes. PHP
// takes any byte from 0x80 on; here those must be printable UTF-8.
func IsIdentifier(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' || !utf8.ValidString(s) {
		return false
	}
	return strings.IndexFunc(s, func(c rune) bool { return !isNameRune(c) }) < 0
}

func isNameRune(c rune) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 && !isUnprintable(c)
}

// Quote writes a double-quoted PHP string.
func Quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); {
		c, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case c == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02X`, s[i])
		case c == '"' || c == '\\' || c == '$':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == 0x1b:
			b.WriteString(`\e`)
		case c < 0x80 && !strconv.IsPrint(c):
			fmt.Fprintf(&b, `\x%02X`, c)
		case isUnprintable(c):
			fmt.Fprintf(&b, `\u{%X}`, c)
		default:
			b.WriteRune(c)
		}
		i += n
	}
	b.WriteByte('"')
	return b.String()
}

// PlainText writes a class or function name. One with bytes that cannot be
// printed is escaped as in a PHP string, without the quotes.
func PlainText(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, isUnprintable) < 0 {
		return s
	}
	q := Quote(s)
	return q[1 : len(q)-1]
}

func isUnprintable(c rune) bool { return !strconv.IsPrint(c) || escape.Hidden(c) }
