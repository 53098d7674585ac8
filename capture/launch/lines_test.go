package launch

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// However a stream is cut, its lines are the same.
func TestLines(t *testing.T) {
	t.Parallel()
	text := "one\ntwo\r\n\n\x00\xff\nlong " + strings.Repeat("x", 3*longestLine) + "\nlast\nwithout an end"
	want := []string{"one", "two", "", "\x00\xff", ("long " + strings.Repeat("x", longestLine))[:longestLine], "last"}
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 0))
		var got []string
		l := lines{give: func(line []byte) { got = append(got, string(line)) }}
		for rest := []byte(text); len(rest) > 0; {
			n := min(1+random.IntN(1<<random.IntN(17)), len(rest))
			l.feed(bytes.Clone(rest[:n]))
			rest = rest[n:]
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %d lines, want %d", seed, len(got), len(want))
		}
	}
}
