// Simseries writes a series of dumps of a simulated PHP process into a folder:
//
//	go run ./internal/simseries/cmd -scenario rising_sawtooth -seed 1 -dumps 6 -dir out
//
// The dumps are mem-1.json and so on, and what is true of them is in truth.json.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"memtrail/internal/simcmd"
	"memtrail/internal/simseries"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

func run(args []string, stdout, stderr io.Writer) int {
	fs := simcmd.Flags("simseries", stderr)
	name := fs.String("scenario", "", "which `scenario`; without one they are listed")
	seed := fs.Uint64("seed", 1, "varies everything that the scenario leaves open")
	dumps := fs.Int("dumps", 6, "how many `dumps`, at least 3")
	dir := fs.String("dir", ".", "`folder` to write to; it is made if need be")
	if exit, done := simcmd.Parse(fs, args); done {
		return exit
	}
	if *name == "" {
		for _, s := range simseries.Scenarios() {
			fmt.Fprintf(stdout, "%-30s %v\n", s.Name, s.Verdict)
		}
		return 0
	}
	scenario, ok := simseries.Find(*name)
	if !ok {
		fmt.Fprintf(stderr, "simseries: there is no scenario %q\n", *name)
		return simcmd.ExitUsage
	}
	return simcmd.Exit(write(scenario.Series(*seed, *dumps), *dir), stderr)
}

func write(s simseries.Series, dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for i, text := range s.Dumps {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("mem-%d.json", i+1)), text, 0o666); err != nil {
			return err
		}
	}
	return simcmd.WriteTruth(filepath.Join(dir, "truth.json"), s.Truth)
}
