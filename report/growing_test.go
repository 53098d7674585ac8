package report

import (
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/growth"
	"memtrail/dump"
)

// A place is shown at the line that adds to it, else where its class is declared.
func TestSourceOf(t *testing.T) {
	class := &analysis.Declared{Symbol: "Cache", File: "Cache.php", Line: 3, End: 40}
	adds := &analysis.Changes{Adds: []dump.Site{{Function: "Cache::set()", File: "Cache.php", Line: 31}, {File: "main.php", Line: 7}}}
	for _, c := range []struct {
		name  string
		place growth.GrowingPlace
		want  analysis.Declared
	}{
		{"neither", growth.GrowingPlace{}, analysis.Declared{}},
		{"the class", growth.GrowingPlace{Declared: class}, *class},
		{"the line that adds", growth.GrowingPlace{Declared: class, Changes: adds}, analysis.Declared{Symbol: "Cache::set()", File: "Cache.php", Line: 31, End: 31}},
		{"no line", growth.GrowingPlace{Declared: class, Changes: &analysis.Changes{Adds: []dump.Site{{File: "a.php"}}}}, *class},
	} {
		got := sourceOf(&c.place)
		if got == nil {
			got = &analysis.Declared{}
		}
		if *got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, *got, c.want)
		}
	}
}
