package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme runs each example of the README and of docs: in a block marked
// "console", a line that starts with "$ analyzer" is a command, and what
// follows, up to the next one, is what it prints; "$ echo $?" tells its exit
// code. A block marked with a language and a name, "yaml .analyzer.yml", is a
// file for the examples after it. Those of a document run in one directory,
// which is empty but for testdata.
func TestReadme(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"README.md", "docs/json.md", "docs/find-a-leak.md", "docs/leak-gate.md", "docs/cli.md"} {
		t.Run(file, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Symlink(filepath.Join(root, "testdata"), filepath.Join(dir, "testdata")); err != nil {
				t.Skip(err)
			}
			t.Chdir(dir)
			runExamples(t, filepath.Join(root, file))
		})
	}
}

func runExamples(t *testing.T, file string) {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out, block []string
	lines := strings.Split(string(b), "\n")
	fence, ran, code := "", 0, 0 // fence: how the block began that the line is in
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		out = append(out, line)
		switch {
		case fence == "" && strings.HasPrefix(line, "```"):
			fence, block = line, nil
		case line == "```":
			writeBlock(t, fence, block)
			fence = ""
		case fence == "```console" && strings.HasPrefix(line, "$ "):
			var want []string
			for i+1 < len(lines) && !strings.HasPrefix(lines[i+1], "```") && !strings.HasPrefix(lines[i+1], "$ ") {
				i++
				want = append(want, lines[i])
			}
			var got []string
			if args, ok := strings.CutPrefix(line, "$ analyzer "); ok {
				var stdout, stderr string
				stdout, stderr, code = analyze(t, "", split(t, args)...)
				got = strings.Split(strings.TrimRight(stderr+stdout, "\n"), "\n")
				ran++
			} else if line == "$ echo $?" {
				got = []string{fmt.Sprint(code)}
			} else {
				t.Fatalf("%s: %s is not run", file, line)
			}
			out = append(out, got...)
			if !*update && strings.Join(got, "\n") != strings.TrimRight(strings.Join(want, "\n"), "\n") {
				t.Errorf("%s: %s\nprints\n%s\nthe text says\n%s", file, line, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		case fence != "":
			block = append(block, line)
		}
	}
	if ran == 0 {
		t.Errorf("%s has no examples", file)
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(out, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// writeBlock writes the file that a block is, if its fence names one.
func writeBlock(t *testing.T, fence string, lines []string) {
	t.Helper()
	_, name, ok := strings.Cut(fence, " ")
	if !ok {
		return
	}
	if !filepath.IsLocal(name) {
		t.Fatalf("%q is no name of a file for examples", name)
	}
	if err := os.WriteFile(name, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// split cuts a command line into words like a shell, single quotes included.
func split(t *testing.T, line string) []string {
	t.Helper()
	var words []string
	for rest := strings.TrimSpace(line); rest != ""; rest = strings.TrimLeft(rest, " ") {
		var word strings.Builder
		for rest != "" && rest[0] != ' ' {
			if rest[0] == '\'' {
				quoted, after, ok := strings.Cut(rest[1:], "'")
				if !ok {
					t.Fatalf("open quote in %q", line)
				}
				word.WriteString(quoted)
				rest = after
				continue
			}
			word.WriteByte(rest[0])
			rest = rest[1:]
		}
		words = append(words, word.String())
	}
	return words
}
