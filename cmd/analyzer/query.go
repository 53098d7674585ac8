package main

import (
	"errors"

	"github.com/spf13/cobra"

	"memtrail/analysis/query"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/report"
)

// queryFlags are the flags of query.
type queryFlags struct {
	display displayFlags
	sizes   sizeFlags
	filters []string
	sort    string // "" for the order of the dump
}

func (a *app) queryCommand() *cobra.Command {
	var q queryFlags
	cmd := &cobra.Command{
		Use:   "query DUMP",
		Short: "Find items by their attributes",
		Long: `Find items by their attributes. All filters must match.

Attributes: id, type, size, class, object_handle, is_root, frame, symbol_name,
children, children_count, and whatever else the items of the dump have.
Operators:  =  !=  ~ (regular expression)  >  <  >=  <=
An item without the attribute matches no filter on it, != included.

Numbers may have a unit: 64KB, 1.5MB (1KB is 1,024 bytes, as in php.ini).
allocated and retained are bytes too, by a model of PHP's allocator; filtering
by them, --sizes allocated, --retained and --sort take a graph of the dump in
memory.

children=ID finds who holds an item, children~REGEX looks at the keys. Regular
expressions are Go's: they take linear time and have no look-around and no
back-references, which PHP's PCRE has.`,
		Example: `  analyzer query dump.json -f class=App\\Entity\\User -l 5 -v
  analyzer query dump.json -f 'class~^App\\Entity' -f is_root=0
  analyzer query dump.json -f type=string -f 'size>1MB' --format json
  analyzer query dump.json -f children=0x7f29344585a0
  analyzer query dump.json -f 'retained>1MB' --sort retained`,
		Args: exactArgs("DUMP"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.query(args[0], &q)
		},
	}
	q.display.addLimit(cmd, 10, "items")
	f := cmd.Flags()
	f.StringArrayVarP(&q.filters, "filter", "f", nil, "condition on an attribute, may be repeated")
	f.StringArrayVar(&q.filters, "filters", nil, "the same, as php-meminfo spells it")
	_ = f.MarkHidden("filters")
	f.StringVar(&q.sort, "sort", "", "order of the items: children, size, allocated or retained (default: that of the dump)")
	completeWords(cmd, "sort", itemSorts)
	a.addDetails(cmd, "show all attributes and the children")
	q.display.addFull(cmd)
	q.sizes.add(cmd)
	return cmd
}

func (a *app) query(name string, q *queryFlags) error {
	page, err := q.display.options(a)
	if err != nil {
		return err
	}
	options, err := q.options()
	if err != nil {
		return err
	}
	options.Children = a.verbose || page.Format == report.JSON
	result, err := a.search(name, q, options, page.Format)
	if wrong, ok := errors.AsType[*query.FilterError](err); ok {
		return wrong
	}
	if err != nil {
		return err
	}
	a.assess(name, &result.Source)
	if err := report.Query(a.stdout, result, page); err != nil {
		return err
	}
	if result.Matched == 0 {
		a.note("no item matches")
	}
	if shown := uint64(len(result.Items)); shown < result.Matched && isTerminal(a.stderr) {
		a.note("%d of %d matching items shown; -l 0 shows all", shown, result.Matched)
	}
	return nil
}

// options checks the flags. Filters and orders by sizes imply them.
func (q *queryFlags) options() (o query.SearchOptions, err error) {
	o.Limit = q.display.limit
	for _, text := range q.filters {
		f, err := query.ParseFilter(text)
		if err != nil {
			return o, err
		}
		o.Filters = append(o.Filters, f)
		sized, retained := f.NeedsSizes()
		q.sizes.retained = q.sizes.retained || retained
		if sized && q.sizes.basis == "" {
			q.sizes.basis = "allocated"
		}
	}
	if q.sort != "" {
		if err := oneOf("sort", q.sort, itemSorts); err != nil {
			return o, err
		}
	}
	return o, q.sizes.check(q.sort)
}

// search runs a query, in as little memory as it allows.
func (a *app) search(name string, q *queryFlags, o query.SearchOptions, format report.Format) (*query.Query, error) {
	if q.sizes.wanted() || q.sort != "" {
		r, err := a.retention(name, &q.sizes)
		if err != nil {
			return nil, err
		}
		return query.SearchSized(r, o, query.ItemSort(q.sort))
	}
	if !o.Children || format == report.Table {
		return a.searchStream(name, o)
	}
	return a.searchJudged(name, o)
}

// searchStream runs a query in one pass.
func (a *app) searchStream(name string, o query.SearchOptions) (result *query.Query, err error) {
	err = a.read(name, func(in *dump.Input) (err error) {
		result, err = query.Search(in, o)
		return err
	})
	return result, err
}

// searchJudged also tells whether children are reliable and weak, which takes a
// graph: php-meminfo's table alone has no place for it. Where the dump can be
// read twice, the graph is built only if the answer has children in doubt.
func (a *app) searchJudged(name string, o query.SearchOptions) (result *query.Query, err error) {
	doubtful := false
	err = a.read(name, func(in *dump.Input) (err error) {
		if in.Again() {
			result, err = query.Search(in, o)
			doubtful = err == nil && result.Doubtful()
			return err
		}
		a.collectOften()
		o.Budget = a.budget()
		var g *graph.Graph
		if result, g, err = query.SearchGraph(in, o); err == nil {
			result.Judge(g)
		}
		return err
	})
	if err != nil || !doubtful {
		return result, err
	}
	g, _, err := a.graph(name)
	if err != nil {
		return nil, err
	}
	result.Judge(g)
	return result, nil
}
