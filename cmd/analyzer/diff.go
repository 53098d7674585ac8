package main

import (
	"memtrail/analysis/growth"
	"memtrail/report"

	"github.com/spf13/cobra"
)

// diffSorts are the orders of a diff's lines.
var diffSorts = []string{"count", "bytes", "dcount", "dbytes"}

func (a *app) diffCommand() *cobra.Command {
	var (
		sort  string
		limit int
		sizes sizeFlags
	)
	cmd := &cobra.Command{
		Use:   "diff BEFORE AFTER",
		Short: "Show what changed between two dumps, by class and by place",
		Long: `Show what changed between two dumps of one program: how many of each class there are and what they take, and what the places of the
program hold. Addresses and handles are used again, so a place is known by its path: root and property names, classes, [*] for the keys of arrays.

Two dumps show what differs, not what grows: see growth for that.`,
		Example: `  analyzer diff mem-1.json mem-2.json
  analyzer diff mem-1.json mem-2.json --sort dcount --limit 0`,
		Args: exactArgs("BEFORE", "AFTER"),
		RunE: func(_ *cobra.Command, args []string) error {
			o, err := a.options()
			if err != nil {
				return err
			}
			if err := atLeast("limit", limit, 0); err != nil {
				return err
			}
			if err := oneOf("sort", sort, diffSorts); err != nil {
				return err
			}
			if err := sizes.check(""); err != nil {
				return err
			}
			if args[0] == "-" && args[1] == "-" {
				return &usageError{"- is there twice, but there is one standard input"}
			}
			series := growth.NewSeries(growth.SeriesOptions{PHP: sizes.version, Reported: sizes.sizes == "reported"})
			for _, name := range args {
				series.Forget()
				g, info, err := a.graph(name)
				if err != nil {
					return err
				}
				series.Add(name, g, &info)
			}
			d := series.Diff(growth.DiffOptions{Sort: growth.DiffSort(sort), Limit: limit})
			a.assess(d.Before.Name, &d.Before.Source)
			a.assess(d.After.Name, &d.After.Source)
			return report.Diff(a.stdout, d, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&sort, "sort", string(growth.DiffByBytesDelta), "order of the lines: count, bytes, dcount or dbytes, of which d is for the change")
	f.IntVarP(&limit, "limit", "l", 20, "number of lines of each table, 0 for all")
	a.addDetails(cmd, "add the fingerprint of each place")
	sizes.addRetained(cmd)
	fixed(cmd, "sort", diffSorts)
	cmd.ValidArgsFunction = completeDumps(2)
	return cmd
}
