package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"memtrail/internal/json"
)

// A summary is what a run of the benchmark found.
type summary struct {
	Dump      string   `json:"dump"`
	DumpBytes int64    `json:"dump_bytes"`
	Runs      int      `json:"runs"`
	Results   []result `json:"results"`
}

func printJSON(w io.Writer, s summary) error {
	text, err := json.EncodeIndent(s, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// printBenchmarks prints each run in the format of Go's benchmarks. Times are
// those of the processor, in multiples of what wc -l took just before: another
// machine, or a busy one, changes these less than seconds.
func printBenchmarks(w io.Writer, s summary) error {
	fmt.Fprintf(w, "dump-MB: %.0f\nUnit cpu/wc better=lower\nUnit peak-MB better=lower\n", float64(s.DumpBytes)/1e6)
	for _, r := range s.Results {
		if r.ExitCode != 0 {
			return fmt.Errorf("%s: exit %d: %s", r.Case, r.ExitCode, r.Stderr)
		}
		for _, run := range r.runs {
			line := fmt.Sprintf("BenchmarkAnalyzer/%s 1", r.Case)
			if run.wc > 0 {
				line += fmt.Sprintf(" %.3f cpu/wc", float64(run.cpu)/float64(run.wc))
			}
			if run.rss > 0 {
				line += fmt.Sprintf(" %.1f peak-MB", float64(run.rss)/1e6)
			}
			if _, err := fmt.Fprintln(w, line); err != nil {
				return err
			}
		}
	}
	return nil
}

func printTable(w io.Writer, s summary) error {
	fmt.Fprintf(w, "%s: %.1f MB, median of %d runs\n", s.Dump, float64(s.DumpBytes)/1e6, s.Runs)
	right := tw.CellAlignment{Global: tw.AlignRight, PerColumn: []tw.Align{tw.AlignLeft}}
	table := tablewriter.NewTable(w,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Symbols: tw.NewSymbols(tw.StyleASCII)})),
		tablewriter.WithConfig(tablewriter.Config{
			Header: tw.CellConfig{Formatting: tw.CellFormatting{AutoFormat: tw.Off}, Alignment: right},
			Row:    tw.CellConfig{Alignment: right},
		}),
	)
	table.Header([]string{"case", "median ms", "min", "max", "wc -l ms", "× wc -l", "peak MB", "output bytes", "exit"})
	for _, r := range s.Results {
		if err := table.Append([]string{
			r.Case, fixed(r.MedianMS, 1), fixed(r.MinMS, 1), fixed(r.MaxMS, 1),
			orNA(r.WCMedianMS, 1), orNA(r.Ratio, 2), orNA(r.PeakRSSMB, 1),
			strconv.FormatInt(r.OutputBytes, 10), strconv.Itoa(r.ExitCode),
		}); err != nil {
			return err
		}
	}
	if err := table.Render(); err != nil {
		return err
	}
	for _, r := range s.Results {
		if line, _, _ := strings.Cut(r.Stderr, "\n"); line != "" {
			fmt.Fprintf(w, "%s: exit %d: %s\n", r.Case, r.ExitCode, line)
		}
	}
	return nil
}

func fixed(f float64, digits int) string { return strconv.FormatFloat(f, 'f', digits, 64) }

func orNA(f *float64, digits int) string {
	if f == nil {
		return "n/a"
	}
	return fixed(*f, digits)
}
