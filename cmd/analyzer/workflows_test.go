package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"memtrail/internal/cases"
)

// workflowReaders finds what .ci/workflows-install installs, or skips the test
// where it is not there.
func workflowReaders(t *testing.T) (dir string) {
	t.Helper()
	if !cases.Full() {
		t.Skip("takes ten seconds: -full")
	}
	return nodePackage(t, "workflows", "gitlab-ci-local")
}

// nodePackage finds a package for Node that .ci/NAME-install has installed, in the
// directory that MEMTRAIL_NAME names or in the cache. Where it or Node is not there
// the test is skipped, or fails if MEMTRAIL_NAME_REQUIRED is set.
func nodePackage(t *testing.T, name string, path ...string) (dir string) {
	t.Helper()
	variable := "MEMTRAIL_" + strings.ToUpper(name)
	if dir = os.Getenv(variable); dir == "" {
		if cache, err := os.UserCacheDir(); err == nil {
			dir = filepath.Join(cache, "memtrail-"+name)
		}
	}
	_, err := os.Stat(filepath.Join(append([]string{dir, "node_modules"}, path...)...))
	if err == nil {
		_, err = exec.LookPath("node")
	}
	switch {
	case err != nil && os.Getenv(variable+"_REQUIRED") != "":
		t.Fatalf("%s_REQUIRED is set: %v", variable, err)
	case err != nil:
		t.Skipf("not installed; .ci/%s-install does that: %v", name, err)
	}
	return dir
}

// yamlBlock finds the workflows in a document.
var yamlBlock = regexp.MustCompile("(?ms)^```yaml\n(.*?)^```$")

// workflowsOf are the workflows in a document: as they stand, or as a job of
// one where they are its steps.
func workflowsOf(t *testing.T, document string) []string {
	t.Helper()
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range yamlBlock.FindAllStringSubmatch(string(b), -1) {
		switch text := m[1]; {
		case strings.HasPrefix(text, "name: "):
			all = append(all, text)
		case strings.HasPrefix(text, "- "):
			steps := "      " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n      ") + "\n"
			all = append(all, "on: [push]\njobs:\n  leaks:\n    runs-on: ubuntu-latest\n    steps:\n"+steps)
		}
	}
	return all
}

// TestWorkflowsAreValid has GitHub's parser read the action, the workflows of
// this repository, and those in the documents.
func TestWorkflowsAreValid(t *testing.T) {
	t.Parallel()
	dir := workflowReaders(t)
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, "../../action.yml")
	temp := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(temp, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, document := range []string{"../../README.md", "../../docs/leak-gate.md"} {
		workflows := workflowsOf(t, document)
		if len(workflows) == 0 {
			t.Errorf("%s has no workflow", document)
		}
		for i, text := range workflows {
			files = append(files, write(fmt.Sprintf("%s-%d.yml", filepath.Base(document), i), text))
		}
	}
	read := func(files ...string) string {
		cmd := exec.Command("node", append([]string{"testdata/workflows.mjs", dir}, files...)...)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if wrong := read(files...); wrong != "" {
		t.Error(wrong)
	}
	b, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	if read(write("action.yml", strings.Replace(string(b), "shell:", "shel:", 1))) == "" {
		t.Error("a step without a shell is accepted")
	}
}

// TestGitLabIsValid has GitLab's schema, which a runner of its jobs has, accept
// the job.
func TestGitLabIsValid(t *testing.T) {
	t.Parallel()
	dir := workflowReaders(t)
	b, err := os.ReadFile("../../docs/gitlab-ci.yml")
	if err != nil {
		t.Fatal(err)
	}
	list := func(text string) (string, error) {
		repository := t.TempDir()
		if err := os.WriteFile(filepath.Join(repository, ".gitlab-ci.yml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"init", "-q", "-b", "main"}, {"remote", "add", "origin", "git@example.com:owner/name.git"}, {"add", "."},
			{"-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false", "commit", "-qm", "x"}} {
			cmd := exec.Command("git", args...)
			cmd.Dir = repository
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Skipf("git: %v %s", err, out)
			}
		}
		cmd := exec.Command(filepath.Join(dir, "node_modules", ".bin", "gitlab-ci-local"), "--list")
		cmd.Dir = repository
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := list(string(b)); err != nil || !strings.Contains(out, "leak-gate") {
		t.Errorf("%v: %s", err, out)
	}
	for _, change := range [][2]string{{"before_script:", "befor_script:"}, {"stage: test", "stage: tset"}} {
		if _, err := list(strings.Replace(string(b), change[0], change[1], 1)); err == nil {
			t.Errorf("%q is accepted", change[1])
		}
	}
}
