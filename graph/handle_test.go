package graph

import (
	"testing"

	"memtrail/internal/dumpbuild"
)

func TestHandleNumber(t *testing.T) {
	handles := map[string]int64{"0": 0, "17": 17, "4294967293": 4294967293, "4294967296": -1, "node:5": -1, "-1": -1, "": -1}
	for text, want := range handles {
		b := dumpbuild.New()
		b.Item(0x1000, "object").Class("A").Field("object_handle", dumpbuild.Text(text))
		g := build(t, b.Dump().PrintUsual())
		got := int64(-1)
		if n, ok := g.HandleNumber(0); ok {
			got = int64(n)
		}
		if got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
