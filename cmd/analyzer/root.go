package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"
)

// rootCommand is the program without a command, with all commands below it.
func (a *app) rootCommand() *cobra.Command {
	version := false
	root := &cobra.Command{
		Use:   "analyzer [DUMP]",
		Short: "What keeps this PHP memory alive, and is it growing?",
		Long: `analyzer reads the heap dumps that php-meminfo writes (meminfo_dump()). It tells
what is in a PHP process's memory, what keeps it there, and whether it grows.
With one dump start with leaks, with several start with growth. analyzer DUMP
alone does leaks.

A DUMP is a file, plain or compressed with gzip or zstd, or - for standard
input. pid:4242 in its place reads a running PHP process, without an extension
and to the byte; pid:4242/2 reads its second PHP thread. ELF cores are read in
the same way.

Exit codes:
  0  answered, or the gate passed
  1  the gate failed: a leak
  2  wrong usage, or the input cannot be read
  3  answered, but the dump is damaged or ends early, or the dumps are too few`,
		Example: `  analyzer leaks pid:4242
  analyzer leaks dump.json
  analyzer growth mem-1.json mem-2.json mem-3.json
  analyzer query dump.json -f 'class=App\Entity\User' -f 'size>1KB' -v
  analyzer ref-path 0x7f29344c0758 dump.json`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(root *cobra.Command, args []string) error {
			if version {
				return nil
			}
			return noCommand(root, args)
		},
		// Names of commands come first; where none fits, the shell offers files.
		ValidArgsFunction: cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), cmd.Name(), readBuildInfo())
				return err
			}
			return cmd.Help()
		},
	}
	root.SetIn(a.stdin)
	root.SetOut(a.stdout) // before there is a command completion, which keeps it
	root.SetErr(a.stderr)
	root.SuggestionsMinimumDistance = 2
	root.SetUsageFunc(func(cmd *cobra.Command) error { return writeUsage(cmd.OutOrStderr(), cmd) })
	root.Flags().BoolVar(&version, "version", false, "version for "+root.Name())
	a.addCommonFlags(root)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{fmt.Sprintf("%s; see %s --help", flagMistake(err), cmd.CommandPath())}
	})
	a.addCommands(root)
	refuseUnknown(root)
	return root
}

// addCommonFlags adds the flags that all commands have.
func (a *app) addCommonFlags(root *cobra.Command) {
	a.addColor(root)
	f := root.PersistentFlags()
	f.StringVar(&a.memory.window, "max-window", "128M", "memory for the window of a dump that zstd --long wrote, up to 2G")
	f.StringVar(&a.memory.text, "max-memory", "", "memory that may be used, such as 4G; without it, what GOMEMLIMIT, the control group, ulimit or the machine leaves")
	f.DurationVar(&a.maxPause, "max-pause", defaultPause, "longest time that a process, pid:PID, may stand still while its memory is copied; 0: no limit")
	root.PersistentFlags().StringVar(&a.sysroot, "sysroot", "", "directory with the programs and libraries of a core that comes from another machine or container")
	f.BoolVarP(&a.quiet, "quiet", "q", false, "print no warnings and no progress on standard error, only errors; the exit code tells")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "print on standard error what was read, and how long it took")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if st, err := os.Stat(a.sysroot); a.sysroot != "" && (err != nil || !st.IsDir()) {
			return &usageError{fmt.Sprintf("--sysroot %s is no directory", oneLine(a.sysroot))}
		}
		if err := a.memory.check(); err != nil {
			return err
		}
		a.reportsReading = a.verbose && !a.quiet && !slices.Contains(a.detailed, cmd)
		return oneOf("color", a.colors, colorNames)
	}
}

// addCommands adds the commands, each with the flags of its output.
func (a *app) addCommands(root *cobra.Command) {
	const leaks, contents, dumps = "leaks", "contents", "dumps"
	root.AddGroup(
		&cobra.Group{ID: leaks, Title: "What leaks, grows or changed:"},
		&cobra.Group{ID: contents, Title: "What is in memory, and what keeps it there:"},
		&cobra.Group{ID: dumps, Title: "Taking and checking dumps:"},
	)
	for _, command := range []struct {
		group string
		new   func() *cobra.Command
	}{
		{leaks, a.leaksCommand},
		{leaks, a.growthCommand},
		{leaks, a.diffCommand},
		{leaks, a.gateCommand},
		{leaks, a.reportCommand},
		{leaks, a.workersCommand},
		{contents, a.exploreCommand},
		{contents, a.treeCommand},
		{contents, a.summaryCommand},
		{contents, a.topChildrenCommand},
		{contents, a.queryCommand},
		{contents, a.refPathCommand},
		{contents, a.heapCommand},
		{contents, a.exportCommand},
		{contents, a.allocatorsCommand},
		{dumps, a.checkCommand},
		{dumps, a.captureCommand},
		{dumps, a.recordCommand},
		{dumps, a.mcpCommand},
		{dumps, a.doctorCommand},
	} {
		cmd := command.new()
		cmd.GroupID = command.group
		names := formatNames()
		switch cmd.Name() {
		case "gate": // prints several forms, each to a file of its own
			names = gateOutputNames()
		case "report":
			names = pageFormats()
			a.addOutput(cmd)
		case "explore", "mcp": // print no answer
			names = nil
		case "capture", "record": // their files are dumps
		case "export": // has --to, and files of its own
			names = nil
		default:
			a.addOutput(cmd)
		}
		if names != nil {
			cmd.Flags().StringVar(&a.format, "format", names[0], "form of the answer: "+enumerate(names))
			completeWords(cmd, "format", names)
		}
		if cmd.ValidArgsFunction == nil {
			cmd.ValidArgsFunction = completeDumps(1)
		}
		root.AddCommand(cmd)
	}
	root.AddCommand(a.versionCommand(), a.manCommand())
}

// refuseUnknown makes the commands that cobra adds refuse what they do not know, where
// they would print a help page and succeed.
func refuseUnknown(root *cobra.Command) {
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
