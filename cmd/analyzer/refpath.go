package main

import (
	"memtrail/analysis/query"
	"memtrail/analysis/retain"
	"memtrail/report"

	"github.com/spf13/cobra"
)

func (a *app) refPathCommand() *cobra.Command {
	var (
		o          query.RefPathOptions
		full       bool
		dominators bool
		sizes      sizeFlags
	)
	cmd := &cobra.Command{
		Use:   "ref-path ID|EXPRESSION DUMP",
		Short: "Show why an item is still in memory: its paths from the roots",
		Long: `Show a shortest path to an item from each root that reaches it, as php-meminfo does, and
below that each path as a PHP expression. A step written ~> may not exist: the address
was used again while the dump was written.

The item is named by its id, in any case and padding, or by such an expression:
variables, Class::$statics and frame() $variables, with ->properties and ["keys"] behind
them. Quote it in the shell, which has a $ of its own: '$app->cache'. The item may also
come behind the dump.`,
		Example: `  analyzer ref-path 0x7f29344c0758 dump.json
  analyzer ref-path '$userService->cache->cache[856]' dump.json
  analyzer ref-path 0x7f29344c0758 dump.json --all-paths 3`,
		Args: targetArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.options()
			if err != nil {
				return err
			}
			p.Full = full
			if err := atLeast("limit", o.Limit, 0); err != nil {
				return err
			}
			if err := atLeast("all-paths", o.All, 0); err != nil {
				return err
			}
			target, path, err := targetAndPath(args[0], args[1])
			if err != nil {
				return err
			}
			if err := sizes.check(""); err != nil {
				return err
			}
			g, info, err := a.graph(path)
			if err != nil {
				return err
			}
			var result *query.RefPaths
			if sizes.retained = sizes.retained || dominators; sizes.wanted() {
				result, err = query.ReferencePathsSized(retain.Retain(g, &info, sizes.options()), target, o)
			} else {
				result, err = query.ReferencePaths(g, &info, target, o)
			}
			if err != nil {
				return targetError(path, err)
			}
			if !dominators {
				result.Dominators = nil
			}
			a.assess(path, &result.Source)
			return report.RefPaths(a.stdout, result, p)
		},
	}
	cmd.SetFlagErrorFunc(targetFlagError)
	f := cmd.Flags()
	f.IntVarP(&o.Limit, "limit", "l", 20, "number of paths, one a root; 0 for all")
	f.IntVar(&o.All, "all-paths", 0, "further paths a root, which share no reference with the ones before")
	a.addDetails(cmd, "show each item on the way in a box")
	addFull(cmd, &full)
	f.BoolVar(&dominators, "dominators", false, "list the items that all paths lead through: where to cut to free the item")
	sizes.add(cmd)
	cmd.ValidArgsFunction = completeAfter(1, 2)
	return cmd
}
