package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
)

// seriesFiles are the dumps of a series in testdata, by absolute paths.
func seriesFiles(t *testing.T, name string) []string {
	t.Helper()
	dir, err := filepath.Abs(data("series"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, name+"-*"))
	if err != nil || len(files) < 3 {
		t.Fatalf("series %s has the dumps %q: %v", name, files, err)
	}
	return files
}

// TestGateExitCodes: a pass, a leak, wrong usage and dumps that do not tell are
// told apart, by nothing but the code.
func TestGateExitCodes(t *testing.T) {
	cache, clean, ffi := seriesFiles(t, "cache_service"), seriesFiles(t, "clean_worker"), seriesFiles(t, "ffi_invisible")
	damaged := filepath.Join(t.TempDir(), "mem-4.json")
	if err := os.WriteFile(damaged, []byte(`{"items":{"0x1":{"type":"int","size":"16"},"0x2":7}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	truncated, err := filepath.Abs(data("truncated-deep-list.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir()) // there is no baseline
	with := func(files []string, more ...string) []string { return append(append([]string{}, files...), more...) }
	tests := []struct {
		name  string
		args  []string
		gate  int
		grows int // growth's
	}{
		{"leak", cache, exitLeak, exitOK},
		{"clean", clean, exitOK, exitOK},
		{"unexplained", ffi, exitLeak, exitOK},
		{"one dump", cache[:1], exitIncomplete, exitIncomplete},
		{"two dumps", cache[:2], exitIncomplete, exitIncomplete},
		{"two dumps with a limit", with(cache[:2], "--min-bytes=1KB"), exitLeak, exitOK},
		{"two clean dumps with a limit", with(clean[:2], "--min-bytes=1KB"), exitOK, exitOK},
		{"leak and a truncated dump", with(cache, truncated), exitIncomplete, exitIncomplete},
		{"clean and a truncated dump", with(clean, truncated), exitIncomplete, exitIncomplete},
		{"another process", with(clean[:2], cache[2]), exitIncomplete, exitIncomplete},
		{"a damaged dump", with(clean, damaged), exitIncomplete, exitIncomplete},
		{"no such dump", with(clean, "none.json"), exitUnusable, exitUnusable},
		{"wrong flag", with(clean, "--bogus"), exitUnusable, exitUnusable},
	}
	for _, tt := range cases.Sample(tests, 7, 0) {
		for command, want := range map[string]int{"gate": tt.gate, "growth": tt.grows} {
			stdout, stderr, code := analyze(t, "", append([]string{command}, tt.args...)...)
			if code != want {
				t.Errorf("%s, %s: exit code %d, want %d; %s%s", command, tt.name, code, want, stdout, stderr)
			}
			if code != exitUnusable && stdout == "" {
				t.Errorf("%s, %s: nothing is printed", command, tt.name)
			}
		}
	}
}

// TestAcceptAsPrinted pastes the command that a failing gate prints.
func TestAcceptAsPrinted(t *testing.T) {
	files := seriesFiles(t, "static_registry")
	baseline := filepath.Join(t.TempDir(), "leaks.json")
	stdout, stderr, code := analyze(t, "", append([]string{"gate"}, files...)...)
	_, command, ok := strings.Cut(stdout, "\nanalyzer gate accept ")
	command = "gate accept " + command
	if code != exitLeak || !ok {
		t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
	}
	command, _, _ = strings.Cut(command, "\n")
	command = strings.ReplaceAll(command, `"…"`, "'it is a registry'")
	if stdout, stderr, code := analyze(t, "", append(split(t, command), "--baseline", baseline)...); code != exitOK {
		t.Fatalf("%s: exit code %d: %s%s", command, code, stdout, stderr)
	}
	if stdout, stderr, code := analyze(t, "", append([]string{"gate", "--strict", "--baseline", baseline}, files...)...); code != exitOK {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	b, err := readBaseline(baseline)
	if err != nil || len(b.Entries) != 1 || b.Entries[0].Path == "" || b.Entries[0].Count == 0 || b.Entries[0].Bytes == 0 || b.Entries[0].Reason != "it is a registry" {
		t.Errorf("%+v, %v", b, err)
	}
}

// suiteDump is a dump of a PHPUnit run of 20 test cases, of which some have run
// and made fixtures. Of one case, or in a static, more may accumulate.
func suiteDump(ran, inOneCase, inStatic int) []byte {
	cases := dumpbuild.NewArray()
	fill := func(class string, n int) *dumpbuild.Node {
		list := dumpbuild.NewArray()
		for i := range n {
			list.Add(fmt.Sprint(i), dumpbuild.NewObject(class, dumpbuild.To("n", dumpbuild.NewScalar("int"))))
		}
		return list
	}
	for i := range 20 {
		test := dumpbuild.NewObject(`App\Tests\OrderTest`)
		fixture := dumpbuild.NewScalar("null")
		if i < ran {
			fixture = fill(`App\Order`, 8)
		}
		test.Add("fixture", fixture)
		history := fill(`App\Call`, 0)
		if i == 0 {
			history = fill(`App\Call`, inOneCase)
		}
		test.Add("client", dumpbuild.NewObject(`App\Client`, dumpbuild.To("history", history)))
		cases.Add(fmt.Sprint(i), test)
	}
	suite := dumpbuild.NewObject(`PHPUnit\Framework\TestSuite`, dumpbuild.To("tests", cases))
	passed := dumpbuild.NewArray()
	for i := range ran {
		passed.Add(fmt.Sprint(i), dumpbuild.NewArray(dumpbuild.To("result", dumpbuild.NewScalar("null"))))
	}
	result := dumpbuild.NewObject(`PHPUnit\Framework\TestResult`, dumpbuild.To("passed", passed))
	b := dumpbuild.New().Frame(`PHPUnit\TextUI\TestRunner->run()`, "suite", suite).
		Frame(`PHPUnit\TextUI\TestRunner->run()`, "result", result)
	if inStatic > 0 {
		b.Static(`App\Tests\OrderTest::registry`, fill(`App\Order`, inStatic))
	}
	return b.Dump().PrintUsual()
}

// TestGatePHPUnit: what PHPUnit keeps of the tests that ran passes, and is
// shown; a leak in one test, or in a static of a test's class, fails.
func TestGatePHPUnit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		dump   func(i int) []byte
		args   []string
		code   int
		prints []string
	}{
		{"fixtures", func(i int) []byte { return suiteDump(5*i, 0, 0) }, nil, exitOK, []string{"IGNORED", "fixture", "PHPUnit keeps each test case"}},
		{"without the rule", func(i int) []byte { return suiteDump(5*i, 0, 0) }, []string{"--allow", "none"}, exitLeak, []string{`->fixture`, `array ×8`}},
		{"one test", func(i int) []byte { return suiteDump(5*i, 40*i, 0) }, nil, exitLeak, []string{"1 new leak", "->history"}},
		{"static", func(i int) []byte { return suiteDump(5*i, 0, 10*i) }, nil, exitLeak, []string{"1 new leak", `static App\Tests\OrderTest::$registry`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for i := 1; i <= 3; i++ {
				if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("mem-%d.json", i)), tt.dump(i), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			stdout, stderr, code := analyze(t, "", append([]string{"gate", dir, "--max-unexplained=-1"}, tt.args...)...)
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			for _, text := range tt.prints {
				if !strings.Contains(stdout, text) {
					t.Errorf("%q is not printed", text)
				}
			}
			if t.Failed() {
				t.Log(stdout, stderr)
			}
		})
	}
}
