package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"memtrail/capture"
	"memtrail/capture/record"
)

// recordFlags are the flags of the record command.
type recordFlags struct {
	dir         string
	every       time.Duration
	everyOutput string
	marks       bool
	everyMarks  uint64
	idle        bool
	usage, rss  []string
	rate        string
	cooldown    time.Duration
	count       int
	atPeak      bool
	nearLimit   string
	maxDisk     string
	length      time.Duration
	watch       bool
	replace     bool
	capture     capture.Options
}

// recordPlan is what the flags come to.
type recordPlan struct {
	triggers record.Triggers
	output   *regexp.Regexp // of --every-output; nil if it was not given
	maxDisk  int64
}

func (a *app) recordCommand() *cobra.Command {
	var f recordFlags
	cmd := &cobra.Command{
		Use:   "record [PID… | PATTERN | -- CMD…] -o DIR",
		Short: "Record a series of dumps and the curve of memory of a PHP process",
		Long: `Record a running PHP process: a series of dumps for growth and gate, without a
line of PHP, and the curve of memory between them. memory_usage, its real
size, its peak and RSS are read ten times a second, without stopping the
process; for a dump it stands still for milliseconds.

With -- CMD the command is started. Its streams, its terminal, the signals for
it and its exit code stay as they are without analyzer; the PHP process is
found in it or below it. With PID…, running processes are recorded until they
end, or until Ctrl-C; with PATTERN, a regular expression, all processes that
run PHP and have it in their command line, those that start later, too.
Several processes have a directory each, DIR/pid-PID.

When to take a dump. Without any of these, when the process is idle: it waits
for work, so that no job's own variables are in the dump. A process that never
waits is dumped all the same, after five times the cooldown. --when-idle,
--every, --every-output, --marks, --when-usage, --when-rss and --on-rate add up.

With --marks the program says where its units of work end, jobs or tests say,
by Memtrail\\mark(); contrib/php has it, for PHPUnit, Symfony and Laravel, too.
What each unit leaves behind is measured without a stop; there is a dump with
each Nth unit (--every-marks) and where one leaves more than others do. At the
end: which units left how much behind, and what holds it.

Without --count the series spreads over the whole time: at twelve dumps every
second one is removed, and from then on they are taken half as often.

DIR has mem-0001.json.zst and so on, curve.csv, and in moments/ the dumps that
are none of the series. The answer of growth DIR and gate DIR is about the
series alone.

Exit codes with -- CMD: that of CMD; 128 and the signal's number if a signal
ended it. Else 3 if there is no dump.`,
		Example: `  analyzer record -o dumps -- php worker.php
  analyzer record 4242 -o dumps --every 1m --count 6
  analyzer record 4242 -o dumps --when-usage +20% --at-peak --watch
  analyzer record 'messenger:consume' -o pool --every 10m --max-disk 2GB
  analyzer record -o dumps --marks -- vendor/bin/phpunit
  analyzer record -o dumps --every-output '^Processed,1000' -- php artisan queue:work`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{"record needs PID, PATTERN, or -- CMD to start; usage: " + cmd.UseLine()}
			}
			if at := cmd.ArgsLenAtDash(); at > 0 {
				return &usageError{fmt.Sprintf("record takes processes or a command, got %q and -- besides", args[0])}
			}
			return nil
		},
		ValidArgsFunction: completePIDs(""),
		RunE: func(cmd *cobra.Command, args []string) error {
			started := cmd.ArgsLenAtDash() == 0
			plan, err := f.plan(started)
			if err != nil {
				return err
			}
			s := &session{app: a, flags: &f, plan: plan}
			if err := s.begin(); err != nil {
				return err
			}
			if started {
				return s.command(args)
			}
			pids, pattern, err := recordTargets(args)
			if err != nil {
				return err
			}
			return s.processes(pids, pattern)
		},
	}
	f.add(cmd)
	return cmd
}

func (f *recordFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.dir, "output", "o", "", "directory to write into; it is made if it is not there")
	flags.BoolVar(&f.idle, "when-idle", false, "a dump when the process waits for work (the default, if no other is asked for)")
	flags.DurationVar(&f.every, "every", 0, "a dump in such intervals: 30s, 1m")
	flags.StringVar(&f.everyOutput, "every-output", "", "REGEX[,N]: a dump at each Nth line of CMD's standard output that matches")
	flags.BoolVar(&f.marks, "marks", false, "CMD says where its units of work end; a dump at some of them, see docs/record.md")
	flags.Uint64Var(&f.everyMarks, "every-marks", 0, "the same, with a dump at each Nth unit (default with --marks: some six, spread over the whole time)")
	flags.StringArrayVar(&f.usage, "when-usage", nil, "a dump when memory_usage is up by +20% or +50MB since the last, or passes 200MB; may be repeated")
	flags.StringArrayVar(&f.rss, "when-rss", nil, "the same with the resident memory")
	flags.StringVar(&f.rate, "on-rate", "", "a dump when memory_usage grows by 1MB/s, 10MB/m, 100MB/h or more, over ten seconds")
	flags.DurationVar(&f.cooldown, "cooldown", 0, "the least time between two dumps (default 1s; none for --every and --every-output)")
	flags.IntVar(&f.count, "count", 0, "end the series after so many dumps; 0 spreads it over the whole time")
	flags.BoolVar(&f.atPeak, "at-peak", false, "keep a dump of the highest memory_usage, moments/peak.json.zst")
	flags.StringVar(&f.nearLimit, "near-limit", "90%", "keep a dump at that share of memory_limit, moments/near-limit.json.zst; 0 for none")
	flags.StringVar(&f.maxDisk, "max-disk", "", "take no more dumps when the files would be larger together: 2GB")
	flags.DurationVar(&f.length, "for", 0, "end the recording after that time")
	flags.BoolVar(&f.watch, "watch", false, "show the chart all the time, on standard error")
	flags.BoolVar(&f.replace, "replace", false, "remove the recording that is in the directory")
	flags.BoolVar(&f.capture.RedactKeys, "redact-keys", false, "replace string keys of arrays by the word string")
	flags.BoolVar(&f.capture.Force, "force", false, "for a PHP that is not known, try the layouts of the nearest version")
}

// plan reads the flags.
func (f *recordFlags) plan(started bool) (*recordPlan, error) {
	p := &recordPlan{}
	t := &p.triggers
	if f.dir == "" {
		return nil, &usageError{"record needs -o DIR, a directory to write into"}
	}
	for flag, d := range map[string]time.Duration{"every": f.every, "cooldown": f.cooldown, "for": f.length} {
		if d < 0 {
			return nil, flagError(flag, fmt.Errorf("%v is less than no time", d))
		}
	}
	if err := atLeast("count", f.count, 0); err != nil {
		return nil, err
	}
	t.Every, t.Cooldown, t.Count, t.AtPeak = f.every, f.cooldown, f.count, f.atPeak
	if t.ByMarks, t.Marks = f.marks || f.everyMarks > 0, f.everyMarks; t.ByMarks && !started {
		return nil, flagError("marks", fmt.Errorf("units are told of by a command that is started only: -- CMD"))
	}
	var err error
	if f.everyOutput != "" {
		if !started {
			return nil, flagError("every-output", fmt.Errorf("the output is seen of a command that is started only: -- CMD"))
		}
		if p.output, t.Lines, err = parseEveryOutput(f.everyOutput); err != nil {
			return nil, flagError("every-output", err)
		}
	}
	if t.Usage, err = parseThresholds(f.usage); err != nil {
		return nil, flagError("when-usage", err)
	}
	if t.RSS, err = parseThresholds(f.rss); err != nil {
		return nil, flagError("when-rss", err)
	}
	if t.Rate, err = parseRate(f.rate); err != nil {
		return nil, flagError("on-rate", err)
	}
	if t.NearLimit, err = parseShare(f.nearLimit); err != nil {
		return nil, flagError("near-limit", err)
	}
	if f.maxDisk != "" {
		bytes, err := parseBytes(f.maxDisk)
		if err != nil {
			return nil, flagError("max-disk", err)
		}
		p.maxDisk = max(int64(bytes), 1)
	}
	t.Idle = f.idle || t.Every == 0 && t.Lines == 0 && len(t.Usage) == 0 && len(t.RSS) == 0 && t.Rate == 0 && !t.AtPeak && !t.ByMarks
	return p, nil
}

// parseEveryOutput reads REGEX[,N].
func parseEveryOutput(text string) (*regexp.Regexp, uint64, error) {
	pattern, n := text, uint64(1)
	if i := strings.LastIndexByte(text, ','); i >= 0 {
		if k, err := strconv.ParseUint(text[i+1:], 10, 63); err == nil {
			pattern, n = text[:i], k
		}
	}
	if n == 0 {
		return nil, 0, fmt.Errorf("every 0th line is none")
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, 0, fmt.Errorf("%q is no regular expression: %w", pattern, err)
	}
	return re, n, nil
}

func parseThresholds(texts []string) ([]record.Threshold, error) {
	var all []record.Threshold
	for _, text := range texts {
		t, err := parseThreshold(text)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// parseThreshold reads +20%, +50MB or 200MB.
func parseThreshold(text string) (record.Threshold, error) {
	wrong := fmt.Errorf("%q is neither a rise, +20%% or +50MB, nor a size, 200MB", text)
	rise, rises := strings.CutPrefix(strings.TrimSpace(text), "+")
	if percent, ok := strings.CutSuffix(rise, "%"); ok {
		share, err := parseAmount(percent)
		if err != nil || !rises || share == 0 {
			return record.Threshold{}, wrong
		}
		return record.Threshold{Share: share / 100}, nil
	}
	bytes, err := parseBytes(rise)
	switch {
	case err != nil || bytes < 1:
		return record.Threshold{}, wrong
	case rises:
		return record.Threshold{Rise: uint64(bytes)}, nil
	}
	return record.Threshold{Level: uint64(bytes)}, nil
}

// parseRate reads 10MB/m, in bytes a second; "" is none.
func parseRate(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	size, unit, _ := strings.Cut(text, "/")
	seconds, ok := map[string]float64{"s": 1, "m": 60, "min": 60, "h": 3600}[strings.TrimSpace(unit)]
	bytes, err := parseBytes(strings.TrimPrefix(size, "+"))
	if !ok || err != nil || bytes == 0 {
		return 0, fmt.Errorf("%q is no rate such as 1MB/s, 10MB/m or 100MB/h", text)
	}
	return bytes / seconds, nil
}

// parseShare reads a share of memory_limit; 0 is none.
func parseShare(text string) (float64, error) {
	v, err := parseAmount(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	if err != nil || v >= 100 {
		return 0, fmt.Errorf("%q is no share such as 90%%, or 0 for none", text)
	}
	return v / 100, nil
}

// recordTargets tells process ids from a pattern.
func recordTargets(args []string) (pids []int, pattern *regexp.Regexp, err error) {
	for _, arg := range args {
		if p, ok := processOf(processPrefix + strings.TrimPrefix(arg, processPrefix)); ok && p.thread == 0 {
			pids = append(pids, p.pid)
		}
	}
	switch {
	case len(pids) == len(args):
		return pids, nil, nil
	case len(args) > 1:
		return nil, nil, &usageError{fmt.Sprintf("record takes process ids, or one pattern, got %q; a command to start comes behind --", args)}
	}
	if pattern, err = regexp.Compile(args[0]); err != nil {
		return nil, nil, &usageError{fmt.Sprintf("%q is neither a process id nor a regular expression: %s", args[0], err)}
	}
	return nil, pattern, nil
}
