package rows

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"memtrail/analysis/inventory"
	"memtrail/analysis/tree"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/zend"
)

func source(t testing.TB, name string, text []byte) Source {
	t.Helper()
	g, info := dumptest.Build(t, text)
	v := inventory.Of(g, info, zend.Auto)
	v.Name, v.Seq = name, 1
	return Source{v, func() *tree.Tree { return v.Tree(inventory.Options{}) }}
}

// sources are two dumps with odd names and contents.
func sources(t testing.TB) []Source {
	b := dumpbuild.New().Memory(1<<20, 2<<20, 1<<20, 2<<20)
	b.Global("x", dumpbuild.NewObject("A\xff", dumpbuild.To("=1+1", dumpbuild.NewArray(dumpbuild.To("é", dumpbuild.NewString(100)), dumpbuild.To("7", dumpbuild.NewString(9))))))
	return []Source{source(t, "odd\xfe.json", b.Dump().PrintUsual()), source(t, "weird.json", dumptest.Load(t, "weird.json.gz")),
		source(t, "weak.json", dumptest.Load(t, "series/weak_map-1.json.gz"))}
}

func written(t testing.TB, format Format, table Table, list []Source) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := New(&b, format, table)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if err := w.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// parquetRowsOf are the rows of a Parquet file, as they are in JSON.
func parquetRowsOf(t *testing.T, file []byte) []map[string]any {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]any
	for _, g := range f.RowGroups() {
		rows := parquet.NewRowGroupReader(g)
		buffer := make([]parquet.Row, g.NumRows())
		if n, err := rows.ReadRows(buffer); n != len(buffer) || err != nil && err != io.EOF {
			t.Fatalf("%d rows of %d: %v", n, len(buffer), err)
		}
		for _, values := range buffer {
			row := map[string]any{}
			for i, c := range f.Root().Columns() {
				if v := asJSON(c, values[i]); v != nil || c.Optional() {
					row[c.Name()] = v
				}
			}
			all = append(all, row)
		}
	}
	return all
}

// asJSON is a value as it is in JSON; false is left out.
func asJSON(c *parquet.Column, v parquet.Value) any {
	if v.IsNull() {
		return nil
	}
	if c.Type().Kind() == parquet.Boolean {
		if !v.Boolean() && c.Name() == "raw" {
			return nil
		}
		return v.Boolean()
	}
	switch logical := c.Type().LogicalType().Value.(type) {
	case *format.StringType:
		return v.String()
	case *format.TimestampType:
		return time.UnixMilli(v.Int64()).UTC().Format(time.RFC3339Nano)
	case *format.IntType:
		switch {
		case logical.IsSigned:
			return float64(v.Int64())
		case logical.BitWidth == 32:
			return float64(v.Uint32())
		}
		return float64(v.Uint64())
	}
	return c.Type().String()
}

// TestFormatsAgree: the three formats have the same rows, but for the id, the raw
// bytes, and what CSV escapes.
func TestFormatsAgree(t *testing.T) {
	list := sources(t)
	for _, table := range Tables() {
		file := written(t, Parquet, table, list)
		fromParquet := parquetRowsOf(t, file)
		var fromJSON []map[string]any
		for line := range bytes.Lines(written(t, NDJSON, table, list)) {
			if bytes.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
				t.Fatalf("%s: not ASCII: %s", table, line)
			}
			var row map[string]any
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatal(err)
			}
			fromJSON = append(fromJSON, row)
		}
		records, err := csv.NewReader(bytes.NewReader(written(t, CSV, table, list))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(fromParquet) != len(fromJSON) || len(records) != len(fromJSON)+1 || len(fromJSON) == 0 {
			t.Fatalf("%s: %d rows in Parquet, %d in JSON, %d in CSV", table, len(fromParquet), len(fromJSON), len(records)-1)
		}
		for i, row := range fromJSON {
			if table == Items {
				fromParquet[i]["id"] = row["id"]
				delete(fromParquet[i], "address")
			}
			if !reflect.DeepEqual(row, fromParquet[i]) {
				t.Fatalf("%s: row %d is %v in Parquet, %v in JSON", table, i, fromParquet[i], row)
			}
			for c, name := range records[0] {
				want, ok := row[name]
				text := fmt.Sprint(want)
				if n, isNumber := want.(float64); isNumber {
					text = fmt.Sprintf("%.0f", n)
				}
				if want == nil {
					text = ""
				}
				if !ok || row["raw"] != true && text != records[i+1][c] && "'"+text != records[i+1][c] && !strings.Contains(records[i+1][c], `\`) {
					t.Fatalf("%s: %s of row %d is %q in CSV, %q in JSON", table, name, i, records[i+1][c], text)
				}
			}
		}
	}
	if text := string(written(t, CSV, Items, list)); !strings.Contains(text, `odd\xFE.json`) || !strings.Contains(text, `A\xFF`) || strings.Contains(text, "\xff") {
		t.Error("names that are not UTF-8 are not escaped in CSV")
	}
}

// TestRowGroups: each has rows of one dump, and no more than there may be.
func TestRowGroups(t *testing.T) {
	list := sources(t)
	file := written(t, Parquet, Edges, list)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if len(f.RowGroups()) != len(list) {
		t.Errorf("%d row groups of %d dumps", len(f.RowGroups()), len(list))
	}
	for i, g := range f.RowGroups() {
		if g.NumRows() != int64(list[i].Edges) {
			t.Errorf("group %d has %d rows, want %d", i, g.NumRows(), list[i].Edges)
		}
	}
}

// full is a writer that takes a few bytes.
type full struct{ left int }

var errFull = errors.New("no space left")

func (w *full) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

// TestErrors: a disk that is full is reported, by whatever comes first.
func TestErrors(t *testing.T) {
	s := source(t, "ast.json", dumptest.Load(t, "ast.json.zst"))
	for _, format := range []Format{Parquet, NDJSON, CSV} {
		for _, table := range []Table{Items, Edges} {
			for _, room := range []int{0, 100, 200_000} {
				w, err := New(&full{room}, format, table)
				if err != nil {
					t.Fatal(err)
				}
				err = w.Add(s)
				if err == nil {
					err = w.Close()
				}
				if !errors.Is(err, errFull) {
					t.Errorf("%s, %s: %v", format, table, err)
				}
			}
		}
	}
	for _, c := range [][2]string{{"parquet", "rows"}, {"xml", "items"}} {
		if _, err := New(&full{}, Format(c[0]), Table(c[1])); err == nil {
			t.Errorf("%v is no error", c)
		}
	}
}
