package report

import (
	"bufio"
	"memtrail/analysis"
	"memtrail/analysis/growth"
	"memtrail/internal/escape"
	"strconv"
	"strings"
)

// annotationsUpTo is how many annotations of a step GitHub shows.
const annotationsUpTo = 10

// An annotation stands at a line of source, if the dumps tell one: see sourceOf.
type annotation struct {
	level, title, text string
	at                 *analysis.Declared
}

// github writes workflow commands, which GitHub's runner turns into
// annotations: an error for each failure, the one with most bytes per interval
// first; a warning if the dumps do not tell; a notice if the gate is passed.
func (g gatePage) github(out *bufio.Writer) {
	list := g.annotations()
	if more := len(list) - annotationsUpTo; more > 0 {
		list = append(list[:annotationsUpTo-1], annotation{level: "error", title: "More leaks", text: g.summary() + ". " + plural(more+1, "annotation") + " left out here: see the log."})
	}
	for _, a := range list {
		out.WriteString("::" + a.level + " " + a.place() + "title=" + escape.Property(a.title) + "::" + escape.Data(a.text) + "\n")
	}
}

// place is where GitHub shows an annotation: the properties file and line; "" for
// the run as a whole.
func (a *annotation) place() string {
	if a.at == nil {
		return ""
	}
	return "file=" + escape.Property(sourceFile(a.at.File)) + ",line=" + strconv.FormatUint(uint64(a.at.Line), 10) + ","
}

// annotations are those of a result, in the order in which GitHub shows them.
func (g gatePage) annotations() []annotation {
	switch {
	case g.Verdict == growth.Inconclusive:
		list, more := caveatsOf(&g.Growth, g.all)
		var lines []string
		for _, d := range list {
			lines = append(lines, printable(d.text().plain()))
		}
		if more > 0 {
			lines = append(lines, "… "+plural(more, "more reason"))
		}
		return []annotation{{level: "warning", title: "Leak gate: inconclusive", text: strings.Join(append(g.heading(), lines...), "\n")}}
	case !g.Failed:
		return []annotation{{level: "notice", title: "Leak gate: passed", text: strings.Join(g.heading(), "\n")}}
	}
	var list []annotation
	for _, f := range g.failures() {
		a := annotation{level: "error", title: g.failureName(f), text: strings.Join(g.failureLines(f, true), "\n")}
		if f.w != nil {
			a.at = sourceOf(f.w)
		}
		list = append(list, a)
	}
	level := "warning"
	if g.Strict {
		level = "error"
	}
	for _, e := range g.entries() {
		list = append(list, annotation{level: level, title: upperFirst(e.what) + " in the baseline: " + e.Fingerprint, text: printable(e.text().sentence().plain())})
	}
	return list
}

// heading is the result in short, and the dumps that were taken; printable.
func (g gatePage) heading() []string {
	lines := []string{printable(g.summary() + ".")}
	for _, text := range g.taken() {
		lines = append(lines, printable(text.plain()))
	}
	return lines
}

// failureName is the title of a failure.
func (g gatePage) failureName(f failure) string {
	switch {
	case f.w == nil:
		return "Memory grows unexplained"
	case f.w.Status == growth.WorseLeak:
		return "Leak worse than known: " + f.w.Fingerprint
	}
	return "Memory leak: " + f.w.Fingerprint
}

// failureLines are a failure in plain, printable text, with how to accept it or
// without.
func (g gatePage) failureLines(f failure, accept bool) []string {
	if f.w == nil {
		lines := []string{upperFirst(unexplained(&g.Growth)) + ".", upperFirst(unexplainedWhy(&g.Growth)) + "."}
		for _, h := range hints(&g.Growth) {
			lines = append(lines, printable("Try: "+h.plain()))
		}
		return append(lines, printable("Next: "+unexplainedNext(g.last)), printable("Dumps: "+firstToLast(&g.Growth).plain()))
	}
	w := f.w
	first := words(g.pace(w), ": "+shorten(w.Path, widthOf(pageWidth, g.all)))
	lines := append([]string{printable(first.plain())}, traceLines(w, pageWidthMax, g.all)...)
	for _, text := range g.furtherFacts(w) {
		lines = append(lines, printable(text))
	}
	lines = append(lines, printable("Next: "+growthNext(w, g.last)))
	lines = append(lines, printable("Dumps: "+firstToLast(&g.Growth).plain()))
	if accept && g.acceptable() {
		lines = append(lines, printable("Accept: "+g.accept(w)))
	}
	return lines
}
