package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/livetest"
	"memtrail/internal/phptest"
	"memtrail/internal/profilebuild"
	"memtrail/report"
)

// checkHostile runs commands and has package livetest read what they print. Refused
// are those that are to end with an error.
func checkHostile(t *testing.T, list []hostileCase, refused bool) {
	t.Helper()
	t.Logf("%d runs", len(list))
	for _, c := range list {
		out, errs, code := analyze(t, "", c.args...)
		if refused && (code != exitUnusable || errs == "") || !refused && (code == exitUnusable || out == "") {
			t.Errorf("%q: exit code %d, %d bytes: %s", c.args, code, len(out), errs)
		}
		dead(t, "stdout", c.args, livetest.Of(c.format, out))
		dead(t, "stderr", c.args, livetest.Text(errs))
		for line := range strings.Lines(errs) {
			if n := len([]rune(line)); n > 1001 {
				t.Errorf("%q: a line of %d characters", c.args, n)
			}
		}
	}
}

// TestHostileLogs is TestHostileNames for logs of memory: columns, keys, processes,
// requests, and the files themselves.
func TestHostileLogs(t *testing.T) {
	t.Parallel()
	for i, name := range hostileNames(3, 7) {
		dir := t.TempDir()
		// A record of a log is a line.
		cell := `"` + strings.NewReplacer(`"`, `""`, "\n", " ").Replace(name) + `"`
		quoted := jsonText(name)
		var table, lines, odd bytes.Buffer
		fmt.Fprintf(&table, "%s,worker %[1]s,pid,usage,request\n", cell)
		fmt.Fprintf(&odd, "%s,worker %[1]s\n1,2\n", cell)
		for k := range 40 {
			fmt.Fprintf(&table, "1,2,%s,%d,%[1]s\n", cell, 1<<20+k<<16)
			fmt.Fprintf(&lines, `{"%s": {"usage of %[1]s": %d}, "pid": "%[1]s", "usage": %[2]d, "request": "%[1]s", "%[1]s": 5}`+"\n", quoted, 1<<20+k<<16)
		}
		file := func(ending string, text []byte) string {
			path := filepath.Join(dir, fileName(name)+ending)
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		csv, ndjson, none := file(".csv", table.Bytes()), file(".json", lines.Bytes()), file(".log", odd.Bytes())
		cut := file(".cut", append(slices.Clone(table.Bytes()), "1\n2\n3\n\"\n"...))
		var list []hostileCase
		for _, format := range formatNames() {
			for _, args := range [][]string{
				{csv}, {ndjson}, {csv, ndjson}, {cut}, {"--usage", name + ".usage of " + name, "--", ndjson}, {"--requests", "0", "-l", "0", csv},
			} {
				list = append(list, hostileCase{slices.Concat([]string{"series", "--format", format}, args), format})
			}
		}
		list = slices.DeleteFunc(list, func(c hostileCase) bool { return slices.ContainsFunc(c.args, hasNUL) })
		checkHostile(t, cases.Sample(list, len(list)/3, i), false)
		checkHostile(t, []hostileCase{{[]string{"series", none}, ""}, {[]string{"series", "--usage", "missing", csv}, ""}, {[]string{"series", "--pid", "missing", ndjson + ".gone"}, ""}}, true)
	}
}

// hasNUL tells what cannot be an argument.
func hasNUL(arg string) bool { return strings.Contains(arg, "\x00") }

// TestHostileProfileForms is TestHostileProfiles for the other formats, for several
// profiles, and for what takes one beside a dump.
func TestHostileProfileForms(t *testing.T) {
	t.Parallel()
	for i, name := range hostileNames(3, 31) {
		dir := t.TempDir()
		// These formats have a name a line.
		line := strings.NewReplacer("\n", " ", "\r", " ").Replace(name)
		root := func(n uint64) *profilebuild.Frame {
			return &profilebuild.Frame{Name: "root", Calls: 1, Called: []*profilebuild.Frame{
				{Name: "f" + line, File: "/srv/" + line, Bytes: 400 * n, Blocks: n, Calls: n, Called: []*profilebuild.Frame{{Name: "C" + line + "::" + line, File: line, Bytes: 90 * n, Blocks: n, Calls: n}}},
				{Name: "require /" + line, File: "x" + line, Bytes: 8, Blocks: 1, Calls: 1},
			}}
		}
		var files []string
		for ending, write := range map[string]func(*profilebuild.Frame) string{"callgrind": profilebuild.Callgrind, "heap": profilebuild.Heap} {
			for n := range uint64(2) {
				path := filepath.Join(dir, fmt.Sprintf("%s-%d.%s", fileName(name), n, ending))
				if err := os.WriteFile(path, []byte(write(root(40*(n+1)))), 0o600); err != nil {
					t.Fatal(err)
				}
				files = append(files, path)
			}
		}
		slices.Sort(files)
		dump := hostileSeries(t, dir, name)[3]
		var list []hostileCase
		for _, format := range formatNames() {
			for _, by := range []string{"function", "path", "class", "file"} {
				list = append(list, hostileCase{slices.Concat([]string{"allocators", "-v", "--by", by, "--format", format, "--"}, files[:2]), format},
					hostileCase{[]string{"allocators", "--by", by, "--format", format, "--", files[2]}, format})
			}
			list = append(list, hostileCase{[]string{"leaks", "-v", "--threshold", "0.1%", "--profile", files[0], "--format", format, "--", dump}, format})
		}
		list = append(list, hostileCase{[]string{"export", "--to", "pprof", "-o", "-", "--", files[1]}, "pprof"})
		checkHostile(t, cases.Sample(list, 8, i), false)
		checkHostile(t, []hostileCase{{[]string{"allocators", "--", dump}, ""}, {[]string{"allocators", "--by", "path", "--", filepath.Join(dir, line)}, ""}}, true)
	}
}

// TestHostilePlaces gives hostile names to directories, and to what is written.
func TestHostilePlaces(t *testing.T) {
	t.Parallel()
	for i, name := range hostileNames(2, 13) {
		dir := filepath.Join(t.TempDir(), fileName(name))
		empty := filepath.Join(dir, "empty "+fileName(name))
		if err := os.MkdirAll(empty, 0o700); err != nil {
			t.Fatal(err)
		}
		series := hostileSeries(t, dir, name)
		text, err := os.ReadFile(series[3])
		if err != nil {
			t.Fatal(err)
		}
		cut := filepath.Join(dir, fileName(name)+".cut")
		if err := os.WriteFile(cut, text[:len(text)/2], 0o600); err != nil {
			t.Fatal(err)
		}
		in := func(file string) string { return filepath.Join(dir, file+fileName(name)) }
		var list []hostileCase
		for _, format := range formatNames() {
			list = append(list, hostileCase{[]string{"growth", "--format", format, "--", dir}, format}, hostileCase{[]string{"leaks", "--format", format, "--", cut}, format},
				hostileCase{[]string{"check", "--format", format, "--", cut}, format}, hostileCase{[]string{"growth", "--format", format, "--", filepath.Join(escapeGlob(dir), "*-[1-3].json")}, format})
		}
		for _, format := range gateOutputNames() {
			list = append(list, hostileCase{[]string{"gate", "--baseline", "", "--format", format, "--", dir}, format})
		}
		list = append(list, hostileCase{[]string{"summary", "-v", "--", series[0]}, ""}, hostileCase{[]string{"heap", "--png", in("png"), "--", series[0]}, ""},
			hostileCase{[]string{"gate", "--write-baseline", in("new"), "--", dir}, ""})
		checkHostile(t, cases.Sample(list, len(list)/4, i), false)
		for _, args := range [][]string{
			{"leaks", "-o", in("out"), "--", series[0]}, {"export", "--to", "csv", "-o", in("csv"), "--", series[0]}, {"report", "-o", in("html"), "--", series[0]}, {"man", in("man")},
		} {
			out, errs, code := analyze(t, "", args...)
			if code == exitUnusable {
				t.Errorf("%q: %s", args, errs)
			}
			dead(t, "stdout", args, livetest.Text(out))
			dead(t, "stderr", args, livetest.Text(errs))
		}
		wrong := [][]string{
			{"growth", empty}, {"leaks", dir}, {"leaks", in("gone")}, {"growth", escapeGlob(in("none")) + "*"}, {"growth", in("open[")}, {"heap", "--png", filepath.Join(in("gone"), "x"), series[0]},
			{"leaks", "-o", series[0], series[0]}, {"leaks", "-o", dir, series[0]}, {"export", "--to", "csv", "-o", series[0], series[0]}, {"growth", "--config", cut, dir}, {"growth", "--suppressions", cut, dir}, {"gate", "--baseline", cut, dir},
			{"heap", "--maps", cut, series[0]}, {"leaks", "--profile", cut, series[0]}, {"leaks", "--sysroot", cut, series[0]}, {"record", "-o", cut, "--", "none" + fileName(name)}, {"capture", "--", in("none")}, {"mcp", in("gone")}, {"explore", cut},
		}
		var refused []hostileCase
		for _, args := range cases.Sample(wrong, 6, i) {
			refused = append(refused, hostileCase{args, ""})
		}
		checkHostile(t, refused, true)
	}
}

func isComment(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "#") }

// TestHostileRules gives hostile names to what stands in files of rules, in
// configurations and in baselines.
func TestHostileRules(t *testing.T) {
	t.Parallel()
	for i, name := range hostileNames(2, 17) {
		dir := t.TempDir()
		series := hostileSeries(t, dir, name)
		write := func(file, text string) string {
			path := filepath.Join(dir, file)
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			return path
		}
		quoted := jsonText(name)
		var refused []hostileCase
		for k, text := range []string{name, "size=" + name, "shape=a how=" + name, name + "=5", "library=x size=" + name} {
			if isComment(text) {
				continue
			}
			refused = append(refused, hostileCase{[]string{"growth", "--suppressions", write(fmt.Sprint("rules", k), text+"\n"), dir}, ""})
		}
		for k, text := range []string{quoted + ": 5", "gate: {min-count: \"" + quoted + "\"}", "gate: {\"" + quoted + "\": 1}", "gate: {allow: [\"" + quoted + "\"]}", "memory_limit: \"" + quoted + "\"", "a: " + name} {
			if isComment(text) {
				continue
			}
			refused = append(refused, hostileCase{[]string{"growth", "--config", write(fmt.Sprint("config", k, ".yml"), text+"\n"), dir}, ""})
		}
		for k, text := range []string{`{"version": "` + quoted + `"}`, `{"version": 1, "` + quoted + `": 1}`, `{"version": 1, "entries": [{"fingerprint": "` + quoted + `"}]}`, `{"version": 1, "entries": "` + quoted, name} {
			refused = append(refused, hostileCase{[]string{"gate", "--baseline", write(fmt.Sprint("baseline", k), text), dir}, ""})
		}
		checkHostile(t, cases.Sample(refused, 6, i), true)

		// What a baseline knows is shown, with the reason.
		baseline := filepath.Join(dir, "known.baseline")
		if _, errs, code := analyze(t, "", "gate", "--write-baseline", baseline, "--", dir); code == exitUnusable {
			t.Fatal(errs)
		}
		text, err := os.ReadFile(baseline)
		if err != nil {
			t.Fatal(err)
		}
		if at := bytes.Index(text, []byte(`"fingerprint": "`)); at >= 0 && !hasNUL(name) {
			fingerprint := string(text[at+len(`"fingerprint": "`):][:8])
			if _, errs, code := analyze(t, "", "gate", "accept", fingerprint, "--reason", name, "--count", "1", "--baseline", baseline); code != exitOK && !strings.Contains(errs, "reason") {
				t.Errorf("%q: %s", name, errs)
			} else {
				dead(t, "stderr", []string{"gate accept", name}, livetest.Text(errs))
			}
		}
		var list []hostileCase
		for _, format := range gateOutputNames() {
			list = append(list, hostileCase{slices.Concat([]string{"gate", "-v", "--baseline", baseline, "--format", format, "--"}, series), format})
		}
		checkHostile(t, cases.Sample(list, 2, i), false)
	}
}

// TestHostileCommands gives hostile names to processes: what their command lines say
// is in lists, in the answers of a recording, and in what a shell completes to.
func TestHostileCommands(t *testing.T) {
	t.Parallel()
	for _, name := range livetest.Names() {
		for _, format := range formatNames() {
			o := report.Options{Format: report.Format(format), Width: 60}
			for what, print := range map[string]func(*bytes.Buffer) error{
				"list": func(b *bytes.Buffer) error {
					return report.Processes(b, []report.PHPProcess{{PID: 4, Command: name}, {PID: 5, Command: "php " + name + " " + name}}, o)
				},
				"recording": func(b *bytes.Buffer) error {
					dumps := []report.RecordedDump{{Number: 1, File: name, Reason: name}, {File: name + name, Reason: "x " + name}}
					return report.Recordings(b, []report.Recording{{PID: 4, Command: name, PHP: name, Directory: name, Curve: name, Ended: name, Dumps: dumps, Moments: dumps, Rises: dumps}}, o)
				},
				"capture": func(b *bytes.Buffer) error {
					return report.Capture(b, &report.Captured{PID: 4, PHP: name, File: name}, o)
				},
			} {
				var b bytes.Buffer
				if err := print(&b); err != nil {
					t.Error(err)
				}
				dead(t, what, []string{name, format}, livetest.Of(format, b.String()))
			}
		}
	}
}

// TestHostileProcesses starts PHP under hostile names.
func TestHostileProcesses(t *testing.T) {
	t.Parallel()
	php := phptest.Any(t)
	var names []string
	for _, name := range hostileNames(1, 20) {
		if !hasNUL(name) {
			names = append(names, name)
		}
	}
	dir := t.TempDir()
	for i, name := range names {
		cmd := exec.Command(php, "-n", "-r", leaky, "--", name, "\n"+name)
		cmd.Args[0] = name
		running := phptest.Start(t, cmd)
		running.Line(t)
		pid := fmt.Sprint(running.PID())
		file := filepath.Join(dir, fileName(name)+".json")
		for _, c := range []struct {
			format string
			args   []string
		}{
			{"", []string{"capture", "--list"}}, {"", []string{"__complete", "capture", ""}}, {"", []string{"capture", pid, "-o", file}},
			{"", []string{"capture", pid + name}}, {"", []string{"leaks", "pid:" + pid + name}}, {"", []string{"doctor"}},
			{"", []string{"record", "--for", "200ms", "-o", filepath.Join(dir, fmt.Sprint(i, fileName(name))), "--", pid}},
			{"", []string{"record", "--for", "200ms", "-o", filepath.Join(dir, fmt.Sprint(i, "m", fileName(name))), "x" + name + "["}},
			{"", []string{"record", "--for", "200ms", "-o", filepath.Join(dir, fmt.Sprint(i, "p", fileName(name))), "(?s)" + regexp.QuoteMeta(name)}},
			{"", []string{"record", "--for", "100ms", "-o", filepath.Join(dir, fmt.Sprint(i, "n", fileName(name))), pid}},
		} {
			stdout, errs, _ := analyze(t, "", c.args...)
			if c.args[0] == "__complete" {
				stdout = strings.ReplaceAll(stdout, "\t", " ") // parts a word from what it is
			}
			dead(t, "stdout", c.args, livetest.Of(c.format, stdout))
			dead(t, "stderr", c.args, livetest.Text(errs))
			if c.args[0] == "capture" && c.args[1] == "--list" && !strings.Contains(stdout, pid) {
				t.Skip("processes are not seen here")
			}
		}
		running.Stop()
	}
}

// TestHostileEnvironment gives hostile names to the variables that are read.
func TestHostileEnvironment(t *testing.T) {
	for _, name := range hostileNames(2, 9) {
		if hasNUL(name) {
			continue
		}
		for _, variable := range []string{"TERM", "LC_ALL", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "GITHUB_STEP_SUMMARY"} {
			t.Setenv(variable, name)
		}
		for _, args := range [][]string{{"doctor"}, {"explore", data("example.json")}, {"summary", data("example.json")}} {
			out, errs, _ := analyze(t, "", args...)
			dead(t, "stdout", args, livetest.Text(out))
			dead(t, "stderr", args, livetest.Text(errs))
		}
	}
}
