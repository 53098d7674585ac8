package dump

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// The head of a text can be looked at before it is read, in each form, and changes
// nothing of what is read.
func TestHead(t *testing.T) {
	text := []byte(strings.Repeat("0123456789", 6_000))
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	var zipped bytes.Buffer
	g := gzip.NewWriter(&zipped)
	if _, err := g.Write(text); err != nil || g.Close() != nil {
		t.Fatal(err)
	}
	for name, stored := range map[string][]byte{"plain": text, "zst": z.EncodeAll(text, nil), "gz": zipped.Bytes()} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, stored, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{1, 64, len(text), len(text) + 1} {
			in, err := Open(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			head := in.Head(n)
			if !bytes.Equal(head, text[:min(n, len(text))]) {
				t.Errorf("%s: a head of %d bytes for %d", name, len(head), n)
			}
			for round := range 2 { // a file has its text more than once
				r, err := in.Text()
				if err != nil {
					t.Fatal(err)
				}
				all, err := io.ReadAll(r)
				if err != nil || !bytes.Equal(all, text) || in.BytesRead() != int64(len(stored)) {
					t.Errorf("%s, read %d times: %d bytes, %v; %d of %d were read", name, round+1, len(all), err, in.BytesRead(), len(stored))
				}
				r.Close()
			}
			in.Head(n)
			in.Close() // with a decoder at work
		}
		for cut := 4; cut < min(40, len(stored)); cut++ { // with less nobody knows what it is
			if err := os.WriteFile(path, stored[:cut], 0o600); err != nil {
				t.Fatal(err)
			}
			in, err := Open(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			head := in.Head(1 << 20)
			if !bytes.HasPrefix(text, head) {
				t.Errorf("%s, %d bytes of it: the head %q", name, cut, head)
			}
			r, err := in.Text()
			if err == nil {
				_, err = io.Copy(io.Discard, r)
			}
			if err == nil && name != "plain" {
				t.Errorf("%s: %d bytes are read as whole", name, cut)
			}
			in.Close()
		}
	}
	in, err := FromReader("stream", bytes.NewReader(text))
	if err != nil || in.Head(5) != nil {
		t.Error("a stream has no head: what is read of it is gone")
	}
}
