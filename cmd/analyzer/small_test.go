package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"memtrail/internal/dumptest"
)

// endless repeats a text.
type endless struct {
	text string
	read int64
}

func (e *endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], e.text[int(e.read+int64(n))%len(e.text):])
	}
	e.read += int64(n)
	return n, nil
}

// Files that are no dumps are read to a limit, and one that is larger is said to be
// what it is not: nothing is cut off without a word.
func TestSmallFiles(t *testing.T) {
	t.Parallel()
	dump := dumptest.Path("talk-1k.json.gz")
	series := seriesFiles(t, "cache_service")[:3]
	// A sparse file costs nothing, and is as large as it says.
	large := func(name, head string, size int64) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(head), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{append([]string{"growth", "--config", large("config.yml", "gate:\n", maxConfig+1)}, series...), "larger than 32 KiB: this is no configuration"},
		{append([]string{"gate", "--baseline", large("leaks.json", "{}", maxBaseline+1)}, series...), "larger than 16 MiB: this is no baseline"},
		{append([]string{"growth", "--suppressions", large("rules", strings.Repeat("size=1\n", 1<<20/7+1), maxSuppressions+6)}, series...), "larger than 1.0 MiB: this is no file of rules"},
	} {
		var stdout, stderr bytes.Buffer
		code := run(c.args, nil, &stdout, &stderr)
		if code != exitUnusable || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%q: exit code %d, %.200q, want %q", c.args[:3], code, stderr.String(), c.want)
		}
	}
	var stdout, stderr bytes.Buffer
	names := &endless{text: dump + "\n"}
	if code := run([]string{"growth", "-"}, names, &stdout, &stderr); code != exitUnusable || !strings.Contains(stderr.String(), "larger than 16 MiB: this is no list of names") || names.read > 2*maxNames {
		t.Errorf("a list without end: exit code %d, %.200q, %d bytes", code, stderr.String(), names.read)
	}
}

// The limit is exact, however the text comes.
func TestLimited(t *testing.T) {
	for size := range 40 {
		text := strings.Repeat("x", size)
		got, err := io.ReadAll(&limited{strings.NewReader(text), 20, 20, "note"})
		if size <= 20 && (err != nil || string(got) != text) || size > 20 && err == nil {
			t.Errorf("%d bytes: %d, %v", size, len(got), err)
		}
	}
}
