package leaks

import (
	"slices"
	"strconv"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/origin"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
	"memtrail/internal/profilebuild"
	"memtrail/internal/profiletest"
	"memtrail/internal/retaintest"
	"memtrail/profile"
)

// rows is a table that holds the rows numbered first … first+n−1.
func rows(first, n int) *dumpbuild.Dump {
	key := func(i int) string { return strconv.Itoa(first + i) }
	row := func(int) *dumpbuild.Node { return dumptest.Object("Row", dumptest.To("text", dumptest.Text(100))) }
	return dumpbuild.New().Memory(0, 0, 0, 0).Global("cache", dumptest.Object("Lru", dumptest.To("rows", dumptest.Keyed(n, key, row)))).Dump()
}

// rowBytes is what a row asks for: the object, its table of properties with the slots,
// and the text.
const rowBytes = 40 + 56 + 320 + 125

func made(t *testing.T, rows, alive uint64) *profile.Profile {
	t.Helper()
	return profiletest.Read(t, profilebuild.Array(&profilebuild.Frame{Name: "root", Calls: 1, Called: []*profilebuild.Frame{
		{Name: "Lru::get", Calls: rows, Bytes: alive * rowBytes, Blocks: 4 * alive, Called: []*profilebuild.Frame{{Name: "Row::__construct", Calls: rows}}},
	}}))
}

// TestSurvivalMovesConfidence: of one dump a cache of the last 500 rows looks like
// 500 rows that are kept; a profile tells them apart.
func TestSurvivalMovesConfidence(t *testing.T) {
	for name, c := range map[string]struct {
		alive, made   int
		without, with analysis.Confidence
		reason        ReasonKind
	}{
		"a cache that evicts":             {500, 20000, analysis.Medium, analysis.Low, ReasonGone},
		"a cache that evicts, of many":    {5200, 52000, analysis.High, analysis.Medium, ReasonGone},
		"all that were made":              {3000, 3000, analysis.Medium, analysis.High, ReasonSurvive},
		"some of them, not judged":        {3000, 4500, analysis.Medium, analysis.Medium, ""},
		"more than were made, not judged": {3000, 2000, analysis.Medium, analysis.Medium, ""},
	} {
		r := retaintest.Measured(t, rows(1, c.alive).PrintUsual())
		before := Find(r, Options{Threshold: 0.1})
		after := Find(r, Options{Threshold: 0.1, Profile: made(t, uint64(c.made), uint64(c.alive)), ProfileName: "p"})
		if len(before.Suspects) != 1 || len(after.Suspects) != 1 {
			t.Fatalf("%s: %d and %d suspects", name, len(before.Suspects), len(after.Suspects))
		}
		b, a := &before.Suspects[0], &after.Suspects[0]
		if b.Confidence != c.without || a.Confidence != c.with {
			t.Errorf("%s: confidence %s without, %s with a profile, want %s, %s", name, b.Confidence, a.Confidence, c.without, c.with)
		}
		moved := slices.ContainsFunc(a.Reasons, func(r Reason) bool { return r.Kind == ReasonGone || r.Kind == ReasonSurvive })
		if moved != (c.reason != "") || moved && !slices.ContainsFunc(a.Reasons, func(r Reason) bool { return r.Kind == c.reason }) {
			t.Errorf("%s: reasons %v", name, a.Reasons)
		}
		if want := (origin.Survival{Class: "Row", Alive: uint64(c.alive), Made: uint64(c.made), MadeAtLeast: uint64(c.made)}); !slices.Contains(a.Survives, want) {
			t.Errorf("%s: %+v, want %+v", name, a.Survives, want)
		}
		if len(a.MadeBy) != 1 || a.MadeBy[0].Function != "Lru::get" || a.MadeBy[0].PerMember != 4 {
			t.Errorf("%s: made by %+v", name, a.MadeBy)
		}
		if all, of := after.Memory(); of != OfProfile || all != uint64(c.alive)*rowBytes {
			t.Errorf("%s: shares are of %d, %s", name, all, of)
		}
		if _, of := before.Memory(); of != OfExplained {
			t.Errorf("%s: shares are of %s without a header and a profile", name, of)
		}
	}
}
