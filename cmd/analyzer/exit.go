package main

import (
	"errors"
	"fmt"
	"io/fs"
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
	if e, ok := errors.AsType[*childExit](err); ok {
		return e.code
	}
	switch {
	case err == nil && a.incomplete:
		return exitIncomplete // not even a leak is certain then
	case err == nil && a.failed:
		return exitLeak
	case err == nil:
		return exitOK
	}
	a.say("analyzer: " + err.Error())
	return exitUnusable
}
