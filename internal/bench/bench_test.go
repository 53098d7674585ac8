package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"

	"memtrail/internal/json"
)

func TestParse(t *testing.T) {
	var stderr bytes.Buffer
	o, err := parse(nil, &stderr)
	if err != nil || o.runs != 5 || o.items != 4_000_000 || o.timeout != 10*time.Minute || o.dump != "" || o.only != nil {
		t.Errorf("defaults %+v, %v", o, err)
	}
	o, err = parse(strings.Fields("-runs 3 -items 500 -seed 9 -dump d.json -analyzer a -only summary,query/gz -compress -json -id 0x1 -class C -timeout 5s"), &stderr)
	if err != nil || o.runs != 3 || o.items != 500 || o.seed != 9 || o.dump != "d.json" || o.analyzer != "a" ||
		!slices.Equal(o.only, []string{"summary", "query/gz"}) || !o.compress || !o.json ||
		o.id != "0x1" || o.class != "C" || o.timeout != 5*time.Second {
		t.Errorf("got %+v, %v", o, err)
	}
}

func TestUsageErrors(t *testing.T) {
	for args, want := range map[string]int{
		"-h": 0, "-runs 0": exitUsage, "-json -benchfmt": exitUsage, "-runs x": exitUsage, "-only sumary": exitUsage,
		"dump.json": exitUsage, "-timeout 0s": exitUsage, "-unknown": exitUsage,
	} {
		var stdout, stderr bytes.Buffer
		if got := run(t.Context(), strings.Fields(args), &stdout, &stderr); got != want || stderr.Len() == 0 || stdout.Len() > 0 {
			t.Errorf("%s: exit %d, want %d; stderr %q", args, got, want, stderr.String())
		}
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []time.Duration
		want   time.Duration
	}{{nil, 0}, {[]time.Duration{7}, 7}, {[]time.Duration{9, 1, 4}, 4}, {[]time.Duration{8, 2, 6, 4}, 5}} {
		given := slices.Clone(c.values)
		if got := median(c.values); got != c.want || !slices.Equal(given, c.values) {
			t.Errorf("median of %v is %v, want %v", given, got, c.want)
		}
	}
}

// A machine that slows down for a pair of runs changes neither ratio.
func TestMedianRatioIsPairwise(t *testing.T) {
	a := []time.Duration{20, 200, 30}
	b := []time.Duration{10, 100, 10}
	if got := medianRatio(a, b); got != 2 {
		t.Errorf("ratio %v", got)
	}
	if got := medianRatio([]time.Duration{5}, []time.Duration{0}); got != 5 {
		t.Errorf("ratio to nothing %v", got)
	}
}

// fakeRunner answers with prepared times, in the order of the calls.
type fakeRunner struct {
	calls []string
	reply func(call int, argv []string) (sample, error)
}

func (f *fakeRunner) run(_ context.Context, argv []string) (sample, error) {
	f.calls = append(f.calls, strings.Join(argv, " "))
	return f.reply(len(f.calls), argv)
}

func someFixtures() fixtures {
	return fixtures{Plain: "d.json", Gzip: "d.json.gz", Small: "s.json", ID: "0x7f", Class: `A\B`}
}

func TestCases(t *testing.T) {
	var got []string
	for _, c := range cases(someFixtures()) {
		got = append(got, c.name+": "+strings.Join(c.args, " ")+" | "+c.file)
	}
	want := []string{
		"summary: summary d.json | d.json",
		"top-children: top-children d.json | d.json",
		`query: query d.json -f class=A\B | d.json`,
		"ref-path: ref-path 0x7f d.json | d.json",
		"summary-allocated: summary d.json --sizes allocated | d.json",
		`query-retained: query d.json -f class=A\B --retained | d.json`,
		"check: check d.json | d.json",
		"heap: heap d.json | d.json",
		"leaks: leaks d.json | d.json",
		"tree: tree d.json | d.json",
		"explore: explore d.json | d.json",
		"report: report d.json | d.json",
		"export-pprof: export d.json --to pprof -o " + os.DevNull + " | d.json",
		"export-heapsnapshot: export d.json --to heapsnapshot -o " + os.DevNull + " | d.json",
		"export-parquet: export d.json --to parquet --table items -o " + os.DevNull + " | d.json",
		"summary/gz: summary d.json.gz | d.json",
		"top-children/gz: top-children d.json.gz | d.json",
		`query/gz: query d.json.gz -f class=A\B | d.json`,
		"ref-path/gz: ref-path 0x7f d.json.gz | d.json",
		"summary-allocated/gz: summary d.json.gz --sizes allocated | d.json",
		`query-retained/gz: query d.json.gz -f class=A\B --retained | d.json`,
		"check/gz: check d.json.gz | d.json",
		"heap/gz: heap d.json.gz | d.json",
		"leaks/gz: leaks d.json.gz | d.json",
		"tree/gz: tree d.json.gz | d.json",
		"explore/gz: explore d.json.gz | d.json",
		"report/gz: report d.json.gz | d.json",
		"export-pprof/gz: export d.json.gz --to pprof -o " + os.DevNull + " | d.json",
		"export-heapsnapshot/gz: export d.json.gz --to heapsnapshot -o " + os.DevNull + " | d.json",
		"export-parquet/gz: export d.json.gz --to parquet --table items -o " + os.DevNull + " | d.json",
		"first-output: summary s.json | s.json",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := cases(fixtures{Plain: "d", Small: "s"}); len(got) != 13 {
		t.Errorf("without an id and a class there are %d cases", len(got))
	}
}

func TestOnly(t *testing.T) {
	for names, want := range map[string]string{
		"summary": "summary summary/gz", "query/gz,first-output": "query/gz first-output", "ref-path/zst": "",
	} {
		var got []string
		for _, c := range only(cases(someFixtures()), strings.Split(names, ",")) {
			got = append(got, c.name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("-only %s runs %v", names, got)
		}
	}
}

func TestMeasure(t *testing.T) {
	const ms = time.Millisecond
	walls := []time.Duration{900, 100, 120, 110} // the first warms up
	fake := &fakeRunner{reply: func(call int, argv []string) (sample, error) {
		if argv[0] == "wc" {
			return sample{wall: 10 * ms, rss: 1 << 40}, nil
		}
		s := sample{wall: walls[call/2-1] * ms, first: 3 * ms, rss: int64(call) * 1e6, output: 1234}
		if call == 4 {
			s.exit, s.stderr = 3, "truncated\nand more"
		}
		return s, nil
	}}
	b := &bench{runner: fake, analyzer: "an", wc: "wc", runs: 3, progress: io.Discard}
	r, err := b.measure(t.Context(), benchCase{name: "summary", args: []string{"summary", "d"}, file: "d"})
	if err != nil {
		t.Fatal(err)
	}
	if r.MedianMS != 110 || r.MinMS != 100 || r.MaxMS != 120 || *r.Ratio != 11 || *r.WCMedianMS != 10 ||
		*r.PeakRSSMB != 8 || r.OutputBytes != 1234 || r.ExitCode != 3 {
		t.Errorf("got %+v", r)
	}
	if want := strings.Repeat("wc -l d|an summary d|", 4); strings.Join(fake.calls, "|")+"|" != want {
		t.Errorf("calls %v", fake.calls)
	}
}

func TestMeasureFirstOutput(t *testing.T) {
	fake := &fakeRunner{reply: func(int, []string) (sample, error) {
		return sample{wall: 9 * time.Millisecond, first: 4 * time.Millisecond}, nil
	}}
	b := &bench{runner: fake, runs: 2, progress: io.Discard}
	results, err := b.measureAll(t.Context(), []benchCase{{name: firstOutputName, firstOutput: true}})
	if err != nil || results[0].MedianMS != 4 {
		t.Errorf("%+v, %v", results, err)
	}
	if r := results[0]; r.Ratio != nil || r.WCMedianMS != nil || r.PeakRSSMB != nil {
		t.Errorf("there was no wc and no rss, but %+v", r)
	}
}

func TestMeasureFails(t *testing.T) {
	broken := errors.New("no such program")
	fake := &fakeRunner{reply: func(int, []string) (sample, error) { return sample{}, broken }}
	b := &bench{runner: fake, wc: "wc", runs: 2, progress: io.Discard}
	if _, err := b.measureAll(t.Context(), cases(someFixtures())); !errors.Is(err, broken) || len(fake.calls) != 1 {
		t.Errorf("error %v after %d calls", err, len(fake.calls))
	}
}

func TestParseSample(t *testing.T) {
	s, err := parseSample("1500 20 900 4096 77 2\nwhat\nis it")
	if want := (sample{wall: 1500, first: 20, cpu: 900, rss: 4096, output: 77, exit: 2, stderr: "what\nis it"}); err != nil || s != want {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := parseSample("1500 20\n"); err == nil {
		t.Error("no error for half a line")
	}
}

func someSummary() summary {
	ratio, wc, rss := 2.345, 160.04, 12.34
	return summary{Dump: "d.json", DumpBytes: 725_000_000, Runs: 5, Results: []result{
		{Case: "summary", Args: []string{"summary", "d.json"}, MedianMS: 375.26, MinMS: 370, MaxMS: 401.5, WCMedianMS: &wc, Ratio: &ratio, PeakRSSMB: &rss, OutputBytes: 2048},
		{Case: "ref-path", MedianMS: 1234.5, MinMS: 1200, MaxMS: 1300, ExitCode: 2, Stderr: "ref-path: no such item\nsecond line"},
	}}
}

func TestTable(t *testing.T) {
	var b strings.Builder
	if err := printTable(&b, someSummary()); err != nil {
		t.Fatal(err)
	}
	const want = `d.json: 725.0 MB, median of 5 runs
+----------+-----------+--------+--------+----------+---------+---------+--------------+------+
| case     | median ms |    min |    max | wc -l ms | × wc -l | peak MB | output bytes | exit |
+----------+-----------+--------+--------+----------+---------+---------+--------------+------+
| summary  |     375.3 |  370.0 |  401.5 |    160.0 |    2.35 |    12.3 |         2048 |    0 |
| ref-path |    1234.5 | 1200.0 | 1300.0 |      n/a |     n/a |     n/a |            0 |    2 |
+----------+-----------+--------+--------+----------+---------+---------+--------------+------+
ref-path: exit 2: ref-path: no such item
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}

// A benchmark's runs are read by benchstat's own reader, in TestRelease; here is
// what stands in them.
func TestBenchmarks(t *testing.T) {
	const ms = time.Millisecond
	s := summary{DumpBytes: 181_400_000, Results: []result{
		{Case: "summary", runs: []timedRun{{30 * ms, 20 * ms, 23_456_000}, {20 * ms, 20 * ms, 23_000_000}}},
		{Case: "query/gz", runs: []timedRun{{5 * ms, 0, 0}}},
	}}
	var b strings.Builder
	if err := printBenchmarks(&b, s); err != nil {
		t.Fatal(err)
	}
	const want = `dump-MB: 181
Unit cpu/wc better=lower
Unit peak-MB better=lower
BenchmarkAnalyzer/summary 1 1.500 cpu/wc 23.5 peak-MB
BenchmarkAnalyzer/summary 1 1.000 cpu/wc 23.0 peak-MB
BenchmarkAnalyzer/query/gz 1
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
	s.Results[0].ExitCode = 2
	if err := printBenchmarks(&b, s); err == nil {
		t.Error("no error for a case that failed")
	}
}

// The figures of the last release are those of the cases that there are.
func TestRelease(t *testing.T) {
	f, err := os.Open("testdata/release.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got := map[string]int{}
	for r := benchfmt.NewReader(f, f.Name()); r.Scan(); {
		switch r := r.Result().(type) {
		case *benchfmt.SyntaxError:
			t.Error(r)
		case *benchfmt.Result:
			_, ok := r.Value("cpu/wc")
			if peak, known := r.Value("peak-B"); !ok || !known || peak < 1e6 {
				t.Errorf("%s: %v", r.Name, r.Values)
			}
			got[string(r.Name.Full())]++
		}
	}
	want := cases(fixtures{Plain: "d", Small: "s", ID: "0x1", Class: "C"})
	for _, c := range want {
		if n := got["Analyzer/"+c.name]; n < 5 {
			t.Errorf("%d runs of %s, benchstat wants five", n, c.name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d cases, want %d: renew the figures, see CONTRIBUTING.md", len(got), len(want))
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := printJSON(&b, someSummary()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"median_ms": 375.26`, `"ratio_to_wc": null`, `"peak_rss_mb": 12.34`, `"exit_code": 2`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in\n%s", want, b.String())
		}
	}
	var again summary
	if err := json.Decode(b.Bytes(), &again); err != nil || *again.Results[0].Ratio != 2.345 {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestPrepare(t *testing.T) {
	dir := t.TempDir()
	f, err := prepare(t.Context(), options{items: 2000, seed: 1, compress: true}, dir)
	if err != nil {
		t.Fatal(err)
	}
	if f.ID == "" || f.Class != `App\Account\User` {
		t.Errorf("asks for %q of %q", f.ID, f.Class)
	}
	plain, err := os.ReadFile(f.Plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{f.Gzip, f.Zstd} {
		in, err := open(file)
		if err != nil {
			t.Fatal(err)
		}
		again, err := io.ReadAll(in)
		in.Close()
		if err != nil || !bytes.Equal(again, plain) {
			t.Errorf("%s holds %d bytes, error %v", filepath.Base(file), len(again), err)
		}
	}

	// Given as a file, the dump is looked into.
	given, err := prepare(t.Context(), options{dump: f.Plain}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if given.Gzip != f.Gzip || given.Zstd != f.Zstd || given.Class != f.Class || !bytes.Contains(plain, []byte(`    "`+given.ID+`" : {`)) {
		t.Errorf("got %+v", given)
	}
	zipped, err := prepare(t.Context(), options{dump: f.Gzip, id: "0x1", class: "C"}, t.TempDir())
	if err != nil || zipped.Gzip != "" || zipped.ID != "0x1" || zipped.Class != "C" {
		t.Errorf("got %+v, %v", zipped, err)
	}
}

func TestPrepareFails(t *testing.T) {
	if _, err := prepare(t.Context(), options{dump: "no-such-file"}, t.TempDir()); err == nil {
		t.Error("no error for a missing dump")
	}
	if _, err := prepare(t.Context(), options{items: 1}, t.TempDir()); err == nil {
		t.Error("no error for one item")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := prepare(ctx, options{items: 2000}, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
