package dumptest

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/simheap"
)

// Dumps are the dumps in testdata that all kinds of questions are put to.
var Dumps = []string{
	"example.json", "closure-address-reuse.json", "debuginfo.json", "statics.json", "fibers.json", "undef-number-type.json",
	"talk-1k.json.gz", "weird.json.gz", "phpunit.json.gz", "truncated-memory-limit.json.gz",
}

// Some are a sample of the dumps, by seed another; all of them with -full.
func Some(seed int) []string { return cases.Sample(Dumps, 2, seed) }

// Load gives the text of one of the dumps in testdata.
func Load(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(Path(name))
	if err == nil && strings.HasSuffix(name, ".gz") {
		var r *gzip.Reader
		if r, err = gzip.NewReader(bytes.NewReader(data)); err == nil {
			data, err = io.ReadAll(r)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// File makes an input of a dump's text that can be read again, and by several
// workers if it is large enough.
func File(t testing.TB, text []byte) *dump.Input {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dump.json")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := dump.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close() })
	return in
}

// Read reads a dump with the naive reader. An error is a dump's end.
func Read(text []byte) *dumpbuild.Dump {
	d, _ := dumpbuild.Read(text)
	return d
}

func Build(t testing.TB, text []byte) (*graph.Graph, *dump.Info) {
	t.Helper()
	in, err := dump.FromReader("test", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	g, info, err := graph.Build(in, 0)
	if err != nil {
		t.Fatal(err)
	}
	return g, &info
}

func Simulate(t testing.TB, items int) ([]byte, simheap.Truth) {
	t.Helper()
	var b bytes.Buffer
	truth, err := simheap.Write(&b, simheap.Options{Items: items, Seed: 7, Dangling: 3})
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), truth
}

// Path is the path of a file in the project's folder of test data.
func Path(elem ...string) string {
	dir := "."
	for range 8 {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Join(dir, "..")
	}
	return filepath.Join(append([]string{dir, "testdata"}, elem...)...)
}
