package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const peersUsage = `Peers times what reads the heap of a PHP process, whatever of it is installed:

	go run ./internal/bench peers [-runs 3] [-mb 10,100] [-analyzer PATH]

It starts a PHP program that makes a heap of small objects and ticks, lets each tool
read that process, and prints a table: the pause is the largest gap between two ticks
as the program itself sees them, the time that of the tool from start to end, the
memory its peak as the system counts it (of an extension, by what the process's own
peak rises), and explained what it accounts for by memory_get_usage().

Programs are looked for by these variables, else on PATH:
	PHP  GCORE  RELI  WC          programs
	MEMINFO_SO  MEMPROF_SO        extensions for that PHP, unless php.ini has them
`

type peersOptions struct {
	runs     int
	mb       []int
	analyzer string
	timeout  time.Duration
}

func parsePeers(args []string, stderr io.Writer) (peersOptions, error) {
	o := peersOptions{mb: []int{10, 100}}
	fs := flag.NewFlagSet("bench peers", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprint(stderr, peersUsage); fs.PrintDefaults() }
	fs.IntVar(&o.runs, "runs", 3, "`times` to run each tool, each with a process of its own")
	fs.Func("mb", "`sizes` of the heap, in 10^6 bytes (default 10,100)", func(s string) error {
		o.mb = nil
		for _, text := range strings.Split(s, ",") {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 || n > 100_000 {
				return fmt.Errorf("%q is no number of megabytes", text)
			}
			o.mb = append(o.mb, n)
		}
		return nil
	})
	fs.StringVar(&o.analyzer, "analyzer", "", "time this `program` instead of building ./cmd/analyzer")
	fs.DurationVar(&o.timeout, "timeout", 10*time.Minute, "for one run of a tool")
	err := fs.Parse(args)
	if err == nil && (fs.NArg() > 0 || o.runs < 1 || o.timeout <= 0) {
		err = errors.New("peers takes flags only, and at least one run")
		fmt.Fprintln(stderr, "bench:", err)
	}
	return o, err
}

func runPeers(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	o, err := parsePeers(args, stderr)
	return outcome(err, func() error { return comparePeers(ctx, o, stdout, stderr) }, stderr)
}

func comparePeers(ctx context.Context, o peersOptions, stdout, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	launch, analyzer, err := programs(dir, o.analyzer, stderr)
	if err != nil {
		return err
	}
	p := &peers{runner: launcher{launch, o.timeout}, dir: dir, analyzer: analyzer, timeout: o.timeout, runs: o.runs, getenv: os.Getenv, progress: stderr, usage: map[int]uint64{}, settle: 300 * time.Millisecond}
	if p.php, err = p.program("PHP", "php"); err != nil {
		return fmt.Errorf("%w: without PHP there is nothing to read", err)
	}
	rows, err := p.measureAll(ctx, o.mb)
	if err != nil {
		return err
	}
	version, _ := p.version(p.php, "--version")()
	return printPeers(stdout, version, rows)
}

// peers compares tools on processes of one PHP.
type peers struct {
	runner        runner
	dir           string // for what they write
	php, analyzer string
	timeout       time.Duration
	runs          int
	getenv        func(string) string
	progress      io.Writer
	usage         map[int]uint64 // memory_get_usage() by size of the heap
	settle        time.Duration  // how long a process is watched before a tool, and without one
}

// program finds a program by a variable, or on PATH.
func (p *peers) program(variable, name string) (string, error) {
	return exec.LookPath(cmp.Or(p.getenv(variable), name))
}

// A peerRow is what was found of a tool and a heap.
type peerRow struct {
	tool, version string
	usage         uint64 // memory_get_usage() of the process
	missing       string // why there are no figures; "" if there are
	pause, time   time.Duration
	peak          int64   // bytes; 0: unknown
	inside        bool    // peak is what that of the process itself rose by
	explained     float64 // share of usage; below 0: it accounts for nothing
}

// measureAll runs all tools on all heaps.
func (p *peers) measureAll(ctx context.Context, sizes []int) ([]peerRow, error) {
	var rows []peerRow
	for _, mb := range sizes {
		for _, t := range p.tools() {
			fmt.Fprintf(p.progress, "%d MB, %s …\n", mb, t.name)
			row, err := p.measure(ctx, t, mb)
			if err != nil {
				return rows, err
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// rowBytes is what the program takes for an object, with all that it holds.
const rowBytes = 432

// measure runs a tool some times, each on a process of its own. That a tool is not
// there, or fails, is in the row; an error is one of the comparison itself.
func (p *peers) measure(ctx context.Context, t peerTool, mb int) (peerRow, error) {
	row := peerRow{tool: t.name, explained: -1, inside: t.inside != ""}
	version, err := t.find()
	row.version = version
	if err != nil {
		row.missing = err.Error()
		return row, nil
	}
	var pauses, times []time.Duration
	for i := range p.runs {
		file := filepath.Join(p.dir, fmt.Sprintf("%d.out", i))
		target, err := startTarget(ctx, p.php, t.phpArgs, t.phpEnv, mb*1_000_000/rowBytes)
		if err != nil {
			return row, err
		}
		p.usage[mb] = cmp.Or(p.usage[mb], target.usage)
		run, err := p.runOnce(ctx, t, target, file)
		target.stop()
		if err == nil && t.explain != nil && i == 0 {
			row.explained, err = p.explainedShare(t, file, mb)
		}
		remove(file)
		if ctx.Err() != nil {
			return row, ctx.Err()
		}
		if err != nil {
			row.missing = err.Error()
			return row, nil
		}
		pauses, times = append(pauses, run.pause), append(times, run.time)
		row.usage, row.peak = max(row.usage, run.usage), max(row.peak, run.peak)
	}
	row.pause, row.time = median(pauses), median(times)
	return row, nil
}

// remove removes what a tool wrote. Some add to the name.
func remove(file string) {
	all, _ := filepath.Glob(file + "*")
	for _, name := range all {
		os.Remove(name)
	}
}

// explainedShare is what a file accounts for by memory_get_usage(): as it was then, if the
// file tells, else as it was of another process of that size. Where memprof is active PHP
// counts nothing.
func (p *peers) explainedShare(t peerTool, file string, mb int) (float64, error) {
	bytes, usage, err := t.explain(file)
	if usage = cmp.Or(usage, p.usage[mb]); err != nil || usage == 0 {
		return -1, err
	}
	return float64(bytes) / float64(usage), nil
}

type peerRun struct {
	pause, time time.Duration
	usage       uint64
	peak        int64
}

// runOnce lets a tool read a process.
func (p *peers) runOnce(ctx context.Context, t peerTool, target *target, file string) (peerRun, error) {
	run := peerRun{usage: target.usage}
	if err := target.watch(ctx, p.settle); err != nil {
		return run, err
	}
	if t.prepare != nil {
		if err := t.prepare(target.pid(), file); err != nil {
			return run, err
		}
	}
	begin := target.ticks()
	start := time.Now()
	switch {
	case t.inside != "":
		before := target.peak()
		if err := target.ask(ctx, t.inside+" "+file, p.timeout); err != nil {
			return run, err
		}
		run.time = time.Since(start)
		run.peak = max(0, target.peak()-before)
	case t.argv == nil: // nobody reads it
		if err := target.watch(ctx, p.settle); err != nil {
			return run, err
		}
	default:
		s, err := p.runner.run(ctx, t.argv(target.pid(), file))
		if err != nil {
			return run, err
		}
		if s.exit != 0 {
			return run, fmt.Errorf("exit code %d: %s", s.exit, cmp.Or(firstLine(s.stderr), "it says nothing"))
		}
		run.time, run.peak = s.wall, s.rss
	}
	var err error
	run.pause, err = target.largestGap(ctx, begin)
	return run, err
}
