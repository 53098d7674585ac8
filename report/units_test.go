package report

import (
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/units"
	"memtrail/dump"
)

// exampleUnits are those of a test runner, of a worker, and of a program that is
// clean. Names are the program's and hostile.
func exampleUnits() []units.Units {
	items := units.Holder{
		What: units.Held, Path: `App\Registry::$items`, Fingerprint: "0badcafe", Holds: analysis.Kind{Type: "object", Class: "App\\Us\x1ber"}, Count: 1200, Bytes: 188 << 10,
		Changes:  &analysis.Changes{Adds: []dump.Site{{Function: "App\\Registry::add()", File: "/app/src/Registry.php", Line: 12, How: "[] =", Depth: 1}}},
		Declared: &analysis.Declared{Symbol: `App\Registry`, File: "/app/src/Registry.php", Line: 5, End: 20},
		Trace: []analysis.PathStep{
			{Label: `App\Registry::$items`, Item: analysis.Item{ID: "0x1", Type: "array", Frame: "<CLASS_STATIC_MEMBER>", IsRoot: true, HasChildren: true, ChildrenCount: 1200}},
		},
	}
	listeners := units.Holder{What: units.Held, Path: "$d->listeners[\"\u202esaved\"]", Fingerprint: "12345678", Holds: analysis.Kind{Type: "object", Class: "Closure"}, Count: 1, Bytes: 70000}
	return []units.Units{
		{
			PID: 4242, Ended: 240, Compared: 9,
			Rows: []units.Row{
				{Name: `Tests\ServiceTest::testAdds with data set "x` + "\n" + `"`, Times: 1, Left: 195080, Each: 195080, Trend: units.Once, Code: true, Held: 188 << 10},
				{Name: `Tests\ServiceTest::testLoads`, Times: 1, Left: 21072, Each: 21072, Trend: units.Once, Code: true},
			},
			Blamed: []units.Blamed{
				{Ended: units.Ended{Number: 183, Name: `Tests\ServiceTest::testAdds with data set "x` + "\n" + `"`, Left: 195080, Code: true}, Holders: []units.Holder{items}},
				{Ended: units.Ended{Number: 190, Name: "Tests\\\xffTest::testListens", Left: 71000}, Holders: []units.Holder{listeners}, Among: []string{"a", "b", "c", "d\x1b[2J"}},
			},
			Beside: map[units.What]uint64{units.Code: 900 << 10, units.FirstUse: 3 << 10, units.OfTest: 5000, units.OfRunner: 70000, units.Garbage: 100},
		},
		{
			PID: 4243, Ended: 125000, Unnamed: 3, Compared: 7,
			Rows: []units.Row{
				{Name: "App\\Import\x1b[31m", Times: 60000, Left: 210 << 20, Each: 3400, Trend: units.Rising},
				{Name: `App\Send`, Times: 64000, Left: -2048, Trend: units.Level},
				{Name: `App\Boot`, Times: 1000, Left: 50000, Each: 0, Trend: units.First},
			},
			Steady: []units.Steady{{Holder: items, PerUnit: 1771.5}},
		},
		{PID: 4244, Ended: 3, Compared: 2},
		{PID: 4245, Ended: 1, Compared: 1},
	}
}

func TestUnits(t *testing.T) {
	golden(t, "units", everyFormat(t, bind(Units, exampleUnits())))
}

func TestHolderTrace(t *testing.T) {
	var all []units.Holder
	for _, b := range exampleUnits()[0].Blamed {
		all = append(all, b.Holders...)
	}
	lines := HolderTrace(all)
	text := strings.Join(lines, "|")
	for _, want := range []string{`held in App\Registry::$items: 188 KiB, +1,200 App\Us\x1Ber`, "added in Registry::add() src/Registry.php:12", "source /app/src/Registry.php:5"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	if strings.ContainsAny(text, "\x1b\n\u202e") {
		t.Errorf("%q is not printable", text)
	}
}
