package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
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
	a.note("warning: "+format, args...)
}

// note prints a line that is neither the answer nor an error: --quiet leaves it
// out.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.stderr, format+"\n", args...)
	}
}

// isDirectory reports whether a path names a directory.
func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// exists reports whether a path names something.
func exists(path string) bool {
	if _, ok := processOf(path); ok {
		return true
	}
	_, err := os.Stat(path)
	return err == nil
}
