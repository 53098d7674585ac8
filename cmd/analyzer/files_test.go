package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"memtrail/internal/cases"
)

// TestAcceptAtOnce: of 20 that add to a baseline at once, none is lost.
func TestAcceptAtOnce(t *testing.T) {
	t.Parallel()
	writers := cases.Number(4, 20)
	path := filepath.Join(t.TempDir(), "leaks.json")
	var commands []*exec.Cmd
	for i := range writers {
		cmd := exec.Command("analyzer", "gate", "accept", fmt.Sprintf("%08x", i), "--reason", "one of many", "--count", "1", "--baseline", path)
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		commands = append(commands, cmd)
	}
	for i, cmd := range commands {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%d: %v", i, err)
		}
	}
	b, err := readBaseline(path)
	if err != nil || len(b.Entries) != writers {
		t.Fatalf("%d entries of %d (%v)", len(b.Entries), writers, err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("left: %v (%v)", left, err)
	}
}

// TestWrittenFiles holds every file that a command writes against what can be
// at its path.
func TestWrittenFiles(t *testing.T) {
	t.Parallel()
	series := seriesFiles(t, "cache_service")[:3]
	accept := []string{"gate", "accept", "a3f9c1e2", "--reason", "it is known", "--count", "1", "--baseline"}
	outputs := []struct {
		name  string
		args  []string // with the file behind them
		code  int
		reads []string // inputs that are files in dir, too
		// changes: what is there is read before it is replaced.
		changes bool
	}{
		{"answer", []string{"leaks", "in-1.json.gz", "-o"}, exitOK, []string{"in-1.json.gz"}, false},
		{"series", []string{"growth", "in-1.json.gz", "in-2.json.gz", "in-3.json.gz", "-o"}, exitOK, []string{"in-1.json.gz", "in-3.json.gz"}, false},
		{"picture", []string{"heap", "in-1.json.gz", "--png"}, exitOK, []string{"in-1.json.gz"}, false},
		{"gate", []string{"gate", "in-1.json.gz", "in-2.json.gz", "in-3.json.gz", "--config", "limits.yml", "-o"}, exitLeak, []string{"in-2.json.gz", "limits.yml"}, false},
		{"new baseline", []string{"gate", "in-1.json.gz", "in-2.json.gz", "in-3.json.gz", "--write-baseline"}, exitOK, nil, true},
		{"baseline", accept, exitOK, nil, true},
	}
	for _, o := range outputs {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for i, name := range series {
				copyFile(t, name, filepath.Join(dir, fmt.Sprintf("in-%d.json.gz", i+1)))
			}
			if err := os.WriteFile(filepath.Join(dir, "limits.yml"), []byte("min_growth:\n  count: 10\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			write := func(file string) (string, int) {
				args := append(slices.Clone(o.args), file)
				for i, a := range args {
					if strings.HasPrefix(a, "in-") || a == "limits.yml" {
						args[i] = filepath.Join(dir, a)
					}
				}
				_, stderr, code := analyze(t, "", args...)
				return stderr, code
			}
			check := func(what, file string, code int) {
				t.Helper()
				before := names(t, dir)
				stderr, got := write(file)
				if got != code {
					t.Errorf("%s: exit code %d, want %d; %s", what, got, code, stderr)
				}
				if code == exitUnusable && (strings.Count(stderr, "\n") != 1 || stderr == "") {
					t.Errorf("%s: %q is not one line", what, stderr)
				}
				if after := names(t, dir); strings.Contains(after, ".analyzer") || code == exitUnusable && after != before {
					t.Errorf("%s: left %s", what, after)
				}
			}
			out := filepath.Join(dir, "out.json")
			check("new", out, o.code)
			if err := os.Chmod(out, 0o604); err != nil {
				t.Fatal(err)
			}
			check("again", out, o.code)
			if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o604 && runtime.GOOS != "windows" {
				t.Errorf("mode %v (%v)", info.Mode(), err)
			}
			check("directory", dir, exitUnusable)
			check("no directory", filepath.Join(dir, "none", "out"), exitUnusable)
			for _, name := range o.reads {
				in := filepath.Join(dir, name)
				before, err := os.ReadFile(in)
				if err != nil {
					t.Fatal(err)
				}
				check("input "+name, in, exitUnusable)
				if now, err := os.ReadFile(in); err != nil || !bytes.Equal(now, before) {
					t.Errorf("%s was changed (%v)", name, err)
				}
			}
			if runtime.GOOS != "windows" && !o.changes {
				check("null", os.DevNull, o.code)
				if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
					t.Errorf("%s became a file (%v)", os.DevNull, err)
				}
			}
			if _, err := os.Stat("/dev/full"); err == nil && !o.changes {
				check("full", "/dev/full", exitUnusable)
			}
		})
	}
}

// names are the files in a directory.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return strings.Join(list, " ")
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
