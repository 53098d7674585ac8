package report

import "memtrail/internal/escape"

// printable is a text as a page shows it: see package escape, which has the rules
// of all formats.
func printable(s string) string { return escape.Text(s) }

// markdownText is a text within a line of Markdown.
func markdownText(s string) string { return escape.Markdown(s) }

// csvCell is a cell as text: its lines escaped, and no formula.
func csvCell(c cell) string {
	if len(c) == 0 {
		return ""
	}
	return escape.CSV(c[0], c[1:]...)
}
