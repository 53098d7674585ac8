package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"memtrail/analysis/gate"
)

// baselineFlags say where it stands what is known to grow.
type baselineFlags struct {
	config string // file; "" for the usual one
	file   string // of --baseline
}

func (b *baselineFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&b.config, "config", "", configHelp)
	f.StringVar(&b.file, "baseline", "", "`FILE` of what is known to grow; '' for none (default: "+baselineFile+", if it is there)")
}

// name is the file that is, or would be, the baseline; "" for none. write is the
// file that a new one is written to, "" if none is.
func (b *baselineFlags) name(cmd *cobra.Command, c *config, write string) string {
	switch {
	case cmd.Flags().Changed("baseline"):
		return b.file
	case write != "" && write != standardOutput:
		return write
	case c.baseline != "":
		return c.baseline
	}
	return baselineFile
}

// knownLeaks reads the baseline that is named, or the usual one, and sees
// whether a new one can be written. It returns nil and no name if there is none.
func (a *app) knownLeaks(cmd *cobra.Command, g *gateFlags, c *config) (known *gate.Baseline, name string, err error) {
	name = g.baseline.name(cmd, c, g.write)
	if g.replacesBaseline() {
		if err := a.writes("write-baseline", g.write); err != nil {
			return nil, "", err
		}
	}
	if name != g.write { // else it is replaced by what it says, and more
		if err := a.reads(name); err != nil {
			return nil, "", err
		}
	}
	if known, err = readBaselineIfThere(name); err != nil {
		return nil, "", err
	}
	if known != nil {
		return known, name, nil
	}
	if g.write == "" && name != "" && (cmd.Flags().Changed("baseline") || c.baseline != "") {
		return nil, "", &inputError{name, errors.New("no such baseline; write one with gate --write-baseline " + name)}
	}
	return nil, "", nil
}

// replacesBaseline reports whether a baseline is written to a file.
func (g *gateFlags) replacesBaseline() bool { return g.write != "" && g.write != standardOutput }

// acceptAll accepts what a gate has found: it writes a baseline that keeps the
// reasons of the old one, and says what it has done. It returns the baseline, and
// its name.
func (a *app) acceptAll(cmd *cobra.Command, found *gate.Gate, c *config, g *gateFlags, today string) (accepted *gate.Baseline, name string, err error) {
	gone := 0
	accept := func(old *gate.Baseline) *gate.Baseline {
		accepted, gone = gate.BaselineOf(&found.Growth, g.reason), 0
		if old != nil {
			gone = accepted.Inherit(old, today)
		}
		return accepted
	}
	// The old one is read again: another gate may have changed it while the dumps
	// were read.
	from := g.baseline.name(cmd, c, g.write)
	shown := "standard output"
	if g.replacesBaseline() {
		name, shown = g.write, oneLine(g.write)
		err = changeBaseline(from, g.write, accept)
	} else {
		name, err = a.printBaseline(from, accept)
	}
	if err != nil {
		return nil, "", err
	}
	done := fmt.Sprintf("%s: %s accepted", shown, count(uint64(len(accepted.Entries)), "leak"))
	if gone > 0 {
		done += fmt.Sprintf(", %d that nothing matches any more dropped", gone)
	}
	a.note("%s", done)
	return accepted, name, nil
}

// printBaseline writes what accept makes of a baseline to standard output. It
// returns the name of the old one, "" if there is none.
func (a *app) printBaseline(from string, accept func(old *gate.Baseline) *gate.Baseline) (name string, err error) {
	old, err := readBaselineIfThere(from)
	if err != nil {
		return "", err
	}
	if old != nil {
		name = from
	}
	text, err := encodeBaseline(accept(old))
	if err == nil {
		_, err = a.stdout.Write(text)
	}
	return name, err
}
