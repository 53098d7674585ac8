package report

import (
	"bufio"
	"strings"

	"memtrail/internal/escape"
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
		longest = max(longest, escape.Backticks(line))
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
			b.WriteString(escape.Code(s.text))
		} else {
			b.WriteString(markdownText(s.text))
		}
	}
	return b.String()
}

// html is markdown for the inside of an element of HTML.
func (p prose) html() string {
	var b strings.Builder
	for _, s := range p {
		if s.kind != plainText {
			b.WriteString(escape.HTMLCode(s.text))
		} else {
			b.WriteString(escape.HTML(s.text))
		}
	}
	return b.String()
}

// inCell is markdown for the cell of a table, where a bar ends even code.
func (p prose) inCell() string {
	var b strings.Builder
	for _, s := range p {
		if s.kind == plainText {
			b.WriteString(markdownText(s.text))
		} else {
			b.WriteString(escape.CodeInCell(s.text))
		}
	}
	return b.String()
}
