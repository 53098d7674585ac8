package escape

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// What is looked for first leaves nothing out that becomes a link.
func TestIsLinked(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{
		"a", "g", "H", "-", ":", "+", "1", "#", "@", "www", ".", "/", "mailto", "xmpp", "!", "&", "$", "%", "~", "_",
		"\u212a", "\u017f", "é", // fold to k, s
	}
	links := 0
	for range 20_000 {
		var word strings.Builder
		for range 1 + r.IntN(6) {
			word.WriteString(pieces[r.IntN(len(pieces))])
		}
		want := linked.MatchString(word.String())
		if want {
			links++
		}
		if got := isLinked(word.String()); got != want {
			t.Fatalf("%q: %t", word.String(), got)
		}
	}
	if links < 200 {
		t.Errorf("%d links", links)
	}
}
