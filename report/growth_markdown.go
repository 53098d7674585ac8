package report

import (
	"strings"

	"memtrail/analysis/growth"
)

// markdown writes what grows for an issue: a section each.
func (g growthPage) markdown(m *markdown, o Options) {
	all := o.Verbose
	m.heading(2, words(strings.TrimSuffix(growthVerdict(g.Growth).plain(), ".")))
	for _, text := range g.span() {
		m.prose(text)
	}
	m.remarks(levelRemarks(g.Growth, all))
	if g.Verdict == growth.Inconclusive {
		m.caveats(g.Growth, all)
	}
	for i := range g.Growing {
		w := &g.Growing[i]
		m.heading(3, words(rate(w, all), ", "+grewIn(w.GrewIn, g.Intervals)))
		list := append(g.remarks(w, all), g.judgement(w))
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
