package main

import (
	"github.com/spf13/cobra"

	"memtrail/analysis/query"
	"memtrail/dump"
	"memtrail/report"
)

// topChildrenFlags are the flags of top-children.
type topChildrenFlags struct {
	display displayFlags
	sizes   sizeFlags
	paths   bool
	sort    string
}

func (a *app) topChildrenCommand() *cobra.Command {
	var t topChildrenFlags
	cmd := &cobra.Command{
		Use:   "top-children DUMP",
		Short: "List the arrays and objects with the most children",
		Long: `List the arrays and objects with the most children, as php-meminfo does.

--paths, --sizes, --retained and --sort take a graph of the dump in memory;
without them the memory does not grow with the dump.`,
		Example: `  analyzer top-children dump.json
  analyzer top-children dump.json -l 5 --paths
  analyzer top-children dump.json -l 5 --retained --sort retained`,
		Args: exactArgs("DUMP"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.topChildren(args[0], &t)
		},
	}
	t.display.addLimit(cmd, 25, "rows")
	f := cmd.Flags()
	f.StringVar(&t.sort, "sort", "children", "order of the rows: children, size, allocated or retained")
	completeWords(cmd, "sort", itemSorts)
	f.BoolVar(&t.paths, "paths", false, "add the type, the class and a shortest path from a root")
	t.sizes.add(cmd)
	return cmd
}

func (a *app) topChildren(name string, t *topChildrenFlags) error {
	page, err := t.display.options(a)
	if err != nil {
		return err
	}
	if err := oneOf("sort", t.sort, itemSorts); err != nil {
		return err
	}
	if err := t.sizes.check(t.sort); err != nil {
		return err
	}
	result, err := a.widest(name, t, page.Format)
	if err != nil {
		return err
	}
	a.assess(name, &result.Source)
	return report.TopChildren(a.stdout, result, page)
}

// widest finds the items with the most children, in as little memory as the
// flags allow. JSON has fields for type, class and path whatever is asked for.
func (a *app) widest(name string, t *topChildrenFlags, format report.Format) (result *query.TopChildren, err error) {
	limit := t.display.limit
	switch {
	case t.sizes.wanted() || t.sort != "children":
		r, err := a.retention(name, &t.sizes)
		if err != nil {
			return nil, err
		}
		return query.WidestSized(r, query.ItemSort(t.sort), limit), nil
	case t.paths || format == report.JSON:
		g, info, err := a.graph(name)
		if err != nil {
			return nil, err
		}
		return query.WidestNodes(g, &info, limit), nil
	}
	err = a.read(name, func(in *dump.Input) (err error) {
		result, err = query.WidestContainers(in, limit, 0)
		return err
	})
	return result, err
}
