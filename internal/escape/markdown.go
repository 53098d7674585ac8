package escape

import (
	"html"
	"regexp"
	"strconv"
	"strings"
)

// Markdown escapes what Markdown, GitHub's and GitLab's, gives a meaning to within
// a line: code, emphasis, links, HTML, entities, cells, strike-through, and the
// formulas that GitHub sees between two dollar signs. A word that they would make
// a link of, or that would notify somebody, becomes code: they look for these in
// the page that is there already, where no backslash helps.
func Markdown(s string) string {
	s = Text(s)
	if !strings.ContainsAny(s, "`*[<&|~$_\\@#!%:.->") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	head := 0
	if strings.HasPrefix(strings.TrimLeft(s, " "), "- ") {
		head = strings.Index(s, "-") + len("- ")
	}
	head += len(s[head:]) - len(strings.TrimLeft(s[head:], " ")) // three blanks may stand before what opens a block
	b.WriteString(s[:head])
	if opens.MatchString(s[head:]) && !isLinked(firstWord(s[head:])) {
		b.WriteByte('\\')
	}
	for rest := s[head:]; rest != ""; {
		blank := len(rest) - len(strings.TrimLeft(rest, " "))
		b.WriteString(rest[:blank])
		rest = rest[blank:]
		word := firstWord(rest)
		switch {
		case word == "":
		case !isLinked(word):
			writeEscaped(&b, word)
		default:
			core := strings.TrimLeft(word, `("'`)
			writeEscaped(&b, word[:len(word)-len(core)])
			behind := core[len(strings.TrimRight(core, `)"',.;`)):]
			b.WriteString(inCell(core[:len(core)-len(behind)]))
			writeEscaped(&b, behind)
		}
		rest = rest[len(word):]
	}
	return b.String()
}

// opens tells what a block begins with: a title, a quotation.
var opens = regexp.MustCompile(`^(?:#{1,6}(?: |$)|>)`)

func firstWord(s string) string {
	if end := strings.IndexByte(s, ' '); end >= 0 {
		return s[:end]
	}
	return s
}

// isLinked tells words that become links, images or notifications. Most have none of
// the characters that those need, which is soon seen.
func isLinked(word string) bool {
	return strings.ContainsAny(word, "@:.-#!&$%~") && linked.MatchString(word)
}

// linked tells words that become links, images or notifications: mentions and
// addresses of mail, addresses of pages, numbers of issues, of requests and of
// other things, and names of pictures.
var linked = regexp.MustCompile(`(?i)@|://|www\.|mailto:|xmpp:|[#!&$%~][0-9]|GH-[0-9]|:(?:[+-]1|[0-9]*[a-z][a-z0-9_+-]*):`)

func writeEscaped(b *strings.Builder, s string) {
	const special = "`*[<&|~$"
	for i := range len(s) {
		escape := false
		switch c := s[i]; c {
		case '\\': // Before a letter, as in Foo\Bar, it is itself.
			escape = i+1 == len(s) || punctuation(s[i+1])
		case '_': // Within a word, as in CLASS_STATIC_MEMBER, it is itself.
			escape = i == 0 || i+1 == len(s) || punctuation(s[i-1]) || punctuation(s[i+1])
		default:
			escape = strings.IndexByte(special, c) >= 0
		}
		if escape {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
}

// punctuation tells the characters that a backslash can escape.
func punctuation(c byte) bool {
	return '!' <= c && c <= '/' || ':' <= c && c <= '@' || '[' <= c && c <= '`' || '{' <= c && c <= '~'
}

// Code writes a name as code.
func Code(name string) string { return codeSpan(Text(name)) }

// CodeInCell is Code for the cell of a table, where a bar ends even code.
func CodeInCell(name string) string { return inCell(Text(name)) }

func inCell(name string) string {
	if strings.Contains(name, "|") {
		return htmlCode(name) // renderers differ in what a backslash before a bar is in code
	}
	return codeSpan(name)
}

// codeSpan sets off escaped text. Nothing in it has a meaning but a run of
// backticks as long as the one it starts with, so it starts with a longer one.
func codeSpan(name string) string {
	if strings.Trim(name, " ") == "" {
		return `""`
	}
	fence := strings.Repeat("`", Backticks(name)+1)
	// One blank at each end belongs to the fence, if there is one at both.
	if blank := func(c byte) bool { return c == '`' || c == ' ' }; blank(name[0]) || blank(name[len(name)-1]) {
		name = " " + name + " "
	}
	return fence + name + fence
}

// HTML writes a text in an element of HTML. It is not for names: GitHub looks for
// mentions in it.
func HTML(text string) string { return html.EscapeString(Text(text)) }

// HTMLCode writes a name as code, in HTML.
func HTMLCode(name string) string { return htmlCode(Text(name)) }

// htmlCode is codeSpan in HTML, without any character that HTML or Markdown gives
// a meaning to.
func htmlCode(text string) string {
	var b strings.Builder
	b.WriteString("<code>")
	for i := range len(text) {
		if c := text[i]; punctuation(c) {
			b.WriteString("&#" + strconv.Itoa(int(c)) + ";")
		} else {
			b.WriteByte(c)
		}
	}
	b.WriteString("</code>")
	return b.String()
}

// Backticks is the length of the longest run of backticks in a text.
func Backticks(text string) int {
	longest, run := 0, 0
	for i := range len(text) {
		if text[i] != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// Whole is the beginning of a line of Markdown, of at most so many bytes, cut
// where no code, no escape and no character is open.
func Whole(line string, most int) string {
	end := 0
	for i := 0; i < len(line); {
		n := 1
		switch {
		case line[i] == '\\':
			n = 2
		case line[i] == '`':
			run := len(line[i:]) - len(strings.TrimLeft(line[i:], "`"))
			fence := line[i : i+run]
			n = run
			for at := i + run; at < len(line); {
				from := strings.IndexByte(line[at:], '`')
				if from < 0 {
					break
				}
				at += from
				closing := len(line[at:]) - len(strings.TrimLeft(line[at:], "`"))
				if at += closing; closing == len(fence) {
					n = at - i
					break
				}
			}
		case strings.HasPrefix(line[i:], "<code>"):
			if to := strings.Index(line[i:], "</code>"); to > 0 {
				n = to + len("</code>")
			}
		case line[i] >= 0x80:
			for i+n < len(line) && line[i+n]&0xC0 == 0x80 {
				n++
			}
		}
		if i += n; i > most || i > len(line) {
			break
		}
		end = i
	}
	return line[:end]
}
