package query

import (
	"errors"
	"math"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/dump"
	"memtrail/internal/dumpbuild"
	"memtrail/internal/dumptest"
)

func TestFilters(t *testing.T) {
	b := dumpbuild.New()
	b.Item(0x7fef5a65a200, "object").Class(`App\Ünïcode\User`).Handle(7).Size(72).Root("App\\Worker->run()", "user").
		Child("name", 0x7fef5a65a240).Child("7", 0x7fef5a65a280).Child("", 0x7fef00000000)
	b.Item(0x7fef5a65a240, "string").Size(1_572_864)
	b.ItemID("0x00007FEF5A65A280", "array").Root("<GLOBAL>", "list")
	b.ItemID("node:5", "number").Field("#reli_value", dumpbuild.Text("12")).Field("isTranslator", dumpbuild.Text("true")).Field("1.5", dumpbuild.Text("x"))
	b.Item(0x7fef5a65a300, "object").Class("").Field("object_handle", dumpbuild.Text("node:9")).Field("class", dumpbuild.Text(""))
	b.ItemID("0x7fef5a65a340", "null").Size(0).Field("#reli_value", dumpbuild.Text("abc"))
	in := dumptest.File(t, b.Dump().PrintUsual())
	// Items by letter, in the order of the dump.
	tests := []struct{ filter, want string }{
		{"id=0x7fef5a65a200", "A"},
		{"id=0X00007FEF5A65A200", "A"},
		{"id=0x7fef5a65a280", "C"},
		{"id!=0x7fef5a65a280", "ABDEF"},
		{"id=node:5", "D"},
		{"id=NODE:5", ""},
		{"id~a2[04]0$", "AB"},
		{"id~^0x0000", "C"},
		{"type=object", "AE"},
		{"type=Object", ""},
		{"type!=object", "BCDF"},
		{"type~^(null|number)$", "DF"},
		{"type=", ""},
		{`class=App\Ünïcode\User`, "A"},
		{`class~\\User$`, "A"},
		{"class~(?i)APP", "A"},
		{"class=", "E"},
		{"class!=X", "AE"},
		{"class~", "AE"},
		{"object_handle=7", "A"},
		{"object_handle=7.0", "A"},
		{"object_handle!=7", "E"},
		{"object_handle=node:9", "E"},
		{"object_handle!=node:9", "A"},
		{"object_handle>6", "A"},
		{"object_handle<=6", ""},
		{"object_handle~^n", "E"},
		{"size=72", "ACE"},
		{"size=72B", "ACE"},
		{"size!=72", "BDF"},
		{"size=1.5MB", "B"},
		{"size>=1.5 MiB", "B"},
		{"size>1,572,863", "B"},
		{"size>1.5e6", "B"},
		{"size<0.0001K", "F"},
		{"size<=16", "DF"},
		{"size>-1", "ABCDEF"},
		{"size~^72$", "ACE"},
		{"size<99999999999999999999", "ABCDEF"},
		{"is_root=1", "AC"},
		{"is_root=TRUE", "AC"},
		{"is_root=0", "BDEF"},
		{"is_root=", "BDEF"},
		{"is_root!=0", "AC"},
		{"is_root!=yes", "BDEF"},
		{"frame=<GLOBAL>", "C"},
		{"frame!=<GLOBAL>", "A"},
		{"frame~->", "A"},
		{"symbol_name=list", "C"},
		{"symbol_name~.", "AC"},
		{"children=0x7fef5a65a240", "A"},
		{"children=0x7FEF5A65A280", "A"},
		{"children=0x7fef00000000", "A"},
		{"children=0x1", ""},
		{"children!=0x7fef5a65a240", "CE"},
		{"children=3", "A"},
		{"children!=3", "CE"},
		{"children>0", "A"},
		{"children<1", "CE"},
		{"children~^name$", "A"},
		{"children~^$", "A"},
		{"children~^8$", ""},
		{"children_count=0", "CE"},
		{"children_count>=3", "A"},
		{"children_count!=3", "CE"},
		{"children_count~3", "A"},
		{"#reli_value=12", "D"},
		{"#reli_value>11.5", "D"},
		{"#reli_value<=11", ""},
		{"#reli_value!=12", "F"},
		{"#reli_value~b", "F"},
		{"isTranslator=true", "D"},
		{"1.5=x", "D"},
		{"  size  = 72", "ACE"},
		{"type= object", ""},
		{"type==object", ""},
		{"frame~\n", ""},
	}
	for _, test := range tests {
		f, err := ParseFilter(test.filter)
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
			continue
		}
		q, err := Search(in, SearchOptions{Filters: []Filter{f}})
		if err != nil {
			t.Errorf("%s: %v", test.filter, err)
			continue
		}
		var got strings.Builder
		for _, it := range q.Items {
			for i, d := range b.Dump().Items {
				if d.ID == it.ID {
					got.WriteByte("ABCDEF"[i])
				}
			}
		}
		if got.String() != test.want || q.Matched != uint64(len(test.want)) {
			t.Errorf("%s: got %s, %d matched, want %s", test.filter, got.String(), q.Matched, test.want)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	b := dumpbuild.New()
	b.Item(0x1000, "object").Class("A").Field("#reli_value", dumpbuild.Text("12"))
	in := dumptest.File(t, b.Dump().PrintUsual())
	const all = "items have id, type, size, class, object_handle, is_root, frame, symbol_name, children, children_count, #reli_value"
	tests := []struct{ filter, problem string }{
		{"", "not of the form"},
		{"class", "not of the form"},
		{"=x", "not of the form"},
		{"class!~x", "not of the form"},
		{"class~(", "bad regular expression: missing closing )"},
		{`class~(?=x)`, "without look-around"},
		{`is_root~[`, "bad regular expression"},
		{"is_root~1", "compared with = or !="},
		{"is_root>0", "compared with = or !="},
		{"is_root=maybe", `1 or 0, not "maybe"`},
		{"size=big", `size is a number, "big" is none`},
		{"size=", `"" is none`},
		{"size>1.5XB", `"1.5XB" is no number`},
		{"size>1,5MB", "is no number"},
		{"size>B", "is no number"},
		{"size>KB", "is no number"},
		{"size>5I", "is no number"},
		{"size>NaN", "is no number"},
		{"size>inf", "is no number"},
		{"size>0x10", "is no number"},
		{"size>1e400", "is no number"},
		{"size>1e308T", "is no number"},
		{"size>1_000", "is no number"},
		{"children>many", "is no number"},
		{"children_count=many", "children_count is a number"},
		{"class>5", "class is text"},
		{"id<0x1000", "id is text"},
		{"frame>=1", "frame is text"},
		{"clas=A", `unknown attribute "clas", did you mean "class"?; ` + all},
		{"Class=A", `did you mean "class"?`},
		{"handle=1", `did you mean "object_handle"?`},
		{"symbol=x", `did you mean "symbol_name"?`},
		{"isroot=1", `did you mean "is_root"?`},
		{"reli_value=1", `did you mean "#reli_value"?`},
		{"ab=1", `unknown attribute "ab"; ` + all},
		{"colour>5", `unknown attribute "colour"; ` + all},
	}
	for _, test := range tests {
		f, err := ParseFilter(test.filter)
		if err == nil {
			_, err = Search(in, SearchOptions{Filters: []Filter{f}})
		}
		wrong, ok := errors.AsType[*FilterError](err)
		if !ok || !strings.Contains(wrong.Problem, test.problem) || wrong.Filter != test.filter {
			t.Errorf("%q: got %v, want %s", test.filter, err, test.problem)
		}
	}
}

func TestParseNumber(t *testing.T) {
	tests := map[string]float64{
		"0": 0, "-0": 0, "17": 17, "+17": 17, "-3.5": -3.5, ".5": .5, "5.": 5, "1e3": 1000, "1E-1": .1, "1,000": 1000, "12,345,678.5": 12345678.5,
		"1b": 1, "1k": 1024, "1KB": 1024, "1 kib": 1024, "2M": 2 << 20, "1.5mb": 3 << 19, "1G": 1 << 30, "4GiB": 4 << 30, "1T": 1 << 40, " 7 ": 7,
	}
	for s, want := range tests {
		if got, err := parseNumber(s); err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", " ", ".", "B", "K", "1KK", "1BB", "1IB", "one", "1,00", ",5", "1,0000", "--1", "1 2", "1e", "e3", "٣"} {
		if got, err := parseNumber(s); err == nil || math.IsNaN(got) {
			t.Errorf("%q: got %v", s, got)
		}
	}
}

// A filter judges an item that comes in pieces as it would the whole.
func TestFiltersOnPieces(t *testing.T) {
	child := func(key, id string) dump.Child { return dump.Child{Key: []byte(key), ID: []byte(id)} }
	kids := []dump.Child{child("a", "0x1"), child("b", "0x2"), child("c", "0x3")}
	// late is an item whose other fields stand behind its children.
	pieces := func(late bool) []*dump.Item {
		var list []*dump.Item
		for i, c := range kids {
			it := &dump.Item{ID: []byte("0xa"), Fields: dump.HasChildren, Children: []dump.Child{c}, NumChildren: uint64(i + 1), More: i < 2}
			if !late || !it.More {
				it.Fields |= dump.HasType | dump.HasSize | dump.HasRoot | dump.HasClass
				it.Type, it.Size, it.IsRoot, it.Class = []byte("object"), 72, true, []byte("A")
			}
			list = append(list, it)
		}
		return list
	}
	whole := pieces(false)[2]
	whole.Children = kids
	small := func() *dump.Item {
		return &dump.Item{ID: []byte("0xb"), Type: []byte("object"), Class: []byte("B"), Size: 1, Fields: whole.Fields,
			Children: []dump.Child{child("z", "0x9")}, NumChildren: 1}
	}
	broken := func() []*dump.Item {
		list := pieces(false)
		list[2] = &dump.Item{ID: []byte("0xa"), Broken: true}
		return list
	}
	for _, text := range []string{
		"is_root=1", "is_root=0", "is_root!=1", "class=A", "class=B", "type~obj", "size>10", "size=1", "id=0xa", "id!=0xa",
		"children=0x1", "children=0x2", "children=0x3", "children=0x9", "children!=0x1", "children!=0x9", "children=3", "children!=3", "children>2",
		"children<3", "children~^b$", "children~z", "children_count=3", "children_count<3", "frame=x", "#x=1",
	} {
		f, err := ParseFilter(text)
		if err != nil {
			t.Fatal(err)
		}
		run := func(lists ...[]*dump.Item) []analysis.Item {
			s := searcher(SearchOptions{Filters: []Filter{f}, Children: true})
			q := s.sink()
			for _, list := range lists {
				for _, it := range list {
					q.Item(it)
				}
			}
			return q.items
		}
		want := run([]*dump.Item{whole}, []*dump.Item{small()})
		for _, late := range []bool{false, true} {
			compareItems(t, text, run(pieces(late), []*dump.Item{small()}), want)
		}
		compareItems(t, text+", broken", run(broken(), []*dump.Item{small()}), run([]*dump.Item{small()}))
	}
}
