package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
)

// gateFlags are the flags of gate.
type gateFlags struct {
	limits   limitFlags
	sizes    sizeFlags
	baseline baselineFlags
	write    string // file of --write-baseline; "" for none
	reason   string
	allow    []string
	outputs  []string
	strict   bool
}

func (a *app) gateCommand() *cobra.Command {
	var g gateFlags
	cmd := &cobra.Command{
		Use:   "gate DUMP…",
		Short: "Fail a CI run if something grows over a series of dumps",
		Long: `Judge growth for CI. The gate fails, with exit code 1, if something grows that
the baseline does not have, or faster than the baseline has it, or if memory
grows and nothing in the dumps explains it. Exit code 3 says that the dumps do
not tell. Two dumps are judged only if --min-count or --min-bytes is given.

` + seriesHelp + `

Limits, baseline and rules may stand in ` + configFile + `; flags come first. A
baseline, ` + baselineFile + ` unless another is named, lists what is known to grow,
each with a reason.`,
		Example: `  analyzer gate dumps/
  analyzer gate dumps/ --output github --output junit=leaks.xml
  analyzer gate dumps/ --write-baseline leaks.json
  analyzer gate accept a3f9c1e2 --reason "cleared at night, see #123" --expires 2027-01-31`,
		Args: seriesArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.gate(cmd, args, &g)
		},
	}
	f := cmd.Flags()
	g.limits.add(cmd)
	f.SetNormalizeFunc(oldNames)
	g.baseline.add(cmd)
	g.sizes.addRetained(cmd)
	f.StringVar(&g.write, "write-baseline", "", "accept all that grows: write it to this `FILE`, - for standard output; reasons that stand there already are kept")
	f.StringVar(&g.reason, "reason", "known when the baseline was written", "why what --write-baseline adds is accepted")
	f.StringArrayVar(&g.allow, "allow", []string{"phpunit"}, "rules that come with analyzer: phpunit (fixtures that PHPUnit keeps alive) or none; may be repeated")
	f.StringArrayVarP(&g.outputs, "output", "o", nil, "`KIND[=FILE]`, may be repeated: a --format, and the file that it goes to; or a FILE for --format")
	f.BoolVar(&g.strict, "strict", false, "fail also for entries of the baseline that are expired or that nothing matches")
	a.addDetails(cmd, "show long names, paths and reasons in full")
	cmd.ValidArgsFunction = completeDumps(0)
	cmd.AddCommand(a.acceptCommand())
	return cmd
}

// oldNames are names that flags once had.
func oldNames(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if name == "min-objects" {
		name = "min-count"
	}
	return pflag.NormalizedName(name)
}

// gate judges a series: flags, configuration and baseline; dumps; verdict;
// pages.
func (a *app) gate(cmd *cobra.Command, args []string, g *gateFlags) error {
	if err := g.sizes.check(""); err != nil {
		return err
	}
	if g.write != "" && strings.TrimSpace(g.reason) == "" {
		return &usageError{"--reason is empty: why is it accepted?"}
	}
	pages, err := a.gatePages(cmd, g)
	if err != nil {
		return err
	}
	c, err := a.gateConfig(cmd, g)
	if err != nil {
		return err
	}
	known, name, err := a.knownLeaks(cmd, g, c)
	if err != nil {
		return err
	}
	series, files, err := a.series(args, &g.sizes, append(pages.files(), name, g.write)...)
	if err != nil {
		return err
	}
	grown := series.Growth(c.limits.Options(c.memoryLimit))
	a.assessSeries(grown)
	judge := gate.JudgeOptions{Today: time.Now().Format(time.DateOnly), Strict: g.strict}
	result := gate.Judge(grown, c.limits, known, judge)
	switch {
	case g.write != "" && grown.Verdict == growth.Inconclusive:
		a.warn("%s is not written, as the dumps do not tell what grows", oneLine(g.write))
	case g.write != "":
		if known, name, err = a.acceptAll(cmd, result, c, g, judge.Today); err != nil {
			return err
		}
		result = gate.Judge(grown, c.limits, known, judge)
	}
	result.Baseline = name
	a.failed = result.Failed
	return pages.print(result, files[len(files)-1])
}

// gateConfig reads the configuration, and the flags that come before it.
func (a *app) gateConfig(cmd *cobra.Command, g *gateFlags) (*config, error) {
	c, err := a.config(g.baseline.config)
	if err != nil {
		return nil, err
	}
	if cmd.Flags().Changed("allow") {
		c.allow = g.allow
	}
	// The user's own rules come first, so that they can undo what is shipped.
	for _, name := range c.allow {
		rules, err := shippedRules(name)
		if err != nil {
			return nil, flagError("allow", err)
		}
		c.limits.Rules = append(c.limits.Rules, rules...)
	}
	return c, g.limits.apply(a, cmd, c)
}
