package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// A sample is one run of a process.
type sample struct {
	wall   time.Duration
	first  time.Duration // to the first byte on stdout; 0: there was none
	cpu    time.Duration // user and system, of all threads
	rss    int64         // peak resident set in bytes; 0: unknown
	output int64         // bytes on stdout
	exit   int
	stderr string // its beginning
}

// A runner runs a program to its end, behind -terminal with one to draw on. An exit
// code other than 0 is no error.
type runner interface {
	run(ctx context.Context, argv []string) (sample, error)
}

// A launcher runs real processes by way of the program in launch.
type launcher struct {
	program string
	timeout time.Duration // of one process
}

func (l launcher) run(ctx context.Context, argv []string) (sample, error) {
	out, err := exec.CommandContext(ctx, l.program, append([]string{l.timeout.String()}, argv...)...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && ctx.Err() == nil {
		return sample{}, errors.New(strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return sample{}, cmp.Or(ctx.Err(), err)
	}
	return parseSample(string(out))
}

// parseSample reads what launch prints.
func parseSample(report string) (sample, error) {
	var s sample
	line, stderr, _ := strings.Cut(report, "\n")
	if _, err := fmt.Sscan(line, &s.wall, &s.first, &s.cpu, &s.rss, &s.output, &s.exit); err != nil {
		return s, fmt.Errorf("%q from launch: %w", line, err)
	}
	s.stderr = stderr
	return s, nil
}

// A timedRun is one of a case, with the run of wc -l before it.
type timedRun struct {
	cpu, wc time.Duration // wc is 0 where there is none
	rss     int64         // peak resident set in bytes; 0: unknown
}

// A result sums the runs of a case up.
type result struct {
	Case     string   `json:"case"`
	Args     []string `json:"args"`
	MedianMS float64  `json:"median_ms"`
	MinMS    float64  `json:"min_ms"`
	MaxMS    float64  `json:"max_ms"`
	// WCMedianMS and Ratio compare with wc -l; null where there is no wc. The
	// ratio is the median over pairs of runs, one after the other.
	WCMedianMS *float64 `json:"wc_median_ms"`
	Ratio      *float64 `json:"ratio_to_wc"`
	// PeakRSSMB is the largest of all runs, in 10^6 bytes; null where the
	// system does not tell.
	PeakRSSMB   *float64 `json:"peak_rss_mb"`
	OutputBytes int64    `json:"output_bytes"`
	ExitCode    int      `json:"exit_code"` // the first that is not 0, if any
	Stderr      string   `json:"stderr,omitempty"`

	runs []timedRun // without the one to warm up
}

// A bench times cases.
type bench struct {
	runner   runner
	analyzer string
	wc       string // "" where there is none
	runs     int
	progress io.Writer
}

// measure runs a case and wc -l in turn, after one run of each to warm up.
func (b *bench) measure(ctx context.Context, c benchCase) (result, error) {
	r := result{Case: c.name, Args: c.args}
	var times, wcTimes []time.Duration
	var rss int64
	for i := range b.runs + 1 {
		var wc sample
		if b.wc != "" {
			var err error
			if wc, err = b.runner.run(ctx, []string{b.wc, "-l", c.file}); err != nil {
				return r, err
			}
		}
		argv := append([]string{b.analyzer}, c.args...)
		if c.terminal {
			argv = append([]string{"-terminal"}, argv...)
		}
		s, err := b.runner.run(ctx, argv)
		if err != nil {
			return r, err
		}
		rss = max(rss, s.rss)
		r.OutputBytes = s.output
		if r.ExitCode == 0 {
			r.ExitCode, r.Stderr = s.exit, s.stderr
		}
		if i == 0 {
			continue
		}
		timed := s.wall
		if c.firstOutput && s.first > 0 {
			timed = s.first
		}
		times = append(times, timed)
		wcTimes = append(wcTimes, wc.wall)
		r.runs = append(r.runs, timedRun{s.cpu, wc.cpu, s.rss})
	}
	r.MedianMS = milliseconds(median(times))
	r.MinMS = milliseconds(slices.Min(times))
	r.MaxMS = milliseconds(slices.Max(times))
	if b.wc != "" {
		wcMedian, ratio := milliseconds(median(wcTimes)), medianRatio(times, wcTimes)
		r.WCMedianMS, r.Ratio = &wcMedian, &ratio
	}
	if rss > 0 {
		mb := float64(rss) / 1e6
		r.PeakRSSMB = &mb
	}
	if r.ExitCode == 0 {
		r.Stderr = ""
	}
	return r, nil
}

// measureAll times the cases one after the other.
func (b *bench) measureAll(ctx context.Context, all []benchCase) ([]result, error) {
	var results []result
	for _, c := range all {
		fmt.Fprintf(b.progress, "%s …\n", c.name)
		r, err := b.measure(ctx, c)
		if err != nil {
			return results, err
		}
		results = append(results, r)
	}
	return results, nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// median returns the middle value, or the mean of the two in the middle.
func median[T time.Duration | float64](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n == 0 {
		return 0
	}
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// medianRatio is the median of a[i]/b[i].
func medianRatio(a, b []time.Duration) float64 {
	ratios := make([]float64, 0, len(a))
	for i := range a {
		ratios = append(ratios, float64(a[i])/float64(max(b[i], 1)))
	}
	return median(ratios)
}
