package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"memtrail/internal/atomicfile"
	"memtrail/report"
)

// app holds what the commands share.
type app struct {
	stdin io.Reader
	// stdout takes the answer: console, the process's own, or the file of -o.
	stdout, console io.Writer
	stderr          io.Writer

	// maxPause is how long a process that is captured may stand still.
	maxPause time.Duration

	// What the flags say that all commands have.
	format  string
	output  string // file; "" for standard output
	colors  string
	noColor bool
	quiet   bool
	verbose bool
	// files keeps apart what the command reads and what it writes.
	files atomicfile.Guard
	// detailed are the commands whose answer has more to show with -v. The others
	// say on standard error what was read.
	detailed []*cobra.Command
	narrates bool
	// failed is set when a gate does not let pass.
	failed bool
	// incomplete is set when an answer rests on a dump that is not all there.
	incomplete bool
	// relax undoes lean; nil if there is nothing to undo.
	relax func()
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "analyzer [DUMP]",
		Short: "What keeps this PHP memory alive, and is it growing?",
		Long: `analyzer reads the heap dumps that php-meminfo writes (meminfo_dump()) and tells
what is in a PHP process's memory, what keeps it there, and whether it grows. With one
dump start with leaks, with several with growth; analyzer DUMP alone does leaks.

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
		Version:       readBuildInfo().String(),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          noCommand,
		// Names of commands come first; where none fits, the shell offers files.
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SuggestionsMinimumDistance = 2
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	a.addColor(root)
	root.PersistentFlags().DurationVar(&a.maxPause, "max-pause", defaultPause, "how long a process, pid:PID, may stand still while its memory is copied; 0: no limit")
	root.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, "say nothing on standard error but errors: no warnings, no progress; the exit code tells")
	root.PersistentFlags().BoolVarP(&a.verbose, "verbose", "v", false, "show more: say on standard error what was read, and how long it took")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		a.narrates = a.verbose && !a.quiet && !slices.Contains(a.detailed, cmd)
		return oneOf("color", a.colors, colorNames)
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{fmt.Sprintf("%s; see %s --help", flagMistake(err), cmd.CommandPath())}
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
		names := formatNames()
		switch cmd.Name() {
		case "gate": // prints several forms, each to a file of its own
			names = gateOutputNames()
		case "capture": // its file is the dump
		default:
			a.addOutput(cmd)
		}
		cmd.Flags().StringVar(&a.format, "format", names[0], "how to print: "+list(names))
		fixed(cmd, "format", names)
		if cmd.ValidArgsFunction == nil {
			cmd.ValidArgsFunction = completeDumps(1)
		}
		root.AddCommand(cmd)
	}
	root.AddCommand(a.versionCommand(), a.manCommand())
	strict(root)
	completeFlags(root)
	return root
}

// flagMistake is what is wrong with a flag, in words of the command line.
func flagMistake(err error) string {
	e, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return err.Error()
	}
	takes := "another value"
	switch e.GetFlag().Value.Type() {
	case "bool":
		takes = "true or false"
	case "int":
		takes = "a whole number"
		if digits := strings.TrimLeft(e.GetValue(), "+-"); digits != "" && strings.Trim(digits, "0123456789") == "" {
			takes = "a smaller number"
		}
	}
	return fmt.Sprintf("--%s takes %s, not %q", e.GetFlag().Name, takes, e.GetValue())
}

// strict makes the commands that cobra adds refuse what they do not know, where
// they would print a help page and succeed.
func strict(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if err != nil || found == root {
					return noSuchCommand(root, args)
				}
				return noSuchCommand(found, rest)
			}
		case "completion":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if len(args) > 0 {
					return &usageError{fmt.Sprintf("there is no completion for %q, only for bash, fish, powershell and zsh", args[0])}
				}
				return nil
			}
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

func formatNames() []string { return texts(report.Formats()) }

// texts are some names as strings.
func texts[T ~string](names []T) []string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = string(name)
	}
	return list
}

// addDetails is -v of a command whose answer has more to show.
func (a *app) addDetails(cmd *cobra.Command, what string) {
	cmd.Flags().BoolVarP(&a.verbose, "verbose", "v", false, what)
	a.detailed = append(a.detailed, cmd)
}

// options tells how results are to be printed.
func (a *app) options() (report.Options, error) {
	f, err := report.ParseFormat(a.format)
	if err != nil {
		return report.Options{}, &usageError{err.Error()}
	}
	return report.Options{Format: f, Verbose: a.verbose, Color: a.color(), Width: width(a.stdout)}, nil
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
		case len(names) == 0 && len(args) > 0:
			return &usageError{fmt.Sprintf("%s takes no arguments, got %q", cmd.Name(), args[0])}
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
