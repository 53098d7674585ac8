package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"memtrail/report"
)

// version is the release that this source is on its way to, or is.
const version = "0.1.0"

// app holds what the commands share.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer

	// maxPause is how long a process that is captured may stand still.
	maxPause time.Duration

	format  string
	noColor bool
	// failed is set when a gate does not let pass.
	failed bool
	// incomplete is set when an answer rests on a dump that is not all there.
	incomplete bool
	// relax undoes lean; nil if there is nothing to undo.
	relax func()
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "analyzer",
		Short: "What keeps this PHP memory alive, and is it growing?",
		Long: `analyzer reads the heap dumps that php-meminfo writes (meminfo_dump()) and tells
what is in a PHP process's memory, what keeps it there, and whether it grows. With one
dump start with leaks, with several with growth.

A DUMP is a file, plain or compressed with gzip or zstd, or - for standard input; or the
process itself: pid:4242 reads a running PHP, without an extension and to the byte
(pid:4242/2: its second PHP thread), and an ELF core is read the same way.

Exit codes: 0 answered, or the gate passed; 1 the gate failed: a leak; 2 wrong
usage or not a dump; 3 answered, but the dump is damaged or ends early, or the
dumps are too few to tell.`,
		Example: `  analyzer leaks pid:4242
  analyzer leaks dump.json
  analyzer growth mem-1.json mem-2.json mem-3.json
  analyzer query dump.json -f 'class=App\Entity\User' -f 'size>1KB' -v
  analyzer ref-path 0x7f29344c0758 dump.json`,
		Version:       versionText(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SuggestionsMinimumDistance = 2
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.PersistentFlags().BoolVar(&a.noColor, "no-color", false, "never color the output (also: NO_COLOR in the environment)")
	root.PersistentFlags().DurationVar(&a.maxPause, "max-pause", defaultPause, "how long a process, pid:PID, may stand still while its memory is copied; 0: no limit")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{fmt.Sprintf("%s; see %s --help", err, cmd.CommandPath())}
	})
	for _, command := range []func() *cobra.Command{
		a.leaksCommand,
		a.growthCommand,
		a.diffCommand,
		a.gateCommand,
		a.treeCommand,
		a.summaryCommand,
		a.topChildrenCommand,
		a.queryCommand,
		a.refPathCommand,
		a.heapCommand,
		a.checkCommand,
		a.captureCommand,
	} {
		cmd := command()
		cmd.Flags().StringVar(&a.format, "format", string(report.Table), "how to print: table, json, csv or markdown")
		_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp))
		if cmd.ValidArgsFunction == nil {
			cmd.ValidArgsFunction = completePIDs(processPrefix)
		}
		root.AddCommand(cmd)
	}
	return root
}

func formatNames() []string {
	var names []string
	for _, f := range report.Formats() {
		names = append(names, string(f))
	}
	return names
}

// options tells how results are to be printed.
func (a *app) options(verbose bool) (report.Options, error) {
	f, err := report.ParseFormat(a.format)
	if err != nil {
		return report.Options{}, &usageError{err.Error()}
	}
	return report.Options{Format: f, Verbose: verbose, Color: a.color()}, nil
}

// color follows no-color.org: only on a terminal, and not if NO_COLOR is set
// to anything.
func (a *app) color() bool {
	return !a.noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(a.stdout)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// exactArgs is cobra.ExactArgs in words that name what is missing.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return &usageError{fmt.Sprintf("%s needs %s; usage: %s", cmd.Name(), strings.Join(names[len(args):], " and "), cmd.UseLine())}
		case len(args) > len(names):
			return &usageError{fmt.Sprintf("%s takes %s and nothing else, got %q; usage: %s", cmd.Name(), strings.Join(names, " and "), args[len(names)], cmd.UseLine())}
		}
		return nil
	}
}

// noSuchCommand refuses whatever stands where a command should.
func noSuchCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see analyzer --help"
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean %s?", list(near))
	} else if exists(args[0]) {
		hint = fmt.Sprintf("to count what is in that file: analyzer summary %s", args[0])
	}
	return &usageError{fmt.Sprintf("unknown command %q; %s", args[0], hint)}
}

// atLeast checks a flag that counts.
func atLeast(flag string, value, least int) error {
	if value < least {
		return &usageError{fmt.Sprintf("--%s is %d, it must be at least %d", flag, value, least)}
	}
	return nil
}

func versionText() string {
	text := version
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				text += " (" + s.Value[:12] + ")"
			}
		}
	}
	return fmt.Sprintf("%s %s %s/%s", text, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
