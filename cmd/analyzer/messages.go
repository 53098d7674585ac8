package main

import (
	"fmt"
	"strings"

	"memtrail/report"
)

// oneLine folds cobra's several lines of suggestions into one, and replaces
// control bytes: a name may hold what a terminal obeys.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return '?'
		}
		return r
	}, s)
}

// warn prints a warning that is not the answer.
func (a *app) warn(format string, args ...any) {
	a.note("warning: "+format, args...)
}

// note prints a line that is neither the answer nor an error: --quiet leaves it
// out.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.stderr, format+"\n", args...)
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
