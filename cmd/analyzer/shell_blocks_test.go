package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"memtrail/internal/cases"
	"memtrail/internal/phptest"
)

// notRun are the lines of blocks marked "sh" that no test runs, by how they
// begin, and why. What they give analyzer is parsed all the same.
var notRun = []struct{ begins, why string }{
	{"go test ", "the tests themselves"},
	{"go run ./cmd/analyzer ", ".ci/run does"},
	{"go run ./internal/", "takes minutes"},
	{"go run ./capture/layout/gen ", "needs the headers of a PHP that does not exist yet"},
	{"go install ./cmd/analyzer", "writes outside the test's directory; .ci/run builds it"},
	{"CGO_ENABLED=0 go install ./cmd/analyzer", "the same"},
	{"go build ", ".ci/run builds it"},
	{"go tool pprof ", "needs a profile; the tests of export read those with pprof's own package"},
	{"parca-push ", "needs a server; in the block named push-profile"},
	{".ci/", "takes minutes, and is what runs this"},
	{"MEMTRAIL_", "the tests themselves"},
	{"git ", "needs a network, or an eye"},
	{"cd php-meminfo/extension", "needs what git clone gives"},
	{"phpize ", "needs what git clone gives"},
	{"php -d extension=meminfo", "needs the extension"},
	{"HEAP_DUMPS=", "needs the extension and a framework"},
	{"export HEAP_DUMPS=", "of the next line"},
	{"php artisan ", "needs Laravel"},
	{"mkdir -p dumps", "of the next line"},
	{"claude mcp add ", "needs that program; TestMCP talks to the server"},
	{"man ", "needs man; packaging/files makes the pages"},
	{"analyzer explore ", "is for a terminal: TestExplore has one"},
	{"zcat dump.json.gz | analyzer explore", "is for a terminal: TestExplore has one"},
	{"grep -rn ", "is about the reader's program"},
	{"analyzer record -o dumps --marks -- ", "needs a program that marks its jobs: the tests of record --marks have one"},
	{"export RELEASE_REPOSITORY=", "is for the one who releases"},
	{"export PATH=", "is about the reader's machine"},
	{"  ", "goes on from the line before"},
}

// A shellLine is a line of a block marked "sh" of a document.
type shellLine struct {
	file string
	line int
	text string
}

func (l shellLine) String() string { return fmt.Sprintf("%s:%d: %s", l.file, l.line, l.text) }

// shellBlocks are the blocks of all documents that are marked "sh" and have no
// name: a block with one is a file.
func shellBlocks(t *testing.T) (blocks [][]shellLine) {
	t.Helper()
	root, files := documents(t)
	for _, file := range files {
		b, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		fence := ""
		for i, line := range strings.Split(string(b), "\n") {
			switch {
			case strings.HasPrefix(line, "```"):
				if fence == "" {
					fence = line
				} else {
					fence = ""
				}
				if fence == "```sh" {
					blocks = append(blocks, nil)
				}
			case fence == "```sh" && line != "":
				last := &blocks[len(blocks)-1]
				*last = append(*last, shellLine{file, i + 1, line})
			}
		}
	}
	return blocks
}

var (
	comment      = regexp.MustCompile(` +# .*$`)
	substitution = regexp.MustCompile(`\$\([^)]*\)`)
	// invoked finds analyzer in a line, by its name or as what a container runs.
	invoked = regexp.MustCompile(`(?:^|[ (]|/usr/bin/)(?:analyzer|IMAGE) (.*)`)
	// ends finds where the arguments of analyzer end.
	ends = regexp.MustCompile(` -- .*$| \|\|? .*$|\)$`)
)

// TestShellBlocksParse has analyzer read the flags of each line in which it is
// called, and holds that each line is run by TestShellBlocks, or that it says why
// not.
func TestShellBlocksParse(t *testing.T) {
	used := map[string]bool{}
	parsed := 0
	for _, block := range shellBlocks(t) {
		for _, l := range block {
			if why, begins := reasonNotToRun(l.text); why != "" {
				used[begins] = true
			} else if !runs(l.text) {
				t.Errorf("%s is neither run nor listed in notRun", l)
			}
			m := invoked.FindStringSubmatch(substitution.ReplaceAllString(comment.ReplaceAllString(l.text, ""), "4242"))
			if m == nil || strings.HasPrefix(m[1], "--target=") {
				continue
			}
			args := split(t, ends.ReplaceAllString(m[1], ""))
			if _, stderr, code := analyze(t, "", append(args, "--help")...); code != exitOK {
				t.Errorf("%s: %s", l, stderr)
			}
			parsed++
		}
	}
	if parsed < 30 {
		t.Errorf("%d lines have analyzer in them", parsed)
	}
	for _, n := range notRun {
		if !used[n.begins] {
			t.Errorf("no line begins with %q, which is in notRun", n.begins)
		}
	}
}

// runs reports whether TestShellBlocks can run a line: it calls analyzer.
func runs(line string) bool {
	return invoked.MatchString(line) || strings.HasPrefix(line, "source <(analyzer")
}

func reasonNotToRun(line string) (why, begins string) {
	for _, n := range notRun {
		if strings.HasPrefix(line, n.begins) {
			return n.why, n.begins
		}
	}
	return "", ""
}

// stubs stand for the programs around analyzer that a test cannot have. They do
// what the recipes use of them: name a process, run a command.
var stubs = map[string]string{
	"sudo":          `exec "$@"`,
	"systemd-run":   `while [ "$1" != analyzer ]; do shift; done; exec "$@"`,
	"systemctl":     `echo $WORKER`,
	"supervisorctl": `echo $WORKER`,
	"pidof":         `echo $WORKER`,
	"docker":        `if [ "$1" = inspect ]; then echo $WORKER; exit; fi; while [ "$1" != IMAGE ]; do shift; done; shift; exec analyzer "$@"`,
	"kubectl":       `while [ "$1" != -- ]; do shift; done; shift; [ "$1" = /usr/bin/analyzer ] || exit 9; shift; exec analyzer "$@"`,
}

// documented replaces what in the documents stands for something of the
// reader's, or takes longer than a test may.
func documented(line, mark, worker string) string {
	line = comment.ReplaceAllString(line, "")
	for _, r := range [][2]string{
		{"pid:1", "pid:" + worker}, {"capture 1 ", "capture " + worker + " "}, {"pid:PID", "pid:" + worker}, {"record PID", "record " + worker},
		{"core.4242", "dump.json.gz"}, {"4242", worker},
		{"--count 6", "--count 2"}, {"--every 1m", "--every 300ms"}, {"+20MB", "+1KB"}, {" CMD", " php worker.php"},
		{"~/.local/share/man/man1", "man"},
	} {
		line = strings.ReplaceAll(line, r[0], r[1])
	}
	line = regexp.MustCompile(`--for \w+`).ReplaceAllString(line, "--for 1500ms")
	// As many jobs in each interval, however busy the machine is.
	if before, after, ok := strings.Cut(line, " -- php "); ok {
		line = strings.Replace(before, "analyzer record ", "analyzer record --every-output ^jobs ", 1) + " -- php " + after
	}
	line = strings.Replace(line, "analyzer record ", "analyzer record --max-pause 0 ", 1)
	// Only the worker of this test, whatever else runs on the machine.
	line = regexp.MustCompile(`(record .*)'([^']*)'`).ReplaceAllString(line, "$1'$2.*"+mark+"'")
	if strings.Contains(line, " record ") && !strings.Contains(line, " -- ") && !strings.Contains(line, "--for ") {
		line += " --for 3s"
	}
	return line
}

// TestShellBlocks runs the lines of the documents as they stand, block by block,
// each in a directory of its own, with a worker that leaks. What begins with
// sudo, docker or the like runs with a stub in its place; TestBesideContainer
// has the real thing.
func TestShellBlocks(t *testing.T) {
	if !cases.Full() {
		t.Skip("takes half a minute: -full; TestShellBlocksParse looks at all lines")
	}
	php := phptest.Any(t)
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	stubs := mapsWith(stubs, "php", "exec -a php '"+php+`' "$@"`)
	for name, script := range stubs {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!"+shell+"\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	path := bin + string(filepath.ListSeparator) + os.Getenv("PATH")
	for i, block := range shellBlocks(t) {
		var lines []shellLine
		for _, l := range block {
			if why, _ := reasonNotToRun(l.text); why == "" {
				lines = append(lines, l)
			}
		}
		if len(lines) == 0 {
			continue
		}
		t.Run(fmt.Sprintf("%s:%d", lines[0].file, lines[0].line), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			prepareReader(t, root, dir)
			mark := fmt.Sprintf("mark-%d-%d-", os.Getpid(), i)
			worker := startWorker(t, filepath.Join(bin, "php"), mark)
			for _, l := range lines {
				script := documented(l.text, mark, worker)
				if strings.Contains(script, " record ") && !strings.Contains(script, "--replace") {
					script = "rm -rf dumps; " + script // one or the other is for the reader to run
				}
				cmd := exec.Command(shell, "-c", script)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "PATH="+path, "WORKER="+worker, "HOME="+dir)
				var out bytes.Buffer
				cmd.Stdout, cmd.Stderr = &out, &out
				if err := cmd.Run(); err != nil {
					if _, ok := errors.AsType[*exec.ExitError](err); !ok {
						t.Fatal(err)
					}
				}
				code := cmd.ProcessState.ExitCode()
				if strings.Contains(out.String(), "not permitted to read") {
					t.Skip(out.String())
				}
				want := exitOK
				if strings.Contains(script, "analyzer gate") {
					want = exitLeak
				}
				if code != want || strings.Contains(out.String(), "no dump: ") || strings.Contains(script, " record ") && !strings.Contains(out.String(), "Curve: ") {
					t.Errorf("%s\nrun as %s\nhas the exit code %d, want %d:\n%s", l, script, code, want, &out)
				}
			}
		})
	}
}

func mapsWith(m map[string]string, key, value string) map[string]string {
	all := map[string]string{key: value}
	for k, v := range m {
		all[k] = v
	}
	return all
}

// leakyWorker leaks 160 jobs, and says so after each twentieth; or goes on for as
// long as it is told. Then it waits for more, as capture -- CMD expects of it.
const leakyWorker = `<?php
class Job { public string $data; function __construct(public int $n) { $this->data = str_repeat("x", 500); } }
class Worker { public array $done = []; function run(float $seconds): void { $end = microtime(true) + $seconds;
	for ($i = 0; $i < 160 || microtime(true) < $end; $i++) { $this->done[] = new Job($i); for ($k = 0; $k < 20000; $k++); usleep(5000); if ($i % 20 == 0) echo "jobs\n"; } } }
$worker = new Worker; $worker->run((float) getenv("WORKER_SECONDS"));
usleep(800000);
`

// startWorker starts the worker that runs already when the reader comes: one for
// each block, as only one may trace it. Its command line is that of each kind that
// the recipes look for.
func startWorker(t *testing.T, php, mark string) (pid string) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"worker.php", "server.php"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(leakyWorker), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(php, "worker.php", "server.php", "php-fpm: pool www", "octane/bin/roadrunner-worker", mark)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "WORKER_SECONDS=600")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	return fmt.Sprint(cmd.Process.Pid)
}

// prepareReader makes what a reader has: programs, a dump, a recording.
func prepareReader(t *testing.T, root, dir string) {
	t.Helper()
	for _, name := range []string{"worker.php", "server.php", "artisan", "bin/console", "bin/leak-test.php"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(leakyWorker), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	err := errors.Join(os.Mkdir(filepath.Join(dir, "man"), 0o700), os.Mkdir(filepath.Join(dir, "dumps"), 0o700),
		os.Symlink(filepath.Join(root, "testdata"), filepath.Join(dir, "testdata")),
		os.Symlink(filepath.Join(root, "testdata", "talk-1k.json.gz"), filepath.Join(dir, "dump.json.gz")))
	recorded, globErr := filepath.Glob(filepath.Join(root, "testdata", "recorded", "mem-*.json.zst"))
	for _, file := range recorded {
		err = errors.Join(err, os.Symlink(file, filepath.Join(dir, "dumps", filepath.Base(file))))
	}
	if err := errors.Join(err, globErr); err != nil {
		t.Fatal(err)
	}
}
