package report

import (
	"encoding/csv"
	"io"

	"memtrail/internal/escape"
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
func CSVText(text string) string { return escape.CSV(text) }
