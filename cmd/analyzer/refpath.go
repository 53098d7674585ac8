package main

import (
	"github.com/spf13/cobra"

	"memtrail/analysis/query"
	"memtrail/analysis/retain"
	"memtrail/report"
)

// shownSteps is how many steps of a path are shown. Each is indented by two columns
// more than the one before, and 80 columns are what a terminal has at least.
const shownSteps = 40

// refPathFlags are the flags of ref-path. The limit is of the roots.
type refPathFlags struct {
	display    displayFlags
	sizes      sizeFlags
	perRoot    int // further paths of each root
	steps      int // of a path; 0: all
	dominators bool
}

func (a *app) refPathCommand() *cobra.Command {
	var r refPathFlags
	cmd := &cobra.Command{
		Use:   "ref-path ID|EXPRESSION DUMP",
		Short: "Show why an item is still in memory: its paths from the roots",
		Long: `Show a shortest path to an item from each root that reaches it, as php-meminfo
does, and below that each path as a PHP expression. A step written ~> may not
exist: its address was used again while the dump was written.

The item is named by its id, in any case and padding, or by a PHP expression:
variables, Class::$statics and frame() $variables, with ->properties and
["keys"] behind them. Quote it, as the shell has a $ of its own: '$app->cache'.
The item may also come behind the dump.`,
		Example: `  analyzer ref-path 0x7f29344c0758 dump.json
  analyzer ref-path '$userService->cache->cache[856]' dump.json
  analyzer ref-path 0x7f29344c0758 dump.json --all-paths 3`,
		Args: targetArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			return a.refPath(args, &r)
		},
	}
	cmd.SetFlagErrorFunc(targetFlagError)
	r.display.addLimit(cmd, 20, "paths, one a root")
	f := cmd.Flags()
	f.IntVar(&r.perRoot, "all-paths", 0, "number of further paths of each root, which share no reference with those before")
	f.BoolVar(&r.dominators, "dominators", false, "list the items that all paths lead through: where to cut to free the item")
	f.IntVar(&r.steps, "steps", shownSteps, "number of steps of a path, and of dominators, half of them at each end; 0 for all")
	a.addDetails(cmd, "show each item on the way in a box")
	r.display.addFull(cmd)
	r.sizes.add(cmd)
	cmd.ValidArgsFunction = completeAfter(1, 2)
	return cmd
}

func (a *app) refPath(args []string, r *refPathFlags) error {
	page, err := r.display.options(a)
	if err != nil {
		return err
	}
	if err := atLeast("all-paths", r.perRoot, 0); err != nil {
		return err
	}
	if err := atLeast("steps", r.steps, 0); err != nil {
		return err
	}
	target, name, err := targetAndPath(args[0], args[1])
	if err != nil {
		return err
	}
	if err := r.sizes.check(""); err != nil {
		return err
	}
	r.sizes.retained = r.sizes.retained || r.dominators
	g, info, err := a.graph(name, query.NeedOfPaths, r.sizes.options().Need())
	if err != nil {
		return err
	}
	options := query.RefPathOptions{Limit: r.display.limit, All: r.perRoot, Steps: r.steps}
	var result *query.RefPaths
	if r.sizes.wanted() {
		result, err = query.ReferencePathsSized(retain.Retain(g, &info, r.sizes.options()), target, options)
	} else {
		result, err = query.ReferencePaths(g, &info, target, options)
	}
	if err != nil {
		return targetError(name, err)
	}
	if !r.dominators {
		result.Dominators = nil
	}
	a.assess(name, &result.Source)
	return report.RefPaths(a.stdout, result, page)
}
