package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"weak"

	"github.com/rogpeppe/go-internal/testscript"

	"memtrail/internal/cases"
)

var update = flag.Bool("update", false, "rewrite the expected outputs, the README's included")

func TestMain(m *testing.M) {
	testscript.Main(tests{m}, map[string]func(){"analyzer": main, "hardened": hardened, "measured": measured, "untraced": untraced})
}

// tests is all tests of the package.
type tests struct{ *testing.M }

// Run runs more tests at once than there are processors, if no flag says
// otherwise: half of them wait for PHP programs that sleep.
func (t tests) Run() int {
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == fmt.Sprint(runtime.GOMAXPROCS(0)) {
		f.Value.Set("8")
	}
	if !cases.Full() {
		// A thousand commands in one process: collecting less often takes a sixth less of
		// the processor, and 1 GB instead of half of one.
		debug.SetGCPercent(400)
	}
	return t.M.Run()
}

// TestScripts runs the commands as a user does. Dumps are in $DATA. A line
// "exec analyzer ..." starts a process, which takes 15 ms, most of them the
// initialization of sonic; "run ..." does so with -full and else stays in the
// process of the test, without standard input.
func TestScripts(t *testing.T) {
	data, err := filepath.Abs("../../testdata")
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Abs("testdata/script")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           scripts, // whatever the working directory is when one starts
		UpdateScripts: *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("DATA", data)
			if !cases.Full() {
				env.Setenv("GOMAXPROCS", "1") // a third of the time of small dumps is several threads
			}
			env.Values[environment{}] = env.Vars
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "full" {
				return cases.Full(), nil
			}
			helper, ok := map[string]string{"hardening": "hardened", "filtering": "untraced"}[name]
			if !ok {
				return false, fmt.Errorf("unknown condition %q", name)
			}
			err := exec.Command(helper, "true").Run()
			e, ok := errors.AsType[*exec.ExitError](err)
			return err == nil || ok && e.ExitCode() != 77, nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"run": runLine},
	})
}

// environment is the key of a script's variables as it starts.
type environment struct{}

// processState guards the working directory and the environment of the process.
var processState sync.Mutex

// runLine is the command "run" of the scripts.
func runLine(ts *testscript.TestScript, fails bool, args []string) {
	var err error
	if cases.Full() {
		err = ts.Exec("analyzer", args...)
	} else if code := runIn(ts.MkAbs("."), ts.Value(environment{}).([]string), args, ts.Stdout(), ts.Stderr()); code != 0 {
		err = fmt.Errorf("exit status %d", code)
	}
	switch {
	case err == nil && fails:
		ts.Fatalf("unexpected command success")
	case err != nil && !fails:
		ts.Fatalf("unexpected command failure: %v", err)
	}
}

// runIn runs the program in this process as if it had been started in dir with
// these variables.
func runIn(dir string, variables, args []string, stdout, stderr io.Writer) int {
	processState.Lock()
	defer processState.Unlock()
	was, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	before := os.Environ()
	defer func() {
		setEnvironment(before)
		if err := os.Chdir(was); err != nil {
			panic(err)
		}
	}()
	if err := os.Chdir(dir); err != nil {
		panic(err)
	}
	setEnvironment(variables)
	return run(args, strings.NewReader(""), stdout, stderr)
}

// setEnvironment leaves PATH set at all times: scripts beside this one start
// processes.
func setEnvironment(variables []string) {
	wanted := map[string]bool{}
	for _, v := range variables {
		if name, value, ok := strings.Cut(v, "="); ok && name != "" {
			wanted[name] = true
			os.Setenv(name, value)
		}
	}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); name != "" && !wanted[name] {
			os.Unsetenv(name)
		}
	}
}

// analyze runs the program in this process.
func analyze(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(args, strings.NewReader(stdin), &out, &errs)
	return out.String(), errs.String(), code
}

// data is the path of a dump in testdata.
func data(name string) string { return filepath.Join("..", "..", "testdata", name) }

// TestPhpMeminfo holds the default output against what php-meminfo's own
// analyzer printed for the same dumps, byte for byte.
func TestPhpMeminfo(t *testing.T) {
	t.Parallel()
	files := map[string]string{"example": "example.json", "phpunit": "phpunit.json.gz", "talk-1k": "talk-1k.json.gz"}
	for name, file := range files {
		expected, err := filepath.Glob(data("expected/" + name + "/*.txt"))
		if err != nil || len(expected) == 0 {
			t.Fatalf("no expected outputs for %s: %v", name, err)
		}
		for _, path := range expected {
			output := strings.TrimSuffix(filepath.Base(path), ".txt")
			t.Run(name+"/"+output, func(t *testing.T) {
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				want := string(b)
				command, id, _ := strings.Cut(output, ".")
				command, verbose := strings.CutSuffix(command, "-v")
				args := []string{command, data(file)}
				switch command {
				case "query":
					// The first line notes the arguments.
					var line string
					line, want, _ = strings.Cut(want, "\n")
					args = append(args, strings.Fields(strings.TrimPrefix(line, "# "))...)
				case "ref-path":
					args = append(args, id)
				}
				if verbose {
					args = append(args, "-v")
				}
				got, stderr, code := analyze(t, "", args...)
				if code != 0 || stderr != "" {
					t.Fatalf("exit code %d, stderr %q", code, stderr)
				}
				if command == "ref-path" {
					// What is ours follows behind an empty line.
					if !strings.HasPrefix(got, want+"\n") {
						t.Errorf("got\n%s\nwant it to start with\n%s", got, want)
					}
				} else if got != want {
					t.Errorf("got\n%s\nwant\n%s", got, want)
				}
			})
		}
	}
}

// TestExitCodes has a row for each way in which a command can fail: one line
// on stderr that says what is wrong, and nothing on stdout.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	example := data("example.json")
	tests := []struct {
		name string
		args []string
		says string
	}{
		{"no dump", []string{"summary"}, "summary needs DUMP"},
		{"too many", []string{"summary", example, "x"}, `got "x"`},
		{"no such command", []string{"sumary", example}, "did you mean summary?"},
		{"two dumps for a command", []string{example, data("talk-1k.json.gz")}, "analyzer diff " + example + " " + data("talk-1k.json.gz")},
		{"dumps for a command", []string{example, example, example}, "analyzer growth " + strings.Join([]string{example, example, example}, " ")},
		{"directory for a command", []string{dir}, "analyzer growth " + dir},
		{"no such file for a command", []string{"none.json"}, "none.json: no such file, and no command"},
		{"process for a command", []string{"pid:2147483647"}, "pid:2147483647: "},
		{"color", []string{"summary", "--color", "blue", example}, "--color takes auto, always or never, not \"blue\""},
		{"output without a name", []string{"summary", "-o", "", example}, "--output: it names no file"},
		{"output into a directory", []string{"summary", "-o", dir, example}, "it is a directory"},
		{"output beside nothing", []string{"summary", "-o", filepath.Join(dir, "none", "x"), example}, "there is no directory"},
		{"output over the dump", []string{"summary", "-o", example, example}, "it is not overwritten"},
		{"arguments of version", []string{"version", "x"}, "version takes no arguments"},
		{"no such flag", []string{"summary", "--bogus", example}, "unknown flag: --bogus; see analyzer summary --help"},
		{"format", []string{"query", "--format", "xml", example}, "--format takes table, json, csv or markdown, not \"xml\""},
		{"sort", []string{"summary", "--sort", "age", example}, "count, size, name, allocated or retained"},
		{"group", []string{"summary", "--group", "colour", example}, "class, type, namespace or frame"},
		{"shapes by frame", []string{"summary", "--shapes", "--group", "frame", example}, "--shapes"},
		{"negative limit", []string{"query", "-l", "-1", example}, "--limit is -1"},
		{"limit no number", []string{"top-children", "-l", "x", example}, "--limit takes a whole number, not \"x\""},
		{"sort without sizes", []string{"query", "--sort", "allocated", "--sizes", "reported", example}, "--sort allocated goes with --sizes allocated"},
		{"sizes", []string{"summary", "--sizes", "real", example}, "reported or allocated"},
		{"PHP version", []string{"summary", "--retained", "--php", "5.3", example}, "7.4, 8.0"},
		{"filter by text size", []string{"query", "-f", "retained~1", example}, "retained is a number"},
		{"filter form", []string{"query", "-f", "type", example}, `filter "type"`},
		{"filter regex", []string{"query", "-f", "class~(", example}, `filter "class~("`},
		{"filter number", []string{"query", "-f", "size>big", example}, `"big" is no number`},
		{"filter attribute", []string{"query", "-f", "clas=A", example}, `did you mean "class"?`},
		{"no such file", []string{"summary", filepath.Join(dir, "none.json")}, "no such file"},
		{"directory", []string{"summary", dir}, "is a directory, not a dump: name a file in it"},
		{"two dumps for one", []string{"leaks", example, example}, "leaks takes one DUMP"},
		{"a number for a process", []string{"leaks", "4242"}, "for the process of that number write pid:4242"},
		{"no number for a process", []string{"leaks", "pid:worker"}, "write pid:4242"},
		{"flag without its value", []string{"leaks", example, "-l"}, "--limit needs a value"},
		{"no time", []string{"leaks", example, "--max-pause", "long"}, "--max-pause takes a time such as 500ms or 2s, not \"long\""},
		{"program that is not there", []string{"capture", "--", "no-such-program"}, "no-such-program: there is no such program"},
		{"capture of no process", []string{"capture", example}, "is no process id; analyzer capture --list"},
		{"empty", []string{"summary", file("empty.json", "")}, "empty"},
		{"blank", []string{"summary", file("blank.json", " \n\n")}, "blanks"},
		{"text", []string{"summary", file("a.txt", "hello\n")}, "text that is no JSON"},
		{"list", []string{"summary", file("list.json", "[1,2]")}, "a JSON list"},
		{"other JSON", []string{"summary", file("other.json", `{"name":"x","version":1}`)}, `without "items"`},
		{"PHP array", []string{"summary", file("php.txt", "array (\n  'items' => \n  array (\n")}, "PHP array"},
		{"serialized", []string{"summary", file("ser.txt", `a:1:{s:5:"items";a:0:{}}`)}, "serialized PHP"},
		{"bad gzip", []string{"summary", file("x.gz", "\x1f\x8b\x00\x00")}, "gzip"},
		{"no such item", []string{"ref-path", "0x7fef5a680761", example}, "0x7fef5a680760"},
		{"no id", []string{"ref-path", "foo", "bar"}, "is an id like"},
		{"graph of no dump", []string{"ref-path", "0x1", file("b.txt", "x")}, "not a php-meminfo dump"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stdout, stderr, code := analyze(t, "", tt.args...)
			if code != exitUnusable {
				t.Errorf("exit code %d, want %d", code, exitUnusable)
			}
			if stdout != "" {
				t.Errorf("stdout %q, want nothing", stdout)
			}
			if !strings.HasPrefix(stderr, "analyzer: ") || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, tt.says) {
				t.Errorf("stderr %q, want one line with %q", stderr, tt.says)
			}
		})
	}
}

// TestTruncated reads what is there, says where it ends, and exits with 3.
func TestTruncated(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"summary"}, {"summary", "--group", "frame"}, {"top-children"}, {"top-children", "--paths"},
		{"query"}, {"query", "--format", "json"}, {"ref-path", "0x7f6797213070"},
	} {
		stdout, stderr, code := analyze(t, "", append(args, data("truncated-memory-limit.json.gz"))...)
		if code != exitIncomplete {
			t.Errorf("%v: exit code %d, want %d", args, code, exitIncomplete)
		}
		if stdout == "" || !strings.Contains(stderr, "ends at byte 8427845") || !strings.Contains(stderr, "46,705 items") {
			t.Errorf("%v: stderr %q", args, stderr)
		}
	}
}

// cutAt is where TestEveryCut puts which question: all of them at each eleventh
// byte and near the end, and the first anywhere. A sample puts one question at each
// place, and has fewer places.
func cutAt(cut, end, command, commands int) bool {
	dense := cut >= end-50
	if !cases.Full() {
		return (dense || cut%29 == 0) && cut%commands == command
	}
	return dense || cut%11 == 0 || command == 0 || cut%(3*commands) == command
}

// TestEveryCut cuts a dump at every byte, or at a sample of them: each command answers with what is
// complete, or says that there is nothing.
func TestEveryCut(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(data("ffi-trailing-comma.json"))
	if err != nil {
		t.Fatal(err)
	}
	commands := [][]string{{"summary", "-"}, {"query", "-", "--format", "json", "-l", "0"}, {"top-children", "-", "--paths"}, {"ref-path", "0x7f15abc57200", "-"}, {"check", "-"},
		{"leaks", "-"}, {"tree", "-"}}
	// Behind its last item, a dump lacks nothing but braces.
	braces := bytes.TrimRight(b, "} \n")
	closed := len(braces) + bytes.Index(b[len(braces):], []byte("}\n}")) + len("}\n}")
	for cut := range len(b) {
		for i, args := range commands {
			if !cutAt(cut, closed, i, len(commands)) {
				continue
			}
			_, stderr, code := analyze(t, string(b[:cut]), args...)
			want := exitIncomplete
			if cut == 0 || args[0] == "ref-path" && !bytes.Contains(b[:cut], []byte(`"frame"`)) {
				continue // nothing there: exit 2, or 3 where a dump begins
			}
			if cut >= closed {
				want = exitOK
			}
			if code != want && !(args[0] == "ref-path" && code == exitUnusable && strings.Contains(stderr, "no item")) {
				t.Fatalf("%v cut at %d: exit code %d, want %d; stderr %q", args, cut, code, want, stderr)
			}
		}
	}
}

// TestStreams reads the same dump from a file, from stdin and compressed.
func TestStreams(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile(data("talk-1k.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"summary"}, {"summary", "--group", "frame", "--format", "json"}, {"top-children", "--format", "csv"},
		{"query", "-f", "type=array", "--format", "json"}, {"ref-path", "0x7f29344c0758"},
	} {
		want, _, code := analyze(t, "", append(args, data("talk-1k.json.gz"))...)
		if code != 0 {
			t.Fatalf("%v: exit code %d", args, code)
		}
		if got, stderr, _ := analyze(t, string(b), append(args, "-")...); got != want {
			t.Errorf("%v from stdin:\n%s%s\nwant\n%s", args, got, stderr, want)
		}
	}
}

// TestNoColor: what is no terminal gets no escape sequences.
func TestNoColor(t *testing.T) {
	for _, args := range [][]string{{"summary"}, {"ref-path", "0x7fef5a680760", "-v"}, {"query", "--no-color"}} {
		if out, _, _ := analyze(t, "", append(args, data("example.json"))...); strings.Contains(out, "\x1b") {
			t.Errorf("%v prints escape sequences: %q", args, out)
		}
	}
}

// TestRunsLeaveNothing: what belongs to a run is garbage behind it. An MCP server
// runs one for each question.
func TestRunsLeaveNothing(t *testing.T) {
	t.Parallel()
	ran := func() weak.Pointer[app] {
		a := newApp(strings.NewReader(""), io.Discard, io.Discard)
		if code := a.run([]string{"summary", data("example.json")}); code != exitOK {
			t.Fatal(code)
		}
		return weak.Make(a)
	}()
	for range 10 {
		if runtime.GC(); ran.Value() == nil {
			return
		}
	}
	t.Error("something holds the run")
}
