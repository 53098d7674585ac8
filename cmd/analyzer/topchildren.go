package main

import (
	"memtrail/analysis/query"
	"memtrail/dump"
	"memtrail/report"
	"strings"

	"github.com/spf13/cobra"
)

func (a *app) topChildrenCommand() *cobra.Command {
	var (
		limit int
		paths bool
		sort  string
		sizes sizeFlags
	)
	cmd := &cobra.Command{
		Use:   "top-children DUMP",
		Short: "List the arrays and objects with the most children",
		Example: `  analyzer top-children dump.json
  analyzer top-children dump.json -l 5 --paths
  analyzer top-children dump.json -l 5 --retained --sort retained`,
		Args: exactArgs("DUMP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := a.options()
			if err != nil {
				return err
			}
			if err := atLeast("limit", limit, 0); err != nil {
				return err
			}
			if err := oneOf("sort", sort, itemSorts); err != nil {
				return err
			}
			if err := sizes.check(sort); err != nil {
				return err
			}
			var t *query.TopChildren
			if sizes.wanted() || sort != "children" {
				r, err := a.retention(args[0], &sizes)
				if err != nil {
					return err
				}
				t = query.WidestSized(r, query.ItemSort(sort), limit)
				a.assess(args[0], &t.Source)
				return report.TopChildren(a.stdout, t, o)
			}
			// JSON has fields for type, class and path whatever is asked for.
			if paths || o.Format == report.JSON {
				g, info, err := a.graph(args[0])
				if err != nil {
					return err
				}
				t = query.WidestNodes(g, &info, limit)
			} else {
				err := a.read(args[0], func(in *dump.Input) (err error) {
					t, err = query.WidestContainers(in, limit, 0)
					return err
				})
				if err != nil {
					return err
				}
			}
			a.assess(args[0], &t.Source)
			return report.TopChildren(a.stdout, t, o)
		},
	}
	cmd.Flags().IntVarP(&limit, "limit", "l", 25, "number of rows, 0 for all")
	cmd.Flags().StringVar(&sort, "sort", "children", "order of the rows: children, size, allocated or retained")
	fixed(cmd, "sort", itemSorts)
	sizes.add(cmd)
	cmd.Flags().BoolVar(&paths, "paths", false, "add the type, the class and a shortest path from a root")
	return cmd
}

// list writes words as an enumeration.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
