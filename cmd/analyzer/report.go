package main

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/analysis/overview"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/report/page"
)

// What of the tree a page has: what keeps a ten-thousandth alive, in so many
// blocks that a browser finds any at once.
const (
	pageShare = 0.0001
	pageNodes = 20000
)

const (
	htmlFormat     = "html"
	markdownFormat = "markdown"
)

func pageFormats() []string { return []string{htmlFormat, markdownFormat} }

// reportFlags are the flags of report.
type reportFlags struct {
	limits    limitFlags
	config    string
	php       string
	threshold string
	profile   string
	redact    bool
}

func (a *app) reportCommand() *cobra.Command {
	var r reportFlags
	cmd := &cobra.Command{
		Use:   "report DUMP…",
		Short: "Write one HTML page: what leaks, what grows, who holds the memory",
		Long: `Write one HTML page to look at, to attach to a ticket and to click through: the
verdict, where the memory went, suspects, a map of who holds what, types, the
heap and how sure all this is. The file needs no network and runs from disk; it
can be read without JavaScript, which adds the map, search and sorting.

Of several dumps of one process the page shows what grows, with curves, what
gate says, what changed from the first to the last, and the last in full. The
page of a recording's directory has its curve of memory over time.

` + seriesHelp + `

--redact-keys hides the keys of arrays, which may be names of people. Paths of
this machine are not in the page; names of classes, properties and variables of
the program are.`,
		Example: `  analyzer report dump.json -o report.html
  analyzer report dumps/ -o report.html --redact-keys
  analyzer report dump.json --format markdown`,
		Args: seriesArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.report(cmd, args, &r)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&r.redact, "redact-keys", false, "hide the keys of arrays")
	f.StringVar(&r.threshold, "threshold", "10%", "share of the explained memory that makes a suspect, in percent")
	r.limits.add(cmd)
	f.StringVar(&r.config, "config", "", configHelp)
	addProfile(cmd, &r.profile)
	addPHP(cmd, &r.php)
	cmd.ValidArgsFunction = completeDumps(0)
	return cmd
}

func (a *app) report(cmd *cobra.Command, args []string, r *reportFlags) error {
	format := htmlFormat // all commands share the flag's variable, and the other default
	if cmd.Flags().Changed("format") {
		format = a.format
	}
	if err := oneOf("format", format, pageFormats()); err != nil {
		return err
	}
	if format == htmlFormat && isTerminal(a.stdout) {
		return &usageError{"a page is not for a terminal: give a file, -o report.html, or --format markdown"}
	}
	options := overview.Options{MinShare: pageShare, Nodes: pageNodes}
	var err error
	if options.PHP, err = parsePHP(r.php); err != nil {
		return err
	}
	if options.Threshold, err = suspectShare(r.threshold); err != nil {
		return err
	}
	c, err := a.config(r.config)
	if err != nil {
		return err
	}
	if err := r.limits.apply(a, cmd, c); err != nil {
		return err
	}
	files, err := a.dumps(args, []string{cmp.Or(c.baseline, baselineFile)})
	if err != nil {
		return err
	}
	options.ProfileName = page.BaseName(r.profile)
	if options.Profile, err = a.profileIfGiven(r.profile); err != nil {
		return err
	}
	last := files[len(files)-1]
	p := &page.Page{Name: page.BaseName(last), First: page.BaseName(files[0]), Redact: r.redact, Version: readBuildInfo().version}
	series, g, info, err := a.readLast(files, options, p)
	if err != nil {
		return err
	}
	p.Recording = a.recordingOfDumps(files)
	if p.Overview, err = overview.Of(g, info, options); err != nil {
		return targetError(last, err)
	}
	if len(files) > 1 {
		if err := a.judge(p, series, c, options); err != nil {
			return err
		}
		a.assessSeries(p.Growth)
	} else {
		a.assess(last, &p.Overview.Leaks.Source)
	}
	a.assessProfile(p.Overview.Leaks.Profile)
	if format == markdownFormat {
		return page.Markdown(a.stdout, p)
	}
	return page.HTML(a.stdout, p)
}

// judge finds what grows over a series, as growth does, and judges it as gate does
// without flags.
func (a *app) judge(p *page.Page, series *growth.Series, c *config, o overview.Options) error {
	name := cmp.Or(c.baseline, baselineFile)
	if err := a.reads(name); err != nil {
		return err
	}
	known, err := readBaselineIfThere(name)
	if err != nil {
		return err
	}
	limits := c.limits
	for _, name := range c.allow {
		rules, err := shippedRules(name)
		if err != nil {
			return err
		}
		limits.Rules = append(slices.Clip(limits.Rules), rules...)
	}
	shown := c.limits.Options(c.memoryLimit)
	shown.Profile, shown.ProfileName = o.Profile, o.ProfileName
	p.Growth = series.Growth(shown)
	judged := p.Growth
	if o := limits.Options(c.memoryLimit); o != c.limits.Options(c.memoryLimit) {
		judged = series.Growth(o)
	}
	p.Gate = gate.Judge(judged, limits, known, gate.JudgeOptions{Today: time.Now().Format(time.DateOnly)})
	c.limits.Apply(p.Growth)
	return nil
}

// readLast reads dumps one after another, and keeps the graph of the last. A
// single one is no series; of the first of several the page has the tree.
func (a *app) readLast(files []string, o overview.Options, p *page.Page) (*growth.Series, *graph.Graph, *dump.Info, error) {
	series := growth.NewSeries(growth.SeriesOptions{PHP: o.PHP})
	for i, name := range files {
		series.Forget()
		g, info, err := a.graph(name, overview.Need)
		if err != nil {
			return nil, nil, nil, err
		}
		if len(files) > 1 {
			series.Add(name, g, &info)
			if i == 0 {
				if p.Before, err = overview.Tree(g, &info, o); err != nil {
					return nil, nil, nil, targetError(name, err)
				}
			}
		}
		if i == len(files)-1 {
			return series, g, &info, nil
		}
	}
	return nil, nil, nil, &usageError{"there are no dumps"}
}

// suspectShare reads --threshold of suspects.
func suspectShare(text string) (float64, error) {
	threshold, err := parsePercent("threshold", text)
	if err == nil && threshold < leastThreshold {
		err = &usageError{fmt.Sprintf("--threshold is %s, it must be at least 0.1%%: less is no suspect", text)}
	}
	return threshold, err
}
