package atomicfile

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestWriteOn: a file is written to its end though a signal comes, which its
// listener is told of once.
func TestWriteOn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot interrupt itself")
	}
	c := make(chan os.Signal, 8)
	signal.Notify(c, os.Interrupt)
	defer signal.Stop(c)
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	err := WriteOn(path, Private, func(w io.Writer) error {
		if _, err := io.WriteString(w, "be"); err != nil {
			return err
		}
		deliver(os.Interrupt)
		_, err := io.WriteString(w, "gun")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	is(t, path, "begun", 0o600)
	time.Sleep(2 * arrival)
	if len(c) != 1 {
		t.Errorf("the signal came %d times", len(c))
	}
	if err := WriteOn(path, Private, func(io.Writer) error { return errRender }); !errors.Is(err, errRender) {
		t.Error(err)
	}
	is(t, path, "begun", 0o600)
}
