package changes

import (
	"strconv"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/dump"
)

// way makes a path of texts: the root as "frame|symbol", then "key type class"
// for each step.
func way(root string, steps ...string) []analysis.PathStep {
	frame, symbol, _ := strings.Cut(root, "|")
	f := strings.Fields(symbol)
	item := analysis.Item{Frame: frame, Symbol: f[0], Type: f[1]}
	if len(f) > 2 {
		item.Class = f[2]
	}
	path := []analysis.PathStep{{Item: item}}
	for _, s := range steps {
		f := strings.Fields(s)
		step := analysis.PathStep{Key: f[0], Item: analysis.Item{Type: f[1]}}
		if f[0] == "…" {
			step.Label = "…"
		}
		if len(f) > 2 {
			step.Item.Class = f[2]
		}
		path = append(path, step)
	}
	return path
}

func site(function string, line, depth int, self string) dump.Site {
	return dump.Site{Function: function, File: "a.php", Line: line, Depth: depth, Self: self}
}

// program is code with each kind of variable.
func program() *dump.Code {
	return &dump.Code{
		Parents: map[string]string{"Child": "Base", "Sister": "Base"},
		Variables: []dump.Variable{
			{Kind: dump.PropertyVariable, Of: "Base", Name: "items",
				Adds:    []dump.Site{site("Base::__construct()", 1, 1, "Base"), site("Sister::put()", 2, 1, "Sister"), site("Other::put()", 3, 1, ""), site("Base::add()", 4, 1, "Base"), site("Base::nest()", 5, 2, "Base")},
				Removes: []dump.Site{site("Base::drop()", 6, 1, "Base"), site("Base::prune()", 7, 2, "Base"), site("Base::clear()", 8, 0, "Base")},
			},
			{Kind: dump.PropertyVariable, Of: "Child", Name: "items", Adds: []dump.Site{site("Child::add()", 9, 1, "Child")}},
			{Kind: dump.PropertyVariable, Of: "Holder", Name: "head", Other: []dump.Site{site("Holder::set()", 10, 0, "Holder")}},
			{Kind: dump.PropertyVariable, Of: "Holder", Name: "text", Adds: []dump.Site{site("Holder::write()", 11, 0, "Holder"), site("Holder::index()", 12, 1, "Holder")}},
			{Kind: dump.StaticProperty, Of: "Base", Name: "all", Adds: []dump.Site{site("Base::make()", 13, 2, "")}},
			{Kind: dump.GlobalVariable, Name: "list", Adds: []dump.Site{site("", 14, 1, "")}},
			{Kind: dump.LocalVariable, Of: "Worker::run()", Name: "pool", Adds: []dump.Site{site("Worker::run()", 15, 1, "")}},
			{Kind: dump.FunctionStatic, Of: "App\\memo()", Name: "cache", Adds: []dump.Site{site("App\\memo()", 16, 1, "")}},
			{Kind: dump.FunctionStatic, Of: "{closure} in f()", Name: "found", Adds: []dump.Site{site("{closure} in f()", 17, 1, "")}},
			{Kind: dump.FunctionFrames, Of: "Worker::wait()", Adds: []dump.Site{site("Worker::wait()", 18, 0, "")}},
		},
	}
}

func lines(sites []dump.Site) string {
	var all []string
	for _, s := range sites {
		all = append(all, strconv.Itoa(s.Line))
	}
	return strings.Join(all, " ")
}

func TestAt(t *testing.T) {
	for _, c := range []struct {
		name          string
		path          []analysis.PathStep
		chain         bool
		adds, removes string
	}{
		{"a property, of the class that declares it", way("<GLOBAL>|$x object Base", "items array"), false, "4 3 1", "6 8"},
		{"a property of a child: its own code first", way("<GLOBAL>|$x object Child", "items array"), false, "9 4 3 1", "6 8"},
		{"an element of a property", way("<GLOBAL>|$x object Base", "items array", "k array"), false, "5", "7 6 8"},
		{"a property of an unknown class", way("<GLOBAL>|$x object Nobody", "items array"), false, "", ""},
		{"a container in a property", way("<GLOBAL>|$x object Base", "items object SplObjectStorage", "storage array"), false, "4 3 1", "6 8"},
		{"an element of a container", way("<GLOBAL>|$x object Base", "items object ArrayObject", "storage array", "3 array"), false, "5", "7 6 8"},
		{"an iterator of iterators", way("<GLOBAL>|$x object Base", "items object AppendIterator", "iterators object ArrayIterator", "storage array"), false, "4 3 1", "6 8"},
		{"a string", way("<GLOBAL>|$x object Holder", "text string"), false, "11", ""},
		{"a chain", way("<GLOBAL>|$x object Holder", "head object Node"), true, "10", ""},
		{"an object that is none", way("<GLOBAL>|$x object Holder", "head object Node"), false, "", ""},
		{"a static", way("<CLASS_STATIC_MEMBER>|Base::all array", "k array"), false, "13", ""},
		{"a global", way("<GLOBAL>|list array"), false, "14", ""},
		{"a variable of a frame", way("Worker->run()|pool array"), false, "15", ""},
		{"the same of another function", way("Worker->stop()|pool array"), false, "", ""},
		{"a static of a function", way("<STATIC_VARIABLE(App\\memo)>|$cache array"), false, "16", ""},
		{"what a closure has bound", way("<GLOBAL>|f object Closure", "static array", "found array"), false, "17", ""},
		{"behind a cut", way("<GLOBAL>|f array", "… array", "items array"), false, "", ""},
		{"a constant", way("<CONSTANT>|X array"), false, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := At(c.path, c.chain, program())
			if got == nil {
				got = &analysis.Changes{}
			}
			if a, r := lines(got.Adds), lines(got.Removes); a != c.adds || r != c.removes {
				t.Errorf("adds %q, removes %q; want %q, %q", a, r, c.adds, c.removes)
			}
		})
	}
	if At(way("<GLOBAL>|list array"), false, nil) != nil || At(nil, false, program()) != nil {
		t.Error("sites without code, or without a path")
	}
}

func TestFrames(t *testing.T) {
	if got := Frames("Worker->wait()", program()); got == nil || lines(got.Adds) != "18" {
		t.Errorf("%+v", got)
	}
	if got := Frames("Worker->run()", program()); got != nil {
		t.Errorf("%+v", got)
	}
}
