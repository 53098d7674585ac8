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
func (m *markdown) gap()             {}

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
