package main

import (
	"fmt"
	"memtrail/analysis/leaks"
	"memtrail/report"

	"github.com/spf13/cobra"
)

// leastThreshold is the least share that makes a suspect: of a thousand of them
// nobody reads.
const leastThreshold = 0.001

func (a *app) leaksCommand() *cobra.Command {
	var (
		limit     int
		threshold string
		full      bool
		sizes     sizeFlags
	)
	cmd := &cobra.Command{
		Use:   "leaks DUMP",
		Short: "Name what looks like a leak, and the variable in which it accumulates",
		Long: `Name what looks like a leak: the variable, property or static that memory accumulates in,
what it holds, how it is held from a root on, why it is suspected, how far to trust that,
and what to type next. Tables that are large and do not grow come last.

One dump shows what is large, not what grows: a cache that is full looks like a leak.`,
		Example: `  analyzer leaks dump.json
  analyzer leaks dump.json --threshold 1% -l 0 -v
  analyzer leaks dump.json --format markdown`,
		Args: exactArgs("DUMP"),
		RunE: func(_ *cobra.Command, args []string) error {
			p, err := a.options()
			if err != nil {
				return err
			}
			p.Full = full
			if err := atLeast("limit", limit, 0); err != nil {
				return err
			}
			share, err := parsePercent("threshold", threshold)
			if err != nil {
				return err
			}
			if share < leastThreshold {
				return &usageError{fmt.Sprintf("--threshold is %s, it must be at least 0.1%%: less is no suspect", threshold)}
			}
			if err := sizes.check(""); err != nil {
				return err
			}
			r, err := a.retention(args[0], &sizes)
			if err != nil {
				return err
			}
			result := leaks.Find(r, leaks.Options{Threshold: share, Limit: limit})
			a.assess(args[0], &result.Source)
			return report.Leaks(a.stdout, result, args[0], p)
		},
	}
	f := cmd.Flags()
	f.StringVar(&threshold, "threshold", "10%", "share of the explained memory that makes a suspect, in percent")
	f.IntVarP(&limit, "limit", "l", 3, "number of suspects, 0 for all")
	a.addDetails(cmd, "show all of the path, of the reasons and of what a member holds")
	addFull(cmd, &full)
	sizes.addRetained(cmd)
	return cmd
}

// addFull adds the flag for names of any length.
func addFull(cmd *cobra.Command, full *bool) {
	cmd.Flags().BoolVar(full, "full", false, "show keys and other names of more than 200 bytes whole, not without their middle")
}

// addRetained adds the flags of commands that are about what is retained.
func (s *sizeFlags) addRetained(cmd *cobra.Command) {
	s.retained = true
	f := cmd.Flags()
	f.StringVar(&s.sizes, "sizes", "allocated", "count what PHP's allocator spent (allocated) or the dump's own sizes (reported)")
	f.StringVar(&s.php, "php", "auto", "PHP version that wrote the dump, 7.4 to 8.4, for allocated sizes")
}
