package report

import (
	"memtrail/analysis/growth"
	"strings"
)

// markdown writes a job summary, or a comment: what was found in a table, and
// what fails in full below it, folded.
func (g gatePage) markdown(m *markdown) {
	m.heading(2, words("Leak gate: "+g.word()))
	m.line(g.summary() + ".")
	for _, text := range g.taken() {
		m.prose(text)
	}
	if g.Verdict == growth.Inconclusive {
		m.caveats(&g.Growth, g.all)
	}
	failures := g.failures()
	m.findings(g, failures)
	for _, f := range failures {
		g.details(m, f)
	}
	for _, text := range g.notes() {
		m.line(text)
	}
}

// findings is the table of all that grows, failures first, and of the unused
// entries of the baseline.
func (m *markdown) findings(g gatePage, failures []failure) {
	var rows [][]prose
	add := func(status string, w *growth.GrowingPlace, note string) {
		place := rawName(shorten(w.Path, widthOf(pageWidth, g.all)))
		rows = append(rows, []prose{words(status), words(rawName(w.Fingerprint)), words(place), rate(w, g.all),
			words(grouped(uint64(max(w.GrewIn, 0))) + " of " + grouped(uint64(max(g.Intervals, 0)))), words(drawTrend(w)), words(note)})
	}
	for _, f := range failures {
		if f.w != nil {
			add(strings.ToLower(statusWord(f.w)), f.w, string(f.w.Confidence)+" confidence")
			continue
		}
		rows = append(rows, []prose{words("unexplained"), nil, words("not explained by the dumps"), words(signedBytes(g.Unexplained.PerInterval) + " per interval"),
			words(grouped(uint64(max(g.Intervals, 0))) + " of " + grouped(uint64(max(g.Intervals, 0)))), words(sparkline(floats(g.Unexplained.Bytes))),
			words(limitWords(g.Unexplained.Limit, "limit ", ""))})
	}
	for _, a := range g.accepted() {
		add(a.by, a.GrowingPlace, a.Reason)
	}
	for _, e := range g.entries() {
		rows = append(rows, []prose{words(e.what), words(rawName(e.Fingerprint)), words(rawName(shorten(e.Path, widthOf(pageWidth, g.all)))), nil, nil, nil, words(e.Reason)})
	}
	if len(rows) == 0 {
		return
	}
	m.block()
	m.out.WriteString("| | Leak | Where | Grows by | Intervals | Trend | |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, row := range rows {
		for _, p := range row {
			m.out.WriteString("| " + p.inCell() + " ")
		}
		m.out.WriteString("|\n")
	}
}

// details is a failure in full, folded. What is between the tags of the summary
// is HTML, up to the blank line.
func (g gatePage) details(m *markdown, f failure) {
	title := words(upperFirst(unexplained(&g.Growth)))
	if f.w != nil {
		title = words(rawName(f.w.Fingerprint), ": ", g.pace(f.w))
	}
	m.block()
	m.out.WriteString("<details><summary>" + title.html() + "</summary>\n")
	if f.w == nil {
		m.line(upperFirst(unexplainedWhy(&g.Growth)) + ". What to try:")
		m.items(hints(&g.Growth))
		m.code("sh", unexplainedNext(g.last))
	} else {
		m.fence("text", traceLines(f.w, pageWidthMax, g.all))
		for _, text := range g.furtherFacts(f.w) {
			m.line(text)
		}
		m.code("sh", growthNext(f.w, g.last))
		if g.acceptable() {
			m.line("To accept it:")
			m.code("sh", g.accept(f.w))
		}
	}
	m.block()
	m.out.WriteString("</details>\n")
}
