package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"memtrail/analysis/query"
	"memtrail/dump"
	"memtrail/report"
)

var (
	summarySorts = []string{"count", "size", "name", "allocated", "retained"}
	groupings    = []string{"class", "type", "namespace", "frame"}
)

// summaryFlags are the flags of summary.
type summaryFlags struct {
	display displayFlags
	sizes   sizeFlags
	sort    string
	group   string
	shapes  bool
}

func (a *app) summaryCommand() *cobra.Command {
	var s summaryFlags
	cmd := &cobra.Command{
		Use:   "summary DUMP",
		Short: "Count the items of a dump by type",
		Long: `Count the items of a dump and add up their sizes, as the dump reports them.

--group class      by class, other types by their name; what php-meminfo prints
--group type       by type only
--group namespace  by the namespace of the class
--group frame      by the frame or static that reaches the item first; with
                   --retained, by variable and static: what each keeps alive
                   alone

--sizes allocated  adds what PHP's allocator spent, by a model of it
--retained         adds what would be freed if the items went

--sizes and --retained take a graph of the dump in memory; without them the
memory does not grow with the dump.`,
		Example: `  analyzer summary dump.json
  analyzer summary dump.json --group frame --sort size
  analyzer summary dump.json --shapes --limit 20
  analyzer summary dump.json --group frame --retained
  zstdcat dump.json.zst | analyzer summary - --format json`,
		Args: exactArgs("DUMP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.summary(cmd, args[0], &s)
		},
	}
	s.display.addLimit(cmd, 0, "rows")
	f := cmd.Flags()
	f.StringVar(&s.sort, "sort", "count", "order of the rows: count, size, name, allocated or retained")
	completeWords(cmd, "sort", summarySorts)
	f.StringVar(&s.group, "group", "class", "what a row stands for: class, type, namespace or frame")
	completeWords(cmd, "group", groupings)
	f.BoolVar(&s.shapes, "shapes", false, "split arrays and stdClass objects by their keys")
	s.sizes.add(cmd)
	return cmd
}

func (a *app) summary(cmd *cobra.Command, name string, s *summaryFlags) error {
	page, err := s.display.options(a)
	if err != nil {
		return err
	}
	options, err := s.options(cmd)
	if err != nil {
		return err
	}
	result, err := a.summarize(name, &s.sizes, options)
	if err != nil {
		return err
	}
	a.assess(name, &result.Source)
	return report.Summary(a.stdout, result, page)
}

// options checks the flags.
func (s *summaryFlags) options(cmd *cobra.Command) (o query.SummaryOptions, err error) {
	if err := oneOf("sort", s.sort, summarySorts); err != nil {
		return o, err
	}
	if err := s.sizes.check(s.sort); err != nil {
		return o, err
	}
	if err := oneOf("group", s.group, groupings); err != nil {
		return o, err
	}
	o = query.SummaryOptions{By: query.Grouping(s.group), Sort: query.SummarySort(s.sort), Limit: s.display.limit, Shapes: s.shapes}
	if s.sizes.retained && !cmd.Flags().Changed("sort") {
		o.Sort = query.SortRetained
	}
	switch {
	case s.shapes && o.By != query.ByClass:
		return o, &usageError{fmt.Sprintf("--shapes tells apart what --group %s puts together: it goes with --group class only", s.group)}
	case o.By == query.ByFrame && s.sizes.allocated() && !s.sizes.retained:
		return o, &usageError{"--group frame has allocated sizes with --retained only: add --retained"}
	}
	return o, nil
}

// summarize summarizes a dump, in as little memory as the options allow.
func (a *app) summarize(name string, sizes *sizeFlags, o query.SummaryOptions) (result *query.Summary, err error) {
	switch {
	case sizes.wanted():
		r, err := a.retention(name, sizes)
		if err != nil {
			return nil, err
		}
		if o.By == query.ByFrame {
			return query.SummarizeVariables(r, o.Sort, o.Limit), nil
		}
		return query.SummarizeSized(r, o), nil
	case o.By == query.ByFrame:
		g, info, err := a.graph(name)
		if err != nil {
			return nil, err
		}
		return query.SummarizeFrames(g, &info, o.Sort, o.Limit), nil
	}
	err = a.read(name, func(in *dump.Input) (err error) {
		result, err = query.Summarize(in, o)
		return err
	})
	return result, err
}
