package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"memtrail/analysis/inventory"
	"memtrail/analysis/query"
	"memtrail/analysis/tree"
	"memtrail/profile"
	"memtrail/report/export/dot"
	"memtrail/report/export/heapsnapshot"
	"memtrail/report/export/pprof"
	"memtrail/report/export/rows"
	"memtrail/zend"
)

// What exports are written for.
const (
	toPprof        = "pprof"
	toHeapSnapshot = "heapsnapshot"
	toParquet      = string(rows.Parquet)
	toNDJSON       = string(rows.NDJSON)
	toCSV          = string(rows.CSV)
	toDot          = "dot"
)

func exportFormats() []string {
	return []string{toPprof, toHeapSnapshot, toParquet, toNDJSON, toCSV, toDot}
}

// exportEndings are how the names of files end that the formats are written to, the
// first of those that are made up here.
var exportEndings = map[string][]string{
	toPprof:        {".pb.gz", ".pprof", ".prof"},
	toHeapSnapshot: {".heapsnapshot"},
	toParquet:      {".parquet"},
	toNDJSON:       {".ndjson", ".jsonl"},
	toCSV:          {".csv"},
	toDot:          {".dot", ".gv"},
}

// What of the tree an export has: what keeps a ten-thousandth alive.
const (
	exportShare = 0.0001
	exportNodes = 20000
)

// exportFlags are the flags of export.
type exportFlags struct {
	to    string
	table string
	item  string
	from  string
	php   string

	redact  bool
	version zend.Version
}

func (a *app) exportCommand() *cobra.Command {
	var e exportFlags
	cmd := &cobra.Command{
		Use:   "export DUMP…",
		Short: "Write dumps for other tools: pprof, Chrome, DuckDB, Graphviz",
		Long: `Write dumps in the formats of other tools:

  pprof         a profile of who keeps the memory alive, for go tool pprof,
                speedscope, Pyroscope and Parca; its total is memory_usage
  heapsnapshot  for the Memory panel of Chrome's developer tools, where two
                dumps of one process can be compared
  parquet       the tables dumps, items, edges, places and types, for DuckDB,
                ClickHouse, Spark and others: a directory with a file each, or
                one file with --table
  ndjson, csv   one of these tables, items without --table
  dot           a drawing for Graphviz of at most 60 nodes: who keeps the
                memory alive, all or --from an item, or the paths to an --item

Without --to the ending of the file tells: .pb.gz, .heapsnapshot, .parquet,
.ndjson, .csv, .dot.

A profile of memprof can be written to pprof, too: stacks are call paths then.

--redact-keys hides the keys of arrays, which may be names of people.

Of several dumps tables have the rows of all, each with the name of its dump in
the column dump. pprof, heapsnapshot and dot are a file for each: then -o is a
directory.

` + seriesHelp,
		Example: `  analyzer export dump.json --to pprof -o heap.pb.gz
  analyzer export dump.json -o dump.heapsnapshot
  analyzer export dumps/ --to parquet -o tables/
  analyzer export dump.json --to csv --table types
  analyzer export dump.json --to dot --item '$app->cache' | dot -Tsvg -o cache.svg`,
		Args: seriesArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.export(cmd, args, &e)
		},
	}
	f := cmd.Flags()
	f.StringVar(&e.to, "to", "", "format: "+enumerate(exportFormats()))
	f.StringVarP(&a.output, "output", "o", "", "write to this `FILE`, complete or not at all, or into this directory; - for standard output")
	f.StringVar(&e.table, "table", "", "table of parquet, ndjson and csv: "+enumerate(texts(rows.Tables())))
	f.StringVar(&e.item, "item", "", "dot: draw the paths to this item: an id, or an expression such as '$app->cache'")
	f.StringVar(&e.from, "from", "", "dot: draw what this item keeps alive")
	f.BoolVar(&e.redact, "redact-keys", false, "hide the keys of arrays")
	addPHP(cmd, &e.php)
	completeWords(cmd, "to", exportFormats())
	completeWords(cmd, "table", texts(rows.Tables()))
	cmd.SetFlagErrorFunc(targetFlagError)
	cmd.ValidArgsFunction = completeDumps(0)
	return cmd
}

func (a *app) export(cmd *cobra.Command, args []string, e *exportFlags) error {
	if err := e.check(cmd, a.output); err != nil {
		return err
	}
	files, err := a.dumps(args, nil)
	if err != nil {
		return err
	}
	out, err := a.exportTo(e, files)
	if err != nil {
		return err
	}
	if err := a.exportAll(files, e, out); err != nil {
		out.discard()
		return err
	}
	return out.commit()
}

// exportAll reads one dump after the other: no two graphs are needed at once.
func (a *app) exportAll(files []string, e *exportFlags, out *exportOutput) error {
	names := dumpNames(files)
	for i, file := range files {
		if isProfile(file) {
			if err := a.exportProfile(file, names[i], e, out.file(i)); err != nil {
				return err
			}
			continue
		}
		g, info, err := a.graph(file, inventory.Need)
		if err != nil {
			return err
		}
		v := inventory.Of(g, &info, e.version)
		v.Name, v.Seq, v.Time, v.HidesKeys = names[i], i+1, timeOf(file), e.redact
		a.assess(file, &v.Source)
		if err := out.add(i, v); err != nil {
			return targetError(file, err)
		}
	}
	return nil
}

// exportProfile writes a profile of memprof.
func (a *app) exportProfile(file, name string, e *exportFlags, w io.Writer) error {
	if e.to != toPprof {
		return &usageError{fmt.Sprintf("%s is a profile of memprof, which has no items: it can be exported --to pprof alone", file)}
	}
	p, err := a.profile(file, profile.Need{})
	if err != nil {
		return err
	}
	if err := a.room(pprof.CallsNeed(p)); err != nil {
		return &inputError{file, err}
	}
	return pprof.WriteCalls(w, name, timeOf(file), p)
}

// check reads the flags. The format may be told by the file's ending.
func (e *exportFlags) check(cmd *cobra.Command, output string) error {
	if e.to == "" {
		e.to = formatOf(output)
	}
	if e.to == "" {
		return &usageError{fmt.Sprintf("export needs --to %s", enumerate(exportFormats()))}
	}
	if err := oneOf("to", e.to, exportFormats()); err != nil {
		return err
	}
	given := cmd.Flags().Changed
	switch {
	case given("table") && !e.isTable():
		return &usageError{fmt.Sprintf("--table goes with --to %s, not %s", enumerate([]string{toParquet, toNDJSON, toCSV}), e.to)}
	case (given("item") || given("from")) && e.to != toDot:
		return &usageError{fmt.Sprintf("--item and --from go with --to dot, not %s", e.to)}
	case given("item") && given("from"):
		return &usageError{"--item draws the paths to an item, --from what it keeps alive: give one of them"}
	case given("table"):
		if err := oneOf("table", e.table, texts(rows.Tables())); err != nil {
			return err
		}
	}
	for _, target := range []string{e.item, e.from} {
		if err := checkTarget(target); target != "" && err != nil {
			return err
		}
	}
	if e.table == "" && (e.to == toNDJSON || e.to == toCSV) {
		e.table = string(rows.Items)
	}
	var err error
	e.version, err = parsePHP(e.php)
	return err
}

// isTable reports whether the format is one of tables.
func (e *exportFlags) isTable() bool { return e.to == toParquet || e.to == toNDJSON || e.to == toCSV }

// isText reports whether the format is for people, too.
func (e *exportFlags) isText() bool { return e.to == toNDJSON || e.to == toCSV || e.to == toDot }

// formatOf is the format that a file's ending tells; "" for none.
func formatOf(file string) string {
	for format, endings := range exportEndings {
		for _, end := range endings {
			if strings.HasSuffix(strings.ToLower(file), end) {
				return format
			}
		}
	}
	return ""
}

// writeDump writes a dump in a format that is a file for each.
func (e *exportFlags) writeDump(w io.Writer, v *inventory.Inventory) error {
	switch e.to {
	case toPprof:
		return pprof.Write(w, v, exportTree(v))
	case toHeapSnapshot:
		return heapsnapshot.Write(w, v)
	}
	return e.draw(w, v)
}

func exportTree(v *inventory.Inventory) *tree.Tree {
	return v.Tree(inventory.Options{MinShare: exportShare, Nodes: exportNodes})
}

// draw writes a drawing of a dump.
func (e *exportFlags) draw(w io.Writer, v *inventory.Inventory) error {
	if e.item != "" {
		paths, err := query.ReferencePathsSized(v.Retention, e.item, query.RefPathOptions{Limit: dot.MaxNodes, Steps: dot.MaxSteps})
		if err != nil {
			return err
		}
		if e.redact {
			paths.HideKeys()
		}
		return dot.RefPaths(w, paths)
	}
	t, err := tree.Build(v.Retention, tree.Options{From: e.from, MinShare: -1, Nodes: dot.MaxNodes - 1, Children: 10})
	if err != nil {
		return err
	}
	if e.redact {
		t.HideKeys()
	}
	return dot.Tree(w, t)
}
