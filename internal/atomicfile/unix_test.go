//go:build unix

package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"memtrail/internal/cases"
)

// writerVariable has this test binary write files instead of testing: see
// TestMain.
const writerVariable = "ATOMICFILE_WRITE"

func TestMain(m *testing.M) {
	if path := os.Getenv(writerVariable); path != "" {
		os.Exit(writeForever(path))
	}
	os.Exit(m.Run())
}

// version is the n-th text of a file, of which a part can be told from the whole.
func version(n int) string {
	line := fmt.Sprintf("version %d\n", n)
	return line + strings.Repeat(line, 20_000) + "end of " + line
}

// isWhole reports whether a text is a version, from its first byte to its last.
func isWhole(text []byte) bool {
	var n int
	if _, err := fmt.Fscanf(bytes.NewReader(text), "version %d\n", &n); err != nil {
		return false
	}
	return string(text) == version(n)
}

func writeForever(path string) int {
	for n := 1; ; n++ {
		err := Write(path, Private, func(w io.Writer) error { _, err := io.WriteString(w, version(n)); return err })
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
	}
}

func startWriter(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerVariable+"="+path)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// TestKill ends a program that writes at many moments: the old file or the new
// one is there, whole; after a signal that can be caught, nothing is beside it.
func TestKill(t *testing.T) {
	t.Parallel()
	rounds := cases.Number(6, 24)
	for _, s := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			if signal.Ignored(s) {
				t.Skip("the test was started to ignore it, by nohup say, and so is what it starts")
			}
			dir := t.TempDir()
			path := put(t, dir, "a", version(0), 0o640)
			for i := range rounds {
				cmd := startWriter(t, path)
				time.Sleep(time.Duration(i*24/rounds) * 1700 * time.Microsecond)
				_ = cmd.Process.Signal(s)
				err := cmd.Wait()
				if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.Sys().(syscall.WaitStatus).Signal() != s {
					t.Fatalf("ended with %v, not by the signal", err)
				}
				text, err := os.ReadFile(path)
				if err != nil || !isWhole(text) {
					t.Fatalf("after %d: %d bytes, no whole version (%v)", i, len(text), err)
				}
				if left := names(t, dir); s != syscall.SIGKILL && strings.Contains(left, ".analyzer") {
					t.Fatalf("after %d: left %s", i, left)
				}
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("mode %v (%v)", info.Mode(), err)
			}
		})
	}
}

// TestStraight: what is no file is written as it is, and stays what it is.
func TestStraight(t *testing.T) {
	t.Parallel()
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		text, _ := os.ReadFile(fifo)
		got <- string(text)
	}()
	if err := Write(fifo, Private, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "new" {
		t.Errorf("the reader of the FIFO got %q", text)
	}
	for _, path := range []string{fifo, os.DevNull} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().IsRegular() {
			t.Errorf("%s became a file (%v)", path, err)
		}
	}
	if err := Write(os.DevNull, Private, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Error(err)
	}
}

// TestDescriptor: a descriptor is written where it stands, as a shell does.
func TestDescriptor(t *testing.T) {
	path := put(t, t.TempDir(), "a", "", 0o600)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	// A descriptor of its own, as a File does not close those of the program.
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	name := link(t, t.TempDir(), "l", fmt.Sprintf("/dev/fd/%d", fd))
	fmt.Fprint(f, "before ")
	if err := Write(name, Private, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(f, " behind")
	is(t, path, "before new behind", 0o600)
}

// TestFull: a full device is an error, and the error says which file.
func TestFull(t *testing.T) {
	t.Parallel()
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skip(err)
	}
	err := Write(full, Private, func(w io.Writer) error { _, err := io.WriteString(w, version(1)); return err })
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), full) {
		t.Errorf("%v", err)
	}
	if err := Append(full, []byte("text")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Append: %v", err)
	}
}
