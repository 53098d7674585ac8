// Package atomicfile writes files that are complete or, after any failure, as
// they were before.
//
// A file is written beside the one that it replaces, flushed to the disk and
// renamed. What fails on the way, a full disk, a signal, a renderer's error,
// removes the new file and leaves the old one. Links stay links, modes stay
// modes. What is no regular file, such as a FIFO, /dev/null or /dev/stdout, is
// written straight.
//
// A [Guard] keeps a program from writing onto its own inputs, [Lock] keeps
// programs that change one file from losing each other's changes.
package atomicfile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// The modes of files that were not there before. The umask applies.
const (
	Shared  fs.FileMode = 0o666
	Private fs.FileMode = 0o600 // for what may hold secrets
)

// bufferSize is how many bytes are collected before they are written.
const bufferSize = 64 << 10

// ErrInterrupted is the error of a file whose writing a signal has ended.
var ErrInterrupted = errors.New("interrupted")

// errDone is the error of a file that is written to after Commit or Discard.
var errDone = errors.New("written to after it was closed")

// An Error says which file could not be written. It names the file as the user
// did, never the temporary one.
type Error struct {
	Path string
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("cannot write %s: %s", e.Path, e.Err) }

// Unwrap returns what the system said.
func (e *Error) Unwrap() error { return e.Err }

// errorOf is an error of a file's path, without the names that the system puts
// into it; nil for nil.
func errorOf(path string, err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*os.SyscallError](err); ok {
		err = e.Err
	}
	return &Error{path, err}
}

// A File is a file in the making. It is safe for use by one goroutine; signals
// are handled beside it.
type File struct {
	path string
	mode fs.FileMode
	deaf bool // signals are for others

	mu     sync.Mutex // of all below, which a signal changes
	target target
	file   *os.File // nil before the first write, and when all is done
	buffer *bufio.Writer
	watch  *watch // nil if there is no temporary file
	err    error  // of all further calls
}

// New returns a file that will replace what is at path, with this mode if
// nothing is. Nothing is touched before the first write: a program that fails
// while it computes leaves nothing behind, whatever ends it.
func New(path string, mode fs.FileMode) *File {
	return &File{path: path, mode: mode}
}

// Write writes to the new file.
func (f *File) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.open(); err != nil {
		return 0, errorOf(f.path, err)
	}
	n, err := f.buffer.Write(p)
	return n, errorOf(f.path, err)
}

// Flush writes to the disk what the new file has so far; the old one stays. Of
// several files of one answer all are flushed before the first is put in its
// place: a disk that is full leaves all of them as they were.
func (f *File) Flush() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.open()
	if err == nil {
		err = f.buffer.Flush()
	}
	if err == nil && !f.target.straight {
		if err = f.file.Sync(); noSync(err) {
			err = nil
		}
	}
	return errorOf(f.path, err)
}

// Commit puts the new file in the place of the old one. After an error the old
// one is still there, and the new one is removed.
func (f *File) Commit() error {
	f.mu.Lock()
	err := f.open() // an answer may be empty
	if err == nil {
		if err = f.finish(); err != nil {
			f.remove()
		}
	}
	watch := f.end(errDone)
	f.mu.Unlock()
	watch.stop()
	return errorOf(f.path, err)
}

// Discard removes the new file; the old one stays. It does nothing after Commit.
func (f *File) Discard() {
	f.mu.Lock()
	f.remove()
	watch := f.end(errDone)
	f.mu.Unlock()
	watch.stop()
}

// end notes that nothing more can be done with f, and why.
func (f *File) end(err error) *watch {
	w := f.watch
	f.file, f.watch = nil, nil
	if f.err == nil {
		f.err = err
	}
	return w
}

func (f *File) open() error {
	if f.err != nil || f.file != nil {
		return f.err
	}
	var err error
	if f.target, err = targetOf(f.path, f.mode); err != nil {
		return err
	}
	if f.target.straight {
		f.file, err = f.target.open()
	} else {
		if !f.deaf {
			f.watch = watchSignals(f.interrupt)
		}
		f.file, err = createBeside(f.target.path, f.target.mode)
	}
	if err != nil {
		f.file = nil
		return err
	}
	f.buffer = bufio.NewWriterSize(f.file, bufferSize)
	return nil
}

// finish writes what is left, and renames.
func (f *File) finish() error {
	if err := f.buffer.Flush(); err != nil {
		return err
	}
	if f.target.straight {
		return f.target.close(f.file)
	}
	if f.target.exists {
		if err := f.file.Chmod(f.target.mode); err != nil {
			return err
		}
	}
	// Without this, a crash soon after the rename leaves an empty file on file
	// systems that delay the allocation of blocks.
	if err := f.file.Sync(); err != nil && !noSync(err) {
		return err
	}
	if err := f.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.file.Name(), f.target.path); err != nil {
		return err
	}
	syncDirectory(filepath.Dir(f.target.path))
	return nil
}

// remove removes the new file, if it is still there.
func (f *File) remove() {
	switch {
	case f.file == nil:
	case f.target.straight:
		_ = f.target.close(f.file)
	default:
		f.file.Close()
		os.Remove(f.file.Name())
	}
}

// interrupt is remove for a signal. The file stays locked until the signal has
// been delivered: a writer that saw the error before might end the program as
// if there had been no signal.
func (f *File) interrupt(deliver func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	defer deliver()
	f.remove()
	f.file = nil
	if f.err == nil {
		f.err = ErrInterrupted
	}
}

// Write writes a file of which nothing stays if write fails. Its error is
// returned as it is.
func Write(path string, mode fs.FileMode, write func(io.Writer) error) error {
	f := New(path, mode)
	if err := write(f); err != nil {
		f.Discard()
		return err
	}
	return f.Commit()
}

// WriteOn is Write for a program that goes on when a signal comes, or hands it
// to others: the file is written all the same.
func WriteOn(path string, mode fs.FileMode, write func(io.Writer) error) error {
	f := New(path, mode)
	f.deaf = true
	if err := write(f); err != nil {
		f.Discard()
		return err
	}
	return f.Commit()
}

// Append adds to a file that others add to as well, all of the text or, if
// there is no room for it, nothing.
func Append(path string, text []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, Shared)
	if err != nil {
		return errorOf(path, err)
	}
	before, statErr := f.Stat()
	if _, err = f.Write(text); err != nil && statErr == nil && before.Mode().IsRegular() {
		err = errors.Join(err, f.Truncate(before.Size()))
	}
	return errorOf(path, errors.Join(err, f.Close()))
}

// createBeside creates a hidden file in the directory of another. Unlike
// os.CreateTemp it takes a mode: the file is never easier to read than the one
// that it becomes.
func createBeside(path string, mode fs.FileMode) (f *os.File, err error) {
	for range 100 {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".analyzer-%016x", rand.Uint64()))
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = &missingDirectory{filepath.Dir(path)}
	}
	return f, err
}

// missingDirectory says that a file cannot be created for want of its directory.
type missingDirectory struct{ dir string }

func (e *missingDirectory) Error() string {
	return fmt.Sprintf("there is no directory %s; create it first", e.dir)
}

func (e *missingDirectory) Is(target error) bool { return target == fs.ErrNotExist }

// noSync reports whether a file system does not know fsync.
func noSync(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL)
}

// syncDirectory makes a rename last, where directories can be flushed. That it
// cannot is no reason to call the file unwritten: it is there, and whole.
func syncDirectory(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
