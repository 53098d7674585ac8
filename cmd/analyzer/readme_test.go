package main

import (
	"os"
	"strings"
	"testing"
)

// TestReadme runs each example of the README and of docs: in a block marked
// "console", a line that starts with "$ analyzer" is a command, and what
// follows, up to the next one, is what it prints.
func TestReadme(t *testing.T) {
	t.Chdir("../..")
	for _, file := range []string{"README.md", "docs/json.md"} {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		lines := strings.Split(string(b), "\n")
		inside, ran := false, 0
		for i := 0; i < len(lines); i++ {
			line := lines[i]
			out = append(out, line)
			switch {
			case line == "```console":
				inside = true
			case strings.HasPrefix(line, "```"):
				inside = false
			case inside && strings.HasPrefix(line, "$ analyzer "):
				var want []string
				for i+1 < len(lines) && !strings.HasPrefix(lines[i+1], "```") && !strings.HasPrefix(lines[i+1], "$ ") {
					i++
					want = append(want, lines[i])
				}
				stdout, stderr, _ := analyze(t, "", split(t, strings.TrimPrefix(line, "$ analyzer "))...)
				got := strings.Split(strings.TrimRight(stderr+stdout, "\n"), "\n")
				out = append(out, got...)
				ran++
				if !*update && strings.Join(got, "\n") != strings.TrimRight(strings.Join(want, "\n"), "\n") {
					t.Errorf("%s: %s\nprints\n%s\nthe text says\n%s", file, line, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
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
