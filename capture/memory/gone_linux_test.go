//go:build linux && (amd64 || arm64)

package memory

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// What was not copied is read from the files when the process has ended.
func TestImageOutlivesTheProcess(t *testing.T) {
	c := startRole(t, "MEMORY_TEST_ROLE=target")
	c.line(t)
	image, _, err := Capture(c.cmd.Process.Pid, Limits{})
	if errors.Is(err, ErrPermission) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
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
