package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// suitePrelude is what the suite of tests begins with: it says at the end what the
// process of PHPUnit took.
//
//go:embed suite.php
var suitePrelude string

type suiteOptions struct {
	runs, classes, tests   int
	calls                  []int
	php, phpunit, analyzer string
	timeout                time.Duration
}

// runSuite times a suite of PHPUnit by itself, and recorded with --marks.
func runSuite(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o := suiteOptions{calls: []int{1_700, 85_000, 425_000}}
	fs := flag.NewFlagSet("bench suite", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&o.runs, "runs", 5, "`times` to run each")
	fs.IntVar(&o.classes, "classes", 17, "`classes` of tests")
	fs.IntVar(&o.tests, "tests", 12, "`tests` of a class")
	fs.Func("calls", "how often a test calls md5, for each suite: `1700,85000,425000` takes about 0.3, 15 and 75 ms", func(s string) error {
		o.calls = nil
		for _, text := range strings.Split(s, ",") {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return fmt.Errorf("%q is no number of calls", text)
			}
			o.calls = append(o.calls, n)
		}
		return nil
	})
	fs.StringVar(&o.php, "php", "php8.2", "this `program`, with dom, mbstring and xmlwriter")
	fs.StringVar(&o.phpunit, "phpunit", "", "PHPUnit 10 or later in this `directory`, as .ci/phpunit-install leaves it; else the 11 of MEMTRAIL_PHPUNIT")
	fs.StringVar(&o.analyzer, "analyzer", "", "time this `program` instead of building ./cmd/analyzer")
	fs.DurationVar(&o.timeout, "timeout", 10*time.Minute, "for one process")
	err := fs.Parse(args)
	if err == nil && (fs.NArg() > 0 || o.runs < 1 || o.classes < 1 || o.tests < 1) {
		err = errors.New("suite takes -runs, -classes and -tests above 0, and no arguments")
		fmt.Fprintln(stderr, "bench:", err)
	}
	if o.phpunit == "" {
		o.phpunit = filepath.Join(os.Getenv("MEMTRAIL_PHPUNIT"), "11")
	}
	return outcome(err, func() error { return timeSuites(ctx, o, stdout, stderr) }, stderr)
}

// cost is what a run took: the process of PHPUnit, and all of the command.
type cost struct{ cpu, wall, command time.Duration }

func timeSuites(ctx context.Context, o suiteOptions, stdout, stderr io.Writer) error {
	if _, err := os.Stat(filepath.Join(o.phpunit, "usr/bin/phpunit")); err != nil {
		return fmt.Errorf("%w: .ci/phpunit-install DIR installs it, MEMTRAIL_PHPUNIT=DIR or -phpunit tells where", err)
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	launch, analyzer, err := programs(dir, o.analyzer, stderr)
	if err != nil {
		return err
	}
	o.analyzer = analyzer
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%d tests, medians of %d; PHPUnit's own process, and the command in all\n\n", o.classes*o.tests, o.runs)
	fmt.Fprintln(stdout, "| a test | processor | recorded | time | recorded | command | recorded |\n|---|---|---|---|---|---|---|")
	for _, calls := range o.calls {
		s := &suite{suiteOptions: o, dir: filepath.Join(dir, strconv.Itoa(calls)), contrib: filepath.Join(here, "contrib/php"), run: launcher{launch, o.timeout}}
		if err := s.write(calls); err != nil {
			return err
		}
		var costs [2][]cost
		for range o.runs {
			for i := range costs {
				c, err := s.time(ctx, i == 1)
				if err != nil {
					return err
				}
				costs[i] = append(costs[i], c)
			}
		}
		fmt.Fprintf(stdout, "| %.1f ms |%s%s%s\n", milliseconds(medianOf(costs[0], wallOf))/float64(o.classes*o.tests),
			suiteCells(costs, cpuOf), suiteCells(costs, wallOf), suiteCells(costs, commandOf))
	}
	return nil
}

func cpuOf(c *cost) time.Duration     { return c.cpu }
func wallOf(c *cost) time.Duration    { return c.wall }
func commandOf(c *cost) time.Duration { return c.command }

func medianOf(all []cost, of func(*cost) time.Duration) time.Duration {
	values := make([]time.Duration, len(all))
	for i := range all {
		values[i] = of(&all[i])
	}
	return median(values)
}

// suiteCells are two cells: the median without the recorder, and how much more it is with it.
func suiteCells(costs [2][]cost, of func(*cost) time.Duration) string {
	a, b := medianOf(costs[0], of), medianOf(costs[1], of)
	return fmt.Sprintf(" %.0f ms | %+.0f ms, %+.1f %% |", milliseconds(a), milliseconds(b-a), 100*(float64(b)/float64(a)-1))
}

// suite is a suite of tests in a directory.
type suite struct {
	suiteOptions
	dir, contrib string
	run          launcher
}

// write writes the suite, none of whose tests leaves anything behind.
func (s *suite) write(calls int) error {
	files := map[string]string{"bootstrap.php": suitePrelude}
	for c := range s.classes {
		var b strings.Builder
		fmt.Fprintf(&b, "<?php\nnamespace Tests;\nfinal class S%dTest extends \\PHPUnit\\Framework\\TestCase {\n", c)
		for i := range s.tests {
			fmt.Fprintf(&b, "\tpublic function test%d(): void { $n = 0; for ($i = 0; $i < %d; $i++) { $n += strlen(md5((string) $i)); } self::assertSame(%d, $n); }\n", i, calls, 32*calls)
		}
		files[fmt.Sprintf("tests/S%dTest.php", c)] = b.String() + "}\n"
	}
	for _, name := range []string{"without", "with"} {
		extension := ""
		if name == "with" {
			extension = `<extensions><bootstrap class="Memtrail\PHPUnit\Extension"/></extensions>`
		}
		files[name+".xml"] = fmt.Sprintf(`<phpunit bootstrap="%s/bootstrap.php"><testsuites><testsuite name="all"><directory>%s/tests</directory></testsuite></testsuites>%s</phpunit>`, s.dir, s.dir, extension)
	}
	for name, text := range files {
		path := filepath.Join(s.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// time runs the suite once.
func (s *suite) time(ctx context.Context, recorded bool) (c cost, err error) {
	out := filepath.Join(s.dir, "cost")
	config := "without.xml"
	command := []string{"env", "SUITE_CONTRIB=" + s.contrib, "SUITE_COST=" + out}
	if recorded {
		config = "with.xml"
		command = append(command, s.analyzer, "record", "--replace", "-o", filepath.Join(s.dir, "dumps"), "--marks", "--")
	}
	command = append(command, s.php, "-d", "include_path="+filepath.Join(s.phpunit, "usr/share/php"), filepath.Join(s.phpunit, "usr/bin/phpunit"), "--do-not-cache-result", "-c", filepath.Join(s.dir, config))
	x, err := s.run.run(ctx, command)
	if err == nil && x.exit != 0 {
		err = fmt.Errorf("the suite: exit code %d: %s", x.exit, x.stderr)
	}
	if err != nil {
		return cost{}, err
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return cost{}, err
	}
	c.command = x.wall
	_, err = fmt.Sscan(string(text), &c.cpu, &c.wall)
	return c, err
}
