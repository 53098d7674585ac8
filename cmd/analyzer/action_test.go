package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"memtrail/internal/cases"
	"memtrail/internal/phptest"
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
		Steps []actionStep
	}
}

type actionStep struct {
	ID, If, Uses, Shell, Run string
	Env, With                map[string]string
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

// A job is a run of the action: what a runner knows while it goes through the
// steps.
type job struct {
	t      *testing.T
	action *action
	inputs map[string]string
	github map[string]string            // the context github
	env    map[string]string            // of all steps
	steps  map[string]map[string]string // outputs, by step
	used   []string                     // other actions that it would run
	log    strings.Builder
}

// run goes through the steps as a runner does, up to one that fails.
func (j *job) run() (code int) {
	j.steps = map[string]map[string]string{}
	for _, s := range j.action.Runs.Steps {
		if s.If != "" && !j.holds(s.If) {
			continue
		}
		if s.Uses != "" {
			j.used = append(j.used, s.Uses)
			continue
		}
		if s.Shell != "bash" {
			j.t.Fatalf("step %s runs in %q", s.ID, s.Shell)
		}
		vars := maps.Clone(j.env)
		for name, value := range s.Env {
			vars[name] = expressionIn.ReplaceAllStringFunc(value, func(e string) string { return j.value(expressionIn.FindStringSubmatch(e)[1]) })
		}
		set := filepath.Join(j.t.TempDir(), "outputs")
		if err := os.WriteFile(set, nil, 0o600); err != nil {
			j.t.Fatal(err)
		}
		vars["GITHUB_OUTPUT"] = set
		log, code := bash(j.t, s.Run, vars)
		j.log.WriteString(log)
		j.steps[s.ID] = readOutputs(j.t, set)
		if code != 0 {
			return code
		}
	}
	return 0
}

// holds is the condition of a step: a value that equals a text.
func (j *job) holds(condition string) bool {
	left, right, ok := strings.Cut(condition, " == ")
	if !ok {
		j.t.Fatalf("the condition %s is not known here", condition)
	}
	return j.value(left) == strings.Trim(right, "'")
}

// value is that of an expression: the first of some that is not empty.
func (j *job) value(expression string) string {
	for _, operand := range strings.Split(expression, " || ") {
		v := ""
		switch context, name, _ := strings.Cut(operand, "."); context {
		case "inputs":
			in, ok := j.action.Inputs[name]
			if !ok {
				j.t.Fatalf("%s is no input", operand)
			}
			v = in.Default
			if given, ok := j.inputs[name]; ok {
				v = given
			}
		case "github":
			if v, ok := j.github[name]; !ok {
				j.t.Fatalf("%s is not known here, %q", operand, v)
			}
			v = j.github[name]
		case "steps":
			id, output, _ := strings.Cut(name, ".outputs.")
			if !slices.ContainsFunc(j.action.Runs.Steps, func(s actionStep) bool { return s.ID == id }) {
				j.t.Fatalf("%s: there is no such step", operand)
			}
			v = j.steps[id][output]
		default:
			j.t.Fatalf("%s is not known here", operand)
		}
		if v != "" {
			return v
		}
	}
	return ""
}

// outputs are those of the action.
func (j *job) outputs() map[string]string {
	all := map[string]string{}
	for name, o := range j.action.Outputs {
		all[name] = j.value(expressionIn.FindStringSubmatch(o.Value)[1])
	}
	return all
}

// readOutputs reads what a step has set: name=value, or name<<MARK, lines, MARK.
func readOutputs(t *testing.T, path string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		if name, value, ok := strings.Cut(lines[i], "="); ok {
			all[name] = value
		} else if name, mark, ok := strings.Cut(lines[i], "<<"); ok {
			end := slices.Index(lines[i+1:], mark)
			if end < 0 {
				t.Fatalf("%s does not end: %q", name, lines)
			}
			all[name] = strings.Join(lines[i+1:i+1+end], "\n")
			i += 1 + end
		} else if lines[i] != "" {
			t.Fatalf("%q sets nothing", lines[i])
		}
	}
	return all
}

// newJob begins a run in an empty working directory, with an analyzer that is
// there unless others are given.
func newJob(t *testing.T, inputs map[string]string) *job {
	t.Helper()
	var a action
	readYAML(t, "../../action.yml", &a)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	return &job{t: t, action: &a, inputs: inputs,
		github: map[string]string{"server_url": "http://127.0.0.1:1", "action_repository": "owner/memtrail", "action_ref": "main", "action_path": root},
		env: map[string]string{"RUNNER_TEMP": temp, "RUNNER_OS": "Linux", "RUNNER_ARCH": "X64", "GITHUB_ACTION_PATH": root,
			"GITHUB_STEP_SUMMARY": filepath.Join(temp, "summary.md")}}
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
		verdict string
		exit    string
		log     string
	}{
		{"leak", map[string]string{"dumps": leak}, 1, "leak", "1", "::error title=Memory leak"},
		{"clean", map[string]string{"dumps": clean}, 0, "clean", "0", "PASS"},
		{"unexplained", map[string]string{"dumps": patternFor(t, "ffi_invisible-*.json.gz")}, 1, "unexplained", "1", "UNEXPLAINED"},
		{"two dumps", map[string]string{"dumps": two}, 3, "inconclusive", "3", "::warning"},
		{"two dumps, warn only", map[string]string{"dumps": two, "fail-on-inconclusive": "false"}, 0, "inconclusive", "3", "::warning"},
		{"limits", map[string]string{"dumps": leak, "args": "--min-objects=100000\n\n--min-bytes=1MB\n"}, 0, "clean", "0", "PASS"},
		{"no files but the summary", map[string]string{"dumps": leak, "sarif": "", "junit": ""}, 1, "leak", "1", "FAIL"},
		{"nothing", map[string]string{}, 2, "", "", "::error::neither run"},
		{"no dumps", map[string]string{"dumps": "none"}, 2, "", "2", "none: no such file"},
		{"no baseline", map[string]string{"dumps": clean, "baseline": "none.json"}, 2, "", "2", "no such baseline"},
		{"no configuration", map[string]string{"dumps": clean, "config": "none.yml"}, 2, "", "2", "none.yml"},
		{"not run", map[string]string{"dumps": "$(touch injected)`touch injected`\n\"; touch injected; #", "args": "--baseline=$(touch injected)"}, 2, "", "2", ""},
	}
	for _, tt := range cases.Sample(tests, 5, 10) {
		t.Run(tt.name, func(t *testing.T) {
			inputs := maps.Clone(tt.inputs)
			inputs["analyzer"] = analyzer
			j := newJob(t, inputs)
			t.Chdir(t.TempDir())
			// A run before left its result.
			if err := os.WriteFile(filepath.Join(j.env["RUNNER_TEMP"], "leak-gate.json"), []byte(`{"verdict": "clean"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			summary := j.env["GITHUB_STEP_SUMMARY"]
			if err := os.WriteFile(summary, []byte("of a step before\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			code := j.run()
			want := map[string]string{"verdict": tt.verdict, "exit-code": tt.exit, "dumps": tt.inputs["dumps"]}
			if got := j.outputs(); code != tt.code || !maps.Equal(got, want) || !strings.Contains(j.log.String(), tt.log) {
				t.Errorf("exit code %d, want %d; outputs %q, want %q; the log, which must have %q:\n%s", code, tt.code, got, want, tt.log, j.log.String())
			}
			if len(j.used) > 0 {
				t.Errorf("%q are run beside an analyzer that is given", j.used)
			}
			judged := tt.verdict != ""
			text, err := os.ReadFile(summary)
			if err != nil || !strings.HasPrefix(string(text), "of a step before\n") || strings.Contains(string(text), "## Leak gate") != judged {
				t.Errorf("summary %q, %v", text, err)
			}
			written := []string{}
			if judged && tt.name != "no files but the summary" {
				written = []string{"leaks.sarif", "leaks.xml"}
			}
			if files := filesHere(t); !slices.Equal(files, written) {
				t.Errorf("files %q, want %q", files, written)
			}
		})
	}
}

// someJobs is a program that does jobs, says so after each twentieth, and leaks
// them if its argument is 1.
const someJobs = `class Job { public string $data; function __construct(public int $n) { $this->data = str_repeat("x", 500); } }
$done = []; $last = null;
for ($i = 0; $i < 240; $i++) { $job = new Job($i); for ($k = 0; $k < 2000; $k++); $argv[1] ? $done[] = $job : $last = $job; usleep(2500); if ($i % 20 == 0) printf("jobs %d\n", $i); }
`

// TestActionRecords records a command and judges it: two processes of PHP, one
// of which leaks, and a command that fails.
func TestActionRecords(t *testing.T) {
	cases.OnlyFull(t, "PHP programs are recorded")
	php := phptest.Any(t)
	analyzer, err := exec.LookPath("analyzer")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, run string
		record    string
		code      int
		verdict   string
		log       string // a pattern
	}{
		{"a leak", `"$PHP" jobs.php 1 | cat`, "--every-output=^jobs", 1, "leak", `\$done`},
		{"none", `cd .; "$PHP" jobs.php 0`, "--every-output=^jobs\n--cooldown=1ms", 0, "clean", "PASS"},
		{"the command fails", `"$PHP" -r 'exit(7);'; echo not reached`, "", 7, "", "no PHP was found|the command ended"}, // by how fast the machine is
		{"the command is wrong", `"$PHP" none.php | cat`, "", 1, "", `none\.php`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			j := newJob(t, map[string]string{"analyzer": analyzer, "run": tt.run, "record": tt.record})
			j.env["PHP"] = php
			t.Chdir(t.TempDir())
			if err := os.WriteFile("jobs.php", []byte("<?php\n"+someJobs), 0o600); err != nil {
				t.Fatal(err)
			}
			code := j.run()
			if strings.Contains(j.log.String(), "not permitted") {
				t.Skip(j.log.String())
			}
			out := j.outputs()
			if code != tt.code || out["verdict"] != tt.verdict || !regexp.MustCompile(tt.log).MatchString(j.log.String()) || strings.Contains(j.log.String(), "not reached") {
				t.Fatalf("exit code %d, want %d; outputs %q; the log:\n%s", code, tt.code, out, j.log.String())
			}
			if tt.verdict == "" {
				return
			}
			if dumps, _ := filepath.Glob(filepath.Join(out["dumps"], "mem-*.json.zst")); len(dumps) < 4 {
				t.Errorf("%d dumps in %s", len(dumps), out["dumps"])
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
		used += s.If + " " + strings.Join(slices.Collect(maps.Values(s.Env)), " ") + " "
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
		for arg := range strings.Lines(s.With["record"]) {
			if _, stderr, code := analyze(t, "", "record", strings.TrimSpace(arg), "--help"); code != exitOK {
				t.Errorf("%s: exit code %d, %s", arg, code, stderr)
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

// TestActionDownloads takes analyzer from a release that a server on this machine
// has: by the tag, by the version that is given, and with which checksums.
func TestActionDownloads(t *testing.T) {
	analyzer, err := exec.LookPath("analyzer")
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("the archive has a script")
	}
	for _, program := range []string{"curl", "tar"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	name := "analyzer_1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH
	archive := archiveOf(t, name, analyzer)
	sum := fmt.Sprintf("%x", sha256.Sum256(archive))
	sums := "0123  other.tar.gz\n" + sum + "  " + name + ".tar.gz\n"
	tests := []struct {
		name, ref string
		inputs    map[string]string
		sums      string
		code      int
		log       string
	}{
		{"by its tag", "v1.2.3", nil, sums, 0, "PASS"},
		{"by the version", "main", map[string]string{"version": "1.2.3"}, sums, 0, "PASS"},
		{"by the version of a tag", "main", map[string]string{"version": "v1.2.3"}, sums, 0, "PASS"},
		{"with a checksum", "v1.2.3", map[string]string{"sha256": sum}, "", 0, "PASS"},
		{"with another checksum", "v1.2.3", map[string]string{"sha256": strings.Repeat("0", 64)}, sums, 2, "not 0000"},
		{"another archive", "v1.2.3", nil, strings.ReplaceAll(sums, sum, "00"), 2, "not 00"},
		{"without a checksum", "v1.2.3", nil, "0123  other.tar.gz\n", 2, "not one that SHA256SUMS has"},
		{"no such release", "v9.9.9", nil, sums, 22, "404"},
	}
	for _, tt := range cases.Sample(tests, 3, 4) {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/owner/memtrail/releases/download/v1.2.3/" + name + ".tar.gz":
					_, _ = w.Write(archive)
				case "/owner/memtrail/releases/download/v1.2.3/SHA256SUMS":
					_, _ = w.Write([]byte(tt.sums))
				default:
					http.NotFound(w, r)
				}
			}))
			defer server.Close()
			inputs := map[string]string{"dumps": patternFor(t, "clean_worker-*.json.gz")}
			maps.Copy(inputs, tt.inputs)
			j := newJob(t, inputs)
			j.github["server_url"], j.github["action_ref"] = server.URL, tt.ref
			j.env["RUNNER_OS"] = map[string]string{"linux": "Linux", "darwin": "macOS", "windows": "Windows"}[runtime.GOOS]
			j.env["RUNNER_ARCH"] = map[string]string{"amd64": "X64", "arm64": "ARM64"}[runtime.GOARCH]
			t.Chdir(t.TempDir())
			if code := j.run(); code != tt.code || !strings.Contains(j.log.String(), tt.log) || len(j.used) > 0 {
				t.Errorf("exit code %d, want %d; other actions %q; the log, which must have %q:\n%s", code, tt.code, j.used, tt.log, j.log.String())
			}
		})
	}
}

// archiveOf makes what GoReleaser makes of a program, which here is a script that
// hands over to one: a directory with it.
func archiveOf(t *testing.T, dir, program string) []byte {
	t.Helper()
	script := "#!/bin/sh\nexec '" + program + "' \"$@\"\n"
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	a := tar.NewWriter(z)
	err := a.WriteHeader(&tar.Header{Name: dir + "/analyzer", Mode: 0o755, Size: int64(len(script))})
	if err == nil {
		_, err = io.WriteString(a, script)
	}
	if err := errors.Join(err, a.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestActionBuild builds analyzer as the action does of a branch.
func TestActionBuild(t *testing.T) {
	t.Parallel()
	if !cases.Full() {
		t.Skip("compiles: -full")
	}
	j := newJob(t, map[string]string{"dumps": patternFor(t, "clean_worker-*.json.gz"), "sarif": "", "junit": ""})
	if code := j.run(); code != 0 || !slices.Equal(j.used, []string{"actions/setup-go@v6"}) {
		t.Fatalf("exit code %d, other actions %q:\n%s", code, j.used, j.log.String())
	}
	if out, err := exec.Command(j.steps["build"]["analyzer"], "--version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "analyzer "+version) {
		t.Errorf("%q, %v", out, err)
	}
}
