package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestDependencies: docs/dependencies.md has each module that go.mod asks for itself,
// in its version, with a license that is permissive; docs/architecture.md says why it
// is there.
func TestDependencies(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "mod", "edit", "-json", "../../go.mod").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path, Version string
			Indirect      bool
		}
		Tool []struct{ Path string }
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(read(t, "../../docs/dependencies.md")) {
		if cells := strings.Split(strings.TrimSpace(line), " | "); len(cells) == 5 && strings.Contains(cells[0], "/") {
			rows[strings.TrimPrefix(cells[0], "| ")] = cells
		}
	}
	_, reasons, _ := strings.Cut(read(t, "../../docs/architecture.md"), "\n## Dependencies\n")
	reasons, _, _ = strings.Cut(reasons, "\nTried, and not taken")
	major := regexp.MustCompile(`/v[0-9]+$`)
	asked := 0
	for _, r := range mod.Require {
		tool := false
		for _, x := range mod.Tool {
			tool = tool || strings.HasPrefix(x.Path, r.Path+"/")
		}
		if r.Indirect && !tool || strings.HasPrefix(r.Path, "early.internal/") {
			continue
		}
		asked++
		row := rows[r.Path]
		if row == nil {
			t.Errorf("docs/dependencies.md has no row for %s %s", r.Path, r.Version)
			continue
		}
		delete(rows, r.Path)
		if row[1] != r.Version {
			t.Errorf("docs/dependencies.md has %s %s, go.mod %s", r.Path, row[1], r.Version)
		}
		if _, err := time.Parse(time.DateOnly, row[2]); err != nil {
			t.Errorf("%s was released on %q", r.Path, row[2])
		}
		known := false
		for _, p := range permissive {
			known = known || p.kind == row[3]
		}
		if !known {
			t.Errorf("%s has the license %q", r.Path, row[3])
		}
		if name := path.Base(major.ReplaceAllString(r.Path, "")); !regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(reasons) {
			t.Errorf("docs/architecture.md does not say why %s is there", r.Path)
		}
	}
	for name := range rows {
		t.Errorf("docs/dependencies.md has %s, which go.mod does not ask for", name)
	}
	if asked < 20 {
		t.Errorf("go.mod asks for %d modules", asked)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
