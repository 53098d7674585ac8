package record

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func readCurve(t *testing.T, text string) []Row {
	t.Helper()
	var rows []Row
	if err := ReadCurve(strings.NewReader(text), func(r Row) error { rows = append(rows, r); return nil }); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return rows
}

func TestCurve(t *testing.T) {
	path := filepath.Join(t.TempDir(), CurveFile)
	begin := time.Date(2026, 11, 25, 18, 15, 34, 123e6, time.UTC)
	c, err := OpenCurve(path)
	if err != nil {
		t.Fatal(err)
	}
	rows := []Row{
		{Time: begin, PID: 42, RSS: 4096},
		{Time: begin.Add(time.Second), PID: 42, Usage: 400000, Real: 2 << 20, Peak: 500000, RSS: 12 << 20, Known: true, Event: EventFound, Detail: "PHP 8.2.20"},
		{Time: begin.Add(1100 * time.Millisecond), PID: 42, Usage: 400000, Real: 2 << 20, Peak: 500000, RSS: 12 << 20, Known: true}, // as before
		{Time: begin.Add(1200 * time.Millisecond), PID: 42, Usage: 400008, Real: 2 << 20, Peak: 500000, RSS: 12 << 20, Known: true},
		{Time: begin.Add(1300 * time.Millisecond), PID: 42, Usage: 400008, Real: 2 << 20, Peak: 500000, RSS: 12 << 20, Known: true, Event: EventSkipped, Detail: "a, \"b\"\nc"},
		{Time: begin.Add(20 * time.Second), PID: 42, Usage: 400008, Real: 2 << 20, Peak: 500000, RSS: 12 << 20, Known: true}, // long ago
	}
	for _, r := range rows {
		if err := c.Add(r); err != nil {
			t.Fatal(err)
		}
	}
	size := c.Size()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || int64(len(text)) != size {
		t.Fatalf("%d bytes are said to be %d, %v", len(text), size, err)
	}
	const first = "time,pid,usage,real,peak,rss,event,detail\n2026-11-25T18:15:34.123Z,42,,,,4096,,\n2026-11-25T18:15:35.123Z,42,400000,2097152,500000,12582912,found,PHP 8.2.20\n"
	if !strings.HasPrefix(string(text), first) {
		t.Errorf("it begins\n%s\nwant\n%s", text, first)
	}
	want := slices.Concat(rows[:2], rows[3:])
	want[3].Detail = "a; 'b' c"
	if got := readCurve(t, string(text)); !slices.Equal(got, want) {
		t.Errorf("\n%+v\nwant\n%+v", got, want)
	}

	// Cut anywhere, the rows before the cut are there, and a recording that goes
	// on loses none.
	for cut := len(Columns); cut <= len(text); cut++ {
		if bytes.IndexByte(text[:cut], '\n') < 0 {
			continue
		}
		whole := bytes.Count(text[:cut], []byte("\n")) - 1
		got := readCurve(t, string(text[:cut]))
		if len(got) < whole || len(got) > whole+1 || !slices.Equal(got[:whole], want[:whole]) {
			t.Fatalf("cut at %d: %+v", cut, got)
		}
		if err := os.WriteFile(path, text[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := OpenCurve(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Add(rows[5]); err != nil {
			t.Fatal(err)
		}
		c.Close()
		more, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := readCurve(t, string(more)); got[len(got)-1] != rows[5] || !slices.Equal(got[:whole], want[:whole]) {
			t.Fatalf("cut at %d and gone on: %+v", cut, got)
		}
	}
}

func TestReadCurveErrors(t *testing.T) {
	const head = "time,pid,usage,real,peak,rss,event,detail\n"
	for name, text := range map[string]string{
		"no column": "time,pid,usage\n", "time": head + "now,1,2,3,4,5,,\n", "process": head + "2026-11-25T18:15:34Z,x,2,3,4,5,,\n",
		"a column twice": "real," + head + "1,2026-11-25T18:15:34Z,1,2,3,4,5,,\n", "quote": head + "\"x\n", "bytes": head + "2026-11-25T18:15:34Z,1,-2,3,4,5,,\n", "no RSS": head + "2026-11-25T18:15:34Z,1,2,3,4,,,\n",
	} {
		if err := ReadCurve(strings.NewReader(text), func(Row) error { return nil }); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if rows := readCurve(t, "rss,extra,time,pid,usage,real,peak,event,detail\n5,x,2026-11-25T18:15:34Z,1,2,3,4,dump,y\n"); len(rows) != 1 || rows[0].RSS != 5 || rows[0].Usage != 2 || rows[0].Detail != "y" {
		t.Errorf("columns in another order: %+v", rows)
	}
}

func FuzzReadCurve(f *testing.F) {
	f.Add("time,pid,usage,real,peak,rss,event,detail\n2026-11-25T18:15:34.123Z,42,1,2,3,4,dump,x\n2026-11-25T18:15:35.123Z,42,,,,4")
	f.Add("time,pid\n\"")
	f.Fuzz(func(t *testing.T, text string) {
		_ = ReadCurve(strings.NewReader(text), func(r Row) error {
			if r.PID == 0 && r.Time.IsZero() && r.RSS == 0 && r.Known && r.Usage == 0 {
				return nil
			}
			again := strings.Join(Columns, ",") + "\n" + strings.Join(r.record(), ",") + "\n"
			y := r.Time.UTC().Year()
			if y < 0 || y > 9999 {
				return nil // what RFC 3339 cannot write
			}
			return ReadCurve(strings.NewReader(again), func(x Row) error {
				if x.PID != r.PID || x.RSS != r.RSS || x.Usage != r.Usage || x.Known != r.Known {
					t.Errorf("%+v is read as %+v", r, x)
				}
				return nil
			})
		})
	})
}

// A trace is what the naive way gives: the least and most of each span.
func TestTrace(t *testing.T) {
	var trace Trace
	type reading struct {
		at    time.Duration
		level Level
	}
	var all []reading
	at, usage := time.Duration(0), uint64(7)
	for i := range 30000 {
		at += time.Duration(i%5) * 60 * time.Millisecond
		usage = usage*6364136223846793005 + 1442695040888963407
		all = append(all, reading{at, Level{usage >> 40, usage >> 39, usage >> 38, usage >> 37}})
		trace.Add(at, Level{usage >> 40, usage >> 39, usage >> 38, usage >> 37})
	}
	if len(trace.Spans) > maxSpans || trace.Length < all[len(all)-1].at/maxSpans {
		t.Fatalf("%d spans of %v", len(trace.Spans), trace.Length)
	}
	want := make([]Span, len(trace.Spans))
	for _, r := range all {
		s := &want[r.at/trace.Length]
		if s.Readings == 0 {
			*s = Span{Min: r.level.Usage, Max: r.level.Usage}
		}
		*s = Span{min(s.Min, r.level.Usage), max(s.Max, r.level.Usage), r.level, s.Readings + 1}
	}
	if !slices.Equal(trace.Spans, want) {
		t.Error("the spans are not what was added")
	}
}
