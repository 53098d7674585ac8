package analysis

import (
	"testing"

	"memtrail/dump"
)

func TestDeclarations(t *testing.T) {
	d := DeclarationsOf(&dump.Capture{Sources: []dump.SourceFile{
		{File: "/app/Cache.php", Symbols: []dump.Symbol{{Name: `App\Cache`, Line: 31, End: 90}, {Name: `App\Cache::put`, Line: 40, End: 44}}},
		{File: "/app/f.php", Symbols: []dump.Symbol{{Name: `App\lookup`, Line: 7, End: 9}}},
	}})
	step := func(label, frame, symbol, class string) PathStep {
		return PathStep{Label: label, Item: Item{Frame: frame, Symbol: symbol, Class: class}}
	}
	for _, c := range []struct {
		name  string
		way   []PathStep
		holds []string
		want  string
		line  uint32
	}{
		{"the nearest object of the program's", []PathStep{step("$app", "<GLOBAL>", "app", `app\cache`), step("->c", "", "", "ArrayObject"), step("[*]", "", "", "")}, nil, "/app/Cache.php", 31},
		{"a static variable", []PathStep{step("static $x in App\\lookup()", `<STATIC_VARIABLE(App\lookup)>`, "$x", "")}, nil, "/app/f.php", 7},
		{"a static property", []PathStep{step("", "<CLASS_STATIC_MEMBER>", `App\Cache::all`, "")}, nil, "/app/Cache.php", 31},
		{"a variable of a method", []PathStep{step("", `App\Cache->put()`, "x", "")}, nil, "/app/Cache.php", 40},
		{"code of eval()", []PathStep{step("code of eval() in /app/w.php(12)", "<ENGINE>", "(code)", "")}, nil, "/app/w.php", 12},
		{"what it holds", []PathStep{step("shutdown functions", "<ENGINE>", "shutdown functions", "")}, []string{"Closure", `App\Cache`}, "/app/Cache.php", 31},
		{"nothing of the program's", []PathStep{step("$x", "<GLOBAL>", "x", "ArrayObject")}, nil, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := d.Place(c.way, c.holds...)
			switch {
			case got == nil && c.want != "", got != nil && (got.File != c.want || got.Line != c.line):
				t.Errorf("got %+v, want %s:%d", got, c.want, c.line)
			}
			if DeclarationsOf(nil).Place(c.way, c.holds...) != nil {
				t.Error("a dump without declarations knows a place")
			}
		})
	}
}
