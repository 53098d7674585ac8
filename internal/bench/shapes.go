package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"memtrail/internal/simshape"
)

// shapeCommands are run on dumps of extreme shapes: their arguments for a dump.
var shapeCommands = []struct {
	name string
	args func(dump string) []string
}{
	{"summary", func(dump string) []string { return []string{"summary", dump} }},
	{"leaks", func(dump string) []string { return []string{"leaks", dump} }},
	{"ref-path", func(dump string) []string { return []string{"ref-path", simshape.Node(0), dump} }},
	{"tree", func(dump string) []string { return []string{"tree", dump} }},
	{"growth", func(dump string) []string { return []string{"growth", dump, dump, dump} }},
}

// shapes times commands on dumps of extreme shapes and on their ordinary twins, in
// turn: what costs more than in proportion takes many times as long. It fails where
// that is more than -most times.
func shapes(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	fs := flag.NewFlagSet("bench shapes", flag.ContinueOnError)
	fs.SetOutput(stderr)
	runs := fs.Int("runs", 3, "`times` to run each command")
	items := fs.Int("items", 2_000_000, "size of the dumps, in `items`")
	most := fs.Float64("most", 0, "fail where a shape takes more than so many `times` the processor time of its twin; 0: never")
	analyzer := fs.String("analyzer", "", "time this `program` instead of building ./cmd/analyzer")
	timeout := fs.Duration("timeout", 10*time.Minute, "for one process")
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitUsage
	case fs.NArg() > 0 || *runs < 1 || *items < 2:
		fmt.Fprintln(stderr, "bench: shapes takes -runs and -items above 0, and no arguments")
		return exitUsage
	}
	over, err := timeShapes(ctx, shapeOptions{*runs, *items, *most, *analyzer, *timeout}, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitFailed
	}
	if over > 0 {
		fmt.Fprintf(stderr, "bench: %d of these take more than %g times as long as their twins\n", over, *most)
		return exitFailed
	}
	return 0
}

type shapeOptions struct {
	runs, items int
	most        float64
	analyzer    string
	timeout     time.Duration
}

// timeShapes prints a table, and says how many of its rows are over the limit.
func timeShapes(ctx context.Context, o shapeOptions, stdout, stderr io.Writer) (over int, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	launch, analyzer, err := programs(dir, o.analyzer, stderr)
	if err != nil {
		return 0, err
	}
	o.analyzer = analyzer
	run := launcher{launch, o.timeout}
	fmt.Fprintln(stdout, "| shape | command | processor | of its twin | times |\n|---|---|---|---|---|")
	for _, shape := range simshape.All() {
		var dumps [2]string
		for i := range dumps {
			dumps[i] = filepath.Join(dir, shape.String()+strconv.Itoa(i)+".json")
			err := create(dumps[i], func(w io.Writer) error {
				return simshape.Write(interruptible{ctx, w}, simshape.Options{Shape: shape, Items: o.items, Ordinary: i == 1})
			})
			if err != nil {
				return over, err
			}
		}
		for _, c := range shapeCommands {
			var cpu [2][]time.Duration
			for range o.runs {
				for i, dump := range dumps {
					s, err := run.run(ctx, append([]string{o.analyzer}, c.args(dump)...))
					const inconclusive = 3 // as a series of one dump is
					if err == nil && s.exit != 0 && s.exit != inconclusive {
						err = fmt.Errorf("%s: exit code %d: %s", c.name, s.exit, s.stderr)
					}
					if err != nil {
						return over, err
					}
					cpu[i] = append(cpu[i], s.cpu)
				}
			}
			times := medianRatio(cpu[0], cpu[1])
			if o.most > 0 && times > o.most {
				over++
			}
			fmt.Fprintf(stdout, "| %v | `%s` | %.2f s | %.2f s | %.1f |\n", shape, c.name, median(cpu[0]).Seconds(), median(cpu[1]).Seconds(), times)
		}
		for _, dump := range dumps {
			if err := os.Remove(dump); err != nil {
				return over, err
			}
		}
	}
	return over, nil
}
