package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"memtrail/analysis"
)

// The exit codes.
const (
	exitOK         = 0
	exitLeak       = 1 // the gate failed
	exitUnusable   = 2 // wrong usage, or the input cannot be read at all
	exitIncomplete = 3 // answered, but on incomplete evidence
)

// usageError is a mistake on the command line, in one line.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// inputError says which input an error belongs to.
type inputError struct {
	name string
	err  error
}

func (e *inputError) Error() string {
	// What the system says names the file itself.
	var path *fs.PathError
	if errors.As(e.err, &path) {
		switch {
		case errors.Is(path.Err, fs.ErrNotExist):
			return fmt.Sprintf("%s: no such file", path.Path)
		case errors.Is(path.Err, fs.ErrPermission):
			return fmt.Sprintf("%s: no permission to read it", path.Path)
		}
		return fmt.Sprintf("%s: %s", path.Path, path.Err)
	}
	return fmt.Sprintf("%s: %s", e.name, e.err)
}

func (e *inputError) Unwrap() error { return e.err }

// exitCode reports an error, as one line, and says how to exit.
func (a *app) exitCode(err error) int {
	if errors.Is(err, syscall.EPIPE) {
		err = nil // whoever reads the output, head(1) say, has seen enough
	}
	switch {
	case err == nil && a.incomplete:
		return exitIncomplete // not even a leak is certain then
	case err == nil && a.failed:
		return exitLeak
	case err == nil:
		return exitOK
	}
	fmt.Fprintf(a.stderr, "analyzer: %s\n", oneLine(err.Error()))
	return exitUnusable
}

// oneLine folds cobra's several lines of suggestions into one, and keeps
// control bytes of names off the terminal.
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
	fmt.Fprintf(a.stderr, "warning: "+format+"\n", args...)
}

// assess warns of what in a dump makes the answer incomplete.
func (a *app) assess(path string, s *analysis.Source) {
	if path == "-" {
		path = "standard input"
	}
	a.assessAs(path, "", s)
}

// assessAs is assess where it must be said which of several dumps it is.
func (a *app) assessAs(name, prefix string, s *analysis.Source) {
	if !s.Complete {
		a.incomplete = true
		a.warn("%s ends at byte %d, inside its list of items; the answer rests on the %s that are complete",
			oneLine(name), s.EndsAt, count(s.Items, "item"))
	}
	if c := s.Capture; c != nil && !c.Balanced {
		a.incomplete = true
		a.warn("%sthe allocated blocks and the bytes that PHP counts differ by %+d bytes: the memory was read in the middle of a change, or is damaged; capture again", prefix, c.Off)
	}
	for _, d := range s.Defects {
		switch d.Kind {
		case "malformed_item":
			a.incomplete = true
			a.warn("%s%s could not be made sense of and %s left out, the first at byte %d", prefix, count(d.Count, "item"), was(d.Count), d.First)
		case "oversized_name":
			a.incomplete = true
			a.warn("%s%s too long to be held %s left out, the first in the item at byte %d", prefix, count(d.Count, "name"), was(d.Count), d.First)
		case "bad_child":
			a.incomplete = true
			a.warn("%s%s without an id %s left out, the first in the item at byte %d", prefix, count(d.Count, "child"), was(d.Count), d.First)
		case "dangling_child":
			if s.Complete {
				a.warn("%s%s to ids that the dump does not have", prefix, count(d.Count, "reference"))
			}
		}
	}
}

// count writes a number with what it counts, in the plural if need be.
func count(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	if what == "child" {
		return fmt.Sprintf("%d children", n)
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func was(n uint64) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// exists reports whether a path names something.
func exists(path string) bool {
	if _, ok := processOf(path); ok {
		return true
	}
	_, err := os.Stat(path)
	return err == nil
}
