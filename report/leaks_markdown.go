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
	l.caveats(m)
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
			if !yield([]cell{{show(s.Label)}, {show(stepName(s))}, {Size(s.Retained)}}) {
				return
			}
		}
	}
	return g
}
