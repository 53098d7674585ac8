package report

import (
	"strings"

	"memtrail/analysis"
)

// markdown writes the suspects for an issue: a section each.
func (l leaksAnswer) markdown(m *markdown, o Options) {
	suspects, innocents := l.parted()
	m.heading(2, words(strings.TrimSuffix(l.verdict(len(suspects), len(innocents)), ".")))
	for i, s := range suspects {
		m.heading(3, words(grouped(uint64(i+1))+": ", headline(s, widthOf(pageWidthMax, o.Verbose))))
		list := append(content(s, o.Verbose), l.judgement(s, o.Verbose)...)
		m.remarks(append(list, remark{"fingerprint", words(rawName(s.Fingerprint))}))
		if len(s.Path) > 0 {
			m.table(l.pathGrid(s.Path, o))
		}
		m.code("sh", l.next(s))
	}
	if len(innocents) > 0 {
		m.heading(3, words("Looks innocent"))
		for _, s := range innocents {
			m.prose(words(headline(s, widthOf(pageWidthMax, o.Verbose)), ". "+innocent(s.Innocent)))
		}
	}
	if l.Cut > 0 {
		m.line(plural(l.Cut, "more candidate") + " not shown (--limit)")
	}
	if len(suspects) == 0 {
		for _, hint := range l.hints() {
			m.prose(hint)
		}
	}
	if text := l.units(); text != "" {
		m.line(text)
	}
	writeCaveats(m, &l.Source, &l.Caveats)
}

// pathGrid is a path as a table.
func (l leaksAnswer) pathGrid(steps []analysis.PathStep, o Options) grid {
	show := func(text string) string {
		if o.Full {
			return text
		}
		return within(text, maxWidth, verbose)
	}
	g := grid{columns: []column{{title: "Path"}, {title: "Class"}, numeric("Retained")}}
	g.rows = func(yield func([]cell) bool) {
		for i := range steps {
			if cut := len(steps) - 2*pathEnds; !o.Verbose && cut > 1 && i >= pathEnds && i < pathEnds+cut {
				if i == pathEnds && !yield([]cell{{"… " + plural(cut, "more step")}, {""}, {""}}) {
					return
				}
				continue
			}
			s := &steps[i]
			if !yield([]cell{{show(s.Label)}, {show(stepName(s))}, {memory(s.Retained)}}) {
				return
			}
		}
	}
	return g
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
		if r.title == "one" {
			title = "One of them"
		}
		m.out.WriteString("- **" + title + ":** " + m.text(r.text) + "\n")
	}
}

// code writes a line of code in a block of its own.
func (m *markdown) code(language, line string) {
	m.block()
	m.out.WriteString("```" + language + "\n" + printable(line) + "\n```\n")
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
