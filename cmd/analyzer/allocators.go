package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"memtrail/analysis/allocators"
	"memtrail/analysis/origin"
	"memtrail/dump"
	"memtrail/profile"
	"memtrail/report"
)

// allocatorsFlags are the flags of allocators.
type allocatorsFlags struct {
	display displayFlags
	by      string
}

func (a *app) allocatorsCommand() *cobra.Command {
	var f allocatorsFlags
	cmd := &cobra.Command{
		Use:   "allocators PROFILE...",
		Short: "Name the functions that made what is still held",
		Long: `Name the functions that made the memory that is still held, by profiles of
memprof, the allocation profiler of PHP: what each holds itself, what it holds
with all that it called, and what each call left behind. The three formats of
memprof are read, plain or compressed.

Of several profiles of one process, oldest first, the functions that grew most
come first, with what each call between the first and the last left behind.

What a dump of the heap held while it was written (meminfo_dump) is left out,
and named.`,
		Example: `  analyzer allocators worker.array.json
  analyzer allocators worker.callgrind --by class
  analyzer allocators first.json.gz second.json.gz --format markdown`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{fmt.Sprintf("%s needs profiles of memprof: files, or - for standard input; usage: %s", cmd.Name(), cmd.UseLine())}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return a.allocators(args, &f)
		},
	}
	f.display.addLimit(cmd, 20, "rows")
	cmd.Flags().StringVar(&f.by, "by", string(allocators.ByFunction), "what a row is: function, path, class or file")
	completeWords(cmd, "by", texts(allocators.Groupings()))
	a.addDetails(cmd, "show names of any length")
	return cmd
}

func (a *app) allocators(names []string, f *allocatorsFlags) error {
	page, err := f.display.options(a)
	if err != nil {
		return err
	}
	if err := oneOf("by", f.by, texts(allocators.Groupings())); err != nil {
		return err
	}
	by := allocators.Grouping(f.by)
	var profiles []*profile.Profile
	for _, name := range names {
		p, err := a.profile(name, allocators.NeedOf(by, len(names)))
		if err != nil {
			return err
		}
		if by == allocators.ByPath && !p.Paths {
			return &usageError{fmt.Sprintf("%s has no call paths: it is no callgrind file of memprof; use --by function", name)}
		}
		profiles = append(profiles, p)
	}
	result := allocators.Of(names, profiles, allocators.Options{By: by, Limit: f.display.limit})
	return report.Allocators(a.stdout, result, page)
}

// profile reads a profile of memprof. Beside is what is computed of it.
func (a *app) profile(name string, beside profile.Need) (p *profile.Profile, err error) {
	if _, ok := processOf(name); ok {
		return nil, &usageError{name + " is a process: allocators reads profiles, which the extension memprof writes"}
	}
	a.memory.collectBefore(0)
	err = a.readAs("a profile", name, func(in *dump.Input) (err error) {
		p, err = profile.ReadWithin(in, profile.Budget{Bytes: a.budget().Bytes, Beside: beside})
		return err
	})
	if err == nil {
		a.memory.profiles += p.Memory() + beside.Of(len(p.Functions), len(p.Nodes))
	}
	return p, err
}

// addProfile is --profile of a command that reads dumps.
func addProfile(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "profile", "", "profile of the same process by memprof: which functions made what is held, and how much of it is gone")
}

// profileIfGiven reads the profile of --profile; nil without one.
func (a *app) profileIfGiven(name string) (*profile.Profile, error) {
	if name == "" {
		return nil, nil
	}
	defer a.memory.collectFreely() // a graph reserves more than it takes
	return a.profile(name, origin.Need)
}

// assessProfile notes that an answer lacks what a profile should have told.
func (a *app) assessProfile(p *origin.Profiled) {
	if p != nil && p.Foreign {
		a.incomplete = true
	}
}

// isProfile reports whether a file starts as a profile of memprof does.
func isProfile(name string) bool {
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return false
	}
	in, err := dump.Open(name, nil)
	if err != nil {
		return false
	}
	defer in.Close()
	return profile.Is(in.Head(4 << 10))
}
