package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"memtrail/internal/cases"
	"memtrail/internal/phptest"
)

// unitsDocument is what units.json has.
type unitsDocument struct {
	Processes []struct {
		Ended uint64
		Left  []struct {
			Unit    string
			Number  uint64
			Held    uint64 `json:"held_bytes"`
			Or      []struct{ Unit string }
			Holders []struct {
				Path string
				Code *struct{ Adds []struct{ File string } }
			}
		} `json:"left_behind"`
		Growing []struct {
			Path    string
			PerUnit float64 `json:"bytes_per_unit"`
		}
		Beside map[string]uint64
		Units  []struct {
			Name  string
			Times uint64
			Left  int64 `json:"left_bytes"`
			Trend string
		}
	}
}

func readUnits(t *testing.T, dir string) unitsDocument {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, unitsFile))
	if err != nil {
		t.Fatal(err)
	}
	var d unitsDocument
	if err := json.Unmarshal(text, &d); err != nil || len(d.Processes) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	return d
}

// contrib is the PHP package, which tests use without Composer.
func contrib(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../../contrib/php")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// marksScript writes a program that uses the package.
func marksScript(t *testing.T, code string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program.php")
	if err := os.WriteFile(path, []byte("<?php\nrequire '"+contrib(t)+"/autoload.php';\n"+code), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// somePHPs are a build of PHP, or all of them with -full.
func somePHPs(t *testing.T) []string {
	t.Helper()
	all := []string{phptest.Any(t)}
	if found, _ := filepath.Glob(filepath.Join(os.Getenv("MEMTRAIL_PHP"), "php-*")); cases.Full() && os.Getenv("MEMTRAIL_PHP") != "" {
		all = append(all, found...)
	}
	return all
}

// A worker has two kinds of jobs, one of which leaves its rows in a cache: that
// kind rises, and the cache is named as what grows. A forked process has a
// recording of its own.
func TestRecordMarks(t *testing.T) {
	cases.OnlyFull(t, "a program is recorded, and forks")
	t.Parallel()
	script := marksScript(t, `
class Cache { public $rows = []; function put($k, $v) { $this->rows[$k] = $v; } }
$cache = new Cache;
function job(Cache $cache, int $n): string {
	$rows = []; for ($i = 0; $i < 200; $i++) { $rows[] = "row $n $i"; }
	if ($n % 2) { $cache->put("import.$n", array_slice($rows, 0, 50)); return 'App\Import'; }
	return "App\\Send\n";
}
for ($n = 0; $n < 120; $n++) { Memtrail\mark(job($cache, $n)); }
if (function_exists('pcntl_fork')) {
	$child = pcntl_fork();
	for ($n = 0; $n < 5 && $child === 0; $n++) { Memtrail\mark(job($cache, 2 * $n)); usleep(150000); }
	if ($child === 0) { exit(0); }
	pcntl_waitpid($child, $status);
}
$where = getenv('ANALYZER_MARKS');
echo decoct(fileperms(dirname($where)) & 0777), " ", $where, "\n";
exit(7);`)
	for _, php := range somePHPs(t) {
		t.Run(filepath.Base(php), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "dumps")
			stdout, stderr, code := recordCommand(t, "", "-o", dir, "--marks", "--", php, script)
			mode, socket, _ := strings.Cut(strings.TrimSpace(stdout), " ")
			if code != 7 || mode != "700" {
				t.Fatalf("exit code %d, output %q: %s", code, stdout, stderr)
			}
			if _, err := os.Stat(filepath.Dir(socket)); !os.IsNotExist(err) {
				t.Errorf("%s is still there: %v", socket, err)
			}
			p := readUnits(t, dir).Processes[0]
			trends := map[string]string{}
			for _, u := range p.Units {
				trends[u.Name] = fmt.Sprint(u.Times, " ", u.Trend)
			}
			if trends["App\\Import"] != "60 rises" || !strings.HasSuffix(trends["App\\Send\n"], " level") {
				t.Errorf("the units are %q", trends)
			}
			if len(p.Growing) != 1 || p.Growing[0].Path != "$cache->rows" {
				t.Errorf("what grows: %+v\n%s", p.Growing, stderr)
			}
			if !strings.Contains(stderr, `App\Send\n`) || strings.Contains(stderr, "App\\Send\n") {
				t.Errorf("the name is not escaped:\n%s", stderr)
			}
			if forked, _ := filepath.Glob(filepath.Join(dir, "pid-*", unitsFile)); len(forked) != 1 && strings.Contains(stderr, "runs PHP, too") {
				t.Errorf("the forked process has no units:\n%s", stderr)
			}
		})
	}
}

// Units that are too short to be told of one by one are told of later, all of
// them, however the program ends; the one that leaks is not among those.
func TestRecordShortUnits(t *testing.T) {
	cases.OnlyFull(t, "programs are recorded")
	t.Parallel()
	endings := map[string]string{
		"it ends": "", "exit": "exit(0);", "a fatal error": "ini_set('display_errors', '0'); no_such_function();",
		"a function at the end marks":      "register_shutdown_function(function () { for ($n = 0; $n < 3; $n++) { Memtrail\\mark('end'); } });",
		"a process that was forked leaves": "if (function_exists('pcntl_fork')) { if (pcntl_fork() === 0) { exit(0); } pcntl_wait($status); }",
	}
	for _, php := range somePHPs(t) {
		for name, ending := range endings {
			t.Run(filepath.Base(php)+" "+name, func(t *testing.T) {
				t.Parallel()
				script := marksScript(t, `
class Registry { static $all = []; static function add($x) { self::$all[] = $x; } }
for ($n = 1; $n <= 2000; $n++) {
	$rows = []; for ($i = 0; $i < 10; $i++) { $rows[] = md5("$n $i"); }
	if ($n === 1501) { for ($i = 0; $i < 50; $i++) { Registry::add(str_repeat('x', 1000 + $i)); } }
	Memtrail\mark("test$n");
}
`+ending)
				dir := filepath.Join(t.TempDir(), "dumps")
				_, stderr, _ := recordCommand(t, "", "-o", dir, "--marks", "--every-marks", "500", "--", php, script)
				p := readUnits(t, dir).Processes[0]
				want := uint64(2000)
				if strings.HasSuffix(name, "marks") {
					want += 3
				}
				if p.Ended != want {
					t.Errorf("%d units, want %d\n%s", p.Ended, want, stderr)
				}
				if len(p.Left) != 1 || p.Left[0].Unit != "test1501" || len(p.Left[0].Or) > 0 || p.Left[0].Holders[0].Path != "Registry::$all" {
					t.Errorf("left behind: %+v\n%s", p.Left, stderr)
				}
			})
		}
	}
}

// Without a recorder, with one that is not there, and with one that dies, the
// program does what it does.
func TestMarksWithoutRecorder(t *testing.T) {
	cases.OnlyFull(t, "PHP starts five times")
	t.Parallel()
	php := phptest.Any(t)
	script := marksScript(t, `
set_error_handler(function ($n, $text) { echo "error: $text\n"; });
for ($n = 0; $n < 30; $n++) { Memtrail\mark('job'); if ($n == 10 && isset($argv[1])) { posix_kill((int) $argv[1] ?: posix_getppid(), SIGKILL); usleep(100000); } }
echo "done\n";`)
	for name, env := range map[string]string{
		"none": "X=", "no socket": "ANALYZER_MARKS=" + filepath.Join(t.TempDir(), "socket"), "a long address": "ANALYZER_MARKS=/" + strings.Repeat("x", 300),
	} {
		cmd := exec.Command(php, script)
		cmd.Env = append(os.Environ(), env)
		if out, err := cmd.CombinedOutput(); string(out) != "done\n" || err != nil {
			t.Errorf("%s: %v, %q", name, err, out)
		}
	}
	if out, _ := exec.Command(php, "-r", "echo (int) function_exists('posix_kill');").Output(); string(out) != "1" {
		t.Skip("this PHP cannot kill")
	}
	var out strings.Builder
	cmd := exec.Command("analyzer", "record", "-o", filepath.Join(t.TempDir(), "dumps"), "--marks", "--", php, script, "0")
	cmd.Stdout = &out
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir()) // its socket stays
	cmd.WaitDelay = 10 * time.Second                      // the program still has the stream
	err := cmd.Run()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the recorder was not killed: %v", err)
	}
	if out.String() != "done\n" {
		t.Errorf("after the recorder's death: %q", out.String())
	}
}
