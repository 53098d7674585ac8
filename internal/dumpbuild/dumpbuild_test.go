package dumpbuild_test

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"memtrail/internal/dumpbuild"
)

// From a real dump: a root, an object without children (FFI), a Closure, and
// keys that need care.
const realDump = `{
  "header" : {
    "memory_usage" : 402256,
    "memory_usage_real" : 2097152,
    "peak_memory_usage" : 435568,
    "peak_memory_usage_real" : 2097152
  },
  "items": {
    "0x7ff1faa58200" : {
        "type" : "array",
        "size" : "72",
        "symbol_name" : "_GET",
        "is_root" : true,
        "frame" : "<GLOBAL>"
,
        "children" : {

        }

    },
    "0x7ff1faa14070" : {
        "type" : "number",
        "size" : "16",
        "symbol_name" : "argv",
        "is_root" : true,
        "frame" : "<GLOBAL>"


    },
    "0x7f15abc74080" : {
        "type" : "object",
        "size" : "72",
        "symbol_name" : "t",
        "is_root" : true,
        "frame" : "<GLOBAL>"
,
        "class" : "FFI\\CType",
        "object_handle" : "1",

    },
    "0x7ff1faa571f8" : {
        "type" : "object",
        "size" : "72",
        "is_root" : false
,
        "class" : "Cap",
        "object_handle" : "1",
        "children" : {
            "id":"0x7ff1faa57220",
            "id":"0x7ff1faa571f8",
            "` + "\xff\xfe" + `":"0x7ff1faa57220",
            "quote\"back\\slash/":"0x7ff1faa57220",
            "tab\u0009\u000a":"0x7ff1faa57220",
            "":"0x7ff1faa57220"
        }

    },
    "0x7ff1faa57220" : {
        "type" : "int",
        "size" : "16",
        "is_root" : false


    }
}
}
`

// The same dump item by item.
func built() *dumpbuild.Dump {
	b := dumpbuild.New().Memory(402256, 2097152, 435568, 2097152)
	b.Item(0x7ff1faa58200, "array").Root("<GLOBAL>", "_GET")
	b.Item(0x7ff1faa14070, "number").Root("<GLOBAL>", "argv")
	b.Item(0x7f15abc74080, "object").Root("<GLOBAL>", "t").Class(`FFI\CType`).Handle(1).NoChildren()
	b.Item(0x7ff1faa571f8, "object").Class("Cap").Handle(1).
		Child("id", 0x7ff1faa57220).
		Child("id", 0x7ff1faa571f8).
		Child("\xff\xfe", 0x7ff1faa57220).
		Child(`quote"back\slash/`, 0x7ff1faa57220).
		Child("tab\t\n", 0x7ff1faa57220).
		Child("", 0x7ff1faa57220)
	b.Item(0x7ff1faa57220, "int")
	return b.Dump()
}

func TestUsualLayout(t *testing.T) {
	if got := string(built().PrintUsual()); got != realDump {
		t.Errorf("got\n%s", got)
	}
}

func TestReadKeepsEverything(t *testing.T) {
	d, err := dumpbuild.Read([]byte(realDump))
	if err != nil {
		t.Fatal(err)
	}
	if want := built(); !reflect.DeepEqual(d.Items, want.Items) || !reflect.DeepEqual(d.Header, want.Header) {
		t.Errorf("got\n%+v\nwant\n%+v", d, want)
	}
	it := d.Items[3]
	if it.Type() != "object" || it.Class() != "Cap" || it.Handle() != "1" || it.Size() != 72 || it.IsRoot() || len(it.Children()) != 6 {
		t.Errorf("item %+v", it)
	}
	if it := d.Items[0]; !it.IsRoot() || it.Frame() != "<GLOBAL>" || it.Symbol() != "_GET" {
		t.Errorf("item %+v", it)
	}
}

// flat prints what all layouts share.
func flat(d *dumpbuild.Dump) string {
	var s strings.Builder
	for _, it := range d.Items {
		fmt.Fprintf(&s, "%s %q %q %q %d %v %q %q", dumpbuild.CanonicalID(it.ID),
			it.Type(), it.Class(), it.Handle(), it.Size(), it.IsRoot(), it.Frame(), it.Symbol())
		for _, c := range it.Children() {
			fmt.Fprintf(&s, " %q>%s", c.Name, dumpbuild.CanonicalID(c.Value.Text))
		}
		s.WriteByte('\n')
	}
	return s.String()
}

func TestEveryLayoutHoldsTheSame(t *testing.T) {
	dumps := map[string]*dumpbuild.Dump{
		"built":  built(),
		"empty":  dumpbuild.New().Dump(),
		"random": dumpbuild.RandomGraph{Seed: 1, Nodes: 40, Edges: 80, Roots: 4, WeakMaps: 3, Dangling: 2}.Dump(),
	}
	for name, d := range dumps {
		texts := map[string]string{}
		for _, layout := range dumpbuild.Layouts() {
			text := string(layout.Print(d))
			if same, seen := texts[text]; seen && name == "random" {
				t.Errorf("%s and %s are the same", layout.Name, same)
			}
			texts[text] = layout.Name
			again, err := dumpbuild.Read([]byte(text))
			if err != nil {
				t.Errorf("%s, %s: %v", name, layout.Name, err)
			}
			if got, want := flat(again), flat(d); got != want {
				t.Errorf("%s, %s:\n%s\nwant\n%s", name, layout.Name, got, want)
			}
			if wantHeader := d.Header; layout.Name != "no header" && !reflect.DeepEqual(again.Header, wantHeader) {
				t.Errorf("%s, %s: header %v", name, layout.Name, again.Header)
			}
		}
	}
}

func TestLayoutsDoNotChangeTheDump(t *testing.T) {
	d := built()
	for _, layout := range dumpbuild.Layouts() {
		layout.Print(d)
	}
	if !reflect.DeepEqual(d, built()) {
		t.Error("a layout has changed the dump")
	}
}

func TestSomeLayouts(t *testing.T) {
	b := dumpbuild.New().NoHeader()
	b.Item(0x7fa, "object").Class(`A\B`).Handle(3).Field("#extra", dumpbuild.Bare("1.5")).Child("k", 0x7fb)
	b.Item(0x7fb, "string").Size(21)
	want := map[string]string{
		"minified": `{"items":{"0x7fa":{"type":"object","size":"72","is_root":false,"class":"A\\B","object_handle":"3","#extra":1.5,"children":{"k":"0x7fb"}},"0x7fb":{"type":"string","size":"21","is_root":false}}}`,
		"comma first": `{
  "items" : {
    "0x7fa" : {
      "type" : "object"
      , "size" : "72"
      , "is_root" : false
      , "class" : "A\\B"
      , "object_handle" : "3"
      , "#extra" : 1.5
      , "children" : {
        "k" : "0x7fb"
      }
    }
    , "0x7fb" : {
      "type" : "string"
      , "size" : "21"
      , "is_root" : false
    }
  }
}
`,
		"upper-case ids": `    "0x7FA" : {`,
		"padded ids":     `"k":"0x00000000000007fb"`,
		"numeric sizes":  `        "object_handle" : 3,`,
	}
	for _, layout := range dumpbuild.Layouts() {
		got := string(layout.Print(b.Dump()))
		if !strings.Contains(got, want[layout.Name]) {
			t.Errorf("%s:\n%s\nwant\n%s", layout.Name, got, want[layout.Name])
		}
		if lines := strings.Count(got, "\n"); layout.Name == "carriage returns" && strings.Count(got, "\r\n") != lines {
			t.Error("lines end in different ways")
		}
	}
}

func TestReadTolerates(t *testing.T) {
	for name, text := range map[string]string{
		"text in front":        "PHP Warning:  oops\n" + `{"items":{"0x1":{"type":"int"}}}`,
		"text behind":          `{"items":{"0x1":{"type":"int"}}} done`,
		"a brace too many":     `{"items":{"0x1":{"type":"int"}}}}`,
		"trailing commas":      `{"items":{"0x1":{"type":"int",},},}`,
		"missing commas":       `{"items":{"0x1":{"type":"int" "size":"16"}}}`,
		"unknown things":       `{"version":[1,{"a":null},],"items":{"0x1":{"x":{"y":[true]},"type":"int"}}}`,
		"escapes":              `{"items":{"0x1":{"type":"\u0069\nt"}}}`,
		"a raw line feed":      "{\"items\":{\"0x1\":{\"type\":\"in\nt\"}}}",
		"surrogates, and half": `{"items":{"0x1":{"type":"\ud83d\ude00\ud83d"}}}`,
	} {
		d, err := dumpbuild.Read([]byte(text))
		if err != nil || len(d.Items) != 1 || d.Items[0].ID != "0x1" {
			t.Errorf("%s: %+v, %v", name, d, err)
			continue
		}
		want := map[string]string{"escapes": "i\nt", "a raw line feed": "in\nt", "surrogates, and half": "\U0001F600\uFFFD"}[name]
		if want == "" {
			want = "int"
		}
		if got := d.Items[0].Type(); got != want {
			t.Errorf("%s: type %q", name, got)
		}
	}
}

func TestReadTruncated(t *testing.T) {
	whole, err := dumpbuild.Read([]byte(realDump))
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(realDump) - 1 {
		d, err := dumpbuild.Read([]byte(realDump[:cut]))
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if complete := strings.Count(realDump[:cut], "\n    }"); len(d.Items) != complete || flat(d) != flat(&dumpbuild.Dump{Items: whole.Items[:complete]}) {
			t.Fatalf("cut at %d: %d items, want %d", cut, len(d.Items), complete)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{"", "no dump", "{]", `{"items":{"0x1":}}`, `{"items" "x"}`, `{"a":` + strings.Repeat("[", 1_000_000)} {
		if d, err := dumpbuild.Read([]byte(text)); err == nil {
			t.Errorf("%.20s: no error, but %+v", text, d)
		}
	}
}

func TestNodes(t *testing.T) {
	user := dumpbuild.NewObject(`App\User`, dumpbuild.To("name", dumpbuild.NewString(5)))
	cache := dumpbuild.NewArray(dumpbuild.To("7", user), dumpbuild.To("8", user))
	user.Add("home", cache)
	service := dumpbuild.NewObject("Service", dumpbuild.To("cache", cache)).At(0x7abc)
	b := dumpbuild.New().Frame("run()", "u", user).Global("service", service).Static("Pool::last", user)
	got := flat(b.Dump())
	id := func(n *dumpbuild.Node) string { return dumpbuild.FormatID(b.ID(n)) }
	name := b.Dump().Items[0].Children()[0].Value.Text
	want := fmt.Sprintf(`%[1]s "object" "App\\User" "1" 72 true "run()" "u" "name">%[2]s "home">%[3]s
%[2]s "string" "" "" 21 false "" ""
%[3]s "array" "" "" 72 false "" "" "7">%[1]s "8">%[1]s
0x7abc "object" "Service" "2" 72 true "<GLOBAL>" "service" "cache">%[3]s
`, id(user), name, id(cache))
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestRandomGraph(t *testing.T) {
	g := dumpbuild.RandomGraph{Seed: 5, Nodes: 200, Edges: 500, Roots: 7, WeakMaps: 4, Dangling: 3}
	d := g.Dump()
	if !reflect.DeepEqual(d, g.Dump()) {
		t.Error("two dumps of one description differ")
	}
	ids := map[string]bool{}
	for _, it := range d.Items {
		if ids[it.ID] {
			t.Errorf("%s twice", it.ID)
		}
		ids[it.ID] = true
	}
	edges, pairs, roots, dangling, weak := 0, 0, 0, 0, 0
	for _, it := range d.Items {
		if it.IsRoot() {
			roots++
		}
		if it.Class() == "WeakMap" {
			weak++
			pairs += len(it.Children())
		}
		for _, c := range it.Children() {
			edges++
			if !ids[c.Value.Text] {
				dangling++
			}
		}
	}
	// A weak map has an edge to it, and a pair three: from the map, and two.
	if want := g.Edges + g.Dangling + g.WeakMaps + 3*pairs; edges != want {
		t.Errorf("%d edges, want %d", edges, want)
	}
	if roots != g.Roots || dangling != g.Dangling || weak != g.WeakMaps || len(d.Items) != g.Nodes+g.WeakMaps+pairs {
		t.Errorf("%d roots, %d dangling, %d weak maps with %d pairs, %d items", roots, dangling, weak, pairs, len(d.Items))
	}
	for _, small := range []dumpbuild.RandomGraph{{}, {Nodes: 1, Edges: 3, Roots: 5, WeakMaps: 1}} {
		small.Dump()
	}
}

func TestCanonicalID(t *testing.T) {
	for id, want := range map[string]string{
		"0x7f": "0x7f", "0x00007F": "0x7f", "0X7F": "0x7f", "0x0": "0x0", "0x": "0x", "node:12": "node:12", "": "",
	} {
		if got := dumpbuild.CanonicalID(id); got != want {
			t.Errorf("%q: %q, want %q", id, got, want)
		}
	}
}
