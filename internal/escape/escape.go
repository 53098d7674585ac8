// Package escape is the one door for text that leaves the program: names of a
// heap, of files, of processes, what a flag was given, what a library says. All of
// it may have been chosen by somebody who wants to drive a terminal, a runner's
// log, a spreadsheet or a browser.
//
// [Text] is the rule for all that is read as lines; the formats add to it what is
// theirs: [Markdown], [Code], [CSV], [XML], [Data], [Property], [DOT]. [Line] is for
// standard error. JSON loses nothing of a name: [JSON] only writes it in ASCII.
//
// What Text writes:
//
//   - control characters (C0, DEL, C1), characters that reorder text or show
//     nothing, line and paragraph separators, code points that are no characters,
//     and bytes that are no UTF-8: as escapes of PHP's double-quoted strings, \n,
//     \x1B, \u{202E}, \xFF;
//   - commands to a runner of builds: ##[ and ##word[ anywhere (GitHub's and Azure's
//     ##[error], Azure's ##vso[, TeamCity's ##teamcity[) with \x23 for its second sign, and ::
//     at the start of a line, behind blanks of any kind, with \x3A for its first.
//     GitLab's section_start: needs an escape and a carriage return.
//
// Backslashes of a name stay single, as in Foo\Bar, so such text is for reading.
// All functions give the same for what they gave before: a line that is put
// together of escaped parts is escaped again.
package escape

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is a text as a line of a terminal or a log shows it.
func Text(s string) string {
	if Plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	start := true      // only blanks so far
	before := rune(-1) // what was written last; ASCII after an escape
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\n':
			b.WriteString(`\n`)
			before = 'n'
		case r == '\r':
			b.WriteString(`\r`)
			before = 'r'
		case r == '\t':
			b.WriteString(`\t`)
			before = 't'
		case r == utf8.RuneError && size == 1, r < utf8.RuneSelf && Hidden(r):
			fmt.Fprintf(&b, `\x%02X`, s[i])
			before = 'x'
		case r == '#' && before == '#' && commands(s[i+1:]):
			b.WriteString(`\x23`)
			before = 'x'
		case r == ':' && start && strings.HasPrefix(s[i:], "::"):
			b.WriteString(`\x3A`)
			before = 'x'
		case Hidden(r) && !(joins(r) && joined(before) && joined(next(s[i+size:])) || selects(r) && joined(before)):
			fmt.Fprintf(&b, `\u{%X}`, r)
			before = '}'
		default:
			b.WriteString(s[i : i+size])
			before = r
		}
		start = start && unicode.IsSpace(before)
		i += size
	}
	return b.String()
}

// commands reports whether a text that stands behind ## makes it a command: a
// bracket, or a word and a bracket. Charts and titles have ## without.
func commands(behind string) bool {
	word := strings.TrimLeft(behind, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
	return strings.HasPrefix(word, "[")
}

// Plain reports of what most names are that [Text] leaves it as it is, each byte one
// column wide. Of other texts that it leaves so it says no.
func Plain(s string) bool {
	i := 0
	for i < len(s) && s[i] == ' ' {
		i++
	}
	if i+1 < len(s) && s[i] == ':' && s[i+1] == ':' {
		return false
	}
	hash := uint64(0)
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		if !shown(w) {
			return false
		}
		hash |= hasHash(w)
	}
	rest := uint64(ones) * ' '
	for ; i < len(s); i++ {
		rest = rest<<8 | uint64(s[i])
	}
	return shown(rest) && (hash|hasHash(rest) == 0 || !strings.Contains(s, "##"))
}

const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// shown reports whether eight bytes are all between blank and tilde.
func shown(w uint64) bool {
	const tilde = '~'
	below := (w | highs) - ones*' ' // the high bit of a byte is gone if it is below a blank
	above := w + ones*(0x7F-tilde)  // and set if it is above a tilde
	return w&highs == 0 && below&highs == highs && above&highs == 0
}

// hasHash is not 0 if one of eight bytes is a #, all of them being ASCII.
func hasHash(w uint64) uint64 {
	x := w ^ ones*'#' // whose bytes are below 0x80: 0 is what a 1 more is borrowed for
	return (x - ones) &^ x & highs
}

// next is the first character of a text, or -1 if that is none to join.
func next(s string) rune {
	r, size := utf8.DecodeRuneInString(s)
	if size == 0 || r == utf8.RuneError && size == 1 || selects(r) {
		return -1
	}
	return r
}

// Hidden tells the characters that a terminal obeys or does not show: C0, DEL and
// C1, the bidi overrides and all other format characters, fillers, line and
// paragraph separators, and code points that are no characters. Joiners and
// variation selectors are among them: [Text] spares them where they join.
func Hidden(r rune) bool {
	if r < utf8.RuneSelf {
		return r < ' ' || r == 0x7F
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		0xFDD0 <= r && r <= 0xFDEF || r&0xFFFE == 0xFFFE
}

// joins tells the joiners. Scripts and emoji need them between two characters
// that are not ASCII.
func joins(r rune) bool { return r == '\u200C' || r == '\u200D' }

// selects tells the variation selectors, which change how the character before
// them looks: emoji have them.
func selects(r rune) bool {
	return unicode.Is(unicode.Variation_Selector, r) && !unicode.Is(unicode.Cf, r)
}

// joined tells what a joiner may stand beside, and a variation selector behind.
func joined(r rune) bool {
	return r >= utf8.RuneSelf && (!Hidden(r) || selects(r)) && !unicode.IsSpace(r)
}

// The most characters of an error or a warning.
const longestLine = 1000

// Line is a message for standard error: one line, of at most 1,000 characters; of
// a longer one the middle is left out, as what to do stands at the end.
func Line(s string) string {
	s = Text(strings.Join(strings.Fields(s), " "))
	if len(s) <= longestLine || utf8.RuneCountInString(s) <= longestLine {
		return s
	}
	const mark = " … "
	runes := []rune(s)
	head := longestLine * 2 / 3
	tail := len(runes) - (longestLine - head - utf8.RuneCountInString(mark))
	return Text(string(runes[:head]) + mark + string(runes[tail:]))
}
