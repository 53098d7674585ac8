package main

import (
	"errors"
	"memtrail/analysis/query"
	"memtrail/analysis/retain"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/report"

	"github.com/spf13/cobra"
)

func (a *app) queryCommand() *cobra.Command {
	var (
		filters []string
		limit   int
		full    bool
		sort    string
		sizes   sizeFlags
	)
	cmd := &cobra.Command{
		Use:   "query DUMP",
		Short: "Find items by their attributes",
		Long: `Find items by their attributes. All filters must match.

Attributes: id, type, size, class, object_handle, is_root, frame, symbol_name, children,
children_count, and whatever else the items of the dump have.
Operators:  =  !=  ~ (regular expression)  >  <  >=  <=
An item without the attribute matches no filter on it, != included.

Numbers may have a unit: 64KB, 1.5MB (1KB is 1,024 bytes, as in php.ini).
allocated and retained are bytes too, by a model of PHP's allocator; filtering by them, --sizes
allocated, --retained and --sort take a graph of the dump in memory.

children=ID finds who holds an item, children~REGEX looks at the keys.
Regular expressions are Go's: they take linear time and know no look-around and no
back-references, which PHP's PCRE does.`,
		Example: `  analyzer query dump.json -f class=App\\Entity\\User -l 5 -v
  analyzer query dump.json -f 'class~^App\\Entity' -f is_root=0
  analyzer query dump.json -f type=string -f 'size>1MB' --format json
  analyzer query dump.json -f children=0x7f29344585a0
  analyzer query dump.json -f 'retained>1MB' --sort retained`,
		Args: exactArgs("DUMP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := a.options()
			if err != nil {
				return err
			}
			if err := atLeast("limit", limit, 0); err != nil {
				return err
			}
			o.Full = full
			q := query.SearchOptions{Limit: limit, Children: a.verbose || o.Format == report.JSON}
			for _, text := range filters {
				f, err := query.ParseFilter(text)
				if err != nil {
					return err
				}
				q.Filters = append(q.Filters, f)
				needs, retained := f.NeedsSizes()
				sizes.retained = sizes.retained || retained
				if needs && sizes.sizes == "" {
					sizes.sizes = "allocated"
				}
			}
			if sort != "" {
				if err := oneOf("sort", sort, itemSorts); err != nil {
					return err
				}
			}
			if err := sizes.check(sort); err != nil {
				return err
			}
			var result *query.Query
			if sizes.wanted() || sort != "" {
				var r *retain.Retention
				if r, err = a.retention(args[0], &sizes); err == nil {
					result, err = query.SearchSized(r, q, query.ItemSort(sort))
				}
			} else {
				result, err = a.search(args[0], q, o.Format)
			}
			var wrong *query.FilterError
			if errors.As(err, &wrong) {
				return wrong
			}
			if err != nil {
				return err
			}
			a.assess(args[0], &result.Source)
			if err := report.Query(a.stdout, result, o); err != nil {
				return err
			}
			if result.Matched == 0 {
				a.note("no item matches")
			}
			if shown := uint64(len(result.Items)); shown < result.Matched && isTerminal(a.stderr) {
				a.note("%d of %d matching items shown; -l 0 shows all", shown, result.Matched)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&filters, "filter", "f", nil, "condition on an attribute, may be repeated")
	f.StringArrayVar(&filters, "filters", nil, "the same, as php-meminfo spells it")
	_ = f.MarkHidden("filters")
	f.StringVar(&sort, "sort", "", "order of the items: children, size, allocated or retained; else that of the dump")
	fixed(cmd, "sort", itemSorts)
	_ = cmd.RegisterFlagCompletionFunc("filter", completeFilter)
	sizes.add(cmd)
	f.IntVarP(&limit, "limit", "l", 10, "number of items, 0 for all")
	a.addDetails(cmd, "show all attributes and the children")
	addFull(cmd, &full)
	return cmd
}

// search runs a query. Only the table leaves out whether children are
// reliable and weak, which takes a graph to tell: php-meminfo's table has no
// place for it. Where the dump can be read twice, the graph is built only if
// the answer has children in doubt.
func (a *app) search(path string, q query.SearchOptions, f report.Format) (result *query.Query, err error) {
	judged := q.Children && f != report.Table
	doubt := false
	err = a.read(path, func(in *dump.Input) (err error) {
		if judged && !in.Again() {
			a.lean()
			var g *graph.Graph
			if result, g, err = query.SearchGraph(in, q); err == nil {
				result.Judge(g)
			}
			return err
		}
		result, err = query.Search(in, q)
		doubt = judged && err == nil && result.Doubtful()
		return err
	})
	if err != nil || !doubt {
		return result, err
	}
	g, _, err := a.graph(path)
	if err != nil {
		return nil, err
	}
	result.Judge(g)
	return result, nil
}
