package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"memtrail/report"
)

// displayFlags say how much of an answer is shown.
type displayFlags struct {
	limit int // 0: all
	full  bool
}

// addLimit adds -l; unit is what it is a number of.
func (d *displayFlags) addLimit(cmd *cobra.Command, limit int, unit string) {
	cmd.Flags().IntVarP(&d.limit, "limit", "l", limit, "number of "+unit+"; 0 for all")
}

// addFull adds the flag for names of any length.
func (d *displayFlags) addFull(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&d.full, "full", false, "show keys and other names of more than 200 bytes whole, not without their middle")
}

// options are those of a page with these flags.
func (d *displayFlags) options(a *app) (report.Options, error) {
	page, err := a.options()
	if err != nil {
		return page, err
	}
	page.Full = d.full
	return page, atLeast("limit", d.limit, 0)
}

// options tells how results are to be printed.
func (a *app) options() (report.Options, error) {
	if err := oneOf("format", a.format, formatNames()); err != nil {
		return report.Options{}, err
	}
	return report.Options{Format: report.Format(a.format), Verbose: a.verbose, Color: a.color(), Width: width(a.stdout)}, nil
}

func formatNames() []string { return texts(report.Formats()) }

// addDetails is -v of a command whose answer has more to show.
func (a *app) addDetails(cmd *cobra.Command, what string) {
	cmd.Flags().BoolVarP(&a.verbose, "verbose", "v", false, what)
	a.detailed = append(a.detailed, cmd)
}

func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is that of the terminal in columns, 0 where there is none.
func width(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return columns
		}
	}
	return 0
}
