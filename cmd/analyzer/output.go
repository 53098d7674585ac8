package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"memtrail/dump"
)

// standardOutput is the file name that means standard output. A file of that
// name is ./-
const standardOutput = "-"

// addOutput adds -o to a command that prints one answer. gate, which prints
// several, has its own: see parseOutputs.
func (a *app) addOutput(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&a.output, "output", "o", "", "write the answer to this file, complete or not at all; - for standard output")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed("output") || a.output == standardOutput {
			return run(cmd, args)
		}
		if err := a.claim("output", a.output); err != nil {
			return err
		}
		out := &answerFile{path: a.output}
		buffer := bufio.NewWriter(out)
		a.stdout = buffer
		err := run(cmd, args)
		a.stdout = a.console
		if err != nil {
			out.discard()
			return err
		}
		if err := buffer.Flush(); err != nil {
			out.discard()
			return err
		}
		return out.commit()
	}
}

// claim notes that a command will write a file, and refuses early what cannot
// be written: reading a dump first may take minutes.
func (a *app) claim(flag, path string) error {
	if path == "" {
		return flagError(flag, errors.New("it names no file"))
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("cannot write %s: it is a directory", path)
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return writeError(path, err)
	}
	for _, other := range a.claimed {
		if identity(other) == identity(path) || isSameFile(other, path) {
			return flagError(flag, fmt.Errorf("%s is to be written twice", path))
		}
	}
	a.claimed = append(a.claimed, path)
	return nil
}

// guard refuses to read a file that the command will replace: a dump cannot be
// taken again.
func (a *app) guard(input string) error {
	for _, path := range a.claimed {
		if input == standardOutput && a.readsFrom(path) || input != standardOutput && isSameFile(input, path) {
			return &usageError{fmt.Sprintf("%s is read here: it is not overwritten; write to another file", path)}
		}
	}
	return nil
}

// readsFrom reports whether standard input is a file.
func (a *app) readsFrom(path string) bool {
	f, ok := a.stdin.(*os.File)
	if !ok {
		return false
	}
	in, err := f.Stat()
	if err != nil || !in.Mode().IsRegular() {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && os.SameFile(in, info)
}

// isSameFile reports whether two names stand for one regular file.
func isSameFile(x, y string) bool {
	first, err := os.Stat(x)
	if err != nil || !first.Mode().IsRegular() {
		return false
	}
	second, err := os.Stat(y)
	return err == nil && os.SameFile(first, second)
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

// An answerFile is a file that is written beside the one it replaces and renamed
// when it is complete. It is created by the first byte: a command that fails
// before leaves nothing. The mode of the old file is kept; a link to it stays
// one. What is no regular file, a pipe or /dev/stderr, is written as it is.
type answerFile struct {
	path   string // as given, for messages
	target string // what path means in the end
	direct bool   // target is written as it is
	file   *os.File
}

// Write writes to the new file.
func (f *answerFile) Write(p []byte) (int, error) {
	if err := f.open(); err != nil {
		return 0, err
	}
	n, err := f.file.Write(p)
	return n, writeError(f.path, err)
}

func (f *answerFile) open() (err error) {
	if f.file != nil {
		return nil
	}
	f.target = f.path
	if real, err := filepath.EvalSymlinks(f.path); err == nil {
		f.target = real
	}
	if info, err := os.Stat(f.target); err == nil && !info.Mode().IsRegular() {
		f.direct = true
		f.file, err = os.OpenFile(f.target, os.O_WRONLY, 0)
		return writeError(f.path, err)
	}
	f.file, err = createBeside(f.target)
	return writeError(f.path, err)
}

// createBeside creates a hidden file in the directory of another. Unlike
// os.CreateTemp it leaves the mode to the umask, which is what the answer has in
// the end: names and contents of a heap are not for everybody.
func createBeside(path string) (f *os.File, err error) {
	for range 100 {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".analyzer-%016x", rand.Uint64()))
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return f, err
}

// commit puts the new file in the place of the old one.
func (f *answerFile) commit() error {
	if err := f.open(); err != nil { // an empty answer
		return err
	}
	if f.direct {
		return writeError(f.path, f.file.Close())
	}
	var err error
	if old, missing := os.Stat(f.target); missing == nil {
		err = f.file.Chmod(old.Mode().Perm())
	}
	if err = errors.Join(err, f.file.Close()); err == nil {
		err = os.Rename(f.file.Name(), f.target)
	}
	if err != nil {
		f.discard()
	}
	return writeError(f.path, err)
}

// discard removes the new file; the old one stays.
func (f *answerFile) discard() {
	if f.file == nil {
		return
	}
	f.file.Close()
	if !f.direct {
		os.Remove(f.file.Name())
	}
}

// replaceFile writes a file that is complete or, after an error, as it was.
func replaceFile(path string, write func(io.Writer) error) error {
	f := &answerFile{path: path}
	if err := write(f); err != nil {
		f.discard()
		return writeError(path, err)
	}
	return f.commit()
}

// writeError says which file could not be written, and not which file it was
// meanwhile.
func writeError(path string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*unwritable](err); ok {
		return e
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		err = e.Err
	}
	return &unwritable{path, err}
}

// unwritable says which file cannot be written.
type unwritable struct {
	path string
	err  error
}

func (e *unwritable) Error() string { return fmt.Sprintf("cannot write %s: %s", e.path, e.err) }

func (e *unwritable) Unwrap() error { return e.err }
