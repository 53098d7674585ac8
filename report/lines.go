package report

import (
	"bufio"
	"strings"

	"memtrail/analysis/leaks"
	"memtrail/analysis/query"
)

// What follows hands lines of the pages to package explore, which shows them in
// a part of a screen. All are printable, and without colours.

// linesOf are the lines that are written on a sheet, each at most so many columns
// wide where its words allow it.
func linesOf(columns int, write func(textPage)) []string {
	var text strings.Builder
	out := bufio.NewWriter(&text)
	write(textPage{sheet: &terminal{out: out}, width: columns})
	out.Flush() // a strings.Builder takes all
	return strings.Split(strings.Trim(text.String(), "\n"), "\n")
}

// SuspectTitle says in two parts which place a suspect is, and what it holds.
func SuspectTitle(s *leaks.Suspect) (place, holds string) {
	return printable(subject(s, anyWidth).plain()), printable(held(s).plain())
}

// SuspectLines are what [Leaks] says of a suspect below its headline. dump is the
// name of the dump in commands.
func SuspectLines(l *leaks.Leaks, s *leaks.Suspect, dump string, columns int) []string {
	return linesOf(columns, func(out textPage) {
		if text := innocent(s.Innocent); text != "" {
			out.hang("  ", "  ", text)
			return
		}
		p := suspectPage{out, leaksAnswer{l, dump}}
		p.line(remarkIndent + pad("LEAK", titleWidth) + s.Fingerprint + ", " + string(s.Confidence) + " confidence")
		for _, r := range content(s, false) {
			p.remark(r)
		}
		p.path(s)
		for _, r := range p.judgement(s, false) {
			p.remark(r)
		}
		p.command(titled("next"), p.next(s))
	})
}

// LeaksCaveats are the lines that [Leaks] ends with: how much is explained, and
// what is in doubt.
func LeaksCaveats(l *leaks.Leaks, columns int) []string {
	return linesOf(columns, func(out textPage) {
		text := flowing{out.sheet, columns}
		if units := (leaksAnswer{l, ""}).units(); units != "" {
			text.line(units)
		}
		writeCaveats(text, &l.Source, &l.Caveats)
	})
}

// RefPathNotes are what [RefPaths] says of the paths as a whole: what is in doubt.
func RefPathNotes(r *query.RefPaths, columns int) []string {
	return linesOf(columns, func(out textPage) {
		text := flowing{out.sheet, columns}
		refPaths{r}.notes(text, &clipper{})
	})
}

// Wrap breaks a text at blanks into lines of a number of columns. The lines are
// printable.
func Wrap(text string, columns int) []string { return wrap(text, columns) }

// TextWidth is how many columns a printable text takes on a terminal.
func TextWidth(text string) int { return textWidth(text) }
