package report

import (
	"encoding/csv"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// writeCSV writes a header line and the rows of g.
func writeCSV(w io.Writer, g grid) error {
	out := csv.NewWriter(w)
	record := make([]string, len(g.columns))
	for i, c := range g.columns {
		record[i] = c.title
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for row := range g.rows {
		for i, c := range row {
			record[i] = csvCell(c)
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// CSVText is a text as a cell of CSV: without control characters, and no formula.
func CSVText(text string) string {
	text = printable(text)
	if isFormula(text) {
		return "'" + text
	}
	return text
}

// csvCell is a cell as text: its lines escaped, and no formula.
func csvCell(c cell) string {
	var text string
	if len(c) == 1 {
		text = printable(c[0])
	} else {
		lines := make([]string, len(c))
		for i, l := range c {
			lines[i] = printable(l)
		}
		text = strings.Join(lines, "\n")
	}
	if isFormula(text) {
		return "'" + text
	}
	return text
}

// isFormula tells whether a spreadsheet might evaluate text. Blanks in front do
// not stop all of them, nor do joiners, which show nothing, and in East Asian
// locales the wide signs count too.
func isFormula(text string) bool {
	trimmed := strings.TrimLeftFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\u200C' || r == '\u200D' || r == '\u2800' || r == '\u3164'
	})
	if trimmed == "" || isNumber(text) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(trimmed)
	return strings.ContainsRune("=+-@\t\r＝＋－＠", first)
}

func isNumber(text string) bool {
	if text != "" && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	whole, fraction, dot := strings.Cut(text, ".")
	return digits(whole) && (!dot || digits(fraction))
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
