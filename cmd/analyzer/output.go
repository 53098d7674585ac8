package main

import (
	"github.com/spf13/cobra"

	"memtrail/internal/atomicfile"
)

// standardOutput is the file name that means standard output. A file of that
// name is ./-
const standardOutput = "-"

// addOutput adds -o to a command that prints one answer. gate, which prints
// several, has its own: see parseOutputs.
func (a *app) addOutput(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&a.output, "output", "o", "", "write the answer to this `FILE`, complete or not at all; - for standard output")
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if !cmd.Flags().Changed("output") || a.output == standardOutput {
			return run(cmd, args)
		}
		if err := a.writes("output", a.output); err != nil {
			return err
		}
		out := atomicfile.New(a.output, atomicfile.Shared)
		a.stdout = out
		err := run(cmd, args)
		a.stdout = a.console
		if err != nil {
			out.Discard()
			return err
		}
		return out.Commit()
	}
}
