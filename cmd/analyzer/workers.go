package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"memtrail/analysis/workers"
	"memtrail/dump"
	"memtrail/report"
	"memtrail/usage"
)

// workersFlags are the flags of series.
type workersFlags struct {
	display  displayFlags
	columns  usage.Columns
	requests int
}

func (a *app) workersCommand() *cobra.Command {
	var f workersFlags
	cmd := &cobra.Command{
		Use:   "series LOG...",
		Short: "Tell which workers grow, by the memory that they log",
		Long: `Tell which workers grow, by what they log of their memory: a line for each
reading, as CSV with a head line or as JSON, with memory_get_usage() and what
else there is: a time, the process, memory_get_usage(true), the peak, RSS, the
request. Names of columns are guessed, or given. curve.csv of a recording is
such a log.

Of each worker it says whether its memory rises for good, in steps, rises and
falls back, or stays; and which requests left most behind. A log of any size is
read in little memory.`,
		Example: `  analyzer series worker.csv
  analyzer series app.log.gz --usage extra.memory_usage --pid extra.process_id
  analyzer series recording/curve.csv --format json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{fmt.Sprintf("%s needs logs of memory: files, or - for standard input; usage: %s", cmd.Name(), cmd.UseLine())}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return a.workers(args, &f)
		},
	}
	f.display.addLimit(cmd, 20, "workers")
	flags := cmd.Flags()
	flags.IntVar(&f.requests, "requests", 5, "number of requests that left most behind; 0 for all")
	for _, c := range []struct {
		name, of string
		into     *string
	}{
		{"time", "the time", &f.columns.Time}, {"pid", "the process", &f.columns.PID},
		{"usage", "memory_get_usage()", &f.columns.Usage}, {"real", "memory_get_usage(true)", &f.columns.Real},
		{"peak", "memory_get_peak_usage()", &f.columns.Peak}, {"rss", "resident memory", &f.columns.RSS},
		{"request", "what the process did", &f.columns.Request},
	} {
		flags.StringVar(c.into, c.name, "", "column, or key of JSON, of "+c.of+" (default: guessed)")
	}
	return cmd
}

// besidesLogs is what the program takes to read a log, beside what it keeps of it.
const besidesLogs = 26 << 20

func (a *app) workers(names []string, f *workersFlags) error {
	page, err := f.display.options(a)
	if err != nil {
		return err
	}
	if err := atLeast("requests", f.requests, 0); err != nil {
		return err
	}
	a.memory.collectBefore(0)
	budget := a.budget().Bytes
	o := workers.Options{Columns: f.columns, Limit: f.display.limit, Requests: f.requests}
	if budget > 0 {
		o.Memory = max(budget-min(besidesLogs, budget), 1)
	}
	log := workers.NewLog(o)
	for _, name := range names {
		err := a.readAs("a log", name, func(in *dump.Input) error {
			text, err := in.Text()
			if err != nil {
				return err
			}
			defer text.Close()
			err = log.Read(name, text)
			if errors.Is(err, workers.ErrMemory) {
				err = a.over(budget, &memoryError{needed: besidesLogs + log.Memory(), atLeast: true})
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	result := log.Judge()
	// A last line may be cut: the log is written to. More is damage.
	if result.Info.Damaged > uint64(len(names)) {
		a.incomplete = true
	}
	return report.Workers(a.stdout, result, page)
}
