package main

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/phptest"
)

// A gitlabJob is one of docs/gitlab-ci.yml.
type gitlabJob struct {
	Variables    map[string]string
	BeforeScript []string `yaml:"before_script"`
	Script       []string
	Artifacts    struct {
		When    string
		Reports struct{ JUnit string }
		Paths   []string
	}
}

// TestGitLab runs the GitLab job as a runner does: it takes analyzer from an
// archive, records PHP programs and judges them.
func TestGitLab(t *testing.T) {
	jobs := map[string]gitlabJob{}
	readYAML(t, "../../docs/gitlab-ci.yml", &jobs)
	job, ok := jobs["leak-gate"]
	if !ok || job.Artifacts.When != "always" {
		t.Fatalf("%+v", jobs)
	}
	php := phptest.Any(t)
	analyzer, err := exec.LookPath("analyzer")
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"curl", "tar", "sha256sum"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	archive := archiveOf(t, "analyzer_1.2.3_linux_amd64", analyzer)
	path := filepath.Join(t.TempDir(), "analyzer.tar.gz")
	if err := os.WriteFile(path, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, php string
		sum       string
		want      int
		log       string
	}{
		{"a leak", "jobs.php 1", "", exitLeak, "FAIL  1 new leak"},
		{"none", "jobs.php 0", "", exitOK, "PASS"},
		{"the command fails", "none.php", "", 1, "none.php"},
		{"another archive", "jobs.php 0", strings.Repeat("0", 64), 1, "WARNING"},
	}
	for _, tt := range cases.Sample(tests, 1, 3) {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.WriteFile("jobs.php", []byte("<?php\n"+someJobs), 0o600); err != nil {
				t.Fatal(err)
			}
			vars := maps.Clone(job.Variables)
			maps.Copy(vars, map[string]string{"ANALYZER": "file://" + path, "ANALYZER_SHA256": tt.sum, "RUN": php + " " + tt.php, "RECORD": "--every-output=^jobs"})
			if tt.sum == "" {
				vars["ANALYZER_SHA256"] = fmt.Sprintf("%x", sha256.Sum256(archive))
			}
			log, code := bash(t, strings.Join(append(job.BeforeScript, job.Script...), "\n"), vars)
			if strings.Contains(log, "not permitted") {
				t.Skip(log)
			}
			if code != tt.want || !strings.Contains(log, tt.log) {
				t.Errorf("exit code %d, want %d; the log, which must have %q:\n%s", code, tt.want, tt.log, log)
			}
			if tt.name != "a leak" && tt.name != "none" {
				return
			}
			for _, file := range append(job.Artifacts.Paths, job.Artifacts.Reports.JUnit) {
				if info, err := os.Stat(file); err != nil || info.Size() == 0 {
					t.Errorf("artifact %s: %v", file, err)
				}
			}
		})
	}
}
