package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
)

// fixtures are the files that the cases read, and what to ask of them.
type fixtures struct {
	Plain string // the dump; compressed if only such a one was given
	Gzip  string // the same dump, if present
	Zstd  string
	Small string // a dump of a thousand items
	ID    string // an object far into the dump
	Class string // its class
}

// A benchCase is one thing to time.
type benchCase struct {
	name string
	args []string // of the analyzer
	// file is what wc -l reads for comparison.
	file string
	// terminal: it draws, and is asked to end at once.
	terminal bool
	// firstOutput: timed is the way to the first byte of output, not to the end.
	firstOutput bool
}

// A command is timed on the dump and on each compressed form of it.
type command struct {
	name string
	args func(f fixtures, dump string) []string // nil: not with these fixtures
}

// drawing is the command that needs a terminal.
const drawing = "explore"

// commands is the table to extend.
func commands() []command {
	return []command{
		{"summary", func(_ fixtures, dump string) []string { return []string{"summary", dump} }},
		{"top-children", func(_ fixtures, dump string) []string { return []string{"top-children", dump} }},
		{"query", func(f fixtures, dump string) []string {
			if f.Class == "" {
				return nil
			}
			return []string{"query", dump, "-f", "class=" + f.Class}
		}},
		{"ref-path", func(f fixtures, dump string) []string {
			if f.ID == "" {
				return nil
			}
			return []string{"ref-path", f.ID, dump}
		}},
		{"summary-allocated", func(_ fixtures, dump string) []string { return []string{"summary", dump, "--sizes", "allocated"} }},
		{"query-retained", func(f fixtures, dump string) []string {
			if f.Class == "" {
				return nil
			}
			return []string{"query", dump, "-f", "class=" + f.Class, "--retained"}
		}},
		{"check", func(_ fixtures, dump string) []string { return []string{"check", dump} }},
		{"heap", func(_ fixtures, dump string) []string { return []string{"heap", dump} }},
		{"leaks", func(_ fixtures, dump string) []string { return []string{"leaks", dump} }},
		{"tree", func(_ fixtures, dump string) []string { return []string{"tree", dump} }},
		{drawing, func(_ fixtures, dump string) []string {
			if runtime.GOOS == "windows" {
				return nil // there are no pseudo-terminals
			}
			return []string{drawing, dump}
		}},
		{"report", func(_ fixtures, dump string) []string { return []string{"report", dump} }},
		{"export-pprof", func(_ fixtures, dump string) []string {
			return []string{"export", dump, "--to", "pprof", "-o", os.DevNull}
		}},
		{"export-heapsnapshot", func(_ fixtures, dump string) []string {
			return []string{"export", dump, "--to", "heapsnapshot", "-o", os.DevNull}
		}},
		{"export-parquet", func(_ fixtures, dump string) []string {
			return []string{"export", dump, "--to", "parquet", "--table", "items", "-o", os.DevNull}
		}},
	}
}

const firstOutputName = "first-output"

// cases lists what there is to time. A case is named by its command, and by the
// compression behind a slash.
func cases(f fixtures) []benchCase {
	var all []benchCase
	for _, dump := range []struct{ suffix, file string }{{"", f.Plain}, {"/gz", f.Gzip}, {"/zst", f.Zstd}} {
		if dump.file == "" {
			continue
		}
		for _, c := range commands() {
			if args := c.args(f, dump.file); args != nil {
				all = append(all, benchCase{name: c.name + dump.suffix, args: args, file: f.Plain, terminal: c.name == drawing})
			}
		}
	}
	return append(all, benchCase{
		name: firstOutputName, args: []string{"summary", f.Small}, file: f.Small, firstOutput: true,
	})
}

// only picks cases: each name stands for itself and for its compressed forms.
func only(all []benchCase, names []string) []benchCase {
	if len(names) == 0 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(c benchCase) bool {
		command, _, _ := strings.Cut(c.name, "/")
		return !slices.Contains(names, c.name) && !slices.Contains(names, command)
	})
}

// checkNames refuses names that stand for no case, whatever the fixtures.
func checkNames(names []string) error {
	known := []string{firstOutputName}
	for _, c := range commands() {
		known = append(known, c.name, c.name+"/gz", c.name+"/zst")
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fmt.Errorf("no case %q: there are %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}
