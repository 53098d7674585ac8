package report

import (
	"memtrail/analysis/growth"
	"strings"
)

// markdown writes what grows for an issue: a section each.
func (g growthPage) markdown(m *markdown, o Options) {
	all := o.Verbose
	m.heading(2, words(strings.TrimSuffix(growthVerdict(g.Growth).plain(), ".")))
	for _, text := range g.span() {
		m.prose(text)
	}
	if g.Verdict == growth.Inconclusive {
		m.caveats(g.Growth, all)
	}
	for i := range g.Growing {
		w := &g.Growing[i]
		m.heading(3, words(rate(w, all), ", "+grewIn(w.GrewIn, g.Intervals)))
		list := append(g.remarks(w, all), g.judgement(w)...)
		m.remarks(append(list, remark{"fingerprint", words(rawName(w.Fingerprint))}))
		m.fence("text", traceLines(w, pageWidthMax, all))
		m.code("sh", growthNext(w, g.last))
	}
	if g.Unexplained.Grows {
		m.heading(3, words(upperFirst(unexplained(g.Growth))))
		m.remarks(g.unexplainedRemarks(all))
		m.line("What to try:")
		m.items(hints(g.Growth))
		m.code("sh", unexplainedNext(g.last))
	}
	for _, text := range g.notes() {
		m.line(text)
	}
}

// caveats lists why a series does not tell, and what to do.
func (m *markdown) caveats(g *growth.Growth, all bool) {
	list, more := caveatsOf(g, all)
	m.block()
	for _, d := range list {
		m.out.WriteString("- " + words(d.why.sentence(), " ", d.todo).markdown() + "\n")
	}
	if more > 0 {
		m.out.WriteString("- … " + plural(more, "more reason") + "\n")
	}
}

// items writes a list.
func (m *markdown) items(list []prose) {
	m.block()
	for _, p := range list {
		m.out.WriteString("- " + p.markdown() + "\n")
	}
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
