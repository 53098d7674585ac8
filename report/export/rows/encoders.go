package rows

import (
	"bufio"
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"memtrail/report"
)

const bufferSize = 64 << 10

type ndjson[T any] struct{ out *bufio.Writer }

func newNDJSON[T any](w io.Writer) encoder[T] { return ndjson[T]{bufio.NewWriterSize(w, bufferSize)} }

func (f ndjson[T]) write(rows []T) error {
	for i := range rows {
		if err := report.WriteJSON(f.out, &rows[i]); err != nil {
			return err
		}
		if err := f.out.WriteByte('\n'); err != nil {
			return err
		}
	}
	return nil
}

func (f ndjson[T]) endDump() error { return f.out.Flush() }
func (f ndjson[T]) close() error   { return f.out.Flush() }

type csvFile[T any] struct {
	out    *csv.Writer
	header []string // nil once it is written
	cells  func(*T, []string) []string
	record []string
}

func newCSV[T any](w io.Writer, columns []string, cells func(*T, []string) []string) encoder[T] {
	return &csvFile[T]{out: csv.NewWriter(bufio.NewWriterSize(w, bufferSize)), header: columns, cells: cells}
}

func (f *csvFile[T]) begin() error {
	header := f.header
	if f.header = nil; header == nil {
		return nil
	}
	return f.out.Write(header)
}

func (f *csvFile[T]) write(rows []T) error {
	if err := f.begin(); err != nil {
		return err
	}
	for i := range rows {
		f.record = f.cells(&rows[i], f.record[:0])
		if err := f.out.Write(f.record); err != nil {
			return err
		}
	}
	return nil
}

func (f *csvFile[T]) endDump() error {
	f.out.Flush()
	return f.out.Error()
}

func (f *csvFile[T]) close() error {
	if err := f.begin(); err != nil {
		return err
	}
	return f.endDump()
}

// The columns and cells of CSV. Cells of what a row does not have are empty.
var (
	dumpColumns = []string{"dump", "seq", "time", "producer", "php", "verdict", "complete", "items", "roots", "edges", "memory_usage",
		"memory_usage_real", "peak_memory_usage", "peak_memory_usage_real", "explained_bytes", "php_itself_bytes", "unexplained_bytes",
		"unreachable_bytes"}
	itemColumns = []string{"dump", "item", "id", "type", "class", "object_handle", "reported_bytes", "allocated_bytes", "retained_bytes",
		"idom", "reachable", "is_root", "frame", "symbol", "children_count"}
	edgeColumns  = []string{"dump", "from_item", "to_item", "key", "key_kind", "weak", "reliable"}
	placeColumns = []string{"dump", "node", "parent", "depth", "label", "path", "fingerprint", "type", "class", "count", "own_bytes",
		"retained_bytes", "left_out_items", "left_out_bytes"}
	typeColumns = []string{"dump", "name", "type", "count", "reported_bytes", "allocated_bytes", "retained_bytes"}
)

func dumpCells(d *Dump, c []string) []string {
	at := ""
	if d.Time != nil {
		at = d.Time.Format(time.RFC3339)
	}
	rest := ""
	if d.Unexplained != nil {
		rest = strconv.FormatInt(*d.Unexplained, 10)
	}
	return append(c, text(d.Dump), number(d.Seq), at, text(d.Producer), text(d.PHP), d.Verdict, truth(d.Complete), number(d.Items),
		number(d.Roots), number(d.Edges), optional(d.MemoryUsage), optional(d.MemoryUsageReal), optional(d.Peak), optional(d.PeakReal),
		number(d.Explained), number(d.Itself), rest, number(d.Unreachable))
}

func itemCells(it *Item, c []string) []string {
	return append(c, text(it.Dump), number(it.Item), text(it.ID), text(it.Type), optionalText(it.Class), optional(it.Handle), number(it.Reported),
		number(it.Allocated), number(it.Retained), optional(it.Idom), truth(it.Reachable), truth(it.IsRoot), optionalText(it.Frame),
		optionalText(it.Symbol), number(it.Children))
}

func edgeCells(e *Edge, c []string) []string {
	return append(c, text(e.Dump), number(e.From), optional(e.To), text(e.Key), e.KeyKind, truth(e.Weak), truth(e.Reliable))
}

func placeCells(p *Place, c []string) []string {
	return append(c, text(p.Dump), number(p.Node), optional(p.Parent), number(p.Depth), text(p.Label), optionalText(p.Path),
		optionalText(p.Fingerprint), optionalText(p.Type), optionalText(p.Class), number(p.Count), number(p.Own), number(p.Retained),
		number(p.LeftItems), number(p.LeftBytes))
}

func typeCells(t *Type, c []string) []string {
	return append(c, text(t.Dump), text(t.Name), text(t.Type), number(t.Count), number(t.Reported), number(t.Allocated), number(t.Retained))
}

func text(s string) string { return report.CSVText(s) }

func optionalText(s *string) string {
	if s == nil {
		return ""
	}
	return text(*s)
}

func number[T uint32 | uint64](n T) string { return strconv.FormatUint(uint64(n), 10) }

func optional[T uint32 | uint64](n *T) string {
	if n == nil {
		return ""
	}
	return number(*n)
}

func truth(b bool) string { return strconv.FormatBool(b) }
