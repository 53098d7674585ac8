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
	out    string // file; "" for one that is named after the process
	raw    bool
	list   bool
	after  time.Duration
	keep   bool
	limits capture.Options
}

func (a *app) captureCommand() *cobra.Command {
	var c captureFlags
	cmd := &cobra.Command{
		Use:   "capture PID | -- CMD…",
		Short: "Write a dump of a running PHP process, without an extension",
		Long: `Write a dump of a running PHP process. Nothing is loaded into it and nothing is
changed: it stands still while its memory is copied, for a fraction of a second,
and goes on. The dump accounts for every byte of memory_usage; all commands read
it, and those of php-meminfo do, too. It has no contents of strings, but keys of
arrays: --redact-keys leaves them out.

All commands take pid:PID where they take a dump, without a file between.

With -- CMD, the command is started, captured when it first waits, or --after a
time, and ended. A program that analyzer starts itself may always be read; of
others the system decides: root may read all, a user their own, in a container
it takes SYS_PTRACE.

--raw writes an ELF core instead, as gdb reads it. It holds all the secrets that
the process has in memory: contents of strings, passwords, keys.

Exit code 3 says that the blocks found do not sum to what PHP counts.`,
		Example: `  analyzer capture 4242 -o before.json.zst
  analyzer capture -- php worker.php
  analyzer capture 4242 --raw -o core.4242
  analyzer leaks pid:4242`,
		Args: func(cmd *cobra.Command, args []string) error {
			return c.checkArgs(cmd, args)
		},
		ValidArgsFunction: completePIDs(""),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runCapture(cmd, args, &c)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&c.out, "output", "o", "", "`FILE` to write, compressed if it ends in .zst; - for standard output (default: pid-PID.json.zst)")
	f.BoolVar(&c.raw, "raw", false, "write an ELF core of the writable memory: it holds secrets")
	f.BoolVar(&c.limits.RedactKeys, "redact-keys", false, "replace string keys of arrays by the word string")
	f.BoolVar(&c.limits.Force, "force", false, "for a PHP that is not known, try the layouts of the nearest version")
	f.BoolVar(&c.list, "list", false, "list the processes that run PHP")
	f.DurationVar(&c.after, "after", 0, "with -- CMD: capture after that time instead of when it first waits")
	f.BoolVar(&c.keep, "keep", false, "with -- CMD: let it go on, and wait for its end")
	return cmd
}

// checkArgs wants a process, a command behind --, or nothing for a list.
func (c *captureFlags) checkArgs(cmd *cobra.Command, args []string) error {
	started := cmd.ArgsLenAtDash() == 0
	switch {
	case len(args) == 0 && c.list, len(args) == 1, len(args) > 1 && started:
		return nil
	case len(args) == 0:
		return &usageError{"capture needs PID, or -- CMD to start; analyzer capture --list shows the processes that run PHP"}
	}
	return &usageError{fmt.Sprintf("capture takes one PID, got %q besides; a command to start comes behind --", args[1])}
}

// runCapture lists processes, or captures one that runs or is started.
func (a *app) runCapture(cmd *cobra.Command, args []string, c *captureFlags) error {
	page, err := a.options()
	if err != nil {
		return err
	}
	if c.list {
		return a.listProcesses(page)
	}
	if c.out != "" && c.out != standardOutput {
		if err := a.writes("output", c.out); err != nil {
			return err
		}
	}
	if cmd.ArgsLenAtDash() == 0 {
		return a.captureStarted(args, c, page)
	}
	p, ok := processOf(processPrefix + strings.TrimPrefix(args[0], processPrefix))
	if !ok {
		return &usageError{fmt.Sprintf("%q is no process id; analyzer capture --list shows the processes that run PHP; a command to start comes behind --", args[0])}
	}
	return a.capture(p, c, page)
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
	limits.MaxMemory = a.copyBudget()
	limits.Thread = p.thread
	c, err := capture.Process(p.pid, limits)
	if err != nil {
		return &inputError{name, a.explainMemory(err)}
	}
	defer c.Close()
	a.watchMemory(name, "")
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
