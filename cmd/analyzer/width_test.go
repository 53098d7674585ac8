package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"memtrail/internal/cases"
)

// TestPagesFit: without a terminal, text has 80 columns. A command may be wider,
// and then has a line of its own.
func TestPagesFit(t *testing.T) {
	t.Parallel()
	dumps, err := filepath.Glob(data("*.json*"))
	if err != nil || len(dumps) < 10 {
		t.Fatal(dumps, err)
	}
	cores, err := filepath.Glob("../../capture/testdata/*.core.zst")
	if err != nil || len(cores) == 0 {
		t.Fatal(cores, err)
	}
	dumps = append(dumps, cores...)
	series, err := filepath.Glob(data("series/*-3.json.gz"))
	if err != nil || len(series) == 0 {
		t.Fatal(series, err)
	}
	fits := func(args ...string) {
		t.Helper()
		stdout, _, code := analyze(t, "", args...)
		if code == exitUnusable {
			return // not every dump in testdata can be read
		}
		if stdout == "" {
			t.Errorf("%s: nothing", strings.Join(args, " "))
		}
		for line := range strings.Lines(stdout) {
			line = strings.TrimRight(line, "\n")
			if w := twwidth.Width(line); w > 80 && !strings.HasPrefix(strings.TrimSpace(line), "analyzer ") {
				t.Errorf("%s: %d columns: %s", strings.Join(args, " "), w, line)
			}
			// Nor is a command broken in two.
			if strings.Contains(line, "analyzer") && strings.HasSuffix(strings.TrimSpace(line), "analyzer") {
				t.Errorf("%s: %s", strings.Join(args, " "), line)
			}
		}
	}
	for i, dump := range cases.Sample(dumps, 3, 0) {
		for _, command := range cases.Sample([][]string{{"leaks"}, {"tree"}, {"check"}, {"heap"}, {"diff", dumps[0]}}, 1, i) {
			fits(append(command, dump)...)
		}
	}
	for i, last := range cases.Sample(series, 1, 0) {
		pattern := strings.TrimSuffix(last, "3.json.gz") + "*.json.gz"
		for _, command := range cases.Sample([]string{"growth", "gate"}, 1, i) {
			fits(command, pattern)
		}
	}
}
