package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"memtrail/capture"
	"memtrail/internal/atomicfile"
	"memtrail/report"
)

// captureFlags are the flags of the capture command.
type captureFlags struct {
	out    string
	raw    bool
	list   bool
	after  time.Duration
	keep   bool
	limits capture.Options
}

func (a *app) captureCommand() *cobra.Command {
	var f captureFlags
	cmd := &cobra.Command{
		Use:   "capture PID | -- CMD…",
		Short: "Write a dump of a running PHP process: no extension, a pause of milliseconds",
		Long: `Write a dump of a running PHP process. Nothing is loaded into it and nothing is changed: it
stands still while its memory is copied, for a fraction of a second, and goes on. The dump
accounts for every byte of memory_usage; all commands read it, and those of php-meminfo do, too.
No contents of strings are in it, but keys of arrays are: --redact-keys leaves them out.

All commands take pid:PID where they take a dump, without a file between.

With -- CMD, the command is started, captured when it first waits, or --after a time, and ended.
A program that we start ourselves may always be read; of others the system decides: root may
read all, a user their own, in a container it takes SYS_PTRACE.

--raw writes an ELF core instead, as gdb reads it. It holds all the secrets that the process
has in memory: contents of strings, passwords, keys.

Exit code 3 says that the blocks found do not sum to what PHP counts.`,
		Example: `  analyzer capture 4242 -o before.json.zst
  analyzer capture -- php worker.php
  analyzer capture 4242 --raw -o core.4242
  analyzer leaks pid:4242`,
		Args: func(cmd *cobra.Command, args []string) error {
			if f.list && len(args) == 0 || len(args) > 0 && (len(args) == 1 || cmd.ArgsLenAtDash() == 0) {
				return nil
			}
			if len(args) == 0 {
				return &usageError{"capture needs PID, or -- CMD to start; usage: " + cmd.UseLine()}
			}
			return &usageError{fmt.Sprintf("capture takes one PID, got %q besides; a command to start comes behind --", args[1])}
		},
		ValidArgsFunction: completePIDs(""),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := a.options()
			if err != nil {
				return err
			}
			if f.list {
				return a.listProcesses(o)
			}
			if f.out != "" && f.out != standardOutput {
				if err := a.writes("output", f.out); err != nil {
					return err
				}
			}
			if cmd.ArgsLenAtDash() == 0 {
				return a.captureStarted(args, &f, o)
			}
			p, ok := processOf(processPrefix + strings.TrimPrefix(args[0], processPrefix))
			if !ok {
				return &usageError{fmt.Sprintf("%q is no process id; a command to start comes behind --", args[0])}
			}
			return a.capture(p, &f, o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.out, "output", "o", "", "file to write, compressed if it ends in .zst; - for standard output (default: pid-PID.json.zst)")
	flags.BoolVar(&f.raw, "raw", false, "write an ELF core of the writable memory: it holds secrets")
	flags.BoolVar(&f.limits.RedactKeys, "redact-keys", false, "replace string keys of arrays by the word string")
	flags.BoolVar(&f.limits.Force, "force", false, "for a PHP that is not known, try the layouts of the nearest version")
	flags.BoolVar(&f.list, "list", false, "list the processes that run PHP")
	flags.DurationVar(&f.after, "after", 0, "with -- CMD: capture after that time instead of when it first waits")
	flags.BoolVar(&f.keep, "keep", false, "with -- CMD: let it go on, and wait for its end")
	return cmd
}

// capture captures a process into a file.
func (a *app) capture(p process, f *captureFlags, o report.Options) error {
	name := processPrefix + strconv.Itoa(p.pid)
	out := f.out
	if out == "" {
		out = f.defaultName(p.pid)
		if err := a.writes("output", out); err != nil {
			return err
		}
	}
	limits := f.limits
	limits.MaxPause = a.maxPause
	limits.Thread = p.thread
	c, err := capture.Process(p.pid, limits)
	if err != nil {
		return &inputError{name, err}
	}
	defer c.Close()
	r := &report.Captured{
		PID: p.pid, PHP: c.PHP, Threads: c.Threads(), Idle: c.Idle, Paused: c.Stats.Paused, Copied: c.Stats.Copied,
		Balanced: c.Balanced(), File: out, Raw: f.raw,
	}
	if err := a.writeCapture(c, r); err != nil {
		if unwritten, ok := errors.AsType[*atomicfile.Error](err); ok {
			return unwritten
		}
		return &inputError{name, err}
	}
	if !r.Balanced {
		a.incomplete = true
		a.warn("the allocated blocks and the bytes that PHP counts differ by %+d bytes: the memory was read in the middle of a change, or is damaged; capture again", r.Off)
	}
	if out == standardOutput {
		return nil // the answer is the dump
	}
	return report.Capture(a.stdout, r, o)
}

// defaultName is the file of a capture that names none.
func (f *captureFlags) defaultName(pid int) string {
	if f.raw {
		return fmt.Sprintf("core.%d", pid)
	}
	return fmt.Sprintf("pid-%d.json.zst", pid)
}
