package report

import (
	"bufio"
	"io"
	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"strings"
)

// GateOutput is a form in which the result of a gate is written.
type GateOutput string

// The forms.
const (
	GateText     GateOutput = "text"     // for people, the default
	GateMarkdown GateOutput = "markdown" // a job summary, or a comment on a merge request
	GateGitHub   GateOutput = "github"   // annotations of a GitHub Actions run
	GateJUnit    GateOutput = "junit"    // JUnit XML, which most CI servers read
	GateSARIF    GateOutput = "sarif"    // SARIF 2.1.0, for code scanning
	GateJSON     GateOutput = "json"     // everything, for programs
)

// GateOutputs returns all forms, the default first. The caller owns the slice.
func GateOutputs() []GateOutput {
	return []GateOutput{GateText, GateMarkdown, GateGitHub, GateJUnit, GateSARIF, GateJSON}
}

// ParseGateOutput returns the form of that name, GateText for Table, too. Its
// error lists the names.
func ParseGateOutput(name string) (GateOutput, error) {
	if name == string(Table) {
		return GateText, nil
	}
	return parseName("output", name, GateOutputs())
}

// Gate writes the result of a gate. last is the name of the last dump as the user
// typed it, for the commands to run next. Of o, GateText uses Color, Verbose and
// Width, the other forms use Verbose. Options.Format is ignored.
func Gate(w io.Writer, g *gate.Gate, last string, kind GateOutput, o Options) error {
	out := bufio.NewWriterSize(w, 64<<10)
	v := gatePage{g, last, o.Verbose}
	var err error
	switch kind {
	case GateText:
		t := &terminal{out: out, color: o.Color}
		v.text(t, o)
		err = t.err
	case GateMarkdown:
		v.markdown(&markdown{out: out})
	case GateGitHub:
		v.github(out)
	case GateJUnit:
		err = v.junit(out)
	case GateSARIF:
		err = writeJSON(out, v.sarif())
	case GateJSON:
		err = writeJSON(out, v.document())
	default:
		_, err = ParseGateOutput(string(kind))
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

type gatePage struct {
	*gate.Gate
	last string // as it was typed
	all  bool
}

// text writes the result for people, in a log or a terminal.
func (g gatePage) text(out sheet, o Options) {
	p := textPageOf(out, o)
	headline := g.word() + "  " + g.summary()
	for i, line := range wrap(headline, p.width-2) {
		if i > 0 {
			line = "  " + line
		}
		switch {
		case g.word() == passWord:
			out.info(line)
		case g.Verdict == growth.Inconclusive:
			out.note(line)
		default:
			out.fail(line)
		}
	}
	for _, text := range g.taken() {
		p.flow("  ", "  ", text)
	}
	if g.Verdict == growth.Inconclusive {
		p.caveats("  ", &g.Growth)
	}
	for _, f := range g.failures() {
		g.finding(p, f)
	}
	for _, a := range g.accepted() {
		p.flow("", "  ", words(strings.ToUpper(a.by)+" "+a.Fingerprint+"  ", g.acceptedLine(a.GrowingPlace)))
	}
	for _, e := range g.entries() {
		p.flow("", "  ", words(strings.ToUpper(e.what)+" "+e.Fingerprint+"  ", e.text()))
	}
	for _, text := range g.notes() {
		p.hang("", "  ", text)
	}
}

// taken says which dumps were taken, and how far they are apart.
func (g gatePage) taken() []prose {
	if len(g.Snapshots) == 0 {
		return nil
	}
	return append([]prose{firstToLast(&g.Growth)}, apart(&g.Growth)...)
}

// notes are the last lines: where the memory went. Inconclusive dumps have none.
func (g gatePage) notes() []string {
	if g.Verdict == growth.Inconclusive {
		return nil
	}
	return seriesNotes(&g.Growth)
}

// finding writes what fails, and what to do about it. Commands are not wrapped:
// they are to be copied.
func (g gatePage) finding(p textPage, f failure) {
	alarm := p.fail
	if g.Verdict == growth.Inconclusive {
		alarm = p.note
	}
	for i, line := range g.failureTitle(f).lines(p.width-2, p.detail) {
		if i > 0 {
			line = "  " + line
		}
		alarm(line)
	}
	if f.w == nil {
		p.hang("  ", "  ", words(unexplainedWhy(&g.Growth)).sentence().plain())
		for i, h := range hints(&g.Growth) {
			title := "     "
			if i == 0 {
				title = "  Try"
			}
			p.hang(title+"   - ", "          ", h.plain())
		}
		p.command("Next    ", unexplainedNext(g.last))
		return
	}
	w := f.w
	for _, line := range traceLines(w, p.width-len("  "), p.all) {
		p.line("  " + line)
	}
	linkSources(p.sheet, w.Changes, w.Declared, w.Makers, g.all)
	for _, text := range g.furtherFacts(w) {
		p.hang("  ", "  ", text)
	}
	p.command("Next    ", growthNext(w, g.last))
	if g.acceptable() {
		p.command("Accept  ", g.accept(w))
	}
}
