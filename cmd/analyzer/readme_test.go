package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// withExamples are the documents that must have examples.
var withExamples = []string{
	"README.md", "docs/commands.md", "docs/find-a-leak.md", "docs/format.md", "docs/json.md", "docs/leak-gate.md",
	"docs/php-meminfo.md", "docs/sizes.md", "docs/trust.md",
}

// documents lists all documents, as paths from the root, which it returns, too.
func documents(t *testing.T) (root string, files []string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			file, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, filepath.ToSlash(file))
		}
	}
	return root, files
}

// TestReadme runs each example of the documents: in a block marked "console", a
// line that starts with "$ analyzer" is a command, which goes on in the next
// line if it ends with a backslash, and what follows, up to the next one, is
// what it prints; "$ echo $?" tells its exit code. A block marked with a
// language and a name, "yaml .analyzer.yml", is a file for the examples after
// it. Those of a document run in one directory, which is empty but for testdata.
func TestReadme(t *testing.T) {
	root, files := documents(t)
	for _, file := range withExamples {
		if !slices.Contains(files, file) {
			t.Errorf("%s is missing", file)
		}
	}
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Symlink(filepath.Join(root, "testdata"), filepath.Join(dir, "testdata")); err != nil {
				t.Skip(err)
			}
			t.Chdir(dir)
			if ran := runExamples(t, filepath.Join(root, file)); ran == 0 && slices.Contains(withExamples, file) {
				t.Errorf("%s has no examples", file)
			}
		})
	}
}

// runExamples runs the examples of a document and counts them.
func runExamples(t *testing.T, file string) int {
	t.Helper()
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
			for strings.HasSuffix(line, `\`) && len(want) > 0 {
				out = append(out, want[0])
				line = strings.TrimSuffix(line, `\`) + want[0]
				want = want[1:]
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
	if *update {
		if err := os.WriteFile(file, []byte(strings.Join(out, "\n")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return ran
}

// widest is how many characters a line of a document may have. What a command
// prints is as wide as it is.
const widest = 120

func TestDocumentsAreNarrow(t *testing.T) {
	root, files := documents(t)
	for _, file := range files {
		b, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		fence := ""
		for i, line := range strings.Split(string(b), "\n") {
			if strings.HasPrefix(line, "```") {
				if fence == "" {
					fence = line
				} else {
					fence = ""
				}
			}
			printed := fence == "```console" && !strings.HasPrefix(line, "$ ")
			if n := utf8.RuneCountInString(line); n > widest && !printed {
				t.Errorf("%s:%d has %d characters, more than %d", file, i+1, n, widest)
			}
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	fenced  = regexp.MustCompile("(?ms)^```.*?^```$")
)

// TestLinks looks for what the documents link to, files and headings of this
// repository.
func TestLinks(t *testing.T) {
	root, files := documents(t)
	text := map[string]string{}
	for _, file := range files {
		b, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		text[file] = fenced.ReplaceAllString(string(b), "")
	}
	for _, file := range files {
		for _, m := range link.FindAllStringSubmatch(text[file], -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			target, anchor, _ := strings.Cut(m[1], "#")
			name := file
			if target != "" {
				name = filepath.ToSlash(filepath.Join(filepath.Dir(file), target))
			}
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				t.Errorf("%s links to %s, which is not there", file, m[1])
			} else if anchor != "" && !slices.Contains(anchors(text[name]), anchor) {
				t.Errorf("%s links to %s, and there is no such heading", file, m[1])
			}
		}
	}
}

// anchors are the names by which the headings of a document are linked to.
func anchors(document string) []string {
	var list []string
	for _, m := range heading.FindAllStringSubmatch(document, -1) {
		list = append(list, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return list
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
