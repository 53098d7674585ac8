package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"memtrail/analysis/growth"
	"memtrail/report"
)

// growthFlags are the flags of growth.
type growthFlags struct {
	display displayFlags
	sizes   sizeFlags
	limits  limitFlags
	config  string
	profile string
}

func (a *app) growthCommand() *cobra.Command {
	var g growthFlags
	cmd := &cobra.Command{
		Use:   "growth DUMP…",
		Short: "Name what grows over a series of dumps of one process",
		Long: `Name what grows over a series of dumps that one process wrote at equal
intervals, every thousand jobs for example: the container, what it holds, how
fast it grows, and how it is held. It takes three dumps or more; of more than
three the first one is warm-up.

` + seriesHelp + `

The limits and memory_limit may stand in ` + configFile + `, as for gate; flags
come first. Places that gate lets pass by a rule or a baseline are shown here.`,
		Example: `  analyzer growth mem-1.json mem-2.json mem-3.json
  analyzer growth dumps/ --memory-limit 256M
  ls -t dumps/*.gz | head -6 | analyzer growth -`,
		Args: seriesArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.growth(cmd, args, &g)
		},
	}
	g.display.addLimit(cmd, 10, "findings")
	g.limits.add(cmd)
	cmd.Flags().StringVar(&g.config, "config", "", configHelp)
	addProfile(cmd, &g.profile)
	a.addDetails(cmd, "show long names, paths and reasons in full")
	g.sizes.addRetained(cmd)
	cmd.ValidArgsFunction = completeDumps(0)
	return cmd
}

func (a *app) growth(cmd *cobra.Command, args []string, g *growthFlags) error {
	page, err := g.display.options(a)
	if err != nil {
		return err
	}
	if err := g.sizes.check(""); err != nil {
		return err
	}
	c, err := a.config(g.config)
	if err != nil {
		return err
	}
	if err := g.limits.apply(a, cmd, c); err != nil {
		return err
	}
	options := c.limits.Options(c.memoryLimit)
	options.ProfileName = g.profile
	if options.Profile, err = a.profileIfGiven(g.profile); err != nil {
		return err
	}
	series, files, err := a.series(args, &g.sizes, cmp.Or(c.baseline, baselineFile))
	if err != nil {
		return err
	}
	result := series.Growth(options)
	c.limits.Apply(result)
	a.assessSeries(result)
	a.assessProfile(result.Profile)
	if limit := g.display.limit; limit > 0 && len(result.Growing) > limit {
		result.Cut = len(result.Growing) - limit
		result.Growing = result.Growing[:limit]
	}
	return report.Growth(a.stdout, result, files[len(files)-1], page)
}

// limitFlags are the flags that say how much growth matters.
type limitFlags struct {
	count, bytes, unexplained, memoryLimit string
	suppressions                           string // file
}

func (l *limitFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&l.count, "min-count", fmt.Sprint(growth.DefaultMinCount), "items per interval; what grows by fewer, and by fewer bytes than --min-bytes, does not matter")
	f.StringVar(&l.bytes, "min-bytes", "1KB", "bytes per interval; what grows by fewer, and by fewer items than --min-count, does not matter")
	f.StringVar(&l.unexplained, "max-unexplained", "256KB", "bytes per interval that memory may grow by without anything in the dumps to explain it; -1 for any")
	addSuppressions(cmd, &l.suppressions)
	f.StringVar(&l.memoryLimit, "memory-limit", "", "PHP's memory_limit, such as 256M: tells when it will be reached")
}

// apply puts what the flags say in the place of what c has, and reads the
// suppressions.
func (l *limitFlags) apply(a *app, cmd *cobra.Command, c *config) error {
	given := cmd.Flags().Changed
	c.limits.Explicit = c.limits.Explicit || given("min-count") || given("min-bytes")
	for _, err := range []error{
		applyFlag(cmd, "min-count", l.count, &c.limits.MinCount, parseAmount),
		applyFlag(cmd, "min-bytes", l.bytes, &c.limits.MinBytes, parseBytes),
		applyFlag(cmd, "max-unexplained", l.unexplained, &c.limits.MaxUnexplained, parseUnexplained),
		applyFlag(cmd, "memory-limit", l.memoryLimit, &c.memoryLimit, parseMemoryLimit),
	} {
		if err != nil {
			return err
		}
	}
	if given("suppressions") {
		c.suppressions = l.suppressions
	}
	rules, err := a.suppressions(c.suppressions)
	c.limits.Suppressions = rules
	return err
}

// applyFlag sets a value to that of a flag, if it was given.
func applyFlag[T any](cmd *cobra.Command, flag, text string, value *T, parse func(string) (T, error)) error {
	if !cmd.Flags().Changed(flag) {
		return nil
	}
	v, err := parse(text)
	if err != nil {
		return flagError(flag, err)
	}
	*value = v
	return nil
}
