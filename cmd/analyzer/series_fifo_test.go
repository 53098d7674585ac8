//go:build unix

package main

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// A FIFO that a pattern matches would be waited for, perhaps for ever.
func TestPatternSkipsFIFOs(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "a.json"), 0o600); err != nil {
		t.Skip(err)
	}
	dump := filepath.Join(dir, "b.json")
	if err := os.WriteFile(dump, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := expand(filepath.Join(dir, "*.json")); err != nil || !slices.Equal(got, []string{dump}) {
		t.Errorf("%v, %v", got, err)
	}
}
