package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"memtrail/internal/dumpbuild"
)

func TestColorFromEnvironment(t *testing.T) {
	tests := []struct {
		environment    string // NAME=VALUE, separated by blanks
		file, terminal bool   // whether there are colors
	}{
		{"", false, true},
		{"NO_COLOR=1", false, false},
		{"NO_COLOR=", false, true}, // set to nothing counts as not set
		{"FORCE_COLOR=1", true, true},
		{"FORCE_COLOR=3", true, true},
		{"FORCE_COLOR=0", false, false},
		{"FORCE_COLOR=false", false, false},
		{"FORCE_COLOR=", false, true},
		{"CLICOLOR_FORCE=1", true, true},
		{"CLICOLOR_FORCE=0", false, true},
		{"CLICOLOR=0", false, false},
		{"CLICOLOR=1", false, true},
		{"TERM=dumb", false, false},
		{"NO_COLOR=1 FORCE_COLOR=1 CLICOLOR_FORCE=1", false, false},
		{"FORCE_COLOR=1 CLICOLOR=0", true, true},
		{"FORCE_COLOR=1 TERM=dumb", true, true},
		{"CLICOLOR_FORCE=1 CLICOLOR=0", true, true},
	}
	for _, tt := range tests {
		set := map[string]string{}
		for _, assignment := range strings.Fields(tt.environment) {
			name, value, _ := strings.Cut(assignment, "=")
			set[name] = value
		}
		getenv := func(name string) string { return set[name] }
		if got := colorFromEnvironment(getenv, false); got != tt.file {
			t.Errorf("%q, no terminal: %t, want %t", tt.environment, got, tt.file)
		}
		if got := colorFromEnvironment(getenv, true); got != tt.terminal {
			t.Errorf("%q, terminal: %t, want %t", tt.environment, got, tt.terminal)
		}
	}
}

func TestBuildInfo(t *testing.T) {
	const commit = "0123456789abcdef0123456789abcdef01234567"
	vcs := []debug.BuildSetting{{Key: "vcs.revision", Value: commit}, {Key: "vcs.time", Value: "2026-01-02T03:04:05Z"}, {Key: "vcs.modified", Value: "true"}}
	tests := []struct {
		name, noted, linked string
		settings            []debug.BuildSetting
		want                string // before the version of Go
	}{
		{"nothing known", "", "", nil, "0.0.0-unknown"},
		{"of a test", "(devel)", "", nil, "0.0.0-unknown"},
		{"tag", "v1.2.3", "", vcs, "1.2.3 (0123456789ab, modified)"},
		{"pseudo-version", "v0.0.0-20260102030405-0123456789ab+dirty", "", vcs, "0.0.0-20260102030405-0123456789ab+dirty"},
		{"linker", "(devel)", "1.2.3", nil, "1.2.3"},
		{"linker first", "v1.2.3", "v1.2.4", vcs[:1], "1.2.4 (0123456789ab)"},
	}
	for _, tt := range tests {
		info := &debug.BuildInfo{Main: debug.Module{Version: tt.noted}, Settings: tt.settings}
		b := newBuildInfo(info, tt.linked)
		if got, _, _ := strings.Cut(b.String(), " go"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if len(tt.settings) == len(vcs) && !b.time.Equal(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)) {
			t.Errorf("%s: time %s", tt.name, b.time)
		}
	}
}

// TestCompletion: each command completes its arguments, and each flag with a
// value is in a list: of words, of files, or of those that only the user knows.
func TestCompletion(t *testing.T) {
	free := map[string]bool{}
	for _, name := range strings.Fields(`limit threshold min-count min-bytes max-unexplained memory-limit reason expires path holds count bytes
		after max-pause depth min-share nodes from item all-paths steps filters cooldown every every-marks every-output
		for max-disk near-limit on-rate when-rss when-usage time pid usage real peak rss request requests`) {
		free[name] = true
	}
	free["max-memory"], free["max-window"] = true, true
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, console: io.Discard, stderr: io.Discard}
	root := a.rootCommand()
	completeFlags(root)
	seen := map[string]bool{}
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		switch name := cmd.Name(); {
		case name == "help" || name == "completion" || name == "version" || cmd.HasParent() && cmd.Parent().Name() == "completion":
		case cmd.ValidArgsFunction == nil:
			t.Errorf("%s completes no arguments", cmd.CommandPath())
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			seen[f.Name] = true
			complete, ok := cmd.GetFlagCompletionFunc(f.Name)
			switch {
			case f.Value.Type() == "bool":
			case !ok:
				t.Errorf("%s --%s has no completion", cmd.CommandPath(), f.Name)
			default:
				words, directive := complete(cmd, nil, "")
				if nothing := len(words) == 0 && directive == cobra.ShellCompDirectiveNoFileComp; nothing != free[f.Name] {
					t.Errorf("%s --%s completes %q, directive %d", cmd.CommandPath(), f.Name, words, directive)
				}
			}
			// What completion offers is what the help says.
			if f.Name == "format" || f.Name == "sort" || f.Name == "group" || f.Name == "color" {
				words, _ := complete(cmd, nil, "")
				for _, word := range words {
					if !strings.Contains(f.Usage, word) {
						t.Errorf("%s --%s: %q is not in %q", cmd.CommandPath(), f.Name, word, f.Usage)
					}
				}
			}
		})
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
	for name := range free {
		if !seen[name] {
			t.Errorf("there is no flag --%s", name)
		}
	}
}

// TestCommonFlags: what a flag means in one command it means in all.
func TestCommonFlags(t *testing.T) {
	a := &app{stdin: strings.NewReader(""), stdout: io.Discard, console: io.Discard, stderr: io.Discard}
	for _, cmd := range a.rootCommand().Commands() {
		for short, long := range map[string]string{"v": "verbose", "q": "quiet", "o": "output", "l": "limit"} {
			cmd.InheritedFlags() // merges those of the root
			if f := cmd.Flags().ShorthandLookup(short); f != nil && f.Name != long {
				t.Errorf("%s: -%s is --%s", cmd.Name(), short, f.Name)
			} else if f == nil && (short == "v" || short == "q") {
				t.Errorf("%s has no -%s", cmd.Name(), short)
			}
		}
	}
}

// TestVerboseInFull: growth and gate shorten long names, but not with -v; diff adds a
// column.
func TestVerboseInFull(t *testing.T) {
	t.Parallel()
	class := `App\` + strings.Repeat(`Very\`, 30) + `DeepClass`
	dir := t.TempDir()
	var files []string
	for i := 1; i <= 3; i++ {
		list := dumpbuild.NewArray()
		for j := range 400 * i {
			list.Add(fmt.Sprint(j), dumpbuild.NewObject(class, dumpbuild.To("n", dumpbuild.NewScalar("int"))))
		}
		dump := dumpbuild.New().Frame("<GLOBAL>", "list", list).Dump().PrintUsual()
		files = append(files, filepath.Join(dir, fmt.Sprintf("mem-%d.json", i)))
		if err := os.WriteFile(files[i-1], dump, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{append([]string{"growth"}, files...), append([]string{"gate"}, files...)} {
		brief, _, _ := analyze(t, "", args...)
		long, _, _ := analyze(t, "", append(args, "-v")...)
		if shown := class + "perinterval"; strings.Contains(unwrapped(brief), shown) || !strings.Contains(unwrapped(long), shown) {
			t.Errorf("%s:\n%s\nwith -v:\n%s", args[0], brief, long)
		}
	}
	brief, _, _ := analyze(t, "", "diff", files[1], files[2])
	long, _, _ := analyze(t, "", "diff", "-v", files[1], files[2])
	if strings.Contains(brief, "Fingerprint") || !strings.Contains(long, "Fingerprint") {
		t.Errorf("diff:\n%s\nwith -v:\n%s", brief, long)
	}
}

// unwrapped is a text without its breaks and margins.
func unwrapped(text string) string { return strings.Join(strings.Fields(text), "") }
