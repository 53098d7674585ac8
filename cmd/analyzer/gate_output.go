package main

import (
	"errors"
	"fmt"
	"io"
	"memtrail/analysis/gate"
	"memtrail/report"
	"os"
	"strings"
)

// gateOutput is one form in which a gate's result is wanted.
type gateOutput struct {
	kind report.GateOutput
	file string // "" for standard output
}

// printed reports whether an output goes to standard output.
func (o gateOutput) printed() bool { return o.file == "" }

// looksLikeFile reports whether a value of --output can be no kind, and not a
// mistake in one: it has a dot or a separator.
func looksLikeFile(text string) bool { return strings.ContainsAny(text, `./\`) }

// parseOutputs reads what --output says: KIND, KIND=FILE or, as for the other
// commands, a FILE in the format that --format says. If nothing is to go to standard
// output, what --format says goes there. given tells that the user has said it.
func parseOutputs(flags []string, format report.GateOutput, given bool) ([]gateOutput, error) {
	var list []gateOutput
	printed := false
	taken := map[string]bool{}
	for _, flag := range flags {
		name, file, toFile := strings.Cut(flag, "=")
		kind, err := report.ParseGateOutput(name)
		if err != nil && (flag == standardOutput || !toFile && looksLikeFile(flag)) {
			kind, file, toFile, err = format, flag, true, nil
		}
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
// inFiles tells whether text in files has colors.
func print(stdout io.Writer, outputs []gateOutput, g *gate.Gate, last string, p report.Options, inFiles bool) error {
	var errs []error
	for _, o := range outputs {
		if o.printed() {
			errs = append(errs, report.Gate(stdout, g, last, o.kind, p))
			continue
		}
		errs = append(errs, writeOutput(o, func(w io.Writer) error {
			return report.Gate(w, g, last, o.kind, report.Options{Verbose: p.Verbose, Color: inFiles})
		}))
	}
	return errors.Join(errs...)
}

// writeOutput writes a file. The summary of a GitHub job is appended to, for
// other steps write there as well.
func writeOutput(o gateOutput, to func(io.Writer) error) error {
	if o.kind != report.GateMarkdown || o.file != os.Getenv("GITHUB_STEP_SUMMARY") {
		return replaceFile(o.file, to)
	}
	f, err := os.OpenFile(o.file, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return writeError(o.file, err)
	}
	return writeError(o.file, errors.Join(to(f), f.Close()))
}

func gateOutputNames() []string { return texts(report.GateOutputs()) }
