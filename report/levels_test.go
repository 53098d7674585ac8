package report

import (
	"strings"
	"testing"

	"memtrail/analysis/growth"
	"memtrail/analysis/levels"
)

// What keeps chunks decides who can give them back.
func TestKeptText(t *testing.T) {
	kept := func(chunks, hollow, nearlyEmpty int) *levels.Kept {
		return &levels.Kept{Level: levels.Level{Usage: 385 << 10, Real: 74 << 20}, Chunks: chunks, Hollow: hollow, NearlyEmpty: nearlyEmpty}
	}
	const begins = "PHP uses 385 KiB and keeps 74 MiB of chunks: not a leak of values."
	for _, c := range []struct {
		kept *levels.Kept
		has  []string
		not  string
	}{
		{kept(0, 0, 0), []string{"analyzer heap tells what keeps them", "gc_mem_caches()", "end of the request", "restart"}, "nothing in use"},
		{kept(37, 36, 0), []string{"36 of 37 chunks have nothing in use", "analyzer heap", "gc_mem_caches()", "end of the request", "restart"}, "values in"},
		{kept(2, 1, 0), []string{"1 of 2 chunks has nothing in use"}, "values in"},
		{kept(37, 30, 6), []string{"30 of 37 chunks have nothing in use", "6 more stay while the few values in them do", "gc_mem_caches()", "analyzer heap"}, ""},
		{kept(37, 0, 36), []string{"36 of 37 chunks stay while the few values in them do", "analyzer heap", "end of the request", "restart"}, "gc_mem_caches()"},
	} {
		text := keptText(c.kept)
		for _, want := range append(c.has, begins) {
			if !strings.Contains(text, want) {
				t.Errorf("%+v: %q does not have %q", c.kept, text, want)
			}
		}
		if c.not != "" && strings.Contains(text, c.not) {
			t.Errorf("%+v: %q has %q", c.kept, text, c.not)
		}
	}
	if text := keptText(nil) + outsideText(nil); text != "" {
		t.Errorf("nothing is %q", text)
	}
}

// A place outside PHP's allocator does not make others grow faster than memory_usage,
// and what is a finding is said once.
func TestPlacesBesideUsage(t *testing.T) {
	g := growthOf(6, pool(6))
	outside := growth.GrowingPlace{Path: growth.OutsidePlace, PerInterval: growth.Rate{Bytes: 4 << 20}}
	g.HasUsage, g.UsageRate = true, 210_000
	g.Outside = &levels.Outside{First: levels.Level{Usage: 1, RSS: 1}, Last: levels.Level{Usage: 1, RSS: 32 << 20}, Rise: 31 << 20}
	if notes := strings.Join(seriesNotes(g), "\n"); !strings.Contains(notes, "outside PHP's allocator") {
		t.Errorf("notes: %s", notes)
	}
	g.Growing = append(g.Growing, outside)
	if notes := strings.Join(seriesNotes(g), "\n"); strings.Contains(notes, "outside PHP's allocator") || strings.Contains(notes, "grow by") {
		t.Errorf("notes: %s", notes)
	}
}
