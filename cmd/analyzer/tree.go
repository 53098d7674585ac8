package main

import (
	"strings"

	"github.com/spf13/cobra"

	"memtrail/analysis/tree"
	"memtrail/report"
)

const (
	treeDepth = 12
	treeNodes = 40 // of a table: about a screen
)

// treeFlags are the flags of tree. The limit is of the lines below each line.
type treeFlags struct {
	display  displayFlags
	sizes    sizeFlags
	from     string
	depth    int
	nodes    int
	minShare string
}

func (a *app) treeCommand() *cobra.Command {
	var t treeFlags
	cmd := &cobra.Command{
		Use:   "tree DUMP",
		Short: "Show who keeps the memory alive, from variables and statics down",
		Long: `Show who keeps the memory alive: below each variable and each static what would
be freed with it, largest first, and so on (the dominator tree). Items of one
class that are held in the same way are one line, [×1,000]; -> and [ ] are
properties and keys, * is any key, ->next… a chain, and … in front says that
others stand between.

Share is the share of all memory that items and PHP's own tables account for.
What several variables hold is not below any of them, but below (shared).`,
		Example: `  analyzer tree dump.json
  analyzer tree dump.json --from '$app->cache' --depth 3
  analyzer tree dump.json --min-share 0.1% --format json`,
		Args: exactArgs("DUMP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.tree(cmd, args[0], &t)
		},
	}
	cmd.SetFlagErrorFunc(targetFlagError)
	t.display.addLimit(cmd, 10, "lines below each line")
	f := cmd.Flags()
	f.StringVar(&t.from, "from", "", "start from this item: an id, or an expression such as '$app->cache'")
	f.IntVar(&t.depth, "depth", treeDepth, "levels to show; 0 for as many as there are, up to 100")
	f.StringVar(&t.minShare, "min-share", "", "leave out what has a smaller share, in percent (default: a hundredth of what is shown in all)")
	f.IntVar(&t.nodes, "nodes", treeNodes, "lines in all, those that retain most; 0 for all, as with --depth, --min-share, JSON and CSV")
	t.sizes.addRetained(cmd)
	return cmd
}

func (a *app) tree(cmd *cobra.Command, name string, t *treeFlags) error {
	page, err := t.display.options(a)
	if err != nil {
		return err
	}
	options, err := t.options(cmd, page.Format)
	if err != nil {
		return err
	}
	if err := t.sizes.check(""); err != nil {
		return err
	}
	r, err := a.retention(name, &t.sizes, tree.Need)
	if err != nil {
		return err
	}
	result, err := tree.Build(r, options)
	if err != nil {
		return targetError(name, err)
	}
	a.assess(name, &result.Source)
	return report.Tree(a.stdout, result, page)
}

// options checks the flags. Who says what is to be shown, or reads it by
// program, gets all of it unless --nodes says how much.
func (t *treeFlags) options(cmd *cobra.Command, format report.Format) (o tree.Options, err error) {
	for _, err := range []error{atLeast("depth", t.depth, 0), atLeast("nodes", t.nodes, 0)} {
		if err != nil {
			return o, err
		}
	}
	o = tree.Options{From: t.from, Depth: t.depth, Children: t.display.limit, Nodes: t.nodes}
	if o.MinShare, err = leastShare(t.minShare); err != nil {
		return o, err
	}
	given := cmd.Flags().Changed
	if given("from") {
		if err := checkTarget(t.from); err != nil {
			return o, err
		}
	}
	all := given("depth") || given("min-share") || format == report.JSON || format == report.CSV
	if all && !given("nodes") {
		o.Nodes = 0
	}
	return o, nil
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
