package main

import (
	"bytes"
	"testing"
)

// FuzzBaseline: any bytes are a baseline or an error, and what is read is written so
// that it is read again.
func FuzzBaseline(f *testing.F) {
	f.Add([]byte(`{"version": 1, "entries": []}`))
	f.Add([]byte(`{"version": 1, "entries": [{"fingerprint": "a3f9c1e2", "path": "$a", "reason": "x", "count": 1, "bytes": 2, "expires": "2027-01-31"}]}`))
	f.Add([]byte(`{"version": "1"}`))
	f.Add([]byte("[]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := parseBaseline(text)
		if err != nil {
			return
		}
		once, err := encodeBaseline(b)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseBaseline(once)
		if err != nil {
			t.Fatalf("%v: %s", err, once)
		}
		if twice, err := encodeBaseline(again); err != nil || !bytes.Equal(once, twice) {
			t.Errorf("%s, and then %s (%v)", once, twice, err)
		}
	})
}
