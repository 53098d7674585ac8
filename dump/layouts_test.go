package dump

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
)

// tunings put every border into the middle of small dumps.
var tunings = []tuning{
	{},
	{general: true},
	{window: 512, piece: 1024, block: 100},
	{window: 512, piece: 512, block: 3000, general: true},
	{window: 2048, piece: 2048, block: 777},
}

// TestLayouts holds all ways to read against the naive reader, on real dumps
// in every layout.
func TestLayouts(t *testing.T) {
	dumps := map[string]*dumpbuild.Dump{
		"odd":    oddDump(),
		"empty":  dumpbuild.New().Dump(),
		"random": dumpbuild.RandomGraph{Seed: 3, Nodes: 300, Edges: 900, Roots: 9, WeakMaps: 3, Dangling: 4}.Dump(),
	}
	for _, name := range smallDumps {
		d, err := dumpbuild.Read(testdata(t, name))
		if err != nil {
			t.Fatal(err)
		}
		dumps[name] = d
	}
	for name, d := range dumps {
		layouts := dumpbuild.Layouts()
		for i, layout := range cases.Sample(layouts, len(layouts)/2, len(name)) {
			t.Run(name+"/"+layout.Name, func(t *testing.T) {
				text := layout.Print(d)
				in := fileInput(t, text)
				oracle := naive(t, text)
				want := scanAll(t, bytes.NewReader(text), everything(tuning{}))
				if d := differItems(want.items, oracle.items); d != "" {
					t.Fatal("not what the naive reader finds: " + d)
				}
				if !want.info.Complete || want.info.EndsAt != int64(len(text)) || want.err != "" {
					t.Errorf("complete %v, ends at %d of %d, error %q", want.info.Complete, want.info.EndsAt, len(text), want.err)
				}
				oracle.info.Complete, oracle.info.EndsAt = true, int64(len(text))
				oracle.info.Defects, oracle.info.Closed = want.info.Defects, want.info.Closed
				for _, f := range want.info.Defects.List() {
					if f.Kind.Loses() {
						t.Errorf("%v, though nothing is missing", f)
					}
				}
				if d := differInfo(want.info, oracle.info); d != "" {
					t.Error("not what the naive reader finds: " + d)
				}
				for _, tune := range cases.Sample(tunings, 1, i+len(name)) {
					o := everything(tune)
					if d := differ(scanAll(t, bytes.NewReader(text), o), want); d != "" {
						t.Fatalf("Scanner with %+v: %s", tune, d)
					}
					for o.Workers = 1; o.Workers <= 4; o.Workers *= 2 {
						if d := differ(eachAll(t, in, o), want); d != "" {
							t.Fatalf("Each with %+v and %d workers: %s", tune, o.Workers, d)
						}
					}
				}
			})
		}
	}
}

// TestRealDumps does the same with the larger real dumps as they are, and with
// the usual block and window sizes.
func TestRealDumps(t *testing.T) {
	for i, name := range cases.Sample([]string{"talk-1k.json.gz", "weird.json.gz", "phpunit.json.gz"}, 1, 0) {
		d, err := dumpbuild.Read(testdata(t, name))
		if err != nil {
			t.Fatal(err)
		}
		for j, layout := range []dumpbuild.Layout{dumpbuild.Usual(), dumpbuild.Minified()} {
			text := layout.Print(d)
			in := fileInput(t, text)
			want := scanAll(t, bytes.NewReader(text), everything(tuning{}))
			if d := differItems(want.items, naive(t, text).items); d != "" {
				t.Fatalf("%s, %s: not what the naive reader finds: %s", name, layout.Name, d)
			}
			for _, tune := range cases.Sample([]tuning{{general: true}, {block: 100_000}, {window: 4096, piece: 8192, block: 50_000}}, 1, i+j) {
				o := everything(tune)
				o.Workers = 2
				if d := differ(scanAll(t, bytes.NewReader(text), o), want); d != "" {
					t.Errorf("%s, %s: Scanner with %+v: %s", name, layout.Name, tune, d)
				}
				if d := differ(eachAll(t, in, o), want); d != "" {
					t.Errorf("%s, %s: Each with %+v: %s", name, layout.Name, tune, d)
				}
			}
		}
	}
	text := testdata(t, "ast.json.zst")
	in := fileInput(t, text)
	want := scanAll(t, bytes.NewReader(text), Options{})
	for _, workers := range cases.Sample([]int{1, 2, 3}, 1, 1) {
		if d := differ(eachAll(t, in, Options{Workers: workers}), want); d != "" {
			t.Errorf("ast, %d workers: %s", workers, d)
		}
	}
}

// TestTruncatedDumps reads dumps that a crash has cut off.
func TestTruncatedDumps(t *testing.T) {
	for _, name := range cases.Sample([]string{"truncated-deep-list.json.gz", "truncated-memory-limit.json.gz"}, 1, 0) {
		text := testdata(t, name)
		d, err := dumpbuild.Read(text)
		if err == nil {
			t.Fatal(name + " is not truncated")
		}
		items := len(d.Items)
		got := scanAll(t, bytes.NewReader(text), Options{})
		if len(got.items) != items || got.info.Complete || got.info.EndsAt != int64(len(text)) || got.info.Defects.Count(Truncated) != 1 {
			t.Errorf("%s: %+v, want %d items", name, got.info, items)
		}
		if d := differ(eachAll(t, open(t, "../testdata/"+name), Options{}), got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if d := differ(eachAll(t, fileInput(t, text), Options{Workers: 2}), got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestUsualPathIsTaken notices when the layout that the usual path is made for
// is left to the general one.
func TestUsualPathIsTaken(t *testing.T) {
	for name, general := range map[string]int{
		"closure-address-reuse.json": 0, "debuginfo.json": 0, "example.json": 0, "statics.json": 0,
		"undef-number-type.json": 0, "talk-1k.json.gz": 0, "weird.json.gz": 0, "phpunit.json.gz": 0,
		"ffi-trailing-comma.json": 1,
	} {
		text := testdata(t, name)
		if got := scanAll(t, bytes.NewReader(text), Options{}); got.general != general {
			t.Errorf("%s: %d of %d items took the general path, want %d", name, got.general, got.info.Items, general)
		}
	}
}

// TestSources reads a dump from everything that a dump can come from.
func TestSources(t *testing.T) {
	text := testdata(t, "example.json")
	want := scanAll(t, bytes.NewReader(text), everything(tuning{}))
	plain := func() io.Reader { return bytes.NewReader(text) }
	var gz, zst bytes.Buffer
	w := gzip.NewWriter(&gz)
	w.Write(text)
	w.Close()
	z, err := zstd.NewWriter(&zst)
	if err != nil {
		t.Fatal(err)
	}
	z.Write(text)
	z.Close()
	sources := map[string]func() io.Reader{
		"plain":      plain,
		"one byte":   func() io.Reader { return iotest.OneByteReader(plain()) },
		"half":       func() io.Reader { return iotest.HalfReader(plain()) },
		"data error": func() io.Reader { return iotest.DataErrReader(plain()) },
		"gzip":       func() io.Reader { return bytes.NewReader(gz.Bytes()) },
		"gzip, slow": func() io.Reader { return iotest.OneByteReader(bytes.NewReader(gz.Bytes())) },
		"zstd":       func() io.Reader { return bytes.NewReader(zst.Bytes()) },
		"zstd, slow": func() io.Reader { return iotest.HalfReader(bytes.NewReader(zst.Bytes())) },
	}
	for name, source := range sources {
		for _, tune := range []tuning{{}, {window: 512, piece: 512, block: 2000}} {
			in, err := Open("-", source())
			if err != nil {
				t.Fatal(err)
			}
			if d := differ(eachAll(t, in, everything(tune)), want); d != "" {
				t.Errorf("%s from a stream: %s", name, d)
			}
			stored, err := io.ReadAll(source())
			if err != nil {
				t.Fatal(err)
			}
			if in.BytesRead() != int64(len(stored)) || in.Size() != -1 || in.Again() {
				t.Errorf("%s: %d of %d bytes are said to be read", name, in.BytesRead(), len(stored))
			}
			in = fileInput(t, stored)
			for range 2 {
				if d := differ(eachAll(t, in, everything(tune)), want); d != "" {
					t.Errorf("%s from a file: %s", name, d)
				}
			}
			if !in.Again() || in.Size() != int64(len(stored)) || in.BytesRead() < in.Size() {
				t.Errorf("%s: %d of %d bytes are said to be read", name, in.BytesRead(), len(stored))
			}
			if name == "plain" || name == "one byte" || name == "half" || name == "data error" {
				if d := differ(scanAll(t, source(), everything(tune)), want); d != "" {
					t.Errorf("%s: %s", name, d)
				}
			}
		}
	}
}

// TestCutStreams cuts compressed dumps off: what can be unpacked is read.
func TestCutStreams(t *testing.T) {
	for _, name := range []string{"talk-1k.json.gz", "ast.json.zst"} {
		in := open(t, "../testdata/"+name)
		half := fileInput(t, stored(t, in, in.Size()/2))
		got := eachAll(t, half, Options{})
		if got.err != "" || got.info.Complete || got.info.Items == 0 || got.info.Defects.Count(ReadError) != 1 || !strings.HasSuffix(message(got.info.Fault), " data ends early") {
			t.Errorf("%s: %s; %+v", name, got.err, got.info)
		}
		for _, n := range []int64{3, 5, 12} {
			if got := eachAll(t, fileInput(t, stored(t, in, n)), Options{}); got.err == "" || got.info.Items > 0 {
				t.Errorf("%d bytes of %s: %+v", n, name, got.info)
			} else {
				t.Logf("%d bytes of %s: %s", n, name, got.err)
			}
		}
	}
}

func stored(t *testing.T, in *Input, n int64) []byte {
	b := make([]byte, n)
	if _, err := in.file.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEachStops ends the reading from within merge.
func TestEachStops(t *testing.T) {
	text := testdata(t, "talk-1k.json.gz")
	stop := fmt.Errorf("enough")
	for _, in := range []*Input{fileInput(t, text), open(t, "../testdata/talk-1k.json.gz")} {
		for _, workers := range []int{1, 4} {
			merges := 0
			_, err := Each(in, Options{Workers: workers, tuning: tuning{block: 5000}}, func() *collector { return &collector{} }, func(*collector) error {
				if merges++; merges == 3 {
					return stop
				}
				return nil
			})
			if err != stop || merges != 3 {
				t.Errorf("%v after %d merges", err, merges)
			}
		}
	}
}

// TestReadErrors has a reader fail.
func TestReadErrors(t *testing.T) {
	text := testdata(t, "example.json")
	fail := fmt.Errorf("disk on fire")
	for _, n := range []int{0, 3, 100, 5000} {
		r := func() io.Reader { return io.MultiReader(bytes.NewReader(text[:n]), iotest.ErrReader(fail)) }
		got := scanAll(t, r(), Options{})
		if n <= 100 && got.err != fail.Error() || n > 100 && (got.err != "" || got.info.Items == 0 || got.info.Complete || got.info.Fault != fail || got.info.Defects.Count(Truncated) > 0) {
			t.Errorf("after %d bytes: %q, %+v", n, got.err, got.info)
		}
		in, err := FromReader("standard input", r())
		if n < 4 {
			if err == nil {
				t.Errorf("after %d bytes: no error", n)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if d := differ(eachAll(t, in, Options{}), got); d != "" {
			t.Errorf("after %d bytes: %s", n, d)
		}
	}
	if got := scanAll(t, idle{}, Options{}); got.err != io.ErrNoProgress.Error() {
		t.Errorf("a reader that gives nothing: %q", got.err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }
