package main

import (
	"errors"
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"memtrail/analysis/browse"
	"memtrail/analysis/leaks"
	"memtrail/analysis/paths"
	"memtrail/graph"
	"memtrail/report/explore"
)

// exploreFlags are the flags of explore.
type exploreFlags struct {
	sizes     sizeFlags
	threshold string
	from      string
}

func (a *app) exploreCommand() *cobra.Command {
	var e exploreFlags
	cmd := &cobra.Command{
		Use:   "explore DUMP",
		Short: "Walk through a dump in the terminal, with keys and the mouse",
		Long: `Walk through a dump in the terminal, with keys and the mouse. It begins with
what looks like a leak. From there → goes in and ← out:

  1 suspects  what leaks would say, with all reasons
  2 tree      who keeps what alive, from the variables down
  3 types     what is in memory; → lists the items of a type
  4 item      what holds an item, what it holds, what would free it
  5 paths     the ways to an item from the roots: why it is in memory

The line above the keys is the PHP expression of what is selected; c copies it.
? lists all keys. Colours are off with NO_COLOR or --color never.`,
		Example: `  analyzer explore dump.json
  analyzer explore pid:4242
  analyzer explore dump.json --from '$app->cache'
  zcat dump.json.gz | analyzer explore -`,
		Args: exactArgs("DUMP"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.explore(cmd, args[0], &e)
		},
	}
	cmd.Flags().StringVar(&e.threshold, "threshold", "10%", "share of the explained memory that makes a suspect, in percent")
	cmd.Flags().StringVar(&e.from, "from", "", "begin with this item: an id, or an expression such as '$app->cache'")
	cmd.SetFlagErrorFunc(targetFlagError)
	e.sizes.addRetained(cmd)
	return cmd
}

func (a *app) explore(cmd *cobra.Command, name string, e *exploreFlags) error {
	threshold, err := suspectShare(e.threshold)
	if err != nil {
		return err
	}
	if err := e.sizes.check(""); err != nil {
		return err
	}
	if cmd.Flags().Changed("from") {
		if err := checkTarget(e.from); err != nil {
			return err
		}
	}
	if err := a.checkScreen(); err != nil {
		return err
	}
	r, err := a.retention(name, &e.sizes, browse.Need)
	if err != nil {
		return err
	}
	start := graph.None
	if e.from != "" {
		if start, err = paths.Locate(r.Graph, e.from); err != nil {
			return targetError(name, err)
		}
	}
	found := leaks.Find(r, leaks.Options{Threshold: threshold})
	a.assess(name, &found.Source)
	model := explore.New(name, found)
	model.StartAt(start)
	return explore.Run(cmd.Context(), model, browse.New(r, found.Source), explore.Options{Out: a.stdout, Color: a.color()})
}

// checkScreen sees, before a dump is read, whether there is a terminal to draw on
// and to take keys from.
func (a *app) checkScreen() error {
	const instead = "; analyzer leaks and analyzer tree print the same, analyzer report writes a page"
	switch {
	case !isTerminal(a.stdout):
		return &usageError{"explore needs a terminal, standard output is none" + instead}
	case os.Getenv("TERM") == "dumb":
		return &usageError{"explore needs a terminal that can place text, TERM is dumb" + instead}
	case isTerminal(a.stdin):
		return nil
	}
	keys := "/dev/tty"
	if runtime.GOOS == "windows" {
		keys = "CONIN$"
	}
	f, err := os.OpenFile(keys, os.O_RDWR, 0)
	if err != nil {
		return &usageError{"explore takes keys from a terminal, there is none" + instead}
	}
	return errors.Join(f.Close())
}
