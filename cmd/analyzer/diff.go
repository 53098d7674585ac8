package main

import (
	"github.com/spf13/cobra"

	"memtrail/analysis/growth"
	"memtrail/report"
)

// diffSorts are the orders of a diff's lines.
var diffSorts = []string{"count", "bytes", "dcount", "dbytes"}

// diffFlags are the flags of diff.
type diffFlags struct {
	display displayFlags
	sizes   sizeFlags
	sort    string
}

func (a *app) diffCommand() *cobra.Command {
	var d diffFlags
	cmd := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Show what changed between two dumps, by class and by place",
		Long: `Show what changed between two dumps of one program: how many items of each class
there are and what they take, and what the places of the program hold. PHP uses
addresses and handles again, so a place is known by its path: root and property
names, classes, [*] for the keys of arrays.

Two dumps show what differs, not what grows: for that, see growth.`,
		Example: `  analyzer diff mem-1.json mem-2.json
  analyzer diff mem-1.json mem-2.json --sort dcount --limit 0`,
		Args: exactArgs("BEFORE", "AFTER"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.diff(args, &d)
		},
	}
	d.display.addLimit(cmd, 20, "lines of each table")
	cmd.Flags().StringVar(&d.sort, "sort", string(growth.DiffByBytesDelta), "order of the lines: count, bytes, dcount or dbytes, of which d is for the change")
	completeWords(cmd, "sort", diffSorts)
	a.addDetails(cmd, "add the fingerprint of each place")
	d.sizes.addRetained(cmd)
	cmd.ValidArgsFunction = completeDumps(2)
	return cmd
}

func (a *app) diff(names []string, d *diffFlags) error {
	page, err := d.display.options(a)
	if err != nil {
		return err
	}
	if err := oneOf("sort", d.sort, diffSorts); err != nil {
		return err
	}
	if err := d.sizes.check(""); err != nil {
		return err
	}
	if names[0] == "-" && names[1] == "-" {
		return &usageError{"- is given twice, but there is one standard input; give one dump as a file"}
	}
	series, err := a.readSeries(names, &d.sizes)
	if err != nil {
		return err
	}
	result := series.Diff(growth.DiffOptions{Sort: growth.DiffSort(d.sort), Limit: d.display.limit})
	a.assess(result.Before.Name, &result.Before.Source)
	a.assess(result.After.Name, &result.After.Source)
	return report.Diff(a.stdout, result, page)
}
