package report

import (
	"bufio"
	"cmp"
	"encoding/xml"
	"memtrail/analysis/growth"
	"memtrail/internal/escape"
	"slices"
	"strings"
)

type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Name    string       `xml:"name,attr"`
	Suites  []junitSuite `xml:"testsuite"`
	junitNumbers
}

type junitSuite struct {
	Name  string      `xml:"name,attr"`
	Cases []junitCase `xml:"testcase"`
	Out   *junitText  `xml:"system-out"`
	junitNumbers
}

type junitNumbers struct {
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Skipped  int    `xml:"skipped,attr"`
	Time     string `xml:"time,attr"`
}

type junitCase struct {
	Class   string       `xml:"classname,attr"`
	Name    string       `xml:"name,attr"`
	Time    string       `xml:"time,attr"`
	Skipped *junitResult `xml:"skipped"`
	Failure *junitResult `xml:"failure"`
	Error   *junitResult `xml:"error"`
	Out     *junitText   `xml:"system-out"`
}

type junitResult struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr"`
	junitText
}

// As character data, package xml would write each line break as a reference.
type junitText struct {
	Text string `xml:",innerxml"`
}

const (
	junitName = "analyzer gate"
	junitTime = "0" // readers ask for it; nothing was run
)

// junit writes a test case for each place that grows, skipped if it may, and
// one for unexplained growth. If nothing fails, there is one that passes.
func (g gatePage) junit(out *bufio.Writer) error {
	suite := junitSuite{Name: junitName, Cases: g.junitCases(), Out: junitLines(append([]string{printable(g.word() + "  " + g.summary())}, g.heading()[1:]...))}
	n := junitNumbers{Tests: len(suite.Cases), Time: junitTime}
	for i := range suite.Cases {
		c := &suite.Cases[i]
		c.Time = junitTime
		switch {
		case c.Failure != nil:
			n.Failures++
		case c.Error != nil:
			n.Errors++
		case c.Skipped != nil:
			n.Skipped++
		}
	}
	suite.junitNumbers = n
	text, err := xml.MarshalIndent(junitSuites{Name: junitName, Suites: []junitSuite{suite}, junitNumbers: n}, "", "  ")
	if err != nil {
		return err
	}
	out.WriteString(xml.Header)
	out.Write(text)
	return out.WriteByte('\n')
}

// junitCases are the test cases, failures first. If none fails, the last one says
// so and passes.
func (g gatePage) junitCases() []junitCase {
	if g.Verdict == growth.Inconclusive {
		return []junitCase{g.junitInconclusive()}
	}
	var cases []junitCase
	for _, f := range g.failures() {
		cases = append(cases, g.junitFailure(f))
	}
	for _, a := range g.accepted() {
		why := a.by
		if a.Reason != "" {
			why += ": " + a.Reason
		}
		cases = append(cases, junitCase{Class: "leak", Name: junitPlace(a.Path, a.Fingerprint),
			Skipped: junitResultOf("", why, []string{printable(g.pace(a.GrowingPlace).plain())})})
	}
	for _, e := range g.entries() {
		cases = append(cases, g.junitEntry(e))
	}
	if !slices.ContainsFunc(cases, func(c junitCase) bool { return c.Failure != nil }) {
		var lines []string
		if text := unexplainedTrend(&g.Growth); text != "" {
			lines = append(lines, printable(text))
		}
		cases = append(cases, junitCase{Class: "series", Name: "no new leak", Out: junitLines(lines)})
	}
	return cases
}

// junitInconclusive is the one case of dumps that do not show what grows.
func (g gatePage) junitInconclusive() junitCase {
	list, _ := caveatsOf(&g.Growth, true)
	lines := sliceOf(list, func(d *caveat) string { return printable(d.text().plain()) })
	kind, message := "inconclusive", g.summary()
	if len(g.Caveats) > 0 {
		kind, message = string(g.Caveats[0].Kind), lines[0]
	}
	return junitCase{Class: "series", Name: "the dumps tell what grows", Error: junitResultOf(kind, message, lines)}
}

// junitFailure is the case of a failure.
func (g gatePage) junitFailure(f failure) junitCase {
	lines := g.failureLines(f, true)
	if f.w == nil {
		return junitCase{Class: "unexplained", Name: "unexplained memory", Failure: junitResultOf("unexplained-growth", lines[0], lines[1:])}
	}
	return junitCase{Class: "leak", Name: junitPlace(f.w.Path, f.w.Fingerprint), Failure: junitResultOf("leak", lines[0], lines[1:])}
}

// junitEntry is an entry of the baseline that accepts nothing any more; a strict
// gate fails by it.
func (g gatePage) junitEntry(e unused) junitCase {
	c := junitCase{Class: "baseline", Name: junitPlace(e.Path, e.Fingerprint)}
	text := e.text().sentence().plain()
	if g.Strict {
		c.Failure = junitResultOf(e.what, text, nil)
	} else {
		c.Skipped = junitResultOf("", text, nil)
	}
	return c
}

// junitPlace names a case by its path and its fingerprint.
func junitPlace(path, fingerprint string) string {
	return escape.XML(cmp.Or(strings.TrimSpace(printable(path+" "+fingerprint)), "(unnamed)"))
}

// junitResultOf is what became of a case: a message, and printable lines.
func junitResultOf(kind, message string, lines []string) *junitResult {
	r := &junitResult{Type: escape.XML(kind), Message: escape.XML(printable(message))}
	if t := junitLines(lines); t != nil {
		r.junitText = *t
	}
	return r
}

// junitLines is a text of printable lines; nil for none.
func junitLines(lines []string) *junitText {
	if len(lines) == 0 {
		return nil
	}
	var b strings.Builder
	for _, line := range lines {
		b.WriteByte('\n')
		xml.EscapeText(&b, []byte(escape.XML(line))) // a Builder never fails
	}
	return &junitText{b.String() + "\n"}
}
