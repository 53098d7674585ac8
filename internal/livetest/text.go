// Package livetest tells what is live in an output: what a terminal obeys, a
// runner of builds executes, a page links to, a spreadsheet evaluates. It is the
// oracle of package escape, and shares nothing with it: characters are listed by
// their code points, and formats are read by the parsers of others.
//
// Each function gives what it found, in words; none if the output is dead.
package livetest

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// silent are the characters that show nothing or reorder others, from and to:
// soft hyphen, fillers, marks of direction, separators, and those beyond.
var silent = [][2]rune{
	{0x80, 0x9F}, {0xAD, 0xAD}, {0x34F, 0x34F}, {0x600, 0x605}, {0x61C, 0x61C}, {0x6DD, 0x6DD}, {0x70F, 0x70F}, {0x115F, 0x1160}, {0x17B4, 0x17B5},
	{0x180E, 0x180E}, {0x200B, 0x200B}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F}, {0x3164, 0x3164}, {0xFDD0, 0xFDEF}, {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0},
	{0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
}

// beside are those that need a neighbour which is not ASCII: joiners and selectors.
func beside(r rune) bool {
	return r == 0x200C || r == 0x200D || 0xFE00 <= r && r <= 0xFE0F || 0x180B <= r && r <= 0x180F
}

// Terminal reads lines as a terminal does.
func Terminal(text string) (live []string) {
	before := ' '
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			live = append(live, fmt.Sprintf("byte %#x is no UTF-8%s", text[i], around(text, i)))
		case r == '\n':
		case r < ' ', r == 0x7F, inRanges(r, silent):
			live = append(live, fmt.Sprintf("%U%s", r, around(text, i)))
		case beside(r):
			after, _ := utf8.DecodeRuneInString(text[i+size:])
			if before < 0x80 || (r == 0x200C || r == 0x200D) && (after < 0x80 || after == utf8.RuneError) {
				live = append(live, fmt.Sprintf("%U where it joins nothing%s", r, around(text, i)))
			}
		}
		before = r
		i += size
	}
	return live
}

func inRanges(r rune, ranges [][2]rune) bool {
	for _, in := range ranges {
		if in[0] <= r && r <= in[1] {
			return true
		}
	}
	return false
}

// around quotes what stands around a byte.
func around(text string, i int) string {
	return fmt.Sprintf(" in %q", text[max(0, i-40):min(len(text), i+40)])
}

// blanks are what C# trims, in which the runners of GitHub and Azure are written.
const blanks = "\t\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

// anywhere are the commands that need no start of a line: of GitHub and Azure,
// Azure, TeamCity, and GitLab.
var anywhere = regexp.MustCompile(`##\[|##[a-z]+\[|section_(?:start|end):[0-9]+:[^\r\n]*[\r\x1b]`)

// Log reads lines as the runners of builds do.
func Log(text string) (live []string) {
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if strings.HasPrefix(strings.Trim(line, blanks), "::") {
			live = append(live, fmt.Sprintf("the line %.200q is a command", line))
		}
		if at := anywhere.FindStringIndex(line); at != nil {
			live = append(live, fmt.Sprintf("a command%s", around(line, at[0])))
		}
	}
	return live
}

// Text reads what is for people, on a terminal or in a log.
func Text(text string) []string { return append(Terminal(text), Log(text)...) }

// annotation is a command that the gate writes for GitHub.
var annotation = regexp.MustCompile(`^::(?:error|warning|notice) (?:file=[^:,]*,line=[0-9]+,)?title=[^:,]*::`)

// Annotations reads the gate's output for GitHub: each line is one command of
// three, whose text commands nothing more.
func Annotations(text string) (live []string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		head := annotation.FindString(line)
		if head == "" {
			live = append(live, fmt.Sprintf("%.200q is no annotation", line))
			continue
		}
		for part := range strings.SplitSeq(line[len(head):], "%0A") {
			live = append(live, Text(part)...)
		}
		live = append(live, Terminal(head)...)
	}
	return live
}
