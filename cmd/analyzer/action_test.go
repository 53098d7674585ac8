package main

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"memtrail/internal/cases"
)

// An action as GitHub reads it, as far as the tests need it.
type action struct {
	Inputs map[string]struct {
		Description string
		Default     string
	}
	Outputs map[string]struct{ Value string }
	Runs    struct {
		Using string
		Steps []struct {
			ID, If, Uses, Shell, Run string
			Env                      map[string]string
		}
	}
}

func readYAML(t *testing.T, path string, to any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(b, to); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// expressionIn finds what GitHub puts in the place of something.
var expressionIn = regexp.MustCompile(`\$\{\{ *(.*?) *\}\}`)

// step runs a step of the action with bash as a runner does: its environment is
// what inputs and earlier steps give. It returns what the step prints and sets.
func (a *action) step(t *testing.T, id string, inputs, env map[string]string) (log string, outputs map[string]string, code int) {
	t.Helper()
	script, vars := "", maps.Clone(env)
	for _, s := range a.Runs.Steps {
		if s.ID != id {
			continue
		}
		if s.Shell != "bash" {
			t.Fatalf("step %s runs in %q", id, s.Shell)
		}
		script = s.Run
		for name, value := range s.Env {
			vars[name] = expressionIn.ReplaceAllStringFunc(value, func(e string) string {
				for _, operand := range strings.Split(expressionIn.FindStringSubmatch(e)[1], " || ") {
					input, ok := strings.CutPrefix(operand, "inputs.")
					if !ok {
						continue
					}
					if _, ok := a.Inputs[input]; !ok {
						t.Fatalf("step %s uses %s, which is no input", id, operand)
					}
					if v, ok := inputs[input]; ok {
						return v
					}
					return a.Inputs[input].Default
				}
				t.Fatalf("step %s: %s is not known here", id, e)
				return ""
			})
		}
	}
	set := filepath.Join(t.TempDir(), "outputs")
	vars["GITHUB_OUTPUT"] = set
	log, code = bash(t, script, vars)
	outputs = map[string]string{}
	b, err := os.ReadFile(set)
	if err != nil {
		t.Fatalf("step %s sets nothing: %v\n%s", id, err, log)
	}
	for line := range strings.Lines(string(b)) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		outputs[name] = value
	}
	return log, outputs, code
}

// bash runs a script in the working directory, with the options that GitHub and
// GitLab use.
func bash(t *testing.T, script string, env map[string]string) (log string, code int) {
	t.Helper()
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(shell, "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	cmd.Env = os.Environ()
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			t.Fatal(err)
		}
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// patternFor is one for the dumps of a series in testdata, or the path of one.
func patternFor(t *testing.T, name string) string {
	t.Helper()
	dir, err := filepath.Abs(data("series"))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// TestAction runs the action's gate on each verdict. analyzer is this test's
// own binary.
func TestAction(t *testing.T) {
	var a action
	readYAML(t, "../../action.yml", &a)
	analyzer, err := exec.LookPath("analyzer")
	if err != nil {
		t.Fatal(err)
	}
	leak, clean := patternFor(t, "cache_service-*.json.gz"), patternFor(t, "clean_worker-*.json.gz")
	two := patternFor(t, "cache_service-1.json.gz") + "\n" + patternFor(t, "cache_service-2.json.gz")
	tests := []struct {
		name    string
		inputs  map[string]string
		code    int
		outputs map[string]string
		log     string
	}{
		{"leak", map[string]string{"dumps": leak}, 1, map[string]string{"verdict": "leak", "exit-code": "1"}, "::error title=Memory leak"},
		{"clean", map[string]string{"dumps": clean}, 0, map[string]string{"verdict": "clean", "exit-code": "0"}, "PASS"},
		{"unexplained", map[string]string{"dumps": patternFor(t, "ffi_invisible-*.json.gz")}, 1, map[string]string{"verdict": "unexplained", "exit-code": "1"}, "UNEXPLAINED"},
		{"two dumps", map[string]string{"dumps": two}, 3, map[string]string{"verdict": "inconclusive", "exit-code": "3"}, "::warning"},
		{"two dumps, warn only", map[string]string{"dumps": two, "fail-on-inconclusive": "false"}, 0, map[string]string{"verdict": "inconclusive", "exit-code": "3"}, "::warning"},
		{"limits", map[string]string{"dumps": leak, "args": "--min-objects=100000\n\n--min-bytes=1MB\n"}, 0, map[string]string{"verdict": "clean", "exit-code": "0"}, "PASS"},
		{"no files but the summary", map[string]string{"dumps": leak, "sarif": "", "junit": ""}, 1, map[string]string{"verdict": "leak", "exit-code": "1"}, "FAIL"},
		{"no dumps", map[string]string{}, 2, map[string]string{"verdict": "", "exit-code": "2"}, "names no dump"},
		{"no baseline", map[string]string{"dumps": clean, "baseline": "none.json"}, 2, map[string]string{"verdict": "", "exit-code": "2"}, "no such baseline"},
		{"no configuration", map[string]string{"dumps": clean, "config": "none.yml"}, 2, map[string]string{"verdict": "", "exit-code": "2"}, "none.yml"},
		{"not run", map[string]string{"dumps": "$(touch injected)`touch injected`\n\"; touch injected; #", "args": "--baseline=$(touch injected)"}, 2, map[string]string{"verdict": "", "exit-code": "2"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			temp := t.TempDir()
			// A run before left its result.
			if err := os.WriteFile(filepath.Join(temp, "leak-gate.json"), []byte(`{"verdict": "clean"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			inputs := maps.Clone(tt.inputs)
			inputs["analyzer"] = analyzer
			summary := filepath.Join(temp, "summary.md")
			if err := os.WriteFile(summary, []byte("of a step before\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			log, outputs, code := a.step(t, "gate", inputs, map[string]string{"RUNNER_TEMP": temp, "GITHUB_STEP_SUMMARY": summary})
			if code != tt.code || !maps.Equal(outputs, tt.outputs) || !strings.Contains(log, tt.log) {
				t.Errorf("exit code %d, want %d; outputs %q, want %q; the log, which must have %q:\n%s", code, tt.code, outputs, tt.outputs, tt.log, log)
			}
			if !slices.Equal(slices.Sorted(maps.Keys(outputs)), slices.Sorted(maps.Keys(a.Outputs))) {
				t.Errorf("outputs %q, declared are %v", outputs, a.Outputs)
			}
			text, err := os.ReadFile(summary)
			if err != nil || !strings.HasPrefix(string(text), "of a step before\n") || strings.Contains(string(text), "## Leak gate") != (outputs["exit-code"] != "2") {
				t.Errorf("summary %q, %v", text, err)
			}
			written := []string{}
			if outputs["exit-code"] != "2" && inputs["sarif"] == "" && tt.name != "no files but the summary" {
				written = []string{"leaks.sarif", "leaks.xml"}
			}
			if files := filesHere(t); !slices.Equal(files, written) {
				t.Errorf("files %q, want %q", files, written)
			}
		})
	}
}

func filesHere(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	files := []string{}
	for _, e := range entries {
		files = append(files, e.Name())
	}
	return files
}

// TestActionForm: what users put into inputs, and what is in a pull request,
// must not become part of a script; and what is declared must be there.
func TestActionForm(t *testing.T) {
	var a action
	readYAML(t, "../../action.yml", &a)
	if a.Runs.Using != "composite" || len(a.Runs.Steps) == 0 {
		t.Fatalf("runs %+v", a.Runs)
	}
	used := ""
	for _, s := range a.Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("step %s has an expression in its script", s.ID)
		}
		used += s.If + " " + strings.Join(slices.Collect(maps.Values(s.Env)), " ")
	}
	for name, in := range a.Inputs {
		if in.Description == "" || !regexp.MustCompile(`inputs\.`+name+`\b`).MatchString(used) {
			t.Errorf("input %s is not described or not used", name)
		}
	}
}

// TestActionDocumented: each input is described in the document, and its
// workflow uses none but these.
func TestActionDocumented(t *testing.T) {
	var a action
	readYAML(t, "../../action.yml", &a)
	b, err := os.ReadFile("../../docs/leak-gate.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	_, table, _ := strings.Cut(text, "\n| input | default |")
	table, _, _ = strings.Cut(table, "\n\n")
	for name, in := range a.Inputs {
		if !strings.Contains(table, "`"+name+"`") || in.Default != "" && !strings.Contains(table, "`"+in.Default+"`") {
			t.Errorf("input %s with the default %q is not in the table", name, in.Default)
		}
	}
	_, workflow, _ := strings.Cut(text, "```yaml\nname: ")
	workflow, _, _ = strings.Cut(workflow, "```")
	var w struct {
		Jobs map[string]struct {
			Steps []struct {
				ID, Uses string
				With     map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte("name: "+workflow), &w); err != nil {
		t.Fatal(err)
	}
	for _, s := range w.Jobs["leaks"].Steps {
		if s.ID != "gate" {
			continue
		}
		for name := range s.With {
			if _, ok := a.Inputs[name]; !ok {
				t.Errorf("the workflow gives %q, which is no input", name)
			}
		}
		for arg := range strings.Lines(s.With["args"]) {
			_, stderr, code := analyze(t, "", "gate", patternFor(t, "clean_worker-*.json.gz"), strings.TrimSpace(arg))
			if code != exitOK {
				t.Errorf("%s: exit code %d, %s", arg, code, stderr)
			}
		}
		return
	}
	t.Error("the workflow has no gate")
}

// TestActionBuild builds analyzer as the action does.
func TestActionBuild(t *testing.T) {
	t.Parallel()
	if !cases.Full() {
		t.Skip("compiles: -full")
	}
	var a action
	readYAML(t, "../../action.yml", &a)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	log, outputs, code := a.step(t, "build", nil, map[string]string{"RUNNER_TEMP": t.TempDir(), "GITHUB_ACTION_PATH": root})
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, log)
	}
	if out, err := exec.Command(outputs["analyzer"], "--version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "analyzer "+version) {
		t.Errorf("%s: %q, %v", outputs["analyzer"], out, err)
	}
}
