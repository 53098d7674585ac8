package capture_test

import (
	"debug/elf"
	"os"
	"testing"

	"memtrail/capture"
)

func writeCore(t *testing.T, c *capture.Capture, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.WriteCore(f, elf.EM_X86_64); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
