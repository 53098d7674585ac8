package atomicfile

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestLock: of a file's changes by many, none is lost, and no lock is left.
func TestLock(t *testing.T) {
	t.Parallel()
	const writers, rounds = 8, 10
	path := filepath.Join(t.TempDir(), "counter")
	put(t, filepath.Dir(path), "counter", "0", 0o600)
	name := link(t, filepath.Dir(path), "link", "counter")
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for range rounds {
				as := path
				if i%2 == 1 {
					as = name
				}
				if err := increment(as); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	is(t, path, strconv.Itoa(writers*rounds), 0o600)
	if left := names(t, filepath.Dir(path)); strings.Contains(left, ".lock") {
		t.Errorf("left: %s", left)
	}
}

func increment(path string) error {
	unlock, err := Lock(path, time.Minute)
	if err != nil {
		return err
	}
	defer unlock()
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return err
	}
	f := New(path, Private)
	if _, err := f.Write(strconv.AppendInt(nil, int64(n+1), 10)); err != nil {
		f.Discard()
		return err
	}
	return f.Commit()
}

func TestLockPatience(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a")
	unlock, err := Lock(path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path, 30*time.Millisecond); err == nil || !strings.Contains(err.Error(), "try again") {
		t.Errorf("%v", err)
	}
	unlock()
	// A lock file that a killed program has left locks nothing.
	put(t, filepath.Dir(path), "a.lock", "", 0o600)
	unlock, err = Lock(path, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}
