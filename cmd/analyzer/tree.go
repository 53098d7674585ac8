package main

import (
	"memtrail/analysis/tree"
	"memtrail/report"
	"strings"

	"github.com/spf13/cobra"
)

const (
	treeDepth = 12
	treeNodes = 40 // of a table: about a screen
)

func (a *app) treeCommand() *cobra.Command {
	var (
		o        tree.Options
		minShare string
		sizes    sizeFlags
	)
	cmd := &cobra.Command{
		Use:   "tree DUMP",
		Short: "Show who keeps the memory alive, from variables and statics down",
		Long: `Show who keeps the memory alive: below each variable and each static what would be freed
with it, largest first, and so on (the dominator tree). Items of one class that are held
in the same way are one line, [×1,000]; -> and [ ] are properties and keys, * is any key,
->next… a chain, and … in front says that others stand between.

Share is the share of all memory that items and PHP's own tables account for. What several
variables hold is not below any of them, but (shared).`,
		Example: `  analyzer tree dump.json
  analyzer tree dump.json --from '$app->cache' --depth 3
  analyzer tree dump.json --min-share 0.1% --format json`,
		Args: exactArgs("DUMP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.options()
			if err != nil {
				return err
			}
			for _, f := range []struct {
				name  string
				value int
			}{{"depth", o.Depth}, {"limit", o.Children}, {"nodes", o.Nodes}} {
				if err := atLeast(f.name, f.value, 0); err != nil {
					return err
				}
			}
			if o.MinShare, err = leastShare(minShare); err != nil {
				return err
			}
			if err := sizes.check(""); err != nil {
				return err
			}
			set := cmd.Flags().Changed
			if set("from") {
				if err := checkTarget(o.From); err != nil {
					return err
				}
			}
			// Whoever says what is to be shown, or reads it by program, is to get it.
			if !set("nodes") && (set("depth") || set("min-share") || p.Format == report.JSON || p.Format == report.CSV) {
				o.Nodes = 0
			}
			r, err := a.retention(args[0], &sizes)
			if err != nil {
				return err
			}
			result, err := tree.Build(r, o)
			if err != nil {
				return targetError(args[0], err)
			}
			a.assess(args[0], &result.Source)
			return report.Tree(a.stdout, result, p)
		},
	}
	cmd.SetFlagErrorFunc(targetFlagError)
	f := cmd.Flags()
	f.StringVar(&o.From, "from", "", "start from this item: an id, or an expression such as '$app->cache'")
	f.IntVar(&o.Depth, "depth", treeDepth, "levels to show, 0 for as many as there are (up to 100)")
	f.StringVar(&minShare, "min-share", "", "leave out what has a smaller share, in percent (default: a hundredth of what is shown in all)")
	f.IntVarP(&o.Children, "limit", "l", 10, "lines below each line, 0 for all")
	f.IntVar(&o.Nodes, "nodes", treeNodes, "lines in all, those that retain most; 0 for all, as with --depth, --min-share, JSON and CSV")
	sizes.addRetained(cmd)
	return cmd
}

// leastShare reads --min-share. Unlike other shares it may be 0; if it is not
// given, it is negative.
func leastShare(text string) (float64, error) {
	switch strings.Trim(text, " %") {
	case "":
		return -1, nil
	case "0":
		return 0, nil
	}
	return parsePercent("min-share", text)
}
