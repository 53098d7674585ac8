package parquet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	reader "github.com/parquet-go/parquet-go"

	"memtrail/internal/cases"
)

// A cell is a value of a row: a string, a uint64, or nil.
type cell any

// put adds a cell to a column.
func put(c *Column, v cell) {
	switch v := v.(type) {
	case nil:
		c.Null()
	case string:
		c.Text(v)
	case uint64:
		if c.Kind == Bool {
			c.Bool(v == 1)
		} else {
			c.Number(v)
		}
	}
}

// file writes groups of rows.
func file(t testing.TB, fields []Field, groups ...[][]cell) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, "test", fields)
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range groups {
		for i, c := range w.Columns() {
			for _, row := range rows {
				put(c, row[i])
			}
		}
		if err := w.EndGroup(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// check reads a file by another implementation, and holds its rows, its bounds and its
// index against what was written.
func check(t testing.TB, fields []Field, groups ...[][]cell) {
	t.Helper()
	b := file(t, fields, groups...)
	f, err := reader.OpenFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	groups = slices.DeleteFunc(slices.Clone(groups), func(rows [][]cell) bool { return len(rows) == 0 })
	if len(f.RowGroups()) != len(groups) || len(f.Root().Columns()) != len(fields) {
		t.Fatalf("%d row groups, want %d", len(f.RowGroups()), len(groups))
	}
	for g, rows := range groups {
		checkGroup(t, f, g, fields, rows)
	}
}

func checkGroup(t testing.TB, f *reader.File, g int, fields []Field, rows [][]cell) {
	t.Helper()
	group := f.RowGroups()[g]
	if group.NumRows() != int64(len(rows)) {
		t.Fatalf("%d rows, want %d", group.NumRows(), len(rows))
	}
	for i, chunk := range group.ColumnChunks() {
		pages := chunk.Pages()
		row := 0
		for n := 0; ; n++ {
			page, err := pages.ReadPage()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", fields[i].Name, err)
			}
			values := make([]reader.Value, page.NumValues())
			if m, err := page.Values().ReadValues(values); m != len(values) || err != nil && err != io.EOF {
				t.Fatalf("%s: %d of %d: %v", fields[i].Name, m, len(values), err)
			}
			if index, err := chunk.OffsetIndex(); err != nil || index.FirstRowIndex(n) != int64(row) {
				t.Fatalf("%s: page %d begins at %d: %v", fields[i].Name, n, row, err)
			}
			checkPage(t, chunk, n, fields[i], rows, row, len(values), i)
			for _, v := range values {
				if got, want := text(fields[i], v), fmt.Sprint(rows[row][i]); got != want {
					t.Fatalf("%s of row %d is %.100q, want %.100q", fields[i].Name, row, got, want)
				}
				row++
			}
			reader.Release(page)
		}
		if row != len(rows) {
			t.Fatalf("%s: %d rows of %d", fields[i].Name, row, len(rows))
		}
		pages.Close()
		checkBounds(t, f, g, i, fields[i], rows)
	}
}

// text is a value as it was written.
func text(f Field, v reader.Value) string {
	switch {
	case v.IsNull():
		return fmt.Sprint(nil)
	case f.Kind == Text:
		return string(v.ByteArray())
	case f.Kind == Uint32:
		return fmt.Sprint(v.Uint32())
	case f.Kind == Bool:
		if v.Boolean() {
			return "1"
		}
		return "0"
	}
	return fmt.Sprint(v.Uint64())
}

// extremes are the least and the greatest cell of a column, nil where all are.
func extremes(f Field, rows [][]cell, column int) (least, greatest cell, nulls int) {
	less := func(a, b cell) bool {
		switch {
		case f.Kind == Text:
			return a.(string) < b.(string)
		case f.Kind.signed():
			return int64(a.(uint64)) < int64(b.(uint64))
		}
		return a.(uint64) < b.(uint64)
	}
	for _, row := range rows {
		v := row[column]
		if v == nil {
			nulls++
			continue
		}
		if least == nil || less(v, least) {
			least = v
		}
		if greatest == nil || less(greatest, v) {
			greatest = v
		}
	}
	return least, greatest, nulls
}

func checkPage(t testing.TB, chunk reader.ColumnChunk, n int, f Field, rows [][]cell, from, count, column int) {
	t.Helper()
	index, err := chunk.ColumnIndex()
	if err != nil || index.NumPages() == 0 {
		least, greatest, _ := extremes(f, rows, column)
		if max(len(bytesOf(f, least)), len(bytesOf(f, greatest))) <= mostBound {
			t.Fatalf("%s: %v", f.Name, err)
		}
		return
	}
	least, greatest, nulls := extremes(f, rows[from:from+count], column)
	if index.NullCount(n) != int64(nulls) || index.NullPage(n) != (least == nil) {
		t.Fatalf("%s: %d without a value, want %d", f.Name, index.NullCount(n), nulls)
	}
	if least == nil {
		return
	}
	if f.Kind == Text {
		least, greatest, _ = extremes(f, rows, column)
	}
	if text(f, index.MinValue(n)) != fmt.Sprint(least) || text(f, index.MaxValue(n)) != fmt.Sprint(greatest) {
		t.Fatalf("%s: page %d from %v to %v, want %v to %v", f.Name, n, index.MinValue(n), index.MaxValue(n), least, greatest)
	}
}

func checkBounds(t testing.TB, f *reader.File, group, column int, field Field, rows [][]cell) {
	t.Helper()
	s := f.Metadata().RowGroups[group].Columns[column].MetaData.Statistics
	least, greatest, nulls := extremes(field, rows, column)
	want := [2][]byte{bytesOf(field, least), bytesOf(field, greatest)}
	if len(want[0]) > mostBound || len(want[1]) > mostBound {
		want = [2][]byte{}
	}
	if s.NullCount != int64(nulls) || !bytes.Equal(s.MinValue, want[0]) || !bytes.Equal(s.MaxValue, want[1]) {
		t.Fatalf("%s: from %.100q to %.100q, %d without a value; want %.100q to %.100q, %d", field.Name, s.MinValue, s.MaxValue, s.NullCount, want[0], want[1], nulls)
	}
}

func bytesOf(f Field, v cell) []byte {
	switch v := v.(type) {
	case string:
		return []byte(v)
	case uint64:
		switch f.Kind {
		case Bool:
			return []byte{byte(v)}
		case Uint32:
			return binary.LittleEndian.AppendUint32(nil, uint32(v))
		}
		return binary.LittleEndian.AppendUint64(nil, v)
	}
	return nil
}

// allFields has each kind in each encoding, required and optional.
func allFields() []Field {
	var all []Field
	for _, k := range []struct {
		kind      Kind
		encodings []Encoding
	}{{Text, []Encoding{Plain, Dictionary}}, {Uint32, []Encoding{Plain, Delta}}, {Uint64, []Encoding{Plain, Delta}}, {Int64, []Encoding{Plain, Delta}}, {Bool, []Encoding{Plain}}, {Time, []Encoding{Plain}}} {
		for _, e := range k.encodings {
			for _, optional := range []bool{false, true} {
				all = append(all, Field{fmt.Sprintf("c%d_%d_%t", k.kind, e, optional), k.kind, e, optional})
			}
		}
	}
	return all
}

// randomRows are rows whose values are drawn in the way of a style: all alike, few,
// many, extreme, ascending, in runs, rarely there.
func randomRows(fields []Field, n, style int, r *rand.Rand) [][]cell {
	rows := make([][]cell, n)
	var run uint64
	for i := range rows {
		rows[i] = make([]cell, len(fields))
		if r.IntN(20) == 0 {
			run = r.Uint64()
		}
		for c, f := range fields {
			var v uint64
			switch style {
			case 0:
				v = 7
			case 1:
				v = r.Uint64N(5)
			case 2:
				v = r.Uint64()
			case 3:
				v = []uint64{0, 1, math.MaxInt32, 1 << 31, math.MaxUint32, math.MaxInt64, 1 << 63, math.MaxUint64}[r.IntN(8)]
			case 4:
				v = uint64(i)
			case 5:
				v = run
			case 6:
				v = r.Uint64N(1 << r.UintN(64))
			}
			if f.Optional && r.IntN([]int{2, 9, 100}[style%3]) > 0 == (style == 6) {
				continue
			}
			switch f.Kind {
			case Text:
				rows[i][c] = strings.Repeat("é", int(v%3)) + fmt.Sprint(v%100_003)
			case Bool:
				rows[i][c] = v & 1
			case Uint32:
				rows[i][c] = uint64(uint32(v))
			default:
				rows[i][c] = v
			}
		}
	}
	return rows
}

func TestRead(t *testing.T) {
	fields := allFields()
	r := rand.New(rand.NewPCG(1, 2))
	for style := range 7 {
		for _, n := range cases.Sample([]int{0, 1, 2, 7, 8, 9, 31, 33, 129, 1000}, 3, style) {
			check(t, fields, randomRows(fields, n, style, r), randomRows(fields, n/3, style, r))
		}
		if cases.Full() {
			check(t, fields, randomRows(fields, 2*pageRows+5, style, r))
		}
	}
	check(t, fields)
}

// TestTexts: a dictionary that is full, in the middle of a page; texts that are as
// long as a page; no values; no bytes.
func TestTexts(t *testing.T) {
	// The reader takes a file whose first column has no index for one without any.
	fields := []Field{{"first", Bool, Plain, true}, {"plain", Text, Plain, true}, {"dictionary", Text, Dictionary, true}, {"required", Text, Dictionary, false}}
	var rows [][]cell
	for i := range 3000 {
		long := strings.Repeat(string(rune('a'+i%26)), i) + fmt.Sprint(i)
		rows = append(rows, []cell{nil, long, long, long}, []cell{nil, nil, nil, ""}, []cell{nil, "", "", "x"})
	}
	check(t, fields, rows, rows[:3], rows)
	huge := strings.Repeat("x", pageBytes+1)
	check(t, fields, [][]cell{{nil, huge, huge, huge}, {nil, nil, nil, huge}, {nil, huge, nil, ""}})
	check(t, fields, slices.Repeat([][]cell{{nil, nil, nil, ""}}, 10))
	check(t, fields, slices.Repeat([][]cell{{nil, "\x00", "\xff", "\xf4\x8f\xbf\xbf"}}, 10))
}

// TestWidths: each width in bits, as numbers of a dictionary and as differences.
func TestWidths(t *testing.T) {
	for width := range 65 {
		most := uint64(1)<<width - 1
		var rows [][]cell
		for i := range uint64(300) {
			rows = append(rows, []cell{most * (i % 2), most * (i % 3 / 2)})
		}
		check(t, []Field{{"delta", Uint64, Delta, false}, {"signed", Int64, Delta, false}}, rows)
	}
	for width := range 18 {
		var rows [][]cell
		for i := range 1 << width {
			rows = append(rows, []cell{fmt.Sprint(i * 7919 % (1 << width))})
		}
		check(t, []Field{{"dictionary", Text, Dictionary, false}}, rows)
	}
}

// TestUneven: columns with different numbers of rows are an error.
func TestUneven(t *testing.T) {
	w, err := NewWriter(io.Discard, "test", []Field{{"a", Uint32, Plain, false}, {"b", Uint32, Plain, false}})
	if err != nil {
		t.Fatal(err)
	}
	w.Columns()[1].Number(1)
	if err := w.EndGroup(); err == nil || !strings.Contains(err.Error(), "column b has 1 rows, a has 0") {
		t.Error(err)
	}
}

// limited takes so many bytes.
type limited struct{ left int }

var errFull = errors.New("full")

func (l *limited) Write(b []byte) (int, error) {
	if l.left < len(b) {
		return l.left, errFull
	}
	l.left -= len(b)
	return len(b), nil
}

// TestFull: wherever the writer below fails, its error comes out.
func TestFull(t *testing.T) {
	fields := []Field{{"a", Text, Dictionary, false}, {"b", Uint32, Delta, true}}
	rows := [][]cell{{"x", uint64(1)}, {"y", nil}}
	whole := len(file(t, fields, rows, rows))
	for room := range whole {
		w, err := NewWriter(&limited{room}, "test", fields)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			for i, c := range w.Columns() {
				for _, row := range rows {
					put(c, row[i])
				}
			}
			if err = w.EndGroup(); err != nil {
				break
			}
		}
		if err == nil {
			err = w.Close()
		}
		if !errors.Is(err, errFull) {
			t.Errorf("%d bytes of %d: %v", room, whole, err)
		}
	}
}

// FuzzRead writes rows of bytes that say which values they have.
func FuzzRead(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03"), uint16(3))
	f.Add(bytes.Repeat([]byte{255, 0, 7, 7, 7, 7, 7, 7, 7, 7, 9}, 40), uint16(700))
	fields := allFields()
	f.Fuzz(func(t *testing.T, data []byte, n uint16) {
		if len(data) == 0 {
			return
		}
		rows := make([][]cell, n%2000)
		at := 0
		next := func(size int) uint64 {
			var v uint64
			for range size {
				v = v<<8 | uint64(data[at%len(data)])
				at++
			}
			return v
		}
		for i := range rows {
			rows[i] = make([]cell, len(fields))
			for c, f := range fields {
				how := next(1)
				switch {
				case f.Optional && how&1 == 1:
				case f.Kind == Text:
					rows[i][c] = string(binary.BigEndian.AppendUint64(nil, next(int(how/32)))[8-how/32:])
				case f.Kind == Bool:
					rows[i][c] = next(1) & 1
				case f.Kind == Uint32:
					rows[i][c] = next(int(how / 64))
				default:
					rows[i][c] = next(int(how / 31))
				}
			}
		}
		check(t, fields, rows, rows[:len(rows)/2])
	})
}
