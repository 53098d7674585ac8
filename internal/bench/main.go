// Bench times whole runs of the analyzer against wc -l on the same file:
//
//	go run ./internal/bench [-runs 5] [-items 4000000] [-dump FILE] [-analyzer PATH] [-only summary,ref-path] [-json|-benchfmt]
//
// It builds the analyzer and simulates a dump unless told which to take, brings
// the files into the page cache, and runs wc -l and each case in turn. Times
// are those of a process from its start to its end, or to its first output.
//
// What else reads the heap of PHP processes is timed by
//
//	go run ./internal/bench peers
//
// and dumps of extreme shapes, each beside an ordinary one of its size, by
//
//	go run ./internal/bench shapes
//
// and a suite of PHPUnit, by itself and recorded, by
//
//	go run ./internal/bench suite
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	// An interrupt must leave no big files behind.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

type options struct {
	runs     int
	items    int
	seed     uint64
	dump     string
	analyzer string
	only     []string
	compress bool
	json     bool
	benchfmt bool
	id       string
	class    string
	timeout  time.Duration
}

// parse reads the flags. Its errors have been reported; flag.ErrHelp is none.
func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&o.runs, "runs", 5, "`times` to run each case, after one to warm up")
	fs.IntVar(&o.items, "items", 4_000_000, "size of the simulated dump, in `items`")
	fs.Uint64Var(&o.seed, "seed", 1, "of the simulated dump")
	fs.StringVar(&o.dump, "dump", "", "time on this `file`, and on its .gz and .zst where they lie beside it")
	fs.StringVar(&o.analyzer, "analyzer", "", "time this `program` instead of building ./cmd/analyzer")
	fs.Func("only", "the `cases` to run, such as summary,query/gz; a command's name includes its compressed forms", func(s string) error {
		o.only = strings.Split(s, ",")
		return checkNames(o.only)
	})
	fs.BoolVar(&o.compress, "compress", false, "make a .gz and a .zst of the dump and time on these too")
	fs.BoolVar(&o.json, "json", false, "print JSON")
	fs.BoolVar(&o.benchfmt, "benchfmt", false, "print each run in the format of Go's benchmarks, for benchstat")
	fs.StringVar(&o.id, "id", "", "the `id` for ref-path, instead of an object far into the dump")
	fs.StringVar(&o.class, "class", "", "the `class` for query, instead of the most numerous one")
	fs.DurationVar(&o.timeout, "timeout", 10*time.Minute, "for one process")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	var err error
	switch {
	case fs.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", fs.Arg(0))
	case o.runs < 1:
		err = fmt.Errorf("-runs is %d, but must be at least 1", o.runs)
	case o.json && o.benchfmt:
		err = errors.New("-json and -benchfmt do not go together")
	case o.timeout <= 0:
		err = fmt.Errorf("-timeout is %v", o.timeout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
	}
	return o, err
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "shapes" {
		return shapes(ctx, args[1:], stdout, stderr)
	}
	if len(args) > 0 && args[0] == "suite" {
		return runSuite(ctx, args[1:], stdout, stderr)
	}
	if len(args) > 0 && args[0] == "peers" {
		return runPeers(ctx, args[1:], stdout, stderr)
	}
	o, err := parse(args, stderr)
	return outcome(err, func() error { return benchmark(ctx, o, stdout, stderr) }, stderr)
}

// outcome is the exit code of what is done if flags could be read. Errors of flags have
// been reported.
func outcome(flags error, do func() error, stderr io.Writer) int {
	switch {
	case errors.Is(flags, flag.ErrHelp):
		return 0
	case flags != nil:
		return exitUsage
	}
	if err := do(); err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitFailed
	}
	return 0
}

func benchmark(ctx context.Context, o options, stdout, stderr io.Writer) error {
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
	fmt.Fprintln(stderr, "preparing the dumps …")
	f, err := prepare(ctx, o, dir)
	if err != nil {
		return err
	}
	info, err := os.Stat(f.Plain)
	if err != nil {
		return err
	}
	wc, err := exec.LookPath("wc")
	if err != nil {
		wc = "" // as on Windows: the ratios are left out
	}
	b := &bench{
		runner: launcher{launch, o.timeout}, analyzer: o.analyzer, wc: wc,
		runs: o.runs, progress: stderr,
	}
	chosen := only(cases(f), o.only)
	if len(chosen) == 0 {
		return errors.New("none of the cases can be run with these files: see -compress, -id and -class")
	}
	results, err := b.measureAll(ctx, chosen)
	if err != nil {
		return err
	}
	s := summary{Dump: filepath.Base(f.Plain), DumpBytes: info.Size(), Runs: o.runs, Results: results}
	if o.benchfmt {
		return printBenchmarks(stdout, s)
	}
	if o.json {
		return printJSON(stdout, s)
	}
	return printTable(stdout, s)
}

// programs builds what starts and measures the others, and analyzer if none is given.
func programs(dir, given string, stderr io.Writer) (launch, analyzer string, err error) {
	if launch, err = build(dir, "./internal/bench/launch", stderr); err != nil {
		return "", "", err
	}
	if given != "" {
		return launch, given, nil
	}
	analyzer, err = build(dir, "./cmd/analyzer", stderr)
	return launch, analyzer, err
}

// build compiles a package of this module into dir, and returns the program.
func build(dir, pkg string, stderr io.Writer) (string, error) {
	program := filepath.Join(dir, filepath.Base(pkg))
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	cmd := exec.Command("go", "build", "-o", program, pkg)
	cmd.Stderr = stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go build %s: %w", pkg, err)
	}
	return program, nil
}
