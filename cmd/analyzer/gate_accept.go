package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"memtrail/analysis/gate"
	"memtrail/report"
)

// acceptFlags are the flags of gate accept.
type acceptFlags struct {
	baseline     baselineFlags
	sizes        sizeFlags
	entry        gate.BaselineEntry // but for what the dumps say
	count, bytes string
}

func (a *app) acceptCommand() *cobra.Command {
	var g acceptFlags
	cmd := &cobra.Command{
		Use:   "accept FINGERPRINT [DUMP…]",
		Short: "Add a leak to the baseline, so that the gate lets it pass",
		Long: `Add a leak to the baseline, so that the gate lets it pass until it expires,
unless it grows faster than it is allowed to.

--count and --bytes say how fast that is; a failing gate prints them in the
command to paste. If dumps are given, they say it. Of a rate that is 0 or not
given, only growth below the limits is allowed. An entry that is there already
is replaced. Without a baseline one is begun.`,
		Example: `  analyzer gate accept a3f9c1e2 --reason "cleared at night, see #123" --path '$kernel->pool->items' --count 1000 --bytes 205KB
  analyzer gate accept a3f9c1e2 --reason "cleared at night" --expires 2027-01-31 dumps/`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{"accept needs the fingerprint of a leak, as gate prints it; usage: " + cmd.UseLine()}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.accept(cmd, args[0], args[1:], &g)
		},
	}
	f := cmd.Flags()
	f.StringVar(&g.entry.Reason, "reason", "", "why it is accepted; required")
	f.StringVar(&g.entry.Expires, "expires", "", "last day on which it is accepted, such as 2027-01-31")
	f.StringVar(&g.entry.Path, "path", "", "where it grows, for people who read the baseline")
	f.StringVar(&g.entry.Holds, "holds", "", "class of what grows there")
	f.StringVar(&g.count, "count", "", "items per interval that are allowed")
	f.StringVar(&g.bytes, "bytes", "", "bytes per interval that are allowed, such as 205KB")
	g.baseline.add(cmd)
	g.sizes.addRetained(cmd)
	cmd.ValidArgsFunction = completeAfter(1, 0)
	return cmd
}

// accept adds an entry: what was typed; what the dumps say, if there are any;
// the baseline with it.
func (a *app) accept(cmd *cobra.Command, fingerprint string, dumps []string, g *acceptFlags) error {
	if err := g.sizes.check(""); err != nil {
		return err
	}
	g.entry.Fingerprint = strings.ToLower(fingerprint)
	if err := checkReason(&g.entry); err != nil {
		return err
	}
	c, err := a.config(g.baseline.config)
	if err != nil {
		return err
	}
	name := g.baseline.name(cmd, c, "")
	if name == "" {
		return &usageError{"--baseline names no file"}
	}
	if _, err := readBaselineIfThere(name); err != nil {
		return err // before the dumps are read
	}
	if err := a.writes("baseline", name); err != nil {
		return err
	}
	if len(dumps) > 0 {
		if err := a.measure(&g.entry, dumps, name, c, &g.sizes); err != nil {
			return err
		}
	}
	if err := g.rates(cmd); err != nil {
		return err
	}
	replaced := false
	err = changeBaseline(name, name, func(b *gate.Baseline) *gate.Baseline {
		if b == nil {
			b = &gate.Baseline{Version: gate.BaselineVersion}
		}
		replaced = b.Find(g.entry.Fingerprint) != nil
		b.Accept(g.entry)
		return b
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, oneLine(accepted(name, &g.entry, replaced)))
	return err
}

// rates puts what the flags say in the place of what was measured, and sees
// whether the entry is one.
func (g *acceptFlags) rates(cmd *cobra.Command) (err error) {
	e := &g.entry
	if cmd.Flags().Changed("count") {
		if e.Count, err = parseAmount(g.count); err != nil {
			return flagError("count", err)
		}
	}
	if cmd.Flags().Changed("bytes") {
		if e.Bytes, err = parseBytes(g.bytes); err != nil {
			return flagError("bytes", err)
		}
	}
	if e.Count == 0 && e.Bytes == 0 {
		return &usageError{"say how fast it may grow: --count, --bytes, or the dumps; a gate that fails prints both"}
	}
	return asUsage(e.Check())
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
	if err := asUsage(rest.Check()); err != nil {
		return err
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
