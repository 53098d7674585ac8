package leaks

import (
	"testing"

	"memtrail/dump"
)

// The declaration of closures is told where only one can be meant.
func TestMakerDeclared(t *testing.T) {
	site := func(file string, line uint32, this string, objects uint64, uses ...string) dump.ClosureSite {
		return dump.ClosureSite{File: file, Line: line, This: this, Uses: uses, Objects: objects}
	}
	m := &Maker{This: "Job", Captures: []string{"row"}}
	for _, tt := range []struct {
		name  string
		sites []dump.ClosureSite
		want  uint32 // line; 0 for none
	}{
		{"none is known", nil, 0},
		{"one", []dump.ClosureSite{site("a.php", 7, "Job", 20, "row")}, 7},
		{"others differ", []dump.ClosureSite{site("a.php", 7, "Job", 20, "row"), site("a.php", 8, "Job", 20, "col"), site("a.php", 9, "", 20, "row"), site("a.php", 10, "Job", 20, "row", "col")}, 7},
		{"too few of another", []dump.ClosureSite{site("a.php", 7, "Job", 20, "row"), site("a.php", 8, "Job", 19, "row")}, 7},
		{"two are alike", []dump.ClosureSite{site("a.php", 7, "Job", 20, "row"), site("a.php", 8, "Job", 20, "row")}, 0},
		{"two on a line", []dump.ClosureSite{site("a.php", 7, "Job", 20, "row"), site("a.php", 7, "Job", 20, "row")}, 7},
		{"in two files", []dump.ClosureSite{site("a.php", 7, "Job", 20, "row"), site("b.php", 7, "Job", 20, "row")}, 0},
	} {
		got := m.declared(tt.sites, 20)
		if (got == nil) != (tt.want == 0) || got != nil && got.Line != tt.want {
			t.Errorf("%s: %+v, want line %d", tt.name, got, tt.want)
		}
	}
	static := &Maker{}
	if got := static.declared([]dump.ClosureSite{site("a.php", 3, "", 1)}, 1); got == nil || got.Line != 3 {
		t.Errorf("a closure without anything: %+v", got)
	}
}
