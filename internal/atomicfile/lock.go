package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/gofrs/flock"
)

// lockRetry is how often a lock that another program has is tried.
const lockRetry = 10 * time.Millisecond

// Lock keeps other programs from changing a file until unlock is called. It
// waits for them as long as patience says.
//
// The lock is on a file beside, as the file itself is replaced by each change.
// The system lets go of it when a program ends, however that ends. The file is
// removed with the lock: whoever gets a lock on one that is no longer there has
// locked nothing, and tries again.
func Lock(path string, patience time.Duration) (unlock func(), err error) {
	t, err := targetOf(path, Shared)
	if err != nil {
		return nil, errorOf(path, err)
	}
	if t.straight {
		return func() {}, nil // nobody reads it back
	}
	name := t.path + ".lock"
	l := &lock{file: flock.New(name, flock.SetPermissions(Shared))}
	// The watch comes first: a signal finds the file held, or not there yet.
	l.watch = watchSignals(func(deliver func()) {
		l.release()
		deliver()
	})
	for end := time.Now().Add(patience); ; time.Sleep(lockRetry) {
		locked, err := l.try()
		switch {
		case locked:
			return func() {
				l.release()
				l.watch.stop()
			}, nil
		case errors.Is(err, errors.ErrUnsupported):
			l.watch.stop()
			return func() {}, nil // a file system without locks
		case err == nil && time.Now().After(end):
			err = fmt.Errorf("another program has locked it since %s, by %s; try again when it is done", patience, name)
		}
		if err != nil {
			l.watch.stop()
			return nil, errorOf(path, err)
		}
	}
}

// A lock is held or not; a signal lets go of it, too.
type lock struct {
	mu    sync.Mutex
	file  *flock.Flock
	held  bool
	ended bool // it is not to be had any more
	watch *watch
}

// try takes the lock if nobody else has it.
func (l *lock) try() (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false, ErrInterrupted
	}
	locked, err := l.file.TryLock()
	if locked && !isThere(l.file) {
		return false, l.file.Unlock()
	}
	l.held = locked
	return locked, err
}

func (l *lock) release() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	if l.held {
		l.held = false
		release(l.file)
	}
}

// isThere reports whether what is locked is the file that others would lock.
func isThere(lock *flock.Flock) bool {
	mine, err := lock.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(lock.Path())
	return err == nil && os.SameFile(mine, now)
}

// release removes the file before others can lock it. Windows removes no file
// that is open: there it is removed afterwards, unless another has opened it.
func release(lock *flock.Flock) {
	if runtime.GOOS != "windows" {
		os.Remove(lock.Path())
	}
	_ = lock.Unlock()
	if runtime.GOOS == "windows" {
		os.Remove(lock.Path())
	}
}
