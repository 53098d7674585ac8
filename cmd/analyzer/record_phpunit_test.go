package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/phptest"
)

// phpUnit is a version of PHPUnit with how it is told of the extension.
type phpUnit struct {
	name string // 9, 11 or newest
	dir  string
}

// newestPHPUnit is the directory of the newest version, which has a PHP of its own.
const newestPHPUnit = "newest"

// deprecations ends a line of numbers: the newest version calls the options of the
// others deprecated.
const deprecations = `(, PHPUnit Deprecations: 1)?\.`

// phpUnits are the versions that are installed; a sample of them without -full.
func phpUnits(t *testing.T) []phpUnit {
	t.Helper()
	phptest.Any(t)
	dir := os.Getenv("MEMTRAIL_PHPUNIT")
	if dir == "" {
		if home, err := os.UserCacheDir(); err == nil {
			dir = filepath.Join(home, "memtrail-phpunit")
		}
	}
	var all []phpUnit
	for _, name := range []string{"11", "9"} {
		if _, err := os.Stat(filepath.Join(dir, name, "usr/bin/phpunit")); err == nil {
			all = append(all, phpUnit{name, filepath.Join(dir, name)})
		}
	}
	_, err := exec.LookPath("php8.2")
	switch {
	case len(all) == 2 && err == nil:
		// What Debian has newest is not on every day complete, nor its PHP one that is known.
		if p := (phpUnit{newestPHPUnit, filepath.Join(dir, newestPHPUnit)}); exec.Command(p.php()[0], "-r", "exit(PHP_VERSION_ID < 80600 ? 0 : 1);").Run() == nil {
			all = append(all, p)
		} else if cases.Full() {
			t.Log("the newest PHPUnit is not there")
		}
		return cases.Sample(all, 1, 0)
	case os.Getenv("MEMTRAIL_PHPUNIT_REQUIRED") != "":
		t.Fatal("PHPUnit is not installed: see .ci/phpunit-install")
	}
	t.Skip("PHPUnit is not installed: .ci/phpunit-install DIR installs it, MEMTRAIL_PHPUNIT=DIR tells the tests")
	return nil
}

// php is the command that runs a program with the packages.
func (p *phpUnit) php(args ...string) []string {
	if p.name == newestPHPUnit {
		return append([]string{filepath.Join(p.dir, "php")}, args...)
	}
	return append([]string{"php8.2", "-d", "include_path=" + filepath.Join(p.dir, "usr/share/php")}, args...)
}

// run records a suite: tests is a file or directory of it, below dir.
func (p *phpUnit) run(t *testing.T, dir, tests string, args ...string) (units unitsDocument, output string, code int) {
	t.Helper()
	here, err := filepath.Abs("testdata/phpunit")
	if err != nil {
		t.Fatal(err)
	}
	extension := `<extensions><bootstrap class="Memtrail\PHPUnit\Extension"/></extensions>`
	if p.name == "9" {
		extension = `<listeners><listener class="Memtrail\PHPUnit\Listener"/></listeners>`
	}
	element := "directory"
	if strings.HasSuffix(tests, ".php") {
		element = "file"
	}
	config := filepath.Join(t.TempDir(), "phpunit.xml")
	text := fmt.Sprintf(`<phpunit bootstrap="%s/bootstrap.php" cacheResult="false"><testsuites><testsuite name="all"><%s>%s</%s></testsuite></testsuites>%s</phpunit>`,
		here, element, tests, element, extension)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	dumps := filepath.Join(t.TempDir(), "dumps")
	command := append([]string{"-o", dumps, "--marks", "--", "env", "MARKS_PACKAGE=" + contrib(t), "SUITE=" + dir},
		p.php(append([]string{filepath.Join(p.dir, "usr/bin/phpunit"), "-c", config}, args...)...)...)
	stdout, stderr, code := recordCommand(t, "", command...)
	if strings.Contains(stderr, "no PHP was found") {
		t.Fatalf("%s%s", stdout, stderr)
	}
	return readUnits(t, dumps), stdout + stderr, code
}

// leftBy gives what units left behind, as "test place file".
func (d *unitsDocument) leftBy() []string {
	var all []string
	for _, l := range d.Processes[0].Left {
		for _, h := range l.Holders {
			at := ""
			if h.Code != nil && len(h.Code.Adds) > 0 {
				at = filepath.Base(h.Code.Adds[0].File)
			}
			all = append(all, strings.TrimPrefix(l.Unit, `Tests\`)+" "+h.Path+" "+at)
		}
		if len(l.Or) > 0 {
			all = append(all, fmt.Sprint("or ", l.Or))
		}
	}
	slices.Sort(all)
	return all
}

// writeSuite writes a suite of some classes with twelve tests each: a service that
// is loaded, caches by class, mock objects, a data provider, what the test case
// keeps. add is code of one test, by its number "class.test".
func writeSuite(t *testing.T, classes int, add map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("<?php\n"+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for c := range classes {
		methods := ""
		for m := range 8 {
			methods += fmt.Sprintf("public function m%d(array $rows): array { $out = []; foreach ($rows as $k => $r) { $out[\"k$k\"] = strtoupper($r) . '%d-%d'; } ksort($out); return $out; }\n", m, c, m)
		}
		write(fmt.Sprintf("src/Service%d.php", c), fmt.Sprintf(`namespace App;
interface Port%d { public function send(string $x): int; }
class Service%d {
	private $port;
	public function __construct(?Port%d $port = null) { $this->port = $port; }
	public function send(string $x): int { return $this->port->send($x); }
	%s}`, c, c, c, methods))
		tests := ""
		for i := range 10 {
			body := fmt.Sprintf(`$s = new Service%d; Metadata::of(Service%d::class); Dispatcher::instance()->dispatch('x'); Cache::instance(); class_exists(\App\Bus::class);
		$rows = []; for ($i = 0; $i < 40; $i++) { $rows[] = md5((string) $i); } $out = $s->m%d($rows); self::assertCount(40, $out);`, c, c, i%8)
			switch i {
			case 3:
				body += fmt.Sprintf(` $p = $this->createMock(\App\Port%d::class); $p->expects(self::once())->method('send')->willReturn(7); self::assertSame(7, (new Service%d($p))->send('x'));`, c, c)
			case 4:
				body += ` $this->kept = array_fill(0, 500, new \ArrayObject([$out])); Metadata::word(3);`
			}
			body += add[fmt.Sprintf("%d.%d", c, i)]
			if i == 6 {
				tests += `	public static function rows(): array { return [[1], 'two' => [2], [3]]; }
	/** @dataProvider rows */
	#[\PHPUnit\Framework\Attributes\DataProvider('rows')]
`
				tests += fmt.Sprintf("	public function test%d(int $n): void {\n\t\t%s\n\t}\n", i, body)
				continue
			}
			tests += fmt.Sprintf("	public function test%d(): void {\n\t\t%s\n\t}\n", i, body)
		}
		write(fmt.Sprintf("tests/Service%dTest.php", c), fmt.Sprintf("namespace Tests;\nuse App\\{Service%d, Metadata, Registry, Dispatcher, Cache};\nfinal class Service%dTest extends \\PHPUnit\\Framework\\TestCase {\n\tprivate $kept;\n%s}\n", c, c, tests))
	}
	return dir
}

// Of a suite of some hundred tests four leave memory behind: a static registry, a
// closure in a dispatcher, a cache in a singleton, a closure in a singleton that the test
// is the first to use. These are named, with what
// holds it and the file that adds it, and no others; a leak that is spread over
// all tests is named as one.
func TestRecordPHPUnit(t *testing.T) {
	cases.OnlyFull(t, "a suite takes seconds")
	t.Parallel()
	const (
		registry = ` for ($i = 0; $i < 100; $i++) { $o = new \stdClass; $o->text = str_repeat('x', 1000 + $i); Registry::add($o); }`
		listener = ` $big = range(1, 5000); Dispatcher::instance()->listen('saved', function () use ($big) { return count($big); });`
		cache    = ` for ($i = 0; $i < 50; $i++) { Cache::instance()->get("user.$i", fn() => str_repeat((string) $i, 800)); }`
		handler  = ` $rows = range(1, 4000); \App\Bus::instance()->handle('paid', function () use ($rows) { return count($rows); });`
	)
	classes := cases.Number(4, 17)
	of := func(n int) int { return n * (classes - 1) / 16 }
	leaks := map[string]string{fmt.Sprint(of(5), ".2"): registry, fmt.Sprint(of(9), ".7"): listener, fmt.Sprint(of(14), ".5"): cache, fmt.Sprint(of(11), ".8"): handler}
	want := []string{
		fmt.Sprintf("Service%dTest::test2 App\\Registry::$items Registry.php", of(5)),
		fmt.Sprintf("Service%dTest::test7 App\\Dispatcher::$instance->listeners Dispatcher.php", of(9)),
		fmt.Sprintf("Service%dTest::test5 App\\Cache::$instance->store Cache.php", of(14)),
		fmt.Sprintf("Service%dTest::test8 App\\Bus::$instance->handlers Bus.php", of(11)),
	}
	slices.Sort(want)
	for _, p := range phpUnits(t) {
		t.Run(p.name+" leaks", func(t *testing.T) {
			t.Parallel()
			dir := writeSuite(t, classes, leaks)
			d, output, code := p.run(t, dir, dir+"/tests")
			if got := d.leftBy(); !slices.Equal(got, want) || len(d.Processes[0].Growing) > 0 {
				t.Errorf("%d units, left behind: %q, want %q\n%s", d.Processes[0].Ended, got, want, output)
			}
			if code != 0 || d.Processes[0].Ended != uint64(12*classes) {
				t.Errorf("exit code %d, %d units\n%s", code, d.Processes[0].Ended, output)
			}
		})
		if !cases.Full() {
			continue
		}
		t.Run(p.name+" clean", func(t *testing.T) {
			t.Parallel()
			dir := writeSuite(t, classes, nil)
			d, output, code := p.run(t, dir, dir+"/tests")
			if got := d.leftBy(); code != 0 || len(got)+len(d.Processes[0].Growing) > 0 {
				t.Errorf("exit code %d, left behind: %q\n%s", code, got, output)
			}
		})
		t.Run(p.name+" a little each", func(t *testing.T) {
			t.Parallel()
			little := map[string]string{}
			for c := range classes {
				for i := range 10 {
					little[fmt.Sprint(c, ".", i)] = ` $o = new \stdClass; $o->n = "x$i" . str_repeat('y', 60); Registry::add($o);`
				}
			}
			dir := writeSuite(t, classes, little)
			d, output, _ := p.run(t, dir, dir+"/tests")
			g := d.Processes[0].Growing
			if got := d.leftBy(); len(got) > 0 || len(g) != 1 || g[0].Path != `App\Registry::$items` || g[0].PerUnit < 200 || g[0].PerUnit > 1000 {
				t.Errorf("left behind: %q, growing: %+v\n%s", got, g, output)
			}
		})
	}
}

// A test that leaves more than it may fails, with what holds it.
func TestRecordPHPUnitLimits(t *testing.T) {
	cases.OnlyFull(t, "a suite takes seconds")
	t.Parallel()
	file, err := filepath.Abs("testdata/phpunit/LimitsTest.php")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range phpUnits(t) {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			_, output, code := p.run(t, filepath.Dir(file), file)
			var failed []string
			for _, m := range regexp.MustCompile(`(?m)^\d+\) Tests\\LimitsTest::(\w+)\nThe test leaves [0-9.]+ KiB behind, and may leave (.*):\nheld in (\S+): .*\n  added in (\S+)`).FindAllStringSubmatch(output, -1) {
				failed = append(failed, strings.Join(m[1:], " "))
			}
			want := []string{
				`testLeaksThroughTheCase none App\Cache::$instance->store Cache::get()`,
				`testLeaksMoreThanItMay 10 KiB App\Dispatcher::$instance->listeners Dispatcher::listen()`,
			}
			if !slices.Equal(failed, want) || code != 1 || !regexp.MustCompile(`Tests: 9, Assertions: 9, Failures: 2`+deprecations).MatchString(output) {
				t.Errorf("exit code %d, failed %q, want %q\n%s", code, failed, want, output)
			}
		})
	}
}

// Without the recorder the extension does nothing, and no test fails.
func TestPHPUnitWithoutRecorder(t *testing.T) {
	if !cases.Full() {
		t.Skip("takes a second: with -full")
	}
	t.Parallel()
	file, err := filepath.Abs("testdata/phpunit/LimitsTest.php")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range phpUnits(t) {
		args := p.php(filepath.Join(p.dir, "usr/bin/phpunit"), "--no-configuration", "--do-not-cache-result", "--bootstrap", filepath.Dir(file)+"/bootstrap.php", file)
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "MARKS_PACKAGE="+contrib(t), "SUITE="+filepath.Dir(file))
		if out, err := cmd.CombinedOutput(); err != nil || !regexp.MustCompile(`OK \(9 tests|Tests: 9, Assertions: 9`+deprecations).Match(out) {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// Workers of Symfony's Messenger and of Laravel's queue tell of each job, by the
// package's subscriber and service provider: the kind that leaks rises.
func TestRecordWorkers(t *testing.T) {
	cases.OnlyFull(t, "a suite takes seconds")
	t.Parallel()
	for _, p := range phpUnits(t) {
		for _, worker := range cases.Sample([]string{"messenger", "queue"}, 1, 0) {
			t.Run(worker+" with PHPUnit "+p.name, func(t *testing.T) {
				t.Parallel()
				file, err := filepath.Abs("testdata/phpunit/" + worker + ".php")
				if err != nil {
					t.Fatal(err)
				}
				dir := filepath.Join(t.TempDir(), "dumps")
				args := append([]string{"-o", dir, "--marks", "--", "env", "MARKS_PACKAGE=" + contrib(t)}, p.php("-d", "error_reporting=8191", file)...)
				stdout, stderr, code := recordCommand(t, "", args...)
				if stdout != "" || code != 0 {
					t.Fatalf("exit code %d: %s%s", code, stdout, stderr)
				}
				trends := map[string]string{}
				for _, u := range readUnits(t, dir).Processes[0].Units {
					trends[u.Name] = fmt.Sprint(u.Times, " ", u.Trend)
				}
				if trends["Import"] != "30 rises" || len(trends) != 2 || strings.Contains(trends["Send"], "rises") {
					t.Errorf("%q\n%s", trends, stderr)
				}
			})
		}
	}
}
