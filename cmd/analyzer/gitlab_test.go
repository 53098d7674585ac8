package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A gitlabJob is one of docs/gitlab-ci.yml.
type gitlabJob struct {
	Needs     []string
	Variables map[string]string
	Script    []string
	Artifacts struct {
		When    string
		Reports struct{ JUnit string }
		Paths   []string
	}
}

// TestGitLab runs the script of the GitLab job on dumps that the job before it
// leaves as artifacts.
func TestGitLab(t *testing.T) {
	jobs := map[string]gitlabJob{}
	readYAML(t, "../../docs/gitlab-ci.yml", &jobs)
	gate := jobs["leak-gate"]
	if len(gate.Needs) != 1 || !slices.Equal(jobs[gate.Needs[0]].Artifacts.Paths, []string{gate.Variables["DUMPS"]}) {
		t.Fatalf("leak-gate needs %q, which leaves %q, and takes %q", gate.Needs, jobs["heap-dumps"].Artifacts.Paths, gate.Variables["DUMPS"])
	}
	if gate.Artifacts.When != "always" {
		t.Errorf("artifacts are kept %s", gate.Artifacts.When)
	}
	for series, want := range map[string]int{"cache_service": exitLeak, "clean_worker": exitOK, "ffi_invisible": exitLeak} {
		t.Run(series, func(t *testing.T) {
			dumps, err := filepath.Glob(patternFor(t, series+"-*.json.gz"))
			if err != nil || len(dumps) == 0 {
				t.Fatal("no dumps", err)
			}
			t.Chdir(t.TempDir())
			dir := gate.Variables["DUMPS"]
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			for _, path := range dumps {
				if err := os.Symlink(path, filepath.Join(dir, filepath.Base(path))); err != nil {
					t.Skip(err)
				}
			}
			log, code := bash(t, strings.Join(gate.Script, "\n"), gate.Variables)
			if code != want || !strings.Contains(log, "3 dumps") {
				t.Errorf("exit code %d, want %d:\n%s", code, want, log)
			}
			for _, file := range append(gate.Artifacts.Paths, gate.Artifacts.Reports.JUnit) {
				if info, err := os.Stat(file); err != nil || info.Size() == 0 {
					t.Errorf("artifact %s: %v", file, err)
				}
			}
		})
	}
}
