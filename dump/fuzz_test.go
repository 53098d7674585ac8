package dump

import (
	"bytes"
	"strings"
	"testing"

	"memtrail/internal/dumpbuild"
)

// FuzzScanner reads any bytes in all ways: it must not panic, and all ways
// must agree.
func FuzzScanner(f *testing.F) {
	for _, layout := range dumpbuild.Layouts() {
		text := layout.Print(dumpbuild.RandomGraph{Seed: 2, Nodes: 6, Edges: 9, Roots: 2, WeakMaps: 1}.Dump())
		f.Add(text, uint8(0))
		f.Add(text[:len(text)/2], uint8(1))
	}
	f.Add(oddDump().PrintUsual(), uint8(2))
	f.Add([]byte(usualHead+intItem+"}"+usualEnd+"}"+usualHead), uint8(3))
	f.Add([]byte("PHP Warning: {\"header\n"+usualHead[:100]+"\n    \"items\" : 7"+intItem), uint8(4))
	f.Add([]byte(`{"items":[]}`), uint8(5))
	f.Fuzz(func(t *testing.T, text []byte, seed uint8) {
		if len(text) > 16<<10 {
			return
		}
		checkDamaged(t, "fuzz", text, uint64(seed))
	})
}

// FuzzUsualVsGeneral puts any bytes among items in the usual layout. Both
// paths must read the same.
func FuzzUsualVsGeneral(f *testing.F) {
	text := oddDump().PrintUsual()
	start := bytes.Index(text, []byte("    \"0x"))
	for _, item := range strings.SplitAfter(string(text[start:]), "\n    },\n") {
		f.Add([]byte(item), uint16(200))
		f.Add([]byte(item[:len(item)-3]), uint16(0))
	}
	f.Add([]byte("        \"a\\\\b\":\"0x1\",\n"), uint16(9))
	f.Fuzz(func(t *testing.T, items []byte, window uint16) {
		if len(items) > 8<<10 {
			return
		}
		text := append([]byte(usualHead+intItem+",\n"), items...)
		text = append(text, intItem+usualEnd...)
		tune := tuning{window: 512 + int(window)%2048}
		tune.piece = tune.window
		want := scanAll(t, bytes.NewReader(text), everything(tune))
		tune.general = true
		if d := differ(scanAll(t, bytes.NewReader(text), everything(tune)), want); d != "" {
			t.Fatalf("the general path, window %d: %s", tune.window, d)
		}
		if len(want.items) == 0 {
			t.Fatal("the first item is lost")
		}
	})
}
