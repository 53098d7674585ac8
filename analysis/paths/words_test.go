package paths

import (
	"testing"

	"memtrail/graph"
	"memtrail/internal/dumptest"
)

// engineDump has the engine's roots of a capture, each with something below it.
const engineDump = `{"items":{
"0x10":{"type":"group","size":"0","symbol_name":"shutdown functions","is_root":true,"frame":"<ENGINE>","children":{"1":"0x18","2":"0x20"}},
"0x18":{"type":"object","size":"72","is_root":false,"class":"Closure","object_handle":"1","children":{}},
"0x20":{"type":"object","size":"72","is_root":false,"class":"Job","object_handle":"2","children":{"rows":"0x28"}},
"0x28":{"type":"array","size":"72","is_root":false,"children":{}},
"0x30":{"type":"group","size":"0","symbol_name":"(uncollected)","is_root":true,"frame":"<ENGINE>","children":{"cycles of Node":"0x38"}},
"0x38":{"type":"group","size":"0","is_root":false,"children":{"1":"0x40"}},
"0x40":{"type":"object","size":"72","is_root":false,"class":"Node","object_handle":"3","children":{"peer":"0x40"}},
"0x48":{"type":"group","size":"0","symbol_name":"(lost)","is_root":true,"frame":"<ENGINE>","children":{"blocks of 8,192 B":"0x50"}},
"0x50":{"type":"group","size":"0","is_root":false,"children":{"1":"0x58"}},
"0x58":{"type":"block","size":"8192","is_root":false},
"0x60":{"type":"group","size":"0","symbol_name":"(code)","is_root":true,"frame":"<ENGINE>","children":{"of eval() in w.php(12)":"0x68"}},
"0x68":{"type":"file","size":"0","is_root":false,"children":{"Mock_1":"0x70"}},
"0x70":{"type":"class","size":"9","is_root":false,"children":{}},
"0x78":{"type":"group","size":"0","symbol_name":"(native: libx.so.2)","is_root":true,"frame":"<ENGINE>","children":{"errors+16":"0x80","1":"0x88"}},
"0x80":{"type":"block","size":"64","is_root":false},
"0x88":{"type":"block","size":"32","is_root":false},
"0x90":{"type":"array","size":"72","symbol_name":"$cache","is_root":true,"frame":"<STATIC_VARIABLE(App\\f)>","children":{"k":"0x98"}},
"0x98":{"type":"int","size":"16","is_root":false}
}}`

// What hangs on the engine's roots is called in words, in one dump and in a
// series, and the words find it.
func TestEngineWords(t *testing.T) {
	g, _ := dumptest.Build(t, []byte(engineDump))
	ways, tree := RootPaths(g), NewTree()
	placed := tree.Place(g)
	for _, c := range []struct{ id, expression, shape string }{
		{"0x10", "shutdown functions", "shutdown functions"},
		{"0x20", "shutdown function #2", "shutdown functions[*]"},
		{"0x28", "shutdown function #2->rows", "shutdown functions[*]->rows"},
		{"0x30", "(uncollected)", "(uncollected)"},
		{"0x38", "uncollected cycles of Node", "uncollected cycles of Node"},
		{"0x40", "uncollected cycles of Node[1]", "uncollected cycles of Node[*]"},
		{"0x58", "lost blocks of 8,192 B[1]", "lost blocks of 8,192 B[*]"},
		{"0x68", "code of eval() in w.php(12)", "code of eval() in w.php(12)"},
		{"0x70", `code of eval() in w.php(12)["Mock_1"]`, "code of eval() in w.php(12)[*]"},
		{"0x80", "(native: libx.so.2) errors+16", "(native: libx.so.2) errors+16"},
		{"0x88", "(native: libx.so.2)[1]", "(native: libx.so.2)[*]"},
		{"0x98", `static $cache in App\f()["k"]`, `static $cache in App\f()[*]`},
	} {
		n, ok := g.Find(c.id)
		if !ok {
			t.Fatalf("no item %s", c.id)
		}
		if got := ways.Expression(n); got != c.expression {
			t.Errorf("%s is %q, want %q", c.id, got, c.expression)
		}
		if got := tree.Path(placed.Shape[n]); got != c.shape {
			t.Errorf("the shape of %s is %q, want %q", c.id, got, c.shape)
		}
		if got, err := Locate(g, c.expression); err != nil || got != n {
			t.Errorf("%q leads to %v, %v; want %s", c.expression, got, err, c.id)
		}
		if one, series := ways.Shape(n), tree.Signature(placed.Shape[n]); one != series {
			t.Errorf("%s: the shape is %q in one dump and %q in a series", c.id, one, series)
		}
		steps := Writer{Graph: g, Paths: ways}.Steps(n)
		if len(steps) == 0 || steps[len(steps)-1].Node != n {
			t.Errorf("%s: the steps end at %+v", c.id, steps)
		}
	}
	// Frames of an earlier kind of dump are still read.
	if n, err := Locate(g, `<STATIC_VARIABLE(App\f)> $cache`); err != nil || g.ID(n) != "0x90" {
		t.Errorf("the frame as the dump has it leads to %v, %v", n, err)
	}
	if n, err := Locate(g, "shutdown function #9"); err == nil {
		t.Errorf("a member that is not there is %s", g.ID(graph.NodeID(n)))
	}
}
