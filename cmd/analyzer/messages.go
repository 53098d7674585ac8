package main

import (
	"fmt"

	"memtrail/internal/escape"
	"memtrail/report"
)

// oneLine is a text as one line of standard error: cobra's several lines of
// suggestions folded, without anything that a terminal or a runner's log obeys, and
// not longer than a screen.
func oneLine(s string) string { return escape.Line(s) }

// say prints a line on standard error. All lines go through here.
func (a *app) say(text string) {
	fmt.Fprintln(a.stderr, oneLine(text)) // there is nobody to tell that this failed
}

// warn prints a warning that is not the answer.
func (a *app) warn(format string, args ...any) {
	a.note("warning: "+format, args...)
}

// note prints a line that is neither the answer nor an error: --quiet leaves it
// out.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		a.say(fmt.Sprintf(format, args...))
	}
}

// announceStdin says that something is read from standard input, if that is a terminal:
// it may be that nobody meant to type anything.
func (a *app) announceStdin(what string) {
	if isTerminal(a.stdin) {
		a.note("waiting for %s on standard input; Ctrl-D ends it, Ctrl-C gives up", what)
	}
}

// count writes a number with what it counts.
func count(n uint64, what string) string { return report.Count(n, what) }

func was(n uint64) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

func is(n uint64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func have(n uint64) string {
	if n == 1 {
		return "has"
	}
	return "have"
}
