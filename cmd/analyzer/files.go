package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"memtrail/dump"
	"memtrail/internal/atomicfile"
)

// writes notes that the command will write a file, and refuses early what
// cannot be written or is an input: reading a dump first may take minutes.
func (a *app) writes(flag, path string) error {
	if path == "" {
		return flagError(flag, errors.New("it names no file"))
	}
	err := a.files.Writes(path)
	if conflict, ok := errors.AsType[*atomicfile.ConflictError](err); ok {
		return flagError(flag, conflict)
	}
	return err
}

// reads notes that the command reads a file, or standard input, and refuses one
// that it will replace: a dump cannot be taken again.
func (a *app) reads(name string) error {
	if name != "-" {
		return asUsage(a.files.Reads(name))
	}
	if f, ok := a.stdin.(*os.File); ok {
		return asUsage(a.files.ReadsFrom(f))
	}
	return nil
}

// asUsage makes a mistake on the command line of an error; nil stays nil.
func asUsage(err error) error {
	if err == nil {
		return nil
	}
	return &usageError{err.Error()}
}

// isDump reports whether a file has at least one item of a dump.
func isDump(path string) bool {
	in, err := dump.Open(path, nil)
	if err != nil {
		return false
	}
	defer in.Close()
	found := errors.New("found")
	info, err := dump.Each(in, dump.Options{Workers: 1}, func() *itemCounter { return new(itemCounter) }, func(n *itemCounter) error {
		if *n > 0 {
			return found
		}
		return nil
	})
	return errors.Is(err, found) || err == nil && info.Items > 0
}

// itemCounter counts items.
type itemCounter uint64

// Item counts one.
func (n *itemCounter) Item(*dump.Item) { *n++ }

// checkDumpName says what was meant by a name that cannot be that of a dump.
func checkDumpName(name string) error {
	_, isProcess := processOf(name)
	switch {
	case isDirectory(name):
		return &usageError{fmt.Sprintf("%s is a directory, not a dump: name a file in it; growth and gate take directories", name)}
	case isProcess || exists(name):
		return nil
	case strings.HasPrefix(name, processPrefix):
		return &usageError{fmt.Sprintf("%q is no process: write pid:4242, or pid:4242/2 for its second PHP thread", name)}
	}
	if _, ok := processOf(processPrefix + name); ok {
		return &usageError{fmt.Sprintf("%s: no such file; for the process of that number write %s%s", name, processPrefix, name)}
	}
	return nil
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
