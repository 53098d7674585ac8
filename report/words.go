package report

import (
	"strconv"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/check"
	"memtrail/analysis/growth"
	"memtrail/analysis/leaks"
)

// What follows hands the words of the pages to package page, which lays them out
// in HTML. All text is printable: escaped as on every page, but not for HTML.

// A Text is words with names and commands in it.
type Text []TextSpan

// TextSpan is a part of a Text: words, a name of the dump, or a command.
type TextSpan struct {
	Text          string
	Name, Command bool
}

// textOf makes a prose printable.
func textOf(p prose) Text {
	t := make(Text, len(p))
	for i, s := range p {
		t[i] = TextSpan{printable(s.text), s.kind == aName, s.kind == aCommand}
		if s.kind == aName {
			t[i].Text = within(s.text, maxWidth, verbose)
		}
	}
	return t
}

// Plain is a text without its marks.
func (t Text) Plain() string {
	var b strings.Builder
	for _, s := range t {
		b.WriteString(s.Text)
	}
	return b.String()
}

// RemarkText is what is said of a finding, under a title.
type RemarkText struct {
	Title string
	Text  Text
}

func remarkTexts(list []remark) []RemarkText {
	return sliceOf(list, func(r *remark) RemarkText { return RemarkText{r.title, textOf(r.text)} })
}

// StepText is a step of a path from a root; Size is "" where that is not known.
type StepText struct{ Label, Name, Size string }

func stepTexts(steps []analysis.PathStep, label func(*analysis.PathStep) string) []StepText {
	lines := pathLines(steps, false, label)
	return sliceOf(lines, func(l *pathLine) StepText {
		return StepText{within(l.label, longName, brief), within(l.name, longName, brief), l.size}
	})
}

// SuspectText is a suspect of [Leaks] in words.
type SuspectText struct {
	Headline     Text
	Remarks      []RemarkText
	Path         []StepText
	For, Against []Text // sentences
	Trust        string // what the confidence means
	Innocent     string // why it looks harmless; "" if it does not
	Next         string // command
}

// SuspectWords words a suspect. dump is the name of the dump in commands.
func SuspectWords(l *leaks.Leaks, s *leaks.Suspect, dump string) SuspectText {
	sentence := func(p *prose) Text { return textOf(p.sentence()) }
	return SuspectText{
		Headline: textOf(headline(s, maxWidth)), Remarks: remarkTexts(content(s, false)), Path: stepTexts(s.Path, stepLabel),
		For: sliceOf(reasons(s, false, true), sentence), Against: sliceOf(reasons(s, true, true), sentence),
		Trust: string(s.Confidence) + " confidence: " + confidences[s.Confidence], Innocent: innocent(s.Innocent),
		Next: printable(leaksAnswer{l, dump}.next(s)),
	}
}

// LeaksVerdict is the first line of [Leaks].
func LeaksVerdict(l *leaks.Leaks) string {
	a := leaksAnswer{l, ""}
	suspects, innocents := a.parted()
	return printable(a.verdict(len(suspects), len(innocents)))
}

// CaveatLines are what the page of [Leaks] ends with.
func CaveatLines(l *leaks.Leaks) []Block {
	var r recorder
	leaksAnswer{l, ""}.caveats(&r)
	return r.blocks
}

// A Block is a line, a point of a list, or a table.
type Block struct {
	Text    string
	Note    bool // the reader should not overlook it
	Level   int  // of points: 1, or 2 for one below another; else 0
	Command bool
	Titles  []string // of a table
	Numeric []bool   // by column
	Rows    [][]string
}

// A recorder is a sheet that keeps what is written on it.
type recorder struct{ blocks []Block }

// Marks in front of points. They are control characters, which no text has that
// is written on a sheet by this package itself.
const firstPoint, secondPoint = "\x01", "\x02"

func (r *recorder) add(text string, note bool) {
	b := Block{Note: note}
	if rest, ok := strings.CutPrefix(text, firstPoint); ok {
		text, b.Level = rest, 1
	} else if rest, ok := strings.CutPrefix(text, secondPoint); ok {
		text, b.Level = rest, 2
	}
	b.Command = b.Level == 1 && strings.HasPrefix(text, "analyzer ")
	b.Text = within(text, maxWidth, verbose)
	r.blocks = append(r.blocks, b)
}

func (r *recorder) info(text string) { r.add(text, false) }
func (r *recorder) line(text string) { r.add(text, false) }
func (r *recorder) note(text string) { r.add(text, true) }
func (r *recorder) fail(text string) { r.add(text, true) }
func (r *recorder) gap()             {}

func (r *recorder) table(g grid) {
	b := Block{}
	for _, c := range g.columns {
		b.Titles, b.Numeric = append(b.Titles, c.title), append(b.Numeric, c.numeric)
	}
	for row := range g.rows {
		texts := make([]string, len(row))
		for i, c := range row {
			texts[i] = printable(strings.Join(c, " "))
			if n, err := strconv.ParseUint(texts[i], 10, 64); err == nil && g.columns[i].numeric {
				texts[i] = grouped(n)
			}
		}
		b.Rows = append(b.Rows, texts)
	}
	r.blocks = append(r.blocks, b)
}

// CheckText is what [Check] says, in words.
type CheckText struct {
	Verdict string
	Facts   []RemarkText
	// Parts are what memory_usage was spent on; with Unexplained they sum to it.
	// Empty where the dump has no header.
	Parts       []PartText
	Unexplained int64
	Flaws       []Block
	Bounds      []Block
	Causes      []Block
	Lost        []Block // what nothing of the program's holds
	// Of captures only.
	Native, Uncollected, Process []Block
}

// PartText is a part of memory_usage. Key is its name in JSON.
type PartText struct {
	Key, Name string
	Bytes     uint64
}

// CheckWords words what is known of a dump's soundness and balance.
func CheckWords(c *check.Check) CheckText {
	p := checkPage{c}
	t := CheckText{Verdict: printable(p.verdict())}
	for _, f := range p.facts() {
		t.Facts = append(t.Facts, RemarkText{f.name, Text{{Text: printable(f.text)}}})
	}
	record := func(write func(points)) []Block {
		var r recorder
		write(points{&r, firstPoint, secondPoint})
		return r.blocks
	}
	t.Flaws = record(func(out points) { p.flaws(out); p.weakMaps(out) })
	if b := c.Balance; b != nil {
		t.Parts, t.Unexplained = p.parts(), b.Unexplained
	}
	if c.Capture != nil && c.Balance != nil {
		t.Native, t.Lost, t.Uncollected, t.Process = record(p.nativeHolders), record(p.lostBlocks), record(p.uncollected), record(p.process)
		return t
	}
	t.Lost, t.Bounds, t.Causes = record(p.lostBlocks), record(p.bounds), record(p.causes)
	return t
}

// parts are what memory_usage was spent on.
func (c checkPage) parts() []PartText {
	var list []PartText
	if c.Capture != nil {
		for _, o := range c.Capture.Owners {
			name := ownerNames[o.Name]
			if name == "" {
				name = printable(o.Name)
			}
			list = append(list, PartText{o.Name, name, o.Bytes})
		}
		return list
	}
	for _, k := range c.kinds() {
		list = append(list, PartText{k.key, k.name, k.bytes})
	}
	return append(list, PartText{"object_table", "the engine's table of all objects", c.Balance.ObjectTable},
		PartText{"baseline", "an empty script, about", c.Balance.Baseline})
}

// GrowthText is what [Growth] says, in words.
type GrowthText struct {
	Verdict Text
	Span    []Text
	Caveats []Text
	Places  []PlaceText
	// Unexplained and Hints are empty where unexplained memory does not grow.
	Unexplained []RemarkText
	Hints       []Text
	Notes       []string
}

// PlaceText is a place that grows, in words.
type PlaceText struct {
	Headline Text
	Remarks  []RemarkText
	Path     []StepText
	Next     string // command
}

// GrowthWords words a series. last is the name of the last dump in commands.
func GrowthWords(g *growth.Growth, last string) GrowthText {
	p := growthPage{g, last}
	t := GrowthText{Verdict: textOf(growthVerdict(g)), Notes: []string{}}
	for _, s := range p.span() {
		t.Span = append(t.Span, textOf(s))
	}
	if g.Verdict == growth.Inconclusive {
		list, _ := caveatsOf(g, false)
		for _, c := range list {
			t.Caveats = append(t.Caveats, textOf(c.text()))
		}
	}
	for i := range g.Growing {
		w := &g.Growing[i]
		place := PlaceText{
			Headline: textOf(words(rate(w, false), ", "+grewIn(w.GrewIn, g.Intervals))),
			Remarks:  remarkTexts(append(p.remarks(w, false), p.judgement(w))),
			Path:     stepTexts(w.Trace, traceLabel), Next: printable(growthNext(w, last)),
		}
		for i := range place.Path {
			place.Path[i].Size = "" // of the suspects of one dump only
		}
		withoutSparklines(place.Remarks)
		t.Places = append(t.Places, place)
	}
	if g.Unexplained.Grows {
		t.Unexplained = remarkTexts(p.unexplainedRemarks(false))
		withoutSparklines(t.Unexplained)
		for _, h := range hints(g) {
			t.Hints = append(t.Hints, textOf(h))
		}
	}
	for _, n := range p.notes() {
		t.Notes = append(t.Notes, printable(n))
	}
	return t
}

// withoutSparklines takes the drawing out of what is drawn as a chart.
func withoutSparklines(list []RemarkText) {
	for _, r := range list {
		if len(r.Text) > 0 {
			r.Text[0].Text = strings.TrimLeft(r.Text[0].Text, "▁▂▃▄▅▆▇█ ")
		}
	}
}

// Printable escapes what a terminal, or a browser, would obey instead of show.
func Printable(text string) string { return printable(text) }

// Shorten cuts the middle out of a text that is wider than a number of columns.
// What it returns is printable.
func Shorten(text string, columns int) string { return shorten(text, columns) }

// Percent writes a share, 1 for the whole, and Grouped a number with commas.
func Percent(share float64) string { return percent(share) }

// Grouped writes a number with commas between thousands.
func Grouped(n uint64) string { return grouped(n) }

// ChangedSize is the size of a difference with its sign, ±0 for none.
func ChangedSize(bytes int64) string { return changed(bytes, Size) }

// NetSize is [Size] of what may be below zero.
func NetSize(bytes int64) string { return netSize(bytes) }
