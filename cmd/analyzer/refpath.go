package main

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"memtrail/analysis"
	"memtrail/report"
)

func (a *app) refPathCommand() *cobra.Command {
	var (
		o          analysis.RefPathOptions
		verbose    bool
		dominators bool
		sizes      sizeFlags
	)
	cmd := &cobra.Command{
		Use:   "ref-path ID DUMP",
		Short: "Show why an item is still in memory: its paths from the roots",
		Long: `Show a shortest path to an item from each root that reaches it, as php-meminfo does, and
below that each path as a PHP expression. A step written ~> may not exist: the address
was used again while the dump was written.

The id is written as in the dump, in any case and padding; it may come behind the dump.`,
		Example: `  analyzer ref-path 0x7f29344c0758 dump.json
  analyzer ref-path 0x7f29344c0758 dump.json --all-paths 3`,
		Args: exactArgs("ID", "DUMP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.options(verbose)
			if err != nil {
				return err
			}
			if err := atLeast("limit", o.Limit, 0); err != nil {
				return err
			}
			if err := atLeast("all-paths", o.All, 0); err != nil {
				return err
			}
			id, path, err := idAndPath(args[0], args[1])
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
			var result *analysis.RefPaths
			if sizes.retained = sizes.retained || dominators; sizes.wanted() {
				result, err = analysis.Retain(g, &info, sizes.options()).ReferencePaths(id, o)
			} else {
				result, err = analysis.ReferencePaths(g, &info, id, o)
			}
			if err != nil {
				return &inputError{path, err}
			}
			if !dominators {
				result.Dominators = nil
			}
			a.assess(path, &result.Source)
			return report.RefPaths(a.stdout, result, p)
		},
	}
	f := cmd.Flags()
	f.IntVarP(&o.Limit, "limit", "l", 20, "number of paths, one a root; 0 for all")
	f.IntVar(&o.All, "all-paths", 0, "further paths a root, which share no reference with the ones before")
	f.BoolVarP(&verbose, "verbose", "v", false, "show each item on the way in a box")
	f.BoolVar(&dominators, "dominators", false, "list the items that all paths lead through: where to cut to free the item")
	sizes.add(cmd)
	return cmd
}

var (
	idForm   = regexp.MustCompile(`^0[xX][0-9a-fA-F]+$`)
	bareForm = regexp.MustCompile(`^[0-9a-fA-F]{6,16}$`)
)

// idAndPath tells which of two arguments is the id.
func idAndPath(x, y string) (id, path string, err error) {
	switch {
	case idForm.MatchString(x):
		return x, y, nil
	case idForm.MatchString(y):
		return y, x, nil
	case bareForm.MatchString(x) && !exists(x):
		return "0x" + x, y, nil
	case bareForm.MatchString(y) && !exists(y):
		return "0x" + y, x, nil
	case exists(x) && !exists(y):
		return y, x, nil
	case exists(y) || y == "-":
		return x, y, nil
	}
	return "", "", &usageError{fmt.Sprintf("neither %q nor %q is an id like 0x7f29344c0758, or a file; usage: analyzer ref-path ID DUMP", x, y)}
}
