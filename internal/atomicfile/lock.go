package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
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
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		lock := flock.New(name, flock.SetPermissions(Shared))
		locked, err := lock.TryLockContext(ctx, lockRetry)
		switch {
		case locked && isThere(lock):
			return func() { release(lock) }, nil
		case locked:
			_ = lock.Unlock()
		case errors.Is(err, errors.ErrUnsupported):
			return func() {}, nil // a file system without locks
		case ctx.Err() != nil:
			return nil, errorOf(path, fmt.Errorf("another program has locked it since %s, by %s; try again when it is done", patience, name))
		case err != nil:
			return nil, errorOf(path, err)
		}
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
