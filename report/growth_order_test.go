package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/growth"
)

// TestOrderByPeaks: peaks never fall in one process, so they tell the order in
// which dumps must be given; but not where one of them is not known.
func TestOrderByPeaks(t *testing.T) {
	const k = 1 << 10
	for _, c := range []struct {
		name        string
		peaks, used []uint64 // KiB; 0: no header
		want        string   // "" for no order
	}{
		{"the reverse", []uint64{30, 20, 10}, []uint64{9, 8, 7}, "m3, m2, m1"},
		{"one is misplaced", []uint64{20, 30, 10}, []uint64{9, 9, 9}, "m3, m1, m2"},
		{"of equal peaks, by what is used", []uint64{20, 10, 10}, []uint64{9, 8, 7}, "m3, m2, m1"},
		{"no header", []uint64{20, 0, 10}, []uint64{9, 8, 7}, ""},
		{"too many to list", []uint64{60, 50, 40, 30, 20, 10}, []uint64{9, 9, 9, 9, 9, 9}, ""},
	} {
		g := growthOf(len(c.peaks))
		for i := range g.Snapshots {
			g.Snapshots[i].Name = fmt.Sprintf("m%d", i+1)
			g.Snapshots[i].Header = nil
			if c.peaks[i] > 0 {
				g.Snapshots[i].Header = &analysis.Header{MemoryUsage: c.used[i] * k, PeakMemoryUsage: c.peaks[i] * k}
			}
		}
		g.Verdict = growth.Inconclusive
		g.Caveats = []growth.Caveat{{Kind: growth.Restarted, Name: "m2"}}
		var out bytes.Buffer
		if err := Growth(&out, g, "m3", Options{Width: 400}); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if has := strings.Contains(text, "By their peaks the order is "); has != (c.want != "") || !strings.Contains(text, c.want) {
			t.Errorf("%s: %q is not in\n%s", c.name, c.want, text)
		}
	}
}
