package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"memtrail/analysis"
	"memtrail/report"
)

// gateOutput is one form in which a gate's result is wanted.
type gateOutput struct {
	kind report.GateOutput
	file string // "" for standard output
}

// parseOutputs reads what --output says. If nothing is to go to standard
// output, what --format says goes there.
func parseOutputs(flags []string, format report.Format) ([]gateOutput, error) {
	var list []gateOutput
	printed := false
	taken := map[string]bool{}
	for _, flag := range flags {
		name, file, toFile := strings.Cut(flag, "=")
		kind, err := report.ParseGateOutput(name)
		if err != nil {
			return nil, flagError("output", err)
		}
		switch {
		case toFile && file == "":
			return nil, flagError("output", fmt.Errorf("%q names no file", flag))
		case file == "-":
			file = ""
		case taken[file]:
			return nil, flagError("output", fmt.Errorf("%s is to be written twice", file))
		}
		taken[file] = file != ""
		printed = printed || file == ""
		list = append(list, gateOutput{kind, file})
	}
	if printed {
		return list, nil
	}
	kind, err := report.ParseGateOutput(string(format))
	if format == report.Table {
		kind, err = report.GateText, nil
	}
	if err != nil {
		return nil, &usageError{fmt.Sprintf("a gate has no --format %s", format)}
	}
	return append(list, gateOutput{kind: kind}), nil
}

// print writes a gate's result in all forms that are wanted.
func (a *app) print(outputs []gateOutput, g *analysis.Gate, last string, p report.Options) error {
	var errs []error
	for _, o := range outputs {
		if o.file == "" {
			errs = append(errs, report.Gate(a.stdout, g, last, o.kind, p))
			continue
		}
		errs = append(errs, writeOutput(o, func(w io.Writer) error {
			return report.Gate(w, g, last, o.kind, report.Options{Verbose: p.Verbose})
		}))
	}
	return errors.Join(errs...)
}

// writeOutput writes a file. What is no regular file, a pipe or /dev/stderr, is
// written as it is. The summary of a GitHub job is appended to, for other steps
// write there as well.
func writeOutput(o gateOutput, to func(io.Writer) error) error {
	mode := 0
	info, err := os.Stat(o.file)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("cannot write %s: it is a directory", o.file)
	case err == nil && !info.Mode().IsRegular():
		mode = os.O_WRONLY
	case o.kind == report.GateMarkdown && o.file == os.Getenv("GITHUB_STEP_SUMMARY"):
		mode = os.O_WRONLY | os.O_APPEND | os.O_CREATE
	default:
		return replaceFile(o.file, to)
	}
	f, err := os.OpenFile(o.file, mode, 0o644)
	if err != nil {
		return writeError(o.file, err)
	}
	return writeError(o.file, errors.Join(to(f), f.Close()))
}

// gateOutputNames lists them for the help.
func gateOutputNames() string {
	var names []string
	for _, o := range report.GateOutputs() {
		names = append(names, string(o))
	}
	return strings.Join(names, ", ")
}
