package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"memtrail/capture/record"
	"memtrail/internal/cases"
	"memtrail/internal/phptest"
)

func TestParseEveryOutput(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"^dump": "^dump 1", "^dump,10": "^dump 10", "a{1,3}": "a{1,3} 1", "a{1,3},2": "a{1,3} 2", "a,b": "a,b 1", ",5": " 5", "x,-1": "x,-1 1",
	} {
		re, n, err := parseEveryOutput(text)
		if got := fmt.Sprint(re, " ", n); err != nil || got != want {
			t.Errorf("%q: %s, %v, want %s", text, got, err, want)
		}
	}
}

func TestParseThreshold(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]record.Threshold{
		"+20%": {Share: 0.2}, "+0.5%": {Share: 0.005}, "+50MB": {Rise: 50 << 20}, "200M": {Level: 200 << 20}, " 64KB ": {Level: 64 << 10},
		"20%": {}, "+0%": {}, "+": {}, "": {}, "0": {}, "+0": {}, "x": {}, "-5MB": {},
	} {
		got, err := parseThreshold(text)
		if got != want || (err != nil) != (want == record.Threshold{}) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestParseRate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"": 0, "1MB/s": 1 << 20, "60MB/m": 1 << 20, "60MB/min": 1 << 20, "3600KB/h": 1024, "+1KB/s": 1024, "1MB": -1, "/s": -1, "0/s": -1, "1MB/day": -1,
	} {
		if got, err := parseRate(text); err == nil && got != want || (err != nil) != (want < 0) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestIsUTF8(t *testing.T) {
	t.Parallel()
	for set, want := range map[string]bool{
		"": false, "LANG=C": false, "LANG=de_DE.UTF-8": true, "LANG=C.utf8": true, "LC_ALL=C LANG=de_DE.UTF-8": false,
		"LC_CTYPE=C.UTF-8 LANG=C": true, "LC_ALL= LANG=C.UTF-8": true,
	} {
		values := map[string]string{}
		for _, assignment := range strings.Fields(set) {
			name, value, _ := strings.Cut(assignment, "=")
			values[name] = value
		}
		if got := isUTF8(func(name string) string { return values[name] }); got != want {
			t.Errorf("%q: %t", set, got)
		}
	}
}

// recordCommand runs the program with a command to be recorded, as a process of
// its own.
func recordCommand(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command("analyzer", append([]string{"record", "--max-pause", "0"}, args...)...) // testscript puts it into the path
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if strings.Contains(errs.String(), "not permitted") {
		t.Skip(errs.String())
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// worker is a queue worker in PHP: it polls, and its jobs wait for a slow
// database. With leak each job stays. It ends with code 3.
func worker(t *testing.T, leak bool, seconds float64, seed int) []string {
	t.Helper()
	const script = `mt_srand((int) $argv[3]);
class Job { public string $data; public function __construct(public int $n) { $this->data = str_repeat("x", 500 + mt_rand(0, 1000)); } }
class Worker {
	public array $done = []; public array $cache = []; public int $jobs = 0;
	function pop(): Job { usleep(mt_rand(5000, 30000)); return new Job($this->jobs++); }
	function query(): void { usleep(mt_rand(5000, 40000)); }
	function handle(Job $j): void {
		$rows = []; for ($i = 0, $n = mt_rand(500, 3000); $i < $n; $i++) { $rows[] = str_repeat("t", 100 + $i % 50); }
		$this->query();
		if ($GLOBALS["argv"][1]) { $this->done[] = $j; }
		$this->cache[$j->n % 50] = $rows[0];
		$this->query();
	}
	function run(float $seconds): void { $end = microtime(true) + $seconds; while (microtime(true) < $end) { $j = $this->pop(); $this->handle($j); unset($j); } }
}
$w = new Worker; $w->run((float) $argv[2]); echo "done\n"; exit(3);`
	name := filepath.Join(t.TempDir(), "worker.php")
	if err := os.WriteFile(name, []byte("<?php\n"+script), 0o600); err != nil {
		t.Fatal(err)
	}
	flag := "0"
	if leak {
		flag = "1"
	}
	return []string{phptest.Any(t), name, flag, fmt.Sprint(seconds), fmt.Sprint(seed)}
}

// Two lines in CI: a worker that leaks fails the gate, and no clean one does.
func TestRecordAndGate(t *testing.T) {
	cases.OnlyFull(t, "the workers run for 9 s")
	t.Parallel()
	gate := func(t *testing.T, leak bool, seed int) (code int, text string) {
		t.Parallel()
		dir := filepath.Join(t.TempDir(), "dumps")
		args := append([]string{"-o", dir, "--"}, worker(t, leak, 9, seed)...)
		stdout, stderr, code := recordCommand(t, "", args...)
		if stdout != "done\n" || code != 3 {
			t.Fatalf("the worker's output is %q, its exit code %d: %s", stdout, code, stderr)
		}
		if strings.Contains(stderr, "busy") {
			t.Logf("a dump was not taken while the worker was idle:\n%s", stderr)
		}
		text, errs, code := analyze(t, "", "gate", dir)
		return code, text + errs
	}
	t.Run("leak", func(t *testing.T) {
		if code, text := gate(t, true, 0); code != exitLeak || !strings.Contains(text, "$w") || !strings.Contains(text, "->done") {
			t.Errorf("exit code %d\n%s", code, text)
		}
	})
	for seed := range 10 {
		t.Run(fmt.Sprintf("clean %d", seed), func(t *testing.T) {
			if code, text := gate(t, false, seed); code != exitOK {
				t.Errorf("exit code %d\n%s", code, text)
			}
		})
	}
}

// Each line that is asked for has its dump, at that moment, though the program
// does not wait.
func TestRecordLines(t *testing.T) {
	cases.OnlyFull(t, "a program is recorded; TestRecordProcess records one in the loop")
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "dumps")
	const script = `$kept = [];
for ($n = 1; $n <= 12; $n++) {
	for ($i = 0; $i < 100; $i++) { $kept[] = [$n, str_repeat("x", 300)]; }
	echo "dump $n\n"; echo "other $n\n"; usleep(60000);
}`
	stdout, stderr, code := recordCommand(t, "", "-o", dir, "--every-output", "^dump,2", "--count", "5", "--", phptest.Any(t), "-r", script)
	want := ""
	for n := 1; n <= 12; n++ {
		want += fmt.Sprintf("dump %d\nother %d\n", n, n)
	}
	if stdout != want || code != 0 {
		t.Fatalf("exit code %d, output %q: %s", code, stdout, stderr)
	}
	var sizes []uint64
	for n := 1; n <= 5; n++ {
		text, errs, code := analyze(t, "", "query", filepath.Join(dir, fmt.Sprintf("mem-%04d.json.zst", n)), "-f", "symbol_name=kept", "--format", "json")
		var answer struct {
			Items []struct {
				Count uint64 `json:"children_count"`
			}
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil || len(answer.Items) != 1 {
			t.Fatalf("dump %d: exit code %d, %v, %s%s", n, code, err, text, errs)
		}
		sizes = append(sizes, answer.Items[0].Count)
	}
	if want := []uint64{200, 400, 600, 800, 1000}; !slices.Equal(sizes, want) {
		t.Errorf("the dumps have %d, want %d", sizes, want)
	}
}

// A program that ends right behind its last line has that dump, too, and all are
// whole: what PHP shares between arrays that are empty is no longer there to be
// read, nor are the names of its symbols and its resident memory. That it worked
// meanwhile is known, so that equal dumps are clean.
func TestRecordShortProgram(t *testing.T) {
	cases.OnlyFull(t, "four dumps are taken, and read")
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "dumps")
	const script = `class Job { public array $rows = []; }
function job() { $r = []; for ($i = 0; $i < 100000; $i++) { $r[$i % 100] = new Job; } }
$keep = []; for ($i = 0; $i < 100; $i++) { $keep[] = new Job; }
for ($n = 1; $n <= 4; $n++) { job(); echo "dump $n\n"; }`
	_, stderr, code := recordCommand(t, "", "-o", dir, "--every-output", "^dump", "--", phptest.Any(t), "-r", script)
	if code != 0 || strings.Contains(stderr, "no dump") {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	var first []string
	for n := 1; n <= 4; n++ {
		text, errs, code := analyze(t, "", "check", filepath.Join(dir, fmt.Sprintf("mem-%04d.json.zst", n)), "--format", "json")
		if code != 0 || strings.Contains(text, "dangling") {
			t.Errorf("dump %d: exit code %d, %s%s", n, code, text, errs)
		}
		var facts struct {
			Native  []struct{ Name string }
			Process map[string]any
		}
		if err := json.Unmarshal([]byte(text), &facts); err != nil {
			t.Fatal(err)
		}
		var holders []string
		for _, h := range facts.Native {
			holders = append(holders, h.Name)
		}
		slices.Sort(holders)
		if first == nil {
			first = holders
		}
		if len(facts.Process) == 0 || !slices.Equal(holders, first) {
			t.Errorf("dump %d has %d parts of the process, and C code that holds: %q, in the first %q", n, len(facts.Process), holders, first)
		}
	}
	if text, errs, code := analyze(t, "", "gate", dir); code != exitOK {
		t.Errorf("exit code %d, %s%s", code, text, errs)
	}
}

// Output and exit codes are those of the command, whatever it is and does.
func TestRecordIsTransparent(t *testing.T) {
	cases.OnlyFull(t, "five programs are recorded")
	t.Parallel()
	php := phptest.Any(t)
	random := `mt_srand(7); for ($i = 0; $i < 300; $i++) { $s = ""; for ($k = 0; $k < 1000; $k++) { $s .= chr(mt_rand(0, 255)); } echo $s; } fwrite(STDERR, "error\n"); exit(42);`
	plain := exec.Command(php, "-r", random)
	want, _ := plain.Output()
	for _, flags := range [][]string{{}, {"--every", "20ms"}, {"--every-output", "a,200"}} {
		dir := filepath.Join(t.TempDir(), "dumps")
		stdout, stderr, code := recordCommand(t, "", slices.Concat([]string{"-q", "-o", dir}, flags, []string{"--", php, "-r", random})...)
		if sha256.Sum256([]byte(stdout)) != sha256.Sum256(want) || code != 42 || stderr != "error\n" {
			t.Errorf("%v: %d bytes of %d, exit code %d, standard error %q", flags, len(stdout), len(want), code, stderr)
		}
	}
	stdout, _, code := recordCommand(t, "a\x00b\n", "-q", "-o", filepath.Join(t.TempDir(), "dumps"), "--", php, "-r", `echo strrev(stream_get_contents(STDIN));`)
	if stdout != "\nb\x00a" || code != 0 {
		t.Errorf("exit code %d, %q", code, stdout)
	}
	if _, _, code := recordCommand(t, "", "-q", "-o", filepath.Join(t.TempDir(), "dumps"), "--", php, "-r", `usleep(200000); posix_kill(getpid(), 15); sleep(5);`); code != 128+15 && code != 255 {
		t.Errorf("ended by a signal: exit code %d", code)
	}
}

// PHP is found behind a shell and an env, and one that starts another has two
// recordings. Both run until they have a dump each, however long that takes.
func TestRecordFindsPHPBelow(t *testing.T) {
	cases.OnlyFull(t, "PHP runs for a second, so that both have a dump")
	t.Parallel()
	php := phptest.Any(t)
	dir := filepath.Join(t.TempDir(), "dumps")
	script := filepath.Join(t.TempDir(), "tool")
	wait := `for ($i = 0; $i < 1200 && !(glob("` + dir + `/mem-*") && glob("` + dir + `/pid-*/mem-*")); $i++) { usleep(50000); }`
	text := "#!/usr/bin/env " + php + "\n<?php $p = proc_open([PHP_BINARY, '-r', '" + wait + "'], [], $pipes); " + wait + " proc_close($p); exit(5);"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := recordCommand(t, "", "-o", dir, "--every", "200ms", "--", "/bin/sh", "-c", "true; "+script+"; exit $?")
	if code != 5 {
		t.Errorf("exit code %d", code)
	}
	for _, name := range []string{"mem-*.json.zst", "curve.csv", "pid-*/mem-*.json.zst", "pid-*/curve.csv"} {
		if found, _ := filepath.Glob(filepath.Join(dir, name)); len(found) == 0 {
			t.Errorf("%s: %q\n%s", name, found, stderr)
		}
	}
	if !strings.Contains(stderr, "runs PHP, too: its series is in") {
		t.Error(stderr)
	}
}

// A process that runs into memory_limit is copied at that moment, with all its
// values; its message and its exit code are its own.
func TestRecordMemoryLimit(t *testing.T) {
	cases.OnlyFull(t, "a program is recorded until its memory is full")
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "dumps")
	const script = `ini_set('memory_limit', '32M'); ini_set('display_errors', '1'); ini_set('html_errors', '0');
class Cache { public array $rows = []; }
$cache = new Cache;
while (true) { for ($k = 0; $k < 200; $k++) { $cache->rows[] = [$k, str_repeat("x", 400)]; } usleep(5000); }`
	stdout, stderr, code := recordCommand(t, "", "-o", dir, "--every", "1h", "--", phptest.Any(t), "-n", "-r", script)
	if code != 255 || !strings.Contains(stdout, "Allowed memory size of 33554432 bytes exhausted") || !strings.Contains(stderr, "is exhausted.") {
		t.Errorf("exit code %d, %q, %s", code, stdout, stderr)
	}
	moment := filepath.Join(dir, record.Moments, "out-of-memory.json.zst")
	text, errs, code := analyze(t, "", "leaks", moment)
	if code != 0 || !strings.Contains(text, "$cache->rows") {
		t.Errorf("exit code %d, %s%s", code, text, errs)
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "mem-*")); len(found) > 0 {
		t.Errorf("the moment is in the series: %q", found)
	}
}

// A signal that comes while a dump is written goes to the command, once, and
// the dump is there all the same.
func TestRecordSignals(t *testing.T) {
	cases.OnlyFull(t, "PHP runs for 2.5 s")
	t.Parallel()
	php := phptest.Any(t)
	dir := filepath.Join(t.TempDir(), "dumps")
	const script = `pcntl_async_signals(true); $n = 0; $big = []; for ($i = 0; $i < 300000; $i++) { $big[] = [$i]; }
pcntl_signal(SIGTERM, function () use (&$n) { $n++; });
echo "ready\n"; $end = microtime(true) + 2.5; while (microtime(true) < $end) { usleep(20000); } echo "signals: $n\n"; exit(8);`
	if out, err := exec.Command(php, "-r", "echo function_exists('pcntl_signal') ? 'yes' : 'no';").Output(); err != nil || string(out) != "yes" {
		t.Skip("this PHP has no pcntl")
	}
	cmd := exec.Command("analyzer", "record", "--max-pause", "0", "-o", dir, "--every-output", "ready", "--", php, "-r", script)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		if found, _ := filepath.Glob(filepath.Join(dir, ".*")); len(found) > 0 {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	_ = cmd.Wait()
	if strings.Contains(errs.String(), "not permitted") {
		t.Skip(errs.String())
	}
	if out.String() != "ready\nsignals: 1\n" || cmd.ProcessState.ExitCode() != 8 {
		t.Errorf("exit code %d, %q: %s", cmd.ProcessState.ExitCode(), out.String(), errs.String())
	}
	if _, errs, code := analyze(t, "", "check", filepath.Join(dir, "mem-0001.json.zst")); code != 0 {
		t.Error(code, errs)
	}
}

// A running process is recorded until the series is complete; the answer says
// what is there.
func TestRecordProcess(t *testing.T) {
	t.Parallel()
	args := worker(t, true, 30, 0)
	cmd := exec.Command(args[0], args[1:]...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	time.Sleep(200 * time.Millisecond)
	dir := filepath.Join(t.TempDir(), "dumps")
	text, errs, code := analyze(t, "", "record", fmt.Sprint(cmd.Process.Pid), "--max-pause", "0", "-o", dir, "--every", "200ms", "--count", "3", "--at-peak", "--format", "json")
	if strings.Contains(errs, "not permitted") {
		t.Skip(errs)
	}
	var answer struct {
		Recordings []struct {
			PID     int
			PHP     string
			Ended   string
			Dumps   []struct{ File, Reason string }
			Moments []struct{ File string }
		}
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil || code != 0 || len(answer.Recordings) != 1 {
		t.Fatalf("exit code %d, %v, %s%s", code, err, text, errs)
	}
	r := answer.Recordings[0]
	if r.PID != cmd.Process.Pid || r.Ended != "the series is complete" || len(r.Dumps) != 3 || r.Dumps[2].File != "mem-0003.json.zst" || len(r.Moments) != 1 {
		t.Errorf("%+v", r)
	}
	f, err := os.Open(filepath.Join(dir, "curve.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows := 0
	if err := record.ReadCurve(f, func(x record.Row) error {
		rows++
		if x.Known && (x.Usage == 0 || x.Usage > x.Real || x.Real > x.RSS+x.Real || x.PID != r.PID) {
			t.Errorf("%+v", x)
		}
		return nil
	}); err != nil || rows < 5 {
		t.Errorf("%d rows, %v", rows, err)
	}
	if _, errs, code := analyze(t, "", "growth", dir); code == exitUnusable {
		t.Error(errs)
	}
	// What is there is not overwritten.
	if _, errs, code := analyze(t, "", "record", fmt.Sprint(cmd.Process.Pid), "-o", dir); code != exitUnusable || !strings.Contains(errs, "--replace") {
		t.Error(code, errs)
	}
}
