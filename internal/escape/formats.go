package escape

import (
	"bufio"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// lines is Text of each line of a text.
func lines(text string) string {
	all := strings.Split(text, "\n")
	for i := range all {
		all[i] = Text(all[i])
	}
	return strings.Join(all, "\n")
}

// CSV is a text as a cell of CSV: of lines, and no formula. Package encoding/csv
// adds the quotes.
func CSV(line string, further ...string) string {
	text := Text(line)
	for _, l := range further {
		text += "\n" + Text(l)
	}
	if Formula(text) {
		return "'" + text
	}
	return text
}

// Formula tells whether a spreadsheet might evaluate a cell. Blanks in front do
// not stop all of them, nor what shows nothing, and in East Asian locales the wide
// and small signs count, too. Numbers are no formulas.
func Formula(text string) bool {
	trimmed := strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\u2800' || Hidden(r)
	})
	if trimmed == "" || isNumber(text) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(trimmed)
	return strings.ContainsRune("=+-@\uFF1D\uFF0B\uFF0D\uFF20\uFE66\uFE62\uFE63\uFE6B\u2212", first)
}

func isNumber(text string) bool {
	if text != "" && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	whole, fraction, dot := strings.Cut(text, ".")
	return digits(whole) && (!dot || digits(fraction))
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// XML escapes the characters that no XML document may have, not even as
// references, and lines that a runner obeys. Package encoding/xml does the rest.
func XML(text string) string { return lines(text) }

// Data is text as that of a workflow command of GitHub's, which may have lines.
func Data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(lines(text))
}

// Property is text as a property of such a command, which stands before the text.
func Property(text string) string {
	return strings.NewReplacer("%", "%25", ":", "%3A", ",", "%2C").Replace(Text(text))
}

// DOT is text as a part of a quoted string of Graphviz's. Behind a backslash
// Graphviz would take \N for the name of the node, and & begins an entity of HTML.
func DOT(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`).Replace(Text(text))
}

// JSON writes encoded JSON with \u escapes for DEL and all that is not ASCII, and
// for the second of two #, which a runner takes for a command. Such bytes occur in
// strings only. The error is that of the writer.
func JSON(out *bufio.Writer, text []byte) error {
	const del = 0x7F
	done := 0
	for i := 0; i < len(text); {
		if c := text[i]; c < del && (c != '#' || i == 0 || text[i-1] != '#') {
			i++
			continue
		}
		out.Write(text[done:i])
		r, size := utf8.DecodeRune(text[i:])
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			fmt.Fprintf(out, `\u%04x\u%04x`, high, low)
		} else {
			fmt.Fprintf(out, `\u%04x`, r)
		}
		i += size
		done = i
	}
	_, err := out.Write(text[done:])
	return err
}
