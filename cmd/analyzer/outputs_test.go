package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// writers are all flags of all commands that name a file to write, with arguments to
// which the flag is added. The inputs are files of the directory.
var writers = []struct {
	command, flag string
	args          []string
}{
	{"leaks", "output", []string{"leaks", "in-1.json"}},
	{"growth", "output", []string{"growth", "in-1.json", "in-2.json", "in-3.json"}},
	{"diff", "output", []string{"diff", "in-1.json", "in-2.json"}},
	{"gate", "output", []string{"gate", "in-1.json", "in-2.json", "in-3.json"}},
	{"gate", "output", []string{"gate", "in-1.json", "in-2.json", "in-3.json", "--output=KIND"}},
	{"gate", "write-baseline", []string{"gate", "in-1.json", "in-2.json", "in-3.json"}},
	{"report", "output", []string{"report", "in-1.json"}},
	{"report", "output", []string{"report", "in-1.json", "in-2.json", "in-3.json"}},
	{"tree", "output", []string{"tree", "in-1.json"}},
	{"summary", "output", []string{"summary", "in-1.json"}},
	{"top-children", "output", []string{"top-children", "in-1.json"}},
	{"query", "output", []string{"query", "in-1.json"}},
	{"ref-path", "output", []string{"ref-path", "0x7f0000001000", "in-1.json"}},
	{"heap", "output", []string{"heap", "in-1.json"}},
	{"heap", "png", []string{"heap", "in-1.json"}},
	{"export", "output", []string{"export", "in-1.json", "--to", "csv"}},
	{"export", "output", []string{"export", "in-1.json", "--to", "heapsnapshot"}},
	{"export", "output", []string{"export", "in-1.json", "--to", "parquet", "--table", "items"}},
	{"check", "output", []string{"check", "in-1.json"}},
	{"allocators", "output", []string{"allocators", "in-1.json"}},
	{"series", "output", []string{"series", "in-1.json"}},
	{"capture", "output", []string{"capture", "--core", "in-1.json"}},
}

// others are the flags of these names that no input can be given for: they write what
// a process has, or the baseline that they read.
var others = map[string]bool{"record output": true, "doctor output": true, "accept baseline": true}

// TestNoOutputIsAnInput gives each flag that names a file to write each spelling of
// each input: the command refuses, in one line, and the input stays as it was.
func TestNoOutputIsAnInput(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	var dumps [][]byte
	for i := range 3 {
		dumps = append(dumps, hostileDump("Name", 20*(i+1)))
		if err := os.WriteFile(fmt.Sprintf("in-%d.json", i+1), dumps[i], 0o640); err != nil {
			t.Fatal(err)
		}
	}
	spellings := []string{"in-1.json", "./in-1.json", ".//in-1.json", filepath.Join(dir, "in-1.json"), "../" + filepath.Base(dir) + "/in-1.json"}
	if err := os.Link("in-1.json", "hard"); err == nil {
		spellings = append(spellings, "hard")
	}
	if err := os.Symlink("in-1.json", "soft"); err == nil {
		spellings = append(spellings, "soft")
		if err := os.Symlink("soft", "softer"); err == nil && os.Symlink(dir, "here") == nil {
			spellings = append(spellings, "softer", "here/in-1.json", "here/soft")
		}
	}
	if _, err := os.Stat("IN-1.JSON"); err == nil { // a file system that takes case for nothing
		spellings = append(spellings, "IN-1.JSON")
	}
	before := names(t, dir)
	for _, w := range writers {
		for _, file := range spellings {
			args := slices.Clone(w.args)
			if last := len(args) - 1; args[last] == "--output=KIND" {
				args[last] = "--output=json=" + file
			} else {
				args = append(args, "--"+w.flag+"="+file)
			}
			_, stderr, code := analyze(t, "", args...)
			if code != exitUnusable || strings.Count(stderr, "\n") != 1 {
				t.Errorf("%q: exit code %d, %q", args, code, stderr)
			}
			for i, want := range dumps {
				if got, err := os.ReadFile(fmt.Sprintf("in-%d.json", i+1)); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%q: in-%d.json is another: %d bytes (%v)", args, i+1, len(got), err)
				}
			}
			if info, err := os.Stat("in-1.json"); err != nil || info.Mode().Perm() != 0o640 && filepath.Separator == '/' {
				t.Errorf("%q: mode %v (%v)", args, info.Mode(), err)
			}
			if after := names(t, dir); after != before {
				t.Fatalf("%q: left %s", args, after)
			}
		}
	}
}

// TestWritersAreAll: no command has a flag for a file to write that the test above
// does not know.
func TestWritersAreAll(t *testing.T) {
	known := map[string]bool{}
	for _, w := range writers {
		known[w.command+" "+w.flag] = true
	}
	writes := []string{"output", "png", "write-baseline", "raw-output", "baseline"}
	for _, cmd := range allCommands((&app{}).rootCommand()) {
		cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			name := cmd.Name() + " " + f.Name
			if !slices.Contains(writes, f.Name) && !strings.Contains(f.Usage, "write") || f.Value.Type() == "bool" || name == "gate baseline" || name == "gate reason" {
				return
			}
			if !known[name] && !others[name] {
				t.Errorf("--%s of %s: %s", f.Name, cmd.CommandPath(), f.Usage)
			}
		})
	}
}
