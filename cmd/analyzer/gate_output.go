package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"memtrail/analysis/gate"
	"memtrail/internal/atomicfile"
	"memtrail/report"
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

// gatePages are the forms in which a gate's result is wanted.
type gatePages struct {
	outputs []gateOutput
	stdout  io.Writer // for those without a file
	options report.Options
	// colorFiles tells whether text in files has colors.
	colorFiles bool
}

// gatePages reads what the flags say of the result's forms.
func (a *app) gatePages(cmd *cobra.Command, g *gateFlags) (*gatePages, error) {
	format, err := report.ParseGateOutput(a.format) // table, too, which is text
	if err != nil {
		return nil, oneOf("format", a.format, gateOutputNames())
	}
	given := cmd.Flags().Changed("format")
	outputs, err := parseOutputs(g.outputs, format, given)
	if err != nil {
		return nil, err
	}
	p := &gatePages{
		outputs: outputs, stdout: a.stdout, colorFiles: a.colors == colorAlways && !a.noColor,
		options: report.Options{Color: a.color(), Verbose: a.verbose, Width: width(a.stdout)},
	}
	if g.write == standardOutput {
		// The baseline goes there; for the result there is the other stream.
		if given || len(g.outputs) > 0 && slices.ContainsFunc(outputs, gateOutput.printed) {
			return nil, &usageError{"--write-baseline - writes the baseline to standard output: write the result to a file, --output KIND=FILE"}
		}
		p.stdout = a.stderr
	}
	for _, file := range p.files() {
		if err := a.writes("output", file); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// files are those that the result is written to.
func (p *gatePages) files() []string {
	var files []string
	for _, o := range p.outputs {
		if !o.printed() {
			files = append(files, o.file)
		}
	}
	return files
}

// print writes a gate's result in all forms that are wanted. last is the name of
// the last dump, for the commands that the page suggests.
func (p *gatePages) print(g *gate.Gate, last string) error {
	var errs []error
	for _, o := range p.outputs {
		if o.printed() {
			errs = append(errs, report.Gate(p.stdout, g, last, o.kind, p.options))
			continue
		}
		errs = append(errs, o.write(func(w io.Writer) error {
			return report.Gate(w, g, last, o.kind, report.Options{Verbose: p.options.Verbose, Color: p.colorFiles})
		}))
	}
	return errors.Join(errs...)
}

// write writes the file. The summary of a GitHub job is appended to, for
// other steps write there as well.
func (o gateOutput) write(to func(io.Writer) error) error {
	if o.kind != report.GateMarkdown || o.file != os.Getenv("GITHUB_STEP_SUMMARY") {
		return atomicfile.Write(o.file, atomicfile.Shared, to)
	}
	var text bytes.Buffer
	if err := to(&text); err != nil {
		return err
	}
	return atomicfile.Append(o.file, text.Bytes())
}

func gateOutputNames() []string { return texts(report.GateOutputs()) }
