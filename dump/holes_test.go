package dump

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// stretches stands for a file system: where data and holes begin in turn, data first.
func stretches(starts ...int64) func(int64, bool) int64 {
	return func(from int64, hole bool) int64 {
		for i, s := range starts {
			end := int64(noHole)
			if i+1 < len(starts) {
				end = starts[i+1]
			}
			if i%2 == 1 == hole && from < end {
				return max(s, from)
			}
		}
		return noHole
	}
}

func TestCutHoles(t *testing.T) {
	const gb = 1 << 30
	for name, c := range map[string]struct {
		size int64
		seek func(int64, bool) int64
		want int64
		says string
	}{
		"no hole":           {100, stretches(0, 100), 100, ""},
		"not known":         {100 * gb, func(int64, bool) int64 { return -1 }, 100 * gb, ""},
		"a small one":       {gb, stretches(0, 4096, 8192), gb, ""},
		"at the end":        {8000 * gb, stretches(0, 4096), 4096, "7999 GB of holes"},
		"all of it":         {8000 * gb, stretches(0, 0), 0, "8000 GB of holes"},
		"in the middle":     {3*gb + 8192, stretches(0, 4096, 4096+3*gb), 4096, "3 GB of holes, which were never written, and is not read behind byte 4096"},
		"together too much": {4 * gb, stretches(0, 1*gb, gb+gb/2, 2*gb, 3*gb), 2 * gb, "1 GB of holes"},
	} {
		in := &Input{size: c.size}
		in.cutHoles(c.seek)
		says := ""
		if in.hole != nil {
			says = in.hole.Error()
		}
		if in.size != c.want || (says == "") != (c.says == "") || !strings.Contains(says, c.says) {
			t.Errorf("%s: size %d, want %d; %q, want %q", name, in.size, c.want, says, c.says)
		}
	}
}

// A file of 8 TB is read as far as it is one.
func TestSparseFile(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("holes are not known here")
	}
	const whole = "{\n  \"items\": {\n    \"0x10\": {\n        \"type\" : \"int\",\n        \"size\" : \"16\",\n        \"is_root\" : false\n\n\n    }\n    }\n}\n"
	for name, c := range map[string]struct {
		text     string
		complete bool
	}{"complete": {whole, true}, "in the middle": {whole[:len(whole)-8], false}} {
		path := filepath.Join(t.TempDir(), "dump.json")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, 8<<40); err != nil {
			t.Skip(err)
		}
		in, err := Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		if in.Size() > 1<<20 {
			t.Skip("the file system does not tell holes")
		}
		info, err := Each(in, Options{}, func() *countItems { return new(countItems) }, func(*countItems) error { return nil })
		if err != nil || info.Items != 1 || info.Complete != c.complete || info.Fault == nil || info.Defects.Count(ReadError) != 1 {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
	}
	path := filepath.Join(t.TempDir(), "nothing")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 8<<40); err != nil {
		t.Skip(err)
	}
	if in, err := Open(path, nil); err == nil {
		in.Close()
		t.Error("a hole is a dump")
	}
}

type countItems int

func (c *countItems) Item(*Item) { *c++ }

func TestZeroRuns(t *testing.T) {
	zeros := bytes.Repeat([]byte{0}, 100)
	for _, c := range []struct {
		texts [][]byte
		want  error
	}{
		{[][]byte{zeros, zeros}, nil},
		{[][]byte{zeros, zeros, zeros}, errZeros},
		{[][]byte{zeros, zeros, []byte("\x00x\x00"), zeros}, nil},
		{[][]byte{[]byte("x"), zeros, zeros, zeros}, errZeros},
	} {
		var pieces []io.Reader
		for _, b := range c.texts {
			pieces = append(pieces, bytes.NewReader(b))
		}
		_, err := io.ReadAll(&zeroRuns{r: iotest.DataErrReader(io.MultiReader(pieces...)), most: 250})
		if !errors.Is(err, c.want) {
			t.Errorf("%d pieces: %v, want %v", len(pieces), err, c.want)
		}
	}
}
