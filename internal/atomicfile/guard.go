package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A Guard knows which files a program reads and which it writes, and refuses
// what would destroy an input: a dump cannot be taken again. The zero value is
// ready. Both orders of calls are fine.
type Guard struct {
	outputs []string
	inputs  []fs.FileInfo
}

// A ConflictError is a file that is named for two uses.
type ConflictError struct{ text string }

func (e *ConflictError) Error() string { return e.text }

// Writes notes that path will be written, and refuses early what cannot be:
// what there is to write may take minutes to compute.
func (g *Guard) Writes(path string) error {
	if err := writable(path); err != nil {
		return errorOf(path, err)
	}
	for _, other := range g.outputs {
		if Identity(other) == Identity(path) || isSameFile(other, path) {
			return &ConflictError{fmt.Sprintf("%s is to be written twice", path)}
		}
	}
	if info, err := os.Stat(path); err == nil {
		for _, in := range g.inputs {
			if os.SameFile(in, info) {
				return readHere(path)
			}
		}
	}
	g.outputs = append(g.outputs, path)
	return nil
}

// Reads notes that path is read.
func (g *Guard) Reads(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return nil // whoever reads it says so
	}
	return g.reads(info)
}

// ReadsFrom is Reads for a file that is open already, standard input say.
func (g *Guard) ReadsFrom(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	return g.reads(info)
}

func (g *Guard) reads(info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return nil // a terminal may be read and written
	}
	for _, path := range g.outputs {
		if out, err := os.Stat(path); err == nil && os.SameFile(info, out) {
			return readHere(path)
		}
	}
	g.inputs = append(g.inputs, info)
	return nil
}

func readHere(path string) error {
	return &ConflictError{fmt.Sprintf("%s is read here: it is not overwritten; write to another file", path)}
}

// writable tries whether path can be written, without changing anything.
func writable(path string) error {
	if path == "" {
		return errors.New("it has no name")
	}
	t, err := targetOf(path, Shared)
	if err != nil || t.straight {
		return err
	}
	if t.exists {
		// A file that may not be written is not replaced either, though its
		// directory would allow it.
		f, err := os.OpenFile(t.path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		f.Close()
	}
	trial := New(path, Private) // a signal removes it, as it does the file itself
	trial.mu.Lock()
	err = trial.open()
	trial.mu.Unlock()
	trial.Discard()
	return err
}

// Identity is the absolute path of the file that a name stands for, behind all
// links.
func Identity(name string) string {
	if end, err := resolve(name); err == nil {
		name = end
	}
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(name)); err == nil {
		name = filepath.Join(dir, filepath.Base(name))
	}
	return name
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
