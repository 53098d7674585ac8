package dumptest

import (
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Bomb writes a dump of so many items, all alike: a few bytes for each thousand of
// them, if it is compressed.
func Bomb(t testing.TB, w io.Writer, items int) {
	t.Helper()
	const (
		head = "{\n  \"header\" : {\n    \"memory_usage\" : 1\n  },\n  \"items\": {\n"
		item = "    \"0x7f9db8ec0328\" : {\n        \"type\" : \"int\",\n        \"size\" : \"16\",\n        \"is_root\" : false\n\n\n    },\n"
		last = "    \"0x7f9db8ec0338\" : {\n        \"type\" : \"int\",\n        \"size\" : \"16\",\n        \"is_root\" : false\n\n\n    }\n   }\n}\n"
	)
	block := make([]byte, 0, 1000*len(item))
	for range 1000 {
		block = append(block, item...)
	}
	write := func(text []byte) {
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	write([]byte(head))
	for n := 1; n < items; {
		k := min(1000, items-n)
		write(block[:k*len(item)])
		n += k
	}
	write([]byte(last))
}

// Compressed is Bomb compressed, as "gz" or "zst".
func Compressed(t testing.TB, w io.Writer, kind string, items int) {
	t.Helper()
	var z io.WriteCloser
	if kind == "gz" {
		z = gzip.NewWriter(w)
	} else {
		var err error
		if z, err = zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest)); err != nil {
			t.Fatal(err)
		}
	}
	Bomb(t, z, items)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}
