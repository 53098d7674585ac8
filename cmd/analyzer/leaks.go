package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"memtrail/analysis/leaks"
	"memtrail/report"
)

// leastThreshold is the least share that makes a suspect: nobody reads a
// thousand of them.
const leastThreshold = 0.001

// leaksFlags are the flags of leaks.
type leaksFlags struct {
	display   displayFlags
	sizes     sizeFlags
	threshold string
	profile   string
}

func (a *app) leaksCommand() *cobra.Command {
	var l leaksFlags
	cmd := &cobra.Command{
		Use:   "leaks DUMP",
		Short: "Name what looks like a leak, and where it accumulates",
		Long: `Name what looks like a leak: the variable, property or static in which memory
accumulates, what it holds, how it is held from a root on, why it is suspected,
how far to trust that, and what to type next. Tables that are large and do not
grow come last.

One dump shows what is large, not what grows: a cache that is full looks like a
leak. growth compares several dumps.`,
		Example: `  analyzer leaks dump.json
  analyzer leaks dump.json --threshold 1% -l 0 -v
  analyzer leaks dump.json --profile memprof.json
  analyzer leaks dump.json --format markdown`,
		Args: exactArgs("DUMP"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.leaks(args[0], &l)
		},
	}
	l.display.addLimit(cmd, 3, "suspects")
	cmd.Flags().StringVar(&l.threshold, "threshold", "10%", "share of the explained memory that makes a suspect, in percent")
	addProfile(cmd, &l.profile)
	a.addDetails(cmd, "show all of the path, of the reasons and of what a member holds")
	l.display.addFull(cmd)
	l.sizes.addRetained(cmd)
	return cmd
}

func (a *app) leaks(name string, l *leaksFlags) error {
	page, err := l.display.options(a)
	if err != nil {
		return err
	}
	threshold, err := parsePercent("threshold", l.threshold)
	if err != nil {
		return err
	}
	if threshold < leastThreshold {
		return &usageError{fmt.Sprintf("--threshold is %s, it must be at least 0.1%%: less is no suspect", l.threshold)}
	}
	if err := l.sizes.check(""); err != nil {
		return err
	}
	o := leaks.Options{Threshold: threshold, Limit: l.display.limit, ProfileName: l.profile}
	if o.Profile, err = a.profileIfGiven(l.profile); err != nil {
		return err
	}
	r, err := a.retention(name, &l.sizes, leaks.Need)
	if err != nil {
		return err
	}
	result := leaks.Find(r, o)
	a.assess(name, &result.Source)
	a.assessProfile(result.Profile)
	return report.Leaks(a.stdout, result, name, page)
}
