package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/phptest"
)

func TestProcessOf(t *testing.T) {
	for arg, want := range map[string]process{
		"pid:42": {42, 0}, "pid:42/3": {42, 3},
		"pid:": {}, "pid:x": {}, "pid:-1": {}, "pid:0": {}, "pid:42/": {}, "pid:42/0": {}, "pid:42/x": {}, "42": {}, "PID:42": {},
	} {
		if got, ok := processOf(arg); ok != (want.pid > 0) || ok && got != want {
			t.Errorf("%q is %+v, %v", arg, got, ok)
		}
	}
}

const leaky = `$cache = []; for ($i = 0; $i < 3000; $i++) { $cache["key $i"] = [$i, str_repeat("x", 200)]; } echo "ready\n"; fgets(STDIN);`

// Every command takes a running process, and a dump that is written of it
// gives the same answers.
func TestRunningProcess(t *testing.T) {
	t.Parallel()
	php := phptest.Start(t, exec.Command(phptest.Any(t), "-r", leaky))
	php.Line(t)
	pid := fmt.Sprint(php.PID())
	name := "pid:" + pid
	if _, errs, code := analyze(t, "", "check", name); strings.Contains(errs, "not permitted") {
		t.Skip(errs)
	} else if code != 0 {
		t.Fatalf("check: exit code %d, %s", code, errs)
	}
	dir := t.TempDir()
	file, core := filepath.Join(dir, "dump.json.zst"), filepath.Join(dir, "core")
	text, errs, code := analyze(t, "", "capture", pid, "-o", file, "--format", "json")
	if code != 0 {
		t.Fatalf("capture: exit code %d, %s", code, errs)
	}
	var said struct {
		PID      int
		PHP      string
		Threads  int
		PausedMS float64 `json:"paused_ms"`
		Copied   uint64  `json:"copied_bytes"`
		Items    uint64
		Bytes    int64
		Balanced bool
		File     string
	}
	if err := json.Unmarshal([]byte(text), &said); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(file)
	if err != nil || st.Size() != said.Bytes || st.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %d bytes, mode %v; want %d bytes", err, st.Size(), st.Mode(), said.Bytes)
	}
	if fmt.Sprint(said.PID) != pid || said.Threads != 1 || !said.Balanced || said.File != file || said.Items < 9000 || said.Copied == 0 {
		t.Errorf("capture says %+v", said)
	}
	if _, errs, code := analyze(t, "", "capture", pid, "--raw", "-o", core); code != 0 {
		t.Fatalf("capture --raw: exit code %d, %s", code, errs)
	}
	for _, args := range cases.Sample([][]string{
		{"leaks"}, {"summary", "--sizes", "allocated"}, {"summary", "--retained"}, {"top-children"}, {"tree"}, {"heap"},
		{"query", "-f", "type=array"}, {"ref-path", "$cache"}, {"check"},
	}, 2, 1) {
		var answers []string
		for _, input := range []string{name, file, core} {
			text, errs, code := analyze(t, "", append(slices.Clone(args), input)...)
			if code != 0 {
				t.Errorf("%v %s: exit code %d, %s", args, input, code, errs)
			}
			text = strings.ReplaceAll(text, input, "INPUT")
			text, _, _ = strings.Cut(text, "Where the process's memory is") // a core does not say
			// How lines are broken depends on how long the input's name is.
			answers = append(answers, strings.Join(strings.Fields(withoutEnd(text)), " "))
		}
		if answers[0] != answers[1] {
			t.Errorf("%v of the process and of a dump differ:\n%s\n%s", args, answers[0], answers[1])
		}
		if answers[0] != answers[2] {
			t.Errorf("%v of the process and of a core differ:\n%s\n%s", args, answers[0], answers[2])
		}
	}
	text, _, _ = analyze(t, "", "leaks", name)
	if !strings.Contains(text, "$cache") {
		t.Errorf("leaks does not name $cache: %s", text)
	}
}

// withoutEnd leaves out where a file ends, and what only frames a table.
func withoutEnd(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "Ends: ") && !strings.HasPrefix(line, "+--") && strings.TrimSpace(line) != "" && strings.TrimSpace(line) != "|" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// A command that is started for it is captured when it waits, and ended. One that
// gets no processor for a while does not wait: here it is stopped before it is PHP.
func TestCaptureCommand(t *testing.T) {
	t.Parallel()
	php := phptest.Any(t)
	file := filepath.Join(t.TempDir(), "dump.json")
	const script = `(sleep 0.7; kill -CONT $$) & kill -STOP $$; exec "$0" "$@"`
	_, errs, code := analyze(t, "", "capture", "-o", file, "--redact-keys", "--", "sh", "-c", script, php, "-r", leaky)
	if strings.Contains(errs, "not permitted") {
		t.Skip(errs)
	}
	if code != 0 {
		t.Fatalf("exit code %d, %s", code, errs)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
		t.Error("the dump is no JSON")
	}
	if strings.Contains(string(text), "key 17") || !strings.Contains(string(text), `"symbol_name":"cache"`) {
		t.Error("keys are not redacted, or names are")
	}
}

// A process that is larger than the budget stays untouched: one line says how much its
// copy takes. A core of it that is compressed has a budget, too; one that is mapped
// takes none for its bytes.
func TestMaxMemoryOfProcess(t *testing.T) {
	cases.OnlyFull(t, "it copies a large process, and packs a core")
	t.Parallel()
	php := phptest.Start(t, exec.Command(phptest.Any(t), "-n", "-d", "memory_limit=-1", "-r", `$large = str_repeat("x", 40 << 20); echo "ready\n"; while (fgets(STDIN)) echo "alive\n";`))
	php.Line(t)
	pid := strconv.Itoa(php.PID())
	core := filepath.Join(t.TempDir(), "core")
	if _, errs, code := analyze(t, "", "capture", pid, "--raw", "-o", core); code != exitOK {
		t.Skip(errs) // it may not be read
	}
	packed := tempFile(t, "core.zst", func(f *os.File) {
		text, err := os.ReadFile(core)
		if err != nil {
			t.Fatal(err)
		}
		compressedBy(t, f, func(w io.Writer) { _, _ = w.Write(text) })
	})
	file := filepath.Join(t.TempDir(), "dump.json")
	process := "pid:" + pid
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"leaks", process}, "or write a core elsewhere"}, {[]string{"summary", process}, "or write a core elsewhere"},
		{[]string{"capture", pid, "-o", file}, "or write a core elsewhere"}, {[]string{"summary", packed}, "or unpack it"},
	} {
		out, errs, code := analyze(t, "", append(c.args, "--max-memory", "50M")...)
		line, rest, _ := strings.Cut(errs, "\n")
		if code != exitUnusable || out != "" || rest != "" || !strings.Contains(line, ": this takes at least ") || !strings.Contains(line, " MiB of memory, --max-memory allows 50 MiB; allow more, "+c.want) {
			t.Errorf("%q: exit code %d, %q, %q", c.args, code, out, errs)
		}
	}
	if exists(file) {
		t.Error("a dump was written")
	}
	if _, err := io.WriteString(php.In, "?\n"); err != nil || php.Line(t) != "alive" {
		t.Errorf("the process does not go on: %v, %q", err, php.Out.Text())
	}
	want, _, _ := analyze(t, "", "summary", core, "--max-memory", "64M")
	for _, name := range []string{process, packed} {
		if out, errs, code := analyze(t, "", "summary", name, "--max-memory", "400M"); code != exitOK || out != want {
			t.Errorf("%s with enough: exit code %d, %s, the same answer: %t", name, code, errs, out == want)
		}
	}
}
