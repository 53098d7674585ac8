package dump

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/zstd"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
)

// sampled is a prime n, so that a sample meets all columns of a layout; 1 if
// every place is asked for.
func sampled(n int) int {
	return cases.Number(n, 1)
}

// tally is how much of a dump a reader found, as far as no name matters.
type tally struct{ items, roots, edges uint64 }

// count reads a text with one window and without a goroutine. An input that
// cannot be read at all has no tally.
func count(text []byte) (n tally, info Info, ok bool) {
	s := NewScanner(bytes.NewReader(text), Options{tuning: tuning{window: 64 << 10, piece: 64 << 10}})
	for s.Scan() {
		if it := s.Item(); !it.More && !it.Broken {
			n.edges += it.NumChildren
		}
	}
	info = s.Info()
	n.items, n.roots = info.Items, info.Roots
	return n, info, s.Err() == nil
}

// loses reports whether what was read is known to lack something.
func loses(info *Info) bool {
	return !info.Complete || slices.ContainsFunc(info.Defects.List(), func(d Defect) bool { return d.Kind.Loses() })
}

// endsDumps are the dumps whose ends are damaged.
func endsDumps(t *testing.T) map[string][]byte {
	return map[string][]byte{
		"example":  testdata(t, "example.json"),
		"statics":  testdata(t, "statics.json"),
		"minified": dumpbuild.Minified().Print(oddDump()),
	}
}

// TestHeadCuts takes from a dump its first bytes: each cut that costs an item,
// a reference or a root is noticed.
func TestHeadCuts(t *testing.T) {
	t.Parallel()
	for name, text := range endsDumps(t) {
		whole, info, _ := count(text)
		if loses(&info) {
			t.Fatalf("%s: %+v", name, info)
		}
		for cut := 1; cut < len(text); cut += sampled(61) {
			for _, blank := range []bool{false, true} {
				rest := text[cut:]
				if blank { // a block of the disk that was never written
					if cut%7 > 0 {
						continue
					}
					rest = append(bytes.Repeat([]byte(" "), cut), rest...)
				}
				if n, info, ok := count(rest); ok && !loses(&info) && n != whole {
					t.Fatalf("%s without its first %d bytes: %+v of %+v, %v\n%.200s", name, cut, n, whole, info.Defects.List(), text[cut:])
				}
			}
		}
	}
}

// TestFlips changes single bytes of a dump: where that costs an item, a
// reference or a root, or adds one, it is noticed.
func TestFlips(t *testing.T) {
	t.Parallel()
	for name, text := range endsDumps(t) {
		whole, _, _ := count(text)
		bad := bytes.Clone(text)
		for k, mask := range []byte{0x01, 0x02, 0x10, 0x20, 0x5f, 0x7e, 0xff} {
			every := cases.Number(97, 3) // each byte with two masks at least, as these begin at different ones
			for i := k * 5 % every; i < len(text); i += every {
				bad[i] ^= mask
				if n, info, ok := count(bad); ok && !loses(&info) && n != whole {
					t.Errorf("%s, byte %d ^ %#x: %+v of %+v, %v\n%.80q", name, i, mask, n, whole, info.Defects.List(), bad[max(0, i-40):])
				}
				bad[i] ^= mask
			}
		}
	}
}

// TestTwoDumps puts two dumps, or parts of them, into one input: the second is
// told of, or read.
func TestTwoDumps(t *testing.T) {
	a, b := testdata(t, "statics.json"), testdata(t, "debuginfo.json")
	whole, _, _ := count(a)
	for name, text := range map[string][]byte{
		"appended":             slices.Concat(a, b),
		"a blank line between": slices.Concat(a, []byte("\n\n"), b),
		"text between":         slices.Concat(a, []byte("PHP Warning: {x}\n"), b),
		"the last brace lost":  slices.Concat(bytes.TrimSuffix(a, []byte("}\n")), b),
		"the first cut off":    slices.Concat(a[:len(a)/2], b),
		"the first's end":      slices.Concat(a[len(a)/2:], b),
		"the second cut off":   slices.Concat(a, b[:len(b)/2]),
		"the second's end":     slices.Concat(a, b[len(b)/2:]),
		"far behind":           slices.Concat(a, bytes.Repeat([]byte(" \n"), 1<<20), b),
	} {
		if n, info, ok := count(text); !ok || !loses(&info) {
			t.Errorf("%s: %+v of %+v, %v", name, n, whole, info.Defects.List())
		}
		if d := differ(eachAll(t, memoryInput(text), Options{Workers: 3, tuning: tuning{block: 700}}), scanAll(t, bytes.NewReader(text), Options{})); d != "" {
			t.Errorf("%s, Each: %s", name, d)
		}
	}
}

// TestHabits has what producers are known to do. Nothing of it is damage.
func TestHabits(t *testing.T) {
	text := string(oddDump().PrintUsual())
	minified := string(dumpbuild.Minified().Print(oddDump()))
	body := strings.TrimSuffix(text, "}\n")
	for name, text := range map[string]string{
		"as it is":           text,
		"a warning before":   "\nWarning: foo(): {\"a\":1} \"x\" in /srv/0x7f/a.php on line 3\n" + text,
		"a warning behind":   text + "\nWarning: foo(): {\"a\":1} \"x\" in /srv/0x7f/a.php on line 3\n",
		"a log around":       "{\"type\":\"job\",\"size\":3}\n" + minified + "{\"type\":\"job\",\"size\":3,\"items\":[]}\n",
		"a brace too many":   text + "}\n",
		"three too many":     text + "}\n}}",
		"a brace too few":    body,
		"text, a brace less": body + "PHP Fatal error: x\n",
		"NUL bytes behind":   text + "\x00\x00\x00",
		"a BOM":              "\ufeff" + text,
		"no items":           usualHead + "\n    }\n}\n}\n",
		"no header":          string(dumpbuild.NoHeader(oddDump()).PrintUsual()),
		"PHP 5":              "{\n  \"header\":\n{\"memory_usage\" : 5},\n\"items\": {\n\"0x1\" : {\"type\" : \"array\", \"size\" : \"72\", \"children\" : {\"\":\"0x2\"}},\n\"0x2\" : {\"type\" : \"int\", \"size\" : \"16\"}\n}}\n",
		"a fork":             "{\"header\":{\"memory_usage\":5},\"items\":{\"0x1\":{\"class\":\"A\",\"type\":\"object\",\"isTranslator\":\"true\",\"size\":\"72\",\"is_root\":false,\"frame\":\"<GLOBAL>\"} ,\n\"0x2\":{\"type\":\"int\"}}}",
		"reli":               `{"header":{"memory_usage":5},"items":{"0x1000000000000000":{"#reli_node_id":7,"#reli_value":"0x1","type":"int","size":16,"object_handle":"node:3"}}}`,
	} {
		n, info, ok := count([]byte(text))
		if !ok || loses(&info) || n.items == 0 != (name == "no items") {
			t.Errorf("%s: %+v, %+v", name, n, info.Defects.List())
		}
		if closed := strings.Contains(text, closedHead) && !strings.Contains(name, "no header"); info.Closed != closed {
			t.Errorf("%s: closed %v", name, info.Closed)
		}
	}
}

// compressed are dumps in both compressions, with a checksum each.
func compressed(t *testing.T, text []byte) map[string][]byte {
	var gz, zst bytes.Buffer
	z := gzip.NewWriter(&gz)
	z.Name = "dump.json"
	s, err := zstd.NewWriter(&zst, zstd.WithEncoderCRC(true))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{z, s} {
		w.Write(text)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]byte{"gzip": gz.Bytes(), "zstd": zst.Bytes()}
}

// TestChecksums changes, cuts and lengthens compressed dumps. Either that is
// noticed, or the dump is what it was, to the byte.
func TestChecksums(t *testing.T) {
	t.Parallel()
	text := testdata(t, "statics.json")
	// Text behind the dump must not keep its reader from the checksum.
	for tail, text := range map[string][]byte{"": text, ", text behind": append(slices.Clip(text), "PHP Warning: x\n"...)} {
		for kind, whole := range compressed(t, text) {
			kind += tail
			want := eachAll(t, memoryInput(whole), everything(tuning{}))
			if want.err != "" || loses(&want.info) {
				t.Fatalf("%s: %q, %+v", kind, want.err, want.info)
			}
			try := func(what string, bad []byte) {
				t.Helper()
				for _, tune := range []tuning{{}, {block: 4096}} { // with a goroutine and without
					got := eachAll(t, memoryInput(bad), everything(tune))
					switch same := differ(got, want) == ""; {
					case got.err == "" && !loses(&got.info) && !same:
						t.Fatalf("%s, %s: %d items of %d, %v", kind, what, len(got.items), len(want.items), got.info.Defects.List())
					case strings.HasPrefix(what, "trailer") && (same || got.err == "" && got.info.Fault == nil):
						t.Fatalf("%s, %s: not noticed", kind, what)
					}
				}
			}
			trailer := 4
			if strings.HasPrefix(kind, "gzip") {
				trailer = 8
			}
			for i := range whole {
				masks := []byte{0x01, 0x80, 0xff}
				what := "byte"
				if i >= len(whole)-trailer {
					what, masks = "trailer", []byte{1, 2, 4, 8, 16, 32, 64, 128, 255}
				} else if i%sampled(97) != 0 {
					continue
				}
				for _, mask := range masks {
					bad := bytes.Clone(whole)
					bad[i] ^= mask
					try(fmt.Sprintf("%s %d of %d ^ %#x", what, i, len(whole), mask), bad)
				}
				if i > 0 {
					try(fmt.Sprintf("cut to %d of %d bytes", i, len(whole)), whole[:i])
				}
			}
			for n := 1; n <= trailer; n++ {
				try(fmt.Sprintf("trailer without %d bytes", n), whole[:len(whole)-n])
			}
			try("trailer and text", append(bytes.Clone(whole), "text"...))
		}
	}
}

// TestFaults has the messages of what is wrong with an input.
func TestFaults(t *testing.T) {
	text := testdata(t, "talk-1k.json.gz")
	packed := compressed(t, text)
	flip := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 1
		return b
	}
	gz, zst := packed["gzip"], packed["zstd"]
	for _, c := range []struct {
		name     string
		r        io.Reader
		complete bool
		want     string
	}{
		{"gzip, checksum", bytes.NewReader(flip(gz, len(gz)-6)), true, "the checksum or the length of the gzip data is wrong"},
		{"gzip, length", bytes.NewReader(flip(gz, len(gz)-2)), true, "the checksum or the length of the gzip data is wrong"},
		{"gzip, cut", bytes.NewReader(gz[:len(gz)-3]), true, "the gzip data ends early"},
		{"gzip, cut in the dump", bytes.NewReader(gz[:len(gz)*2/3]), false, "the gzip data ends early"},
		{"gzip, text behind", io.MultiReader(bytes.NewReader(gz), strings.NewReader("some text behind")), true, "what follows the end of the gzip data is no gzip data"},
		{"zstd, checksum", bytes.NewReader(flip(zst, len(zst)-1)), false, "the checksum or the length of the zstd data is wrong"},
		{"zstd, text behind", io.MultiReader(bytes.NewReader(zst), strings.NewReader("some text behind")), true, "the zstd data is damaged"},
		{"a disk", io.MultiReader(bytes.NewReader(text[:3000]), iotest.ErrReader(&os.PathError{Op: "read", Path: "x", Err: os.ErrPermission})), false, "permission denied"},
		{"a disk, behind the dump", io.MultiReader(bytes.NewReader(text), iotest.ErrReader(os.ErrPermission)), true, "permission denied"},
		{"a disk, below gzip", io.MultiReader(bytes.NewReader(gz[:len(gz)*2/3]), iotest.ErrReader(os.ErrPermission)), false, "permission denied"},
	} {
		in, err := FromReader("test", c.r)
		if err != nil {
			t.Fatal(err)
		}
		got := eachAll(t, in, Options{}).info
		fault := strings.Replace(message(got.Fault), "permission denied", os.ErrPermission.Error(), 1)
		if fault != strings.Replace(c.want, "permission denied", os.ErrPermission.Error(), 1) || got.Complete != c.complete || got.Defects.Count(ReadError) != 1 || got.Defects.Count(Truncated) > 0 {
			t.Errorf("%s: %q, complete %v, %v", c.name, got.Fault, got.Complete, got.Defects.List())
		}
	}
}

// TestChanged changes a file while it is read, after the first item at least.
func TestChanged(t *testing.T) {
	text := testdata(t, "example.json")
	long := time.Now().Add(-time.Hour)
	for _, c := range []struct {
		name   string
		change func(path string) error
		want   string
	}{
		{"nothing", func(string) error { return nil }, ""},
		{"grows", func(path string) error { return os.WriteFile(path, append(bytes.Clone(text), "}\n"...), 0o600) }, "the file changed while it was read, from 49581 bytes to 49583"},
		{"shrinks", func(path string) error { return os.Truncate(path, 20_000) }, "the file changed while it was read, from 49581 bytes to 20000"},
		{"is written to", func(path string) error { return os.WriteFile(path, bytes.ToUpper(text), 0o600) }, "the file was written to while it was read"},
		{"is replaced", func(path string) error {
			if err := os.WriteFile(path+"2", text, 0o600); err != nil {
				return err
			}
			return os.Rename(path+"2", path)
		}, "another file took the place of this one while it was read"},
		{"is removed", os.Remove, ""},
	} {
		for _, o := range []Options{{}, {Workers: 2, tuning: tuning{block: 1000}}} {
			path := filepath.Join(t.TempDir(), "dump")
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, long, long); err != nil {
				t.Fatal(err)
			}
			in := open(t, path)
			done := false
			info, err := Each(in, o, func() *collector { return &collector{} }, func(*collector) error {
				if done {
					return nil
				}
				done = true
				return c.change(path)
			})
			if err != nil {
				t.Skipf("%s: %v", c.name, err) // a system that guards open files
			}
			if message(info.Fault) != c.want || info.Defects.Count(Changed) != uint64(min(1, len(c.want))) {
				t.Errorf("%s: fault %q, %v; want %q", c.name, info.Fault, info.Defects.List(), c.want)
			}
			if c.want != "" && !loses(&info) {
				t.Errorf("%s: nothing is lost", c.name)
			}
		}
	}
}
