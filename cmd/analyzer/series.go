package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"memtrail/analysis/growth"
)

// seriesHelp is what commands that take a series say about their arguments.
const seriesHelp = `Each DUMP is a file; a directory, of which all *.json, *.json.gz and *.json.zst
are taken, but none of its directories; a pattern, quoted, with * ? and [a-z];
or - for a list of such names on standard input, one a line. Arguments keep
their order, which must be that in which the dumps were taken. The files of a
directory, a pattern or a list are taken in natural order: mem-9 before mem-10.`

// seriesArgs is exactArgs for one or more dumps.
func seriesArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return &usageError{fmt.Sprintf("%s needs dumps: files, a directory, a pattern, or - for a list of names on standard input; usage: %s", cmd.Name(), cmd.UseLine())}
	}
	return nil
}

// series reads the dumps that arguments name. It returns the names, too, in the
// dumps' order. notDumps are files of the command itself.
func (a *app) series(args []string, s *sizeFlags, notDumps ...string) (*growth.Series, []string, error) {
	files, err := a.dumps(args, notDumps)
	if err != nil {
		return nil, nil, err
	}
	series, err := a.readSeries(files, s)
	return series, files, err
}

// readSeries reads dumps one after another, so that no two graphs are needed at
// once.
func (a *app) readSeries(files []string, s *sizeFlags) (*growth.Series, error) {
	series := growth.NewSeries(growth.SeriesOptions{PHP: s.version, Reported: s.reported()})
	for _, name := range files {
		series.Forget()
		g, info, err := a.graph(name, growth.Need)
		if err != nil {
			return nil, err
		}
		series.Add(name, g, &info)
	}
	return series, nil
}

// assessSeries is assess for each dump of a series.
func (a *app) assessSeries(g *growth.Growth) {
	for i := range g.Snapshots {
		s := &g.Snapshots[i]
		a.assess(s.Name, &s.Source)
	}
	if g.Verdict == growth.Inconclusive {
		a.incomplete = true
	}
}
