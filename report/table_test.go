package report

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/query"
)

func rowsIn(rows ...[]cell) func(func([]cell) bool) {
	return rowsOf(rows, func(_ int, r *[]cell) []cell { return *r })
}

func TestDrawnAlike(t *testing.T) {
	tests := map[string]grid{
		"plain":     {columns: columns("a", "b"), rows: rowsIn([]cell{{"1"}, {"2"}}, []cell{{"333"}, {"4"}})},
		"no rows":   {columns: columns("Item id"), rows: rowsIn()},
		"empty":     {columns: columns("a"), rows: rowsIn([]cell{{""}}, []cell{nil})},
		"lines":     {columns: columns("a", "b"), rows: rowsIn([]cell{{"1", "", "3", ""}, {""}}, []cell{{"x"}, {"", "y"}})},
		"ruled":     {columns: columns("a", "b"), ruled: true, rows: rowsIn([]cell{{"1"}, {"2", "3"}}, []cell{{"4"}, nil})},
		"headless":  {columns: columns(""), headless: true, rows: rowsIn([]cell{{"Id: 0x1"}}, []cell{{"Size: 1 B"}})},
		"wide":      {columns: columns("a", "b"), rows: rowsIn([]cell{{"日本語"}, {"é́"}}, []cell{{"ab"}, {"👩‍👧"}})},
		"blanks":    {columns: columns(" a ", "b"), rows: rowsIn([]cell{{"  x  "}, {"\u00a0"}}, []cell{{"\t"}, {"  "}})},
		"names":     {columns: columns("a"), rows: rowsIn([]cell{{"\x1b[31m\xff\u202e\n"}}, []cell{{`Foo\Bar`}})},
		"very wide": {columns: columns("a", "b"), rows: rowsIn([]cell{{strings.Repeat("x", 500)}, {"1"}}, []cell{{""}, {"2"}})},
	}
	for name, g := range tests {
		t.Run(name, func(t *testing.T) { drawnAlike(t, g) })
	}
}

func drawnAlike(t *testing.T, g grid) {
	t.Helper()
	for _, color := range []bool{false, true} {
		sheet := terminal{color: color}
		titles := sheet.titles(g)
		var library, hand bytes.Buffer
		out := bufio.NewWriter(&library)
		if err := errors.Join(drawByLibrary(out, titles, g), out.Flush()); err != nil {
			t.Fatal(err)
		}
		widths, _ := measure(g)
		out = bufio.NewWriter(&hand)
		if err := errors.Join(drawByHand(out, titles, g, widths), out.Flush()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(library.Bytes(), hand.Bytes()) {
			t.Errorf("color %v: by library\n%q\nby hand\n%q", color, &library, &hand)
		}
	}
}

func FuzzDrawnAlike(f *testing.F) {
	f.Add("a", "b\nc", true)
	f.Add("日本\t", "  \xff", false)
	f.Fuzz(func(t *testing.T, a, b string, ruled bool) {
		drawnAlike(t, grid{columns: columns("a", "Title"), ruled: ruled, rows: rowsIn(
			[]cell{{a}, strings.Split(b, "\n")}, []cell{strings.Split(b, "a"), {a, b, ""}})})
	})
}

// Whatever draws a large table, it looks like a small one.
func TestLargeTable(t *testing.T) {
	q := &query.Query{}
	for i := range byLibraryUpTo + 500 {
		q.Items = append(q.Items, scalar(fmt.Sprintf("0x%x", 1<<uint(i%40)), "int", 16))
	}
	large := written(t, Query, q, Options{})
	rows := bytes.SplitAfter(large, []byte("\n"))
	q.Items = q.Items[:byLibraryUpTo]
	small := bytes.SplitAfter(written(t, Query, q, Options{}), []byte("\n"))
	if got, want := len(rows)-len(small), 500; got != want {
		t.Fatalf("%d rows more, want %d", got, want)
	}
	for i, line := range small[:len(small)-2] {
		if !bytes.Equal(line, rows[i]) {
			t.Fatalf("line %d is %q in the large table, %q in the small one", i, rows[i], line)
		}
	}
}

// Boxes of a long path are small tables, but there are many of them.
func TestLongPath(t *testing.T) {
	const steps = indentUpTo + 1
	p := path("$list", step("", global(object("0x1", "Node", "1"), "list")))
	for len(p.Steps) < steps {
		p.Steps = append(p.Steps, step("next", object("0x2", "Node", "2")))
	}
	r := &query.RefPaths{Source: analysis.Source{Complete: true}, Paths: []query.Path{p}}
	plain := written(t, RefPaths, r, Options{})
	if got, want := bytes.Count(plain, []byte("\n->next")), steps-1; got != want {
		t.Errorf("%d unindented steps, want %d", got, want)
	}
	boxes := written(t, RefPaths, r, Options{Verbose: true})
	if got := bytes.Count(boxes, []byte("| Type: object ")); got != steps {
		t.Errorf("%d boxes, want %d", got, steps)
	}
}

type brokenPipe struct{ left int }

var errBroken = errors.New("broken pipe")

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errBroken
	}
	return len(p), nil
}

func TestWriteError(t *testing.T) {
	for name, write := range results() {
		for _, format := range Formats() {
			if err := write(&brokenPipe{}, Options{Format: format}); !errors.Is(err, errBroken) {
				t.Errorf("%s as %s: error %v", name, format, err)
			}
		}
	}
	// The rows after the first buffer must not be laid out in vain.
	laidOut := 0
	items := make([]analysis.Item, 100_000)
	for _, draw := range []func(*bufio.Writer, grid) error{
		func(w *bufio.Writer, g grid) error { return drawByHand(w, nil, g, []int{10}) },
		func(w *bufio.Writer, g grid) error { return writeCSV(w, g) },
	} {
		g := grid{columns: columns("a"), rows: rowsOf(items, func(int, *analysis.Item) []cell {
			laidOut++
			return []cell{{"x"}}
		})}
		if err := draw(bufio.NewWriter(&brokenPipe{1 << 16}), g); !errors.Is(err, errBroken) {
			t.Errorf("error %v", err)
		}
	}
	if laidOut > len(items)/2 {
		t.Errorf("%d rows were laid out for a broken pipe", laidOut)
	}
}

func TestParseFormat(t *testing.T) {
	for _, f := range Formats() {
		if got, err := ParseFormat(string(f)); got != f || err != nil {
			t.Errorf("ParseFormat(%q) = %q, %v", f, got, err)
		}
	}
	_, err := ParseFormat("xml")
	if want := `unknown format "xml", want one of table, json, csv, markdown`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if err := Summary(&bytes.Buffer{}, exampleSummary(), Options{Format: "xml"}); err == nil {
		t.Error("wrote a format that does not exist")
	}
}

func BenchmarkQuery(b *testing.B) {
	q := &query.Query{}
	for i := range 100_000 {
		q.Items = append(q.Items, withChild(object(fmt.Sprintf("0x7f%010x", i*56), `App\Entity\User`, fmt.Sprint(i)), "name", "0x7f0000000000"))
	}
	for _, format := range Formats() {
		for _, verbose := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/verbose=%v", format, verbose), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := Query(&discard{}, q, Options{Format: format, Verbose: verbose}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

func TestTextWidth(t *testing.T) {
	tests := map[string]int{"": 0, "abc": 3, "日本": 4, "é": 1, green + "ab" + normal: 2}
	for s, want := range tests {
		if got := textWidth(s); got != want {
			t.Errorf("textWidth(%q) = %d, want %d", s, got, want)
		}
	}
}
