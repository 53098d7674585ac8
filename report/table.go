package report

import (
	"bufio"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"memtrail/internal/escape"
)

// Two ways to draw the same table, to the byte.

// drawByLibrary draws g with tablewriter, which holds all of it in memory.
func drawByLibrary(out *bufio.Writer, titles []string, g grid) error {
	between := tw.Off
	if g.ruled {
		between = tw.On
	}
	t := tablewriter.NewTable(out,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Symbols:  tw.NewSymbols(tw.StyleASCII),
			Settings: tw.Settings{Separators: tw.Separators{BetweenRows: between}},
		})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAutoWrap(tw.WrapNone),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignment(tw.AlignLeft),
		// The same bytes in every locale, as from php-meminfo.
		tablewriter.WithEastAsian(tw.Off),
		// Without these, names lose their blanks and cells their empty lines.
		tablewriter.WithTrimSpace(tw.Off),
		tablewriter.WithTrimTab(tw.Off),
		tablewriter.WithTrimLine(tw.Off),
	)
	if titles != nil {
		t.Header(titles)
	}
	for row := range g.rows {
		cells := make([]string, len(row))
		for i, c := range row {
			lines := make([]string, len(c))
			for j, l := range c {
				lines[j] = printable(l)
			}
			cells[i] = strings.Join(lines, "\n")
		}
		if err := t.Append(cells); err != nil {
			return err
		}
	}
	return t.Render()
}

// drawByHand draws g row by row, in columns of the given widths.
func drawByHand(out *bufio.Writer, titles []string, g grid, widths []int) error {
	rule := rule(widths)
	out.WriteString(rule)
	var line []byte
	if titles != nil {
		for i, title := range titles {
			line = appendCell(line, title, textWidth(title), widths[i])
		}
		out.Write(append(line, "|\n"...))
		out.WriteString(rule)
	}
	first := true
	for row := range g.rows {
		if g.ruled && !first {
			out.WriteString(rule)
		}
		first = false
		for l := range height(row) {
			line = line[:0]
			for i, c := range row {
				text, width := "", 0
				if l < len(c) {
					text, width = printableWidth(c[l])
				}
				line = appendCell(line, text, width, widths[i])
			}
			line = append(line, "|\n"...)
			// A broken pipe should end the loop, not only the output.
			if _, err := out.Write(line); err != nil {
				return err
			}
		}
	}
	if first && titles != nil {
		return nil // The rule below the titles closes the table.
	}
	_, err := out.WriteString(rule)
	return err
}

// appendCell appends a text that takes some columns of a cell that is that wide.
func appendCell(line []byte, text string, columns, width int) []byte {
	const blanks = "                                                                "
	line = append(append(line, "| "...), text...)
	pad := width - columns + 1
	for pad > len(blanks) {
		line = append(line, blanks...)
		pad -= len(blanks)
	}
	return append(line, blanks[:pad]...)
}

func rule(widths []int) string {
	var b strings.Builder
	for _, w := range widths {
		b.WriteByte('+')
		b.WriteString(strings.Repeat("-", w+2))
	}
	b.WriteString("+\n")
	return b.String()
}

// mostColumns is what a byte takes at most: an escape, as \x1B.
const mostColumns = 4

// measure returns the widths of a grid's columns and the lines of its rows.
func measure(g grid) (widths []int, lines int) {
	widths = make([]int, len(g.columns))
	if !g.headless {
		for i, c := range g.columns {
			widths[i] = textWidth(printable(c.title))
		}
	}
	for row := range g.rows {
		for i, c := range row {
			for _, l := range c {
				if mostColumns*len(l) <= widths[i] {
					continue // as most numbers below their titles
				}
				_, width := printableWidth(l)
				widths[i] = max(widths[i], width)
			}
		}
		lines += height(row)
	}
	return widths, lines
}

// height is the number of lines of a row.
func height(row []cell) int {
	h := 1
	for _, c := range row {
		h = max(h, len(c))
	}
	return h
}

// printableWidth is a text as a page shows it, and the columns that it takes.
func printableWidth(s string) (text string, width int) {
	if escape.Plain(s) {
		return s, len(s)
	}
	text = printable(s)
	return text, textWidth(text)
}

// textWidth is the number of terminal columns that printable text takes. Color
// escapes take none. It agrees with tablewriter's measure, by asking it with the
// settings of drawByLibrary.
func textWidth(s string) int {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return twwidth.WidthWithOptions(s, twwidth.Options{})
		}
	}
	return len(s)
}
