package main

import (
	"fmt"
	"memtrail/analysis/query"
	"memtrail/dump"
	"memtrail/report"
	"slices"

	"github.com/spf13/cobra"
)

func (a *app) summaryCommand() *cobra.Command {
	var (
		sort, group string
		limit       int
		shapes      bool
		sizes       sizeFlags
	)
	cmd := &cobra.Command{
		Use:   "summary DUMP",
		Short: "Count the items of a dump by type",
		Long: `Count the items of a dump and add up their sizes, as the dump reports them.

--group class      by class, other types by their name (default; what php-meminfo prints)
--group type       by type only
--group namespace  by the namespace of the class
--group frame      by the frame or static that reaches the item first; with --retained,
                   by variable: what each of them, and each static, keeps alive alone

--sizes allocated  adds what PHP's allocator spent, by a model of it
--retained         adds what would be freed if the items went

Both take a graph of the dump in memory; without them the memory does not grow with the dump.`,
		Example: `  analyzer summary dump.json
  analyzer summary dump.json --group frame --sort size
  analyzer summary dump.json --shapes --limit 20
  analyzer summary dump.json --group frame --retained
  zstdcat dump.json.zst | analyzer summary - --format json`,
		Args: exactArgs("DUMP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := a.options()
			if err != nil {
				return err
			}
			if err := oneOf("sort", sort, sorts); err != nil {
				return err
			}
			if err := sizes.check(sort); err != nil {
				return err
			}
			if sizes.retained && !cmd.Flags().Changed("sort") {
				sort = string(query.SortRetained)
			}
			if err := oneOf("group", group, groupings); err != nil {
				return err
			}
			if err := atLeast("limit", limit, 0); err != nil {
				return err
			}
			by := query.Grouping(group)
			if shapes && by != query.ByClass {
				return &usageError{fmt.Sprintf("--shapes tells apart what --group %s puts together: it goes with --group class only", group)}
			}
			if by == query.ByFrame && sizes.allocated() && !sizes.retained {
				return &usageError{"--group frame has allocated sizes with --retained only"}
			}
			options := query.SummaryOptions{By: by, Sort: query.SummarySort(sort), Limit: limit, Shapes: shapes}
			var s *query.Summary
			if sizes.wanted() {
				r, err := a.retention(args[0], &sizes)
				if err != nil {
					return err
				}
				if by == query.ByFrame {
					s = query.SummarizeVariables(r, options.Sort, limit)
				} else {
					s = query.SummarizeSized(r, options)
				}
			} else if by == query.ByFrame {
				g, info, err := a.graph(args[0])
				if err != nil {
					return err
				}
				s = query.SummarizeFrames(g, &info, options.Sort, limit)
			} else {
				err := a.read(args[0], func(in *dump.Input) (err error) {
					s, err = query.Summarize(in, options)
					return err
				})
				if err != nil {
					return err
				}
			}
			a.assess(args[0], &s.Source)
			return report.Summary(a.stdout, s, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&sort, "sort", "count", "order of the rows: count, size, name, allocated or retained")
	f.StringVar(&group, "group", "class", "what a row stands for: class, type, namespace or frame")
	f.IntVarP(&limit, "limit", "l", 0, "number of rows, 0 for all")
	sizes.add(cmd)
	f.BoolVar(&shapes, "shapes", false, "split arrays and stdClass objects by their keys")
	fixed(cmd, "sort", sorts)
	fixed(cmd, "group", groupings)
	return cmd
}

var (
	sorts     = []string{"count", "size", "name", "allocated", "retained"}
	groupings = []string{"class", "type", "namespace", "frame"}
)

// oneOf checks a flag that takes one of a few words.
func oneOf(flag, value string, words []string) error {
	if !slices.Contains(words, value) {
		return &usageError{fmt.Sprintf("--%s takes %s, not %q", flag, list(words), value)}
	}
	return nil
}
