//go:build linux && (amd64 || arm64)

package memory

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// captured copies the memory of a process; the image is closed with the test.
func captured(t *testing.T, c child) *Image {
	t.Helper()
	image, _, err := Capture(c.cmd.Process.Pid, Limits{})
	if errors.Is(err, ErrPermission) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { image.Close() })
	return image
}

// What was not copied is read from the files when the process has ended.
func TestImageOutlivesTheProcess(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=target")
	c.line(t)
	image := captured(t, c)
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	heads := 0
	for _, m := range image.Mappings {
		if m.Offset != 0 || m.Writable() || !strings.HasPrefix(m.Path, "/") {
			continue
		}
		if heads++; !bytes.Equal(image.Bytes(m.From, 4), []byte("\x7fELF")) {
			t.Errorf("%s begins with %q", m.Path, image.Bytes(m.From, 4))
		}
	}
	if heads == 0 {
		t.Error("no file is mapped")
	}
}

// What was not copied is read from the files, too, where the process has unloaded
// them since.
func TestImageOutlivesAnUnloadedFile(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=unmapper")
	at, err := strconv.ParseUint(c.line(t), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	image := captured(t, c)
	if err := c.cmd.Process.Signal(unix.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if line := c.line(t); line != "<nil>" {
		t.Fatal(line)
	}
	if got := image.Bytes(at, 4); !bytes.Equal(got, []byte("\x7fELF")) {
		t.Errorf("it begins with %q", got)
	}
	if got := image.Bytes(64, 4); got != nil {
		t.Errorf("where nothing was mapped there is %q", got)
	}
}
