package main

import (
	"cmp"
	"fmt"
	"memtrail/analysis/growth"
	"memtrail/report"

	"github.com/spf13/cobra"
)

func (a *app) growthCommand() *cobra.Command {
	var (
		limit      int
		configPath string
		limits     limitFlags
		sizes      sizeFlags
	)
	cmd := &cobra.Command{
		Use:   "growth DUMP…",
		Short: "Name what grows over a series of dumps of one process",
		Long: `Name what grows over a series of dumps that one process wrote at equal intervals, every thousand
jobs say: the container, what it holds, how fast it grows, and how it is held. Three dumps or more;
of more than three the first one is warm-up.

` + seriesHelp + `

The limits and memory_limit may stand in ` + configFile + `, as for gate; flags come first. What its
rules or a baseline let pass in gate is shown here.`,
		Example: `  analyzer growth mem-1.json mem-2.json mem-3.json
  analyzer growth dumps/ --memory-limit 256M
  ls -t dumps/*.gz | head -6 | analyzer growth -`,
		Args: seriesArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := a.options()
			if err != nil {
				return err
			}
			if err := atLeast("limit", limit, 0); err != nil {
				return err
			}
			if err := sizes.check(""); err != nil {
				return err
			}
			if err := a.reads(cmp.Or(configPath, configFile)); err != nil {
				return err
			}
			c, err := readConfig(configPath)
			if err != nil {
				return err
			}
			if err := limits.apply(cmd, c); err != nil {
				return err
			}
			series, files, err := a.series(args, &sizes, cmp.Or(c.baseline, baselineFile))
			if err != nil {
				return err
			}
			result := series.Growth(c.limits.Options(c.memoryLimit))
			c.limits.Apply(result)
			a.assessSeries(result)
			if limit > 0 && len(result.Growing) > limit {
				result.Cut = len(result.Growing) - limit
				result.Growing = result.Growing[:limit]
			}
			return report.Growth(a.stdout, result, files[len(files)-1], p)
		},
	}
	f := cmd.Flags()
	f.IntVarP(&limit, "limit", "l", 10, "number of findings, 0 for all")
	limits.add(cmd)
	f.StringVar(&configPath, "config", "", configHelp)
	a.addDetails(cmd, "show long names, paths and reasons in full")
	cmd.ValidArgsFunction = completeDumps(0)
	sizes.addRetained(cmd)
	return cmd
}

// limitFlags are the flags that say how much growth matters.
type limitFlags struct {
	count, bytes, unexplained, memoryLimit string
}

func (l *limitFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&l.count, "min-count", fmt.Sprint(growth.DefaultMinCount), "items per interval; what grows by fewer, and by fewer bytes than --min-bytes, does not matter")
	f.StringVar(&l.bytes, "min-bytes", "1KB", "bytes per interval; what grows by fewer, and by fewer items than --min-count, does not matter")
	f.StringVar(&l.unexplained, "max-unexplained", "256KB", "bytes per interval that memory may grow by without anything in the dumps to explain it, -1 for any")
	f.StringVar(&l.memoryLimit, "memory-limit", "", "PHP's memory_limit, 256M say: when will it be reached?")
}

// apply puts what the flags say in the place of what c has.
func (l *limitFlags) apply(cmd *cobra.Command, c *config) error {
	given := cmd.Flags().Changed
	var err error
	if given("min-count") {
		if c.limits.MinCount, err = parseAmount(l.count); err != nil {
			return flagError("min-count", err)
		}
		c.limits.Explicit = true
	}
	if given("min-bytes") {
		if c.limits.MinBytes, err = parseBytes(l.bytes); err != nil {
			return flagError("min-bytes", err)
		}
		c.limits.Explicit = true
	}
	if given("max-unexplained") {
		if c.limits.MaxUnexplained, err = parseUnexplained(l.unexplained); err != nil {
			return flagError("max-unexplained", err)
		}
	}
	if given("memory-limit") {
		if c.memoryLimit, err = parseMemoryLimit(l.memoryLimit); err != nil {
			return flagError("memory-limit", err)
		}
	}
	return nil
}
