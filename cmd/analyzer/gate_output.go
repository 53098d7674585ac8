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

// printed reports whether an output goes to standard output.
func (o gateOutput) printed() bool { return o.file == "" }

// parseOutputs reads what --output says. If nothing is to go to standard
// output, what --format says goes there. given tells that the user has said it.
func parseOutputs(flags []string, format report.GateOutput, given bool) ([]gateOutput, error) {
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
		case file == standardOutput:
			file = ""
		case taken[file]:
			return nil, flagError("output", fmt.Errorf("%s is to be written twice", file))
		}
		taken[file] = file != ""
		printed = printed || file == ""
		list = append(list, gateOutput{kind, file})
	}
	for _, o := range list {
		if given && o.printed() && o.kind != format {
			return nil, &usageError{fmt.Sprintf("--format %s and --output %s both go to standard output: give one of them a file, --output KIND=FILE", format, o.kind)}
		}
	}
	if printed {
		return list, nil
	}
	return append(list, gateOutput{kind: format}), nil
}

// print writes a gate's result in all forms that are wanted; stdout is for those
// without a file.
func print(stdout io.Writer, outputs []gateOutput, g *analysis.Gate, last string, p report.Options) error {
	var errs []error
	for _, o := range outputs {
		if o.printed() {
			errs = append(errs, report.Gate(stdout, g, last, o.kind, p))
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

func gateOutputNames() []string { return texts(report.GateOutputs()) }
