package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := put(t, dir, "in", "text", 0o600)
	put(t, dir, "other", "text", 0o600)
	link(t, dir, "symbolic", "in")
	link(t, dir, "nothing", "new")
	if err := os.Link(in, filepath.Join(dir, "hard")); err != nil {
		t.Skip(err)
	}
	tests := []struct {
		name   string
		reads  string
		writes []string
		ok     bool
	}{
		{"another", "in", []string{"other"}, true},
		{"new", "in", []string{"new"}, true},
		{"two", "in", []string{"new", "other"}, true},
		{"a new input", "none", []string{"new"}, true},
		{"itself", "in", []string{"in"}, false},
		{"by another path", "in", []string{"../" + filepath.Base(dir) + "/in"}, false},
		{"symbolic link", "in", []string{"symbolic"}, false},
		{"read by a link", "symbolic", []string{"in"}, false},
		{"hard link", "in", []string{"hard"}, false},
		{"twice", "in", []string{"new", "./new"}, false},
		{"twice by a link", "in", []string{"new", "nothing"}, false},
		{"twice, and there", "in", []string{"other", "./other"}, false},
		{"no name", "in", []string{""}, false},
		{"directory", "in", []string{"."}, false},
	}
	for _, tt := range tests {
		path := func(name string) string {
			if name == "" {
				return ""
			}
			return dir + "/" + name
		}
		for _, first := range []string{"reads", "writes"} {
			var g Guard
			var err error
			if first == "reads" {
				err = g.Reads(path(tt.reads))
			}
			for _, name := range tt.writes {
				err = errors.Join(err, g.Writes(path(name)))
			}
			if first == "writes" {
				err = errors.Join(err, g.Reads(path(tt.reads)))
			}
			if (err == nil) != tt.ok {
				t.Errorf("%s, %s first: %v", tt.name, first, err)
			}
		}
	}
	is(t, in, "text", 0o600)
}

// TestGuardReadOnly: a file that may not be written is not replaced either.
func TestGuardReadOnly(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("root may write all files")
	}
	path := put(t, t.TempDir(), "a", "old", 0o400)
	if err := new(Guard).Writes(path); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v", err)
	}
}

func TestGuardOpenInput(t *testing.T) {
	t.Parallel()
	path := put(t, t.TempDir(), "a", "text", 0o600)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var g Guard
	if err := errors.Join(g.ReadsFrom(f), g.Writes(path)); err == nil {
		t.Error("the guard lets an open input be replaced")
	}
	if runtime.GOOS == "windows" {
		return
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if err := errors.Join(g.ReadsFrom(null), g.Writes(os.DevNull)); err != nil {
		t.Errorf("%s is no file: %v", os.DevNull, err)
	}
}
