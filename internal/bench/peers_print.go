package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
)

// printPeers prints a table in Markdown for each heap. php is its version.
func printPeers(w io.Writer, php string, rows []peerRow) error {
	var b strings.Builder
	for i, r := range rows {
		if i == 0 || r.tool == rows[0].tool {
			if i > 0 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "A heap of %s, PHP %s:\n\n", megabytes(int64(usageFrom(rows[i:]))), cell(php))
			b.WriteString("| | version | pause | time | peak memory | explained |\n|---|---|---|---|---|---|\n")
		}
		fmt.Fprintf(&b, "| %s | %s |", cell(r.tool), cmp.Or(cell(r.version), "–"))
		if r.missing != "" {
			fmt.Fprintf(&b, " %s | | | |\n", cell(r.missing))
			continue
		}
		fmt.Fprintf(&b, " %s | %s | %s | %s |\n", inSeconds(r.pause), inSeconds(r.time), r.memory(), r.share())
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// usageFrom is that of the first tool that has one, which is the heap's.
func usageFrom(rows []peerRow) uint64 {
	for _, r := range rows {
		if r.usage > 0 {
			return r.usage
		}
	}
	return 0
}

// cell keeps a text within a cell of a table.
func cell(s string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "\r", " ").Replace(s)
}

func inSeconds(d time.Duration) string {
	switch {
	case d == 0:
		return "–"
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", milliseconds(d))
	case d < 10*time.Second:
		return fmt.Sprintf("%.2f s", d.Seconds())
	}
	return fmt.Sprintf("%.0f s", d.Seconds())
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.0f MB", float64(bytes)/1e6) }

func (r *peerRow) memory() string {
	switch {
	case r.inside:
		return "+" + megabytes(r.peak)
	case r.peak == 0:
		return "–"
	}
	return megabytes(r.peak)
}

func (r *peerRow) share() string {
	if r.explained < 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*r.explained)
}
