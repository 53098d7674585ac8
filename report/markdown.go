package report

import (
	"bufio"
	"strings"
)

// markdown is the sheet of the Markdown format: GitHub's flavour, which
// GitLab and most others share.
type markdown struct {
	out     *bufio.Writer
	started bool // something was written, so the next block needs a blank line
	full    bool // names of any length
}

func (m *markdown) info(text string) { m.line(text) }

func (m *markdown) note(text string) { m.line(text) }

func (m *markdown) fail(text string) { m.line(text) }

func (m *markdown) gap() {}

func (m *markdown) line(text string) {
	m.block()
	m.out.WriteString(markdownText(text))
	m.out.WriteByte('\n')
}

func (m *markdown) block() {
	if m.started {
		m.out.WriteByte('\n')
	}
	m.started = true
}

func (m *markdown) table(g grid) {
	m.block()
	for _, c := range g.columns {
		m.out.WriteString("| ")
		m.out.WriteString(markdownText(c.title))
		m.out.WriteByte(' ')
	}
	m.out.WriteString("|\n")
	for _, c := range g.columns {
		if c.numeric {
			m.out.WriteString("| ---: ")
		} else {
			m.out.WriteString("| --- ")
		}
	}
	m.out.WriteString("|\n")
	for row := range g.rows {
		for _, c := range row {
			m.out.WriteString("| ")
			for i, l := range c {
				if i > 0 {
					m.out.WriteString("<br>")
				}
				m.out.WriteString(markdownText(l))
			}
			m.out.WriteByte(' ')
		}
		if _, err := m.out.WriteString("|\n"); err != nil {
			return
		}
	}
}

// markdownText escapes what Markdown gives a meaning to within a line: code,
// emphasis, links, HTML, entities, cells, strike-through, and the formulas that
// GitHub sees between two dollar signs.
func markdownText(s string) string {
	const special = "`*[<&|~$"
	s = printable(s)
	if !strings.ContainsAny(s, special+`_\`) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 8)
	for i := range len(s) {
		escape := false
		switch c := s[i]; c {
		case '\\': // Before a letter, as in Foo\Bar, it is itself.
			escape = i+1 == len(s) || punctuation(s[i+1])
		case '_': // Within a word, as in CLASS_STATIC_MEMBER, it is itself.
			escape = i == 0 || i+1 == len(s) || punctuation(s[i-1]) || punctuation(s[i+1]) || s[i-1] == ' ' || s[i+1] == ' '
		default:
			escape = strings.IndexByte(special, c) >= 0
		}
		if escape {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// punctuation tells the characters that a backslash can escape.
func punctuation(c byte) bool {
	return '!' <= c && c <= '/' || ':' <= c && c <= '@' || '[' <= c && c <= '`' || '{' <= c && c <= '~'
}

// heading writes a title.
func (m *markdown) heading(level int, p prose) {
	m.block()
	m.out.WriteString(strings.Repeat("#", level) + " " + m.text(p) + "\n")
}

// prose writes a paragraph.
func (m *markdown) prose(p prose) {
	m.block()
	m.out.WriteString(m.text(p) + "\n")
}

// remarks writes a list.
func (m *markdown) remarks(list []remark) {
	m.block()
	for _, r := range list {
		title := strings.ToUpper(r.title[:1]) + r.title[1:]
		m.out.WriteString("- **" + title + ":** " + m.text(r.text) + "\n")
	}
}

// items writes a list.
func (m *markdown) items(list []prose) {
	m.block()
	for _, p := range list {
		m.out.WriteString("- " + p.markdown() + "\n")
	}
}

// code writes a line of code in a block of its own.
func (m *markdown) code(language, line string) {
	m.block()
	m.out.WriteString("```" + language + "\n" + printable(line) + "\n```\n")
}

// fence writes lines as they are. Only a line of as many backticks as the first
// one would end them, so that has more than any line.
func (m *markdown) fence(language string, lines []string) {
	longest := 2
	for _, line := range lines {
		longest = max(longest, backticks(line))
	}
	fence := strings.Repeat("`", longest+1)
	m.block()
	m.out.WriteString(fence + language + "\n")
	for _, line := range lines {
		m.out.WriteString(printable(line) + "\n")
	}
	m.out.WriteString(fence + "\n")
}

// text is a prose with its names set off, none of which fills pages.
func (m *markdown) text(p prose) string {
	if m.full {
		return p.markdown()
	}
	short := append(prose{}, p...)
	for i := range short {
		if short[i].kind == aName {
			short[i].text = within(short[i].text, maxWidth, verbose)
		}
	}
	return short.markdown()
}

// markdown sets names off as code.
func (p prose) markdown() string {
	var b strings.Builder
	for _, s := range p {
		if s.kind != plainText {
			b.WriteString(codeSpan(s.text))
		} else {
			b.WriteString(markdownText(s.text))
		}
	}
	return b.String()
}

// inCell is markdown for the cell of a table, where a bar ends even code.
func (p prose) inCell() string {
	var b strings.Builder
	for _, s := range p {
		switch {
		case s.kind == plainText:
			b.WriteString(markdownText(s.text))
		case strings.Contains(printable(s.text), "|"):
			// Renderers differ in what a backslash before a bar is in code.
			b.WriteString("<code>" + entities(printable(s.text)) + "</code>")
		default:
			b.WriteString(codeSpan(s.text))
		}
	}
	return b.String()
}

// backticks is the length of the longest run of backticks in a text.
func backticks(text string) int {
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

// codeSpan writes a name as code. Nothing in it has a meaning but a run of
// backticks as long as the one it starts with, so it starts with a longer one.
func codeSpan(name string) string {
	name = printable(name)
	if strings.Trim(name, " ") == "" {
		return `""`
	}
	fence := strings.Repeat("`", backticks(name)+1)
	// One blank at each end belongs to the fence, if there is one at both.
	if blank := func(c byte) bool { return c == '`' || c == ' ' }; blank(name[0]) || blank(name[len(name)-1]) {
		name = " " + name + " "
	}
	return fence + name + fence
}

// entities writes a text without any character that HTML or Markdown gives a
// meaning to.
func entities(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if c := text[i]; punctuation(c) {
			b.WriteString("&#" + ungrouped(uint64(c)) + ";")
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
