package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/report"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// gateFlags are the flags of gate.
type gateFlags struct {
	limits   limitFlags
	sizes    sizeFlags
	config   string
	baseline string
	write    string
	reason   string
	allow    []string
	outputs  []string
	strict   bool
}

func (a *app) gateCommand() *cobra.Command {
	var o gateFlags
	cmd := &cobra.Command{
		Use:   "gate DUMP…",
		Short: "Fail a CI run if something grows over a series of dumps",
		Long: `growth with a verdict for CI: fails, with exit code 1, if something grows that the baseline
does not know, or knows to be slower, or if memory grows and nothing in the dumps tells why.
With exit code 3 the dumps do not tell. Two dumps are judged only if --min-count or --min-bytes
is given.

` + seriesHelp + `

Limits, baseline and rules may stand in ` + configFile + `; flags come first. A baseline, ` + baselineFile + `
unless another is named, has what is known to grow, each with a reason.`,
		Example: `  analyzer gate dumps/
  analyzer gate dumps/ --output github --output junit=leaks.xml
  analyzer gate dumps/ --write-baseline leaks.json
  analyzer gate accept a3f9c1e2 --reason "cleared at night, see #123" --expires 2027-01-31`,
		Args: seriesArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.gate(cmd, args, &o)
		},
	}
	f := cmd.Flags()
	o.limits.add(cmd)
	f.SetNormalizeFunc(oldNames)
	o.addBaseline(cmd)
	f.StringVar(&o.write, "write-baseline", "", "accept all that grows: write it to this file, - for standard output, with the reasons that stand there already")
	f.StringVar(&o.reason, "reason", "known when the baseline was written", "why what --write-baseline adds is accepted")
	f.StringArrayVar(&o.allow, "allow", []string{"phpunit"}, "rules that come with analyzer: phpunit (fixtures that PHPUnit keeps alive) or none")
	f.StringArrayVarP(&o.outputs, "output", "o", nil, "KIND[=FILE], may be repeated: a --format, and the file that it goes to; or a FILE for --format")
	_ = cmd.RegisterFlagCompletionFunc("output", completeOutput)
	f.BoolVar(&o.strict, "strict", false, "fail for entries of the baseline that are expired or that nothing matches, too")
	a.addDetails(cmd, "show long names, paths and reasons in full")
	cmd.ValidArgsFunction = completeDumps(0)
	cmd.AddCommand(a.acceptCommand())
	return cmd
}

// oldNames are names that flags once had.
func oldNames(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	if name == "min-objects" {
		name = "min-count"
	}
	return pflag.NormalizedName(name)
}

// addBaseline adds the flags that gate accept has, too.
func (o *gateFlags) addBaseline(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.config, "config", "", configHelp)
	f.StringVar(&o.baseline, "baseline", "", "what is known to grow; "+baselineFile+" if that is there; '' for none")
	o.sizes.addRetained(cmd)
}

func (a *app) gate(cmd *cobra.Command, args []string, o *gateFlags) error {
	p := report.Options{Color: a.color(), Verbose: a.verbose, Width: width(a.stdout)}
	format, err := report.ParseGateOutput(a.format)
	if err != nil {
		return flagError("format", err)
	}
	if err := o.sizes.check(""); err != nil {
		return err
	}
	if o.write != "" && strings.TrimSpace(o.reason) == "" {
		return &usageError{"--reason is empty: why is it accepted?"}
	}
	outputs, err := parseOutputs(o.outputs, format, cmd.Flags().Changed("format"))
	if err != nil {
		return err
	}
	printed := a.stdout
	if o.write == standardOutput {
		// The baseline goes there; for the result there is the other stream.
		if len(o.outputs) > 0 && slices.ContainsFunc(outputs, gateOutput.printed) || cmd.Flags().Changed("format") {
			return &usageError{"--write-baseline - writes the baseline to standard output: write the result to a file, --output KIND=FILE"}
		}
		printed, p = a.stderr, report.Options{Color: a.color(), Verbose: a.verbose, Width: p.Width}
	}
	for _, out := range outputs {
		if !out.printed() {
			if err := a.claim("output", out.file); err != nil {
				return err
			}
		}
	}
	if err := a.guard(cmp.Or(o.config, configFile)); err != nil {
		return err
	}
	c, err := o.configure(cmd)
	if err != nil {
		return err
	}
	if err := a.guard(o.baselineName(cmd, c)); err != nil {
		return err
	}
	known, name, err := o.readBaseline(cmd, c)
	if err != nil {
		return err
	}
	if o.write != "" && o.write != standardOutput {
		if err := a.claim("write-baseline", o.write); err != nil {
			return err
		}
	}
	notDumps := []string{name, o.write}
	for _, out := range outputs {
		notDumps = append(notDumps, out.file) // of an earlier run
	}
	series, files, err := a.series(args, &o.sizes, notDumps...)
	if err != nil {
		return err
	}
	grown := series.Growth(c.limits.Options(c.memoryLimit))
	a.assessSeries(grown)
	judge := gate.JudgeOptions{Today: time.Now().Format(time.DateOnly), Strict: o.strict}
	result := gate.Judge(grown, c.limits, known, judge)
	if o.write != "" {
		if grown.Verdict == growth.Inconclusive {
			a.warn("%s is not written, as the dumps do not tell what grows", oneLine(o.write))
		} else {
			var done string
			known, done = newBaseline(result, known, judge.Today, o)
			if o.write == standardOutput {
				err = a.printBaseline(known)
			} else {
				name = o.write
				err = writeBaseline(name, known)
			}
			if err != nil {
				return err
			}
			a.note("%s", done)
			result = gate.Judge(grown, c.limits, known, judge)
		}
	}
	result.Baseline = name
	a.failed = result.Failed
	return print(printed, outputs, result, files[len(files)-1], p, a.colors == colorAlways && !a.noColor)
}

func (a *app) printBaseline(b *gate.Baseline) error {
	text, err := printBaseline(b)
	if err == nil {
		_, err = a.stdout.Write(text)
	}
	return err
}

// configure reads the configuration, and the flags that come before it.
func (o *gateFlags) configure(cmd *cobra.Command) (*config, error) {
	c, err := readConfig(o.config)
	if err != nil {
		return nil, err
	}
	if cmd.Flags().Changed("allow") {
		c.allow = o.allow
	}
	// The user's own rules come first, so that they can undo what is shipped.
	for _, name := range c.allow {
		rules, err := shippedRules(name)
		if err != nil {
			return nil, flagError("allow", err)
		}
		c.limits.Rules = append(c.limits.Rules, rules...)
	}
	return c, o.limits.apply(cmd, c)
}

// readBaseline reads the baseline that is named, or the usual one; nil if there
// is none.
func (o *gateFlags) readBaseline(cmd *cobra.Command, c *config) (b *gate.Baseline, name string, err error) {
	name = o.baselineName(cmd, c)
	if name == "" {
		return nil, "", nil
	}
	b, err = readBaseline(name)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return b, name, err
	}
	if o.write != "" || !cmd.Flags().Changed("baseline") && c.baseline == "" {
		return nil, "", nil
	}
	return nil, "", &inputError{name, errors.New("no such baseline; write one with gate --write-baseline " + name)}
}

// baselineName is the file that is, or would be, the baseline; "" for none.
func (o *gateFlags) baselineName(cmd *cobra.Command, c *config) string {
	switch {
	case cmd.Flags().Changed("baseline"):
		return o.baseline
	case o.write != "" && o.write != standardOutput:
		return o.write
	case c.baseline != "":
		return c.baseline
	}
	return baselineFile
}

// newBaseline accepts what a gate has found. It also returns what to say once
// that is written.
func newBaseline(g *gate.Gate, old *gate.Baseline, today string, o *gateFlags) (b *gate.Baseline, done string) {
	b = gate.BaselineOf(&g.Growth, o.reason)
	gone := 0
	if old != nil {
		gone = b.Inherit(old, today)
	}
	name := oneLine(o.write)
	if name == standardOutput {
		name = "standard output"
	}
	done = fmt.Sprintf("%s: %s accepted", name, count(uint64(len(b.Entries)), "leak"))
	if gone > 0 {
		done += fmt.Sprintf(", %d that nothing matches any more dropped", gone)
	}
	return b, done
}
