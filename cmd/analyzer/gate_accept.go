package main

import (
	"errors"
	"fmt"
	"io/fs"
	"memtrail/analysis/gate"
	"memtrail/report"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) acceptCommand() *cobra.Command {
	var (
		o            gateFlags
		entry        gate.BaselineEntry
		count, bytes string
	)
	cmd := &cobra.Command{
		Use:   "accept FINGERPRINT [DUMP…]",
		Short: "Add a leak to the baseline, so that the gate lets it pass",
		Long: `Add a leak to the baseline, so that the gate lets it pass until it expires, unless it grows faster than it is allowed to.

How fast that is say --count and --bytes, in the command that a failing gate prints, or the dumps, if they are given. Of a rate that is 0 or not
given only as much is allowed as does not matter anyway. An entry that is there already is replaced. Without a baseline one is begun.`,
		Example: `  analyzer gate accept a3f9c1e2 --reason "cleared at night, see #123" --path '$kernel->pool->items' --count 1000 --bytes 205KB
  analyzer gate accept a3f9c1e2 --reason "cleared at night" --expires 2027-01-31 dumps/`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{"accept needs the fingerprint of a leak, as gate prints it; usage: " + cmd.UseLine()}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.sizes.check(""); err != nil {
				return err
			}
			entry.Fingerprint = strings.ToLower(args[0])
			if err := checkReason(&entry); err != nil {
				return err
			}
			c, err := readConfig(o.config)
			if err != nil {
				return err
			}
			name := o.baselineName(cmd, c)
			if name == "" {
				return &usageError{"--baseline names no file"}
			}
			b, err := readBaseline(name)
			switch {
			case errors.Is(err, fs.ErrNotExist):
				b = &gate.Baseline{Version: gate.BaselineVersion}
			case err != nil:
				return err
			}
			if len(args) > 1 {
				if err := a.measure(&entry, args[1:], name, c, &o.sizes); err != nil {
					return err
				}
			}
			if cmd.Flags().Changed("count") {
				if entry.Count, err = parseAmount(count); err != nil {
					return flagError("count", err)
				}
			}
			if cmd.Flags().Changed("bytes") {
				if entry.Bytes, err = parseBytes(bytes); err != nil {
					return flagError("bytes", err)
				}
			}
			if entry.Count == 0 && entry.Bytes == 0 {
				return &usageError{"say how fast it may grow: --count, --bytes, or the dumps; a gate that fails prints both"}
			}
			if err := entry.Check(); err != nil {
				return &usageError{err.Error()}
			}
			replaced := b.Find(entry.Fingerprint) != nil
			b.Accept(entry)
			if err := writeBaseline(name, b); err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.stdout, oneLine(accepted(name, &entry, replaced)))
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&entry.Reason, "reason", "", "why it is accepted; required")
	f.StringVar(&entry.Expires, "expires", "", "last day on which it is, 2027-01-31 say")
	f.StringVar(&entry.Path, "path", "", "where it grows, for who reads the baseline")
	f.StringVar(&entry.Holds, "holds", "", "class of what grows there")
	f.StringVar(&count, "count", "", "items per interval that are allowed")
	f.StringVar(&bytes, "bytes", "", "bytes per interval that are allowed: 205KB")
	o.addBaseline(cmd)
	cmd.ValidArgsFunction = completeAfter(1, 0)
	return cmd
}

// checkReason sees whether what was typed can be an entry, but for its rates.
func checkReason(e *gate.BaselineEntry) error {
	e.Reason = strings.TrimSpace(e.Reason)
	// Pasted as it was printed, with an ellipsis for the reason.
	if e.Reason == "" || e.Reason == "…" || e.Reason == "..." {
		return &usageError{`say why it is accepted: --reason "…"`}
	}
	rest := *e
	rest.Count = 1
	if err := rest.Check(); err != nil {
		return &usageError{err.Error()}
	}
	if e.Expires != "" && e.Expires < time.Now().Format(time.DateOnly) {
		return &usageError{fmt.Sprintf("--expires: %s is over", e.Expires)}
	}
	return nil
}

// measure takes the place and the rates of an entry from dumps.
func (a *app) measure(e *gate.BaselineEntry, args []string, baseline string, c *config, sizes *sizeFlags) error {
	series, _, err := a.series(args, sizes, baseline)
	if err != nil {
		return err
	}
	result := series.Growth(c.limits.Options(0))
	a.assessSeries(result)
	found := gate.BaselineOf(result, e.Reason).Find(e.Fingerprint)
	if found == nil {
		return &usageError{fmt.Sprintf("nothing that grows in these dumps has the fingerprint %s; analyzer growth tells what does", e.Fingerprint)}
	}
	e.Count, e.Bytes = found.Count, found.Bytes
	if e.Path == "" {
		e.Path, e.Holds = found.Path, found.Holds
	}
	return nil
}

// accepted says what was done.
func accepted(name string, e *gate.BaselineEntry, replaced bool) string {
	text := fmt.Sprintf("%s: accepted %s", name, e.Fingerprint)
	if replaced {
		text = fmt.Sprintf("%s: accepted anew %s", name, e.Fingerprint)
	}
	if e.Path != "" {
		text += " " + e.Path
	}
	var rates []string
	if e.Count > 0 {
		rates = append(rates, count(uint64(e.Count), "item"))
	}
	if e.Bytes > 0 {
		rates = append(rates, report.Size(uint64(e.Bytes)))
	}
	text += ", " + strings.Join(rates, " and ") + " per interval"
	if e.Expires != "" {
		text += ", until " + e.Expires
	}
	return text
}
