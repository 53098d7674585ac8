package dump

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"memtrail/internal/cases"
)

const (
	usualHead = "{\n  \"header\" : {\n    \"memory_usage\" : 5,\n    \"memory_usage_real\" : 6,\n    \"peak_memory_usage\" : 7,\n    \"peak_memory_usage_real\" : 8\n  },\n  \"items\": {\n"
	usualEnd  = "\n}\n}\n"
	intItem   = "    \"0x7f0000000040\" : {\n        \"type\" : \"int\",\n        \"size\" : \"16\",\n        \"is_root\" : false\n\n\n    }"
)

// TestDefects finds each kind of flaw, with § where it is first: at the item
// concerned, or at the text itself.
func TestDefects(t *testing.T) {
	items := func(s string) string { return `{"items":{` + s + `}}` }
	for i, c := range []struct {
		name, text string
		items      uint64
		want       string // kinds and counts; the first § belongs to the first of them, and so on
	}{
		{"none", usualHead + intItem + usualEnd, 1, ""},
		{"truncated", usualHead + intItem + "§", 1, "truncated 1"},
		{"truncated in an item", items(`"0x1":{"type":"int"},"0x2":{"type":"in`)[:40] + "§", 1, "truncated 1"},
		{"truncated in the header", usualHead[:50] + "§", 0, "truncated 1"},
		{"malformed", items(`"0x1":{"type":"int"},§"0x2":{"type"=="int"},"0x3":{"type":"int"}`), 2, "malformed_item 1"},
		{"malformed, framed", items(`"0x1":{"type":"int"},§"0x2":{"type" "int"},"node:3":{"type":"int"}`), 2, "malformed_item 1"},
		{"malformed twice", items(`§"0x1":{:},"0x2":{"type":"int"},"0x3":{:},"0x4":{"type":"int"}`), 2, "malformed_item 2"},
		{"another item inside", items(`§"0x1":{"type":"int","0x2":{"type":"int"},"0x3":{"type":"int"}`), 2, "malformed_item 1"},
		{"text between items", items(`"0x1":{"type":"int"},§PHP Warning: x,"0x2":{"type":"int"}`), 2, "malformed_item 1"},
		{"an item closed early", items(`"0x1":{"type":"int"},§"children":{"a":"0x2"}},"0x2":{"type":"int"}`), 2, "malformed_item 1"},
		{"no object", items(`§"0x1":7,"0x2":{"type":"int"}`), 1, "malformed_item 1"},
		{"bad child", items(`§"0x1":{"type":"array","children":{"a":null,"b":true,"c":{},"d":[1],"e":5}}`), 1, "bad_child 4"},
		{"children that are none", items(`§"0x1":{"type":"array","children":"none"}`), 1, "bad_child 1"},
		{"null children", items(`"0x1":{"type":"array","children":null}`), 1, ""},
		{"bad escape", items(`§"0x1":{"type":"int","class":"a\qb\u12","x":"\'"}`), 1, "bad_escape 3"},
		{"bad escape, usual", usualHead + strings.Replace(intItem, "    ", "    §", 1)[:30] + strings.Replace(intItem[29:], `int`, `i\qnt\`+`x`, 1) + usualEnd, 1, "bad_escape 2, odd_type 1"},
		{"bad sizes", items(`§"0x1":{"type":"int","size":"x"},"0x2":{"type":"int","size":-1},"0x3":{"type":"int","size":1.5},"0x4":{"type":"int","size":""},"0x5":{"type":"int","size":9223372036854775808}`), 5, "bad_size 5"},
		{"sizes", items(`"0x1":{"type":"int","size":"0"},"0x2":{"type":"int","size":9223372036854775807},"0x3":{"type":"int","size":null},"0x4":{"type":"int"}`), 4, ""},
		{"missing type", items(`"0x1":{"type":"int"},§"0x2":{"size":"16"},"0x3":{"type":null}`), 3, "missing_type 2"},
		{"odd type", items(`"0x1":{"type":"double"},§"0x2":{"type":"number"},"0x3":{"type":""}`), 3, "odd_type 2"},
		{"raw bytes", items("\"0x1\":{\"type\":\"int\"},§\"0x2\":{\"type\":\"array\",\"is_root\":true,\"frame\":\"\xff\",\"symbol_name\":\"\xc3\",\"class\":\"\x80\",\"children\":{\"\xe2\x82\":\"0x1\",\"é\":\"0x1\"}}"), 2, "raw_bytes 4"},
		{"duplicate keys", items(`§"0x1":{"type":"array","children":{"a":"0x1","b":"0x1","a":"0x2","a":"0x1"}}`), 1, "duplicate_key 2"},
		{"duplicate keys among many", items(`§"0x1":{"type":"array","children":{` + many(100) + `,"k7":"0x1","k99":"0x1","1":"0x1"}}`), 1, "duplicate_key 2"},
		{"similar keys", items(`"0x1":{"type":"array","children":{"":"0x1","\u0000":"0x1","\u0000\u0000":"0x1","0":"0x1","a":"0x1","a\u0000":"0x1"}}`), 1, ""},
		{"duplicate fields", items(`§"0x1":{"type":"int","type":"float","children":{},"children":{"a":"0x1"},"x":1,"x":2}`), 1, "duplicate_field 2"},
		{"trailing commas", `{"header":{"memory_usage":1},"items":{§"0x1":{"type":"array","children":{"a":"0x1",},},},}`, 1, "trailing_comma 4"},
		{"trailing comma behind the items", `{"items":{"0x1":{"type":"int"}§,}}`, 1, "trailing_comma 1"},
		{"FFI", usualHead + "    §\"0x7f0000000000\" : {\n        \"type\" : \"object\",\n        \"size\" : \"72\",\n        \"is_root\" : false\n,\n        \"class\" : \"FFI\\\\CType\",\n        \"object_handle\" : \"1\",\n\n    },\n" + intItem + usualEnd, 2, "trailing_comma 1"},
		{"a warning before", "\n§PHP Warning: {foo} \"x\" in {\"a\":1} on line 3\n" + usualHead + intItem + usualEnd, 1, "leading_text 1"},
		{"BOM", "\ufeff" + usualHead + intItem + usualEnd, 1, ""},
		{"BOM and blanks", "\ufeff\r\n " + usualHead + intItem + usualEnd, 1, ""},
		{"much text before", "§" + strings.Repeat("Notice: {x} ", 20_000) + usualHead + intItem + usualEnd, 1, "leading_text 1"},
		{"text behind", usualHead + intItem + usualEnd + "§Warning: \"x\" {", 1, "trailing_text 1"},
		{"another dump behind", usualHead + intItem + usualEnd + "§" + usualHead + "    §" + intItem[4:] + usualEnd, 1, "trailing_text 1, items_behind 1"},
		{"another dump behind, far off", usualHead + intItem + usualEnd + "§" + strings.Repeat("Notice: {x}\n", 50_000) + usualHead + "    §" + intItem[4:] + usualEnd, 1, "trailing_text 1, items_behind 1"},
		{"another dump behind, of PHP 5", items(`"0x1":{"type":"int"}`) + "§{}0x7f\" : {§\"type\" : \"int\",\n\"size\" : \"16\"}}}", 1, "trailing_text 1, items_behind 1"},
		{"another dump behind, minified", usualHead + intItem + usualEnd + "§{\"header\":{},\"items\":{" + "    §" + intItem[4:] + usualEnd, 1, "trailing_text 1, items_behind 1"},
		{"the end of another dump before", "    §" + intItem[4:] + usualEnd + usualHead + intItem + usualEnd, 1, "bad_head 1"},
		{"the end of an item before", "\n       §" + intItem[57:] + usualEnd + usualHead + intItem + usualEnd, 1, "bad_head 1"},
		{"a log before", "§{\"level\":\"info\",\"type\":\"job\",\"at\":\"0x1f\",\"size\":3}\n" + usualHead + intItem + usualEnd, 1, "leading_text 1"},
		{"a log behind", usualHead + intItem + usualEnd + "§{\"level\":\"info\",\"type\":\"job\",\"at\":\"0x1f\",\"size\":3}\n", 1, "trailing_text 1"},
		{"an early brace", usualHead + intItem + "§,\n    }§" + intItem[5:33] + "§" + intItem[33:] + usualEnd, 1, "trailing_comma 1, trailing_text 1, items_behind 1"},
		{"an early brace before an opaque id", items(`"0x1":{"type":"int"}},§"node:1":{"type":"int","size":"16"}}§`), 1, "items_behind 1, extra_brace 2"},
		{"children under another name", items(`§"0x1":{"type":"array","size":"72","childrem":{"a":"0x1","b":"0x2"}}`), 1, "stray_children 1"},
		{"a list of them", items(`§"0x1":{"type":"array","size":"72","childrem":[1,"0x1"]}`), 1, "stray_children 1"},
		{"a field of its own", items(`"0x1":{"type":"array","size":"72","at":{"file":"a.php","0x1":3,"x":["0xg"]}}`), 1, ""},
		{"a frame without is_root", items(`§"0x1":{"type":"int","size":"16","is_roou":true,"frame":"<GLOBAL>"}`), 1, "missing_root 1"},
		{"a frame of no root", items(`"0x1":{"type":"int","size":"16","is_root":false,"frame":"<GLOBAL>"}`), 1, ""},
		{"a header without a name", strings.Replace(usualHead, "\"header\"", "§\"headez\"", 1) + intItem + usualEnd, 1, "bad_head 1"},
		{"a header with a number that is none", strings.Replace(strings.Replace(usualHead, "\"header\"", "§\"header\"", 1), "6,", "\"x\",", 1) + intItem + usualEnd, 1, "bad_head 1"},
		{"a header without memory_usage", strings.Replace(strings.Replace(usualHead, "\"header\"", "§\"header\"", 1), "\"memory_usage\"", "\"memory_usagf\"", 1) + intItem + usualEnd, 1, "bad_head 1"},
		{"a null byte behind", usualHead + intItem + usualEnd + "§\x00", 1, "trailing_text 1"},
		{"extra braces", usualHead + intItem + usualEnd + "§}\n}", 1, "extra_brace 2"},
		{"a brace between items", items(`"0x1":{"type":"int"}§},"0x2":{"type":"int"}`), 2, "extra_brace 1"},
		{"two braces between items", items(`"0x1":{"type":"int"}§}},"0x2":{"type":"int"}`), 2, "extra_brace 2"},
		{"missing brace", usualHead + intItem + "\n}\n§", 1, "missing_brace 1"},
		{"missing braces", usualHead + intItem + "\n§", 1, "truncated 1"},
		{"no items", usualHead + "\n}\n}\n", 0, ""},
		{"no items, a brace too many", usualHead + "\n}\n}\n§}\n", 0, "extra_brace 1"},
		{"an empty list", `{"header":{"memory_usage":1},"items":[]}`, 0, ""},
		{"an empty list, cut off", `{"items": [ ]§`, 0, "missing_brace 1"},
		{"a damaged header", strings.Replace(usualHead, "\"header", "§\"header", 1)[:20] + strings.Replace(usualHead[18:], `usage"`, `usage`, 1) + intItem + usualEnd, 1, "bad_head 1"},
		{"a damaged name", "{§\"itemx" + items(`"0x1":{"type":"int"}`)[7:], 1, "bad_head 1"},
		{"no head", "    §" + intItem[4:] + usualEnd, 1, "bad_head 1"},
		{"a header that is none", `{§"header":"none","items":{"0x1":{"type":"int"}}}`, 1, "bad_head 1"},
		{"unknown things around", `{"version":[1,{"a":null}],"items":{"0x1":{"type":"int"}},"x":"}{"}`, 1, ""},
		{"missing commas", items(`"0x1":{"type":"int"}"0x2":{"type":"int"}`), 2, ""},
		{"an opaque id", items(`"node:1":{"type":"int"},"":{"type":"int"},"a\"b":{"type":"int"}`), 3, ""},
	} {
		var want []Defect
		text := c.text
		if c.want != "" {
			for _, w := range strings.Split(c.want, ", ") {
				kind, count, _ := strings.Cut(w, " ")
				d := Defect{Kind: numDefects, First: int64(strings.Index(text, "§"))}
				for k := range numDefects {
					if k.String() == kind {
						d.Kind = k
					}
				}
				fmt.Sscan(count, &d.Count)
				if d.First < 0 {
					d.First = want[0].First
				}
				text = strings.Replace(text, "§", "", 1)
				want = append(want, d)
			}
			slices.SortFunc(want, func(x, y Defect) int { return cmp.Compare(x.Kind, y.Kind) })
		}
		for _, tune := range cases.Sample([]tuning{{}, {general: true}, {window: 512, piece: 1024}}, 2, i) {
			if tune.window > 0 && len(text) > 10_000 {
				continue
			}
			got := scanAll(t, strings.NewReader(text), everything(tune))
			if l := got.info.Defects.List(); fmt.Sprint(l) != fmt.Sprint(want) || got.info.Items != c.items || got.err != "" {
				t.Errorf("%s: %d items, %v, %q; want %d, %v", c.name, got.info.Items, l, got.err, c.items, want)
			}
			if complete := got.info.Defects.Count(Truncated) == 0; got.info.Complete != complete {
				t.Errorf("%s: complete %v", c.name, got.info.Complete)
			}
			o := everything(tune)
			o.Workers, o.tuning.block = 2, 100
			if d := differ(eachAll(t, memoryInput([]byte(text)), o), got); d != "" {
				t.Errorf("%s, Each: %s", c.name, d)
			}
		}
	}
}

// many gives children with n distinct keys.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":"0x1"`, i)
	}
	return b.String()[1:]
}

// TestDefectNames has every kind named.
func TestDefectNames(t *testing.T) {
	names := map[string]bool{}
	for k := range numDefects {
		if n := k.String(); n == "" || names[n] {
			t.Errorf("kind %d is called %q", k, n)
		}
		names[k.String()] = true
	}
}

func TestHeader(t *testing.T) {
	all := &Header{5, 6, 7, 8}
	items := `"items":{"0x1":{"type":"int"}}`
	for text, want := range map[string]*Header{
		usualHead + intItem + usualEnd: all,
		`{"header":{"memory_usage":"5","memory_usage_real":"6","peak_memory_usage":"7","peak_memory_usage_real":"8"},` + items + `}`:        all,
		`{` + items + `,"header":{"memory_usage":5,"memory_usage_real":6,"peak_memory_usage":7,"peak_memory_usage_real":8}}`:                all,
		`{"header":{"peak_memory_usage_real":8,"x":{"y":[1]},"memory_usage_real":6,"memory_usage":5,"peak_memory_usage":7,},` + items + `}`: all,
		`{"header":{"memory_usage":5},` + items + `}`:                                               {MemoryUsage: 5},
		`{"header":{"memory_usage":18446744073709551615},` + items + `}`:                            {MemoryUsage: 1<<64 - 1},
		`{"header":{"memory_usage":5,"memory_usage_real":-1,"peak_memory_usage":{}},` + items + `}`: {MemoryUsage: 5},
		"{\"header\":\n{\"memory_usage\":5}\n," + items + `}`:                                       {MemoryUsage: 5},
		`{` + items + `}`:                                        nil,
		`{"header":{},` + items + `}`:                            nil,
		`{"header":null,` + items + `}`:                          nil,
		`{"header":[5],` + items + `}`:                           nil,
		`{"header":{"memory_usage":x5},` + items + `}`:           nil,
		`{"header":{"memory_usage":5},"header":7,` + items + `}`: {MemoryUsage: 5},
	} {
		got := scanAll(t, strings.NewReader(text), Options{})
		if h := got.info.Header; fmt.Sprint(h) != fmt.Sprint(want) || got.info.Items != 1 || got.err != "" {
			t.Errorf("%s: header %v, want %v; %q, %+v", text, h, want, got.err, got.info)
		}
		if d := differ(eachAll(t, memoryInput([]byte(text)), Options{Workers: 2, tuning: tuning{block: 100}}), scanAll(t, strings.NewReader(text), everything(tuning{}))); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
}

// TestFormatErrors names what it was given instead of a dump.
func TestFormatErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "the input is empty",
		" \r\n\t ":                             "nothing but blanks",
		"\ufeff":                               "nothing but blanks",
		"Array\n(\n    [0x1] => x\n)\n":        "print_r",
		"stdClass Object\n(\n    [a] => 1\n)":  "print_r",
		"array (\n  'a' => 1,\n)":              "var_export",
		"array(1) {\n  [\"a\"]=>\n  int(1)\n}": "var_dump",
		"object(Foo\\Bar)#3 (1) {\n}":          "var_dump",
		"['a' => 1]":                           "PHP array",
		`a:1:{s:1:"a";i:1;}`:                   "serialized",
		`O:8:"stdClass":1:{s:1:"a";i:1;}`:      "serialized",
		"<?php meminfo_dump();":                "PHP source",
		"[]":                                   "JSON list",
		`[{"type":"int"}]`:                     "JSON list",
		`"x"`:                                  "JSON scalar",
		"true":                                 "JSON scalar",
		"null\n":                               "JSON scalar",
		"17":                                   "JSON scalar",
		"-1.5e3":                               "JSON scalar",
		"{}":                                   `without "items"`,
		`{"a":1,"b":{"c":[2]}}`:                `without "items" (it has "a", "b")`,
		`{"a":1,"a":`:                          `without "items"`,
		`{"header":{"memory_usage":1}}`:        `without "items"`,
		`{"items":17}`:                         "no object",
		`{"items":"x"}`:                        "no object",
		`{"items":[{"type":"int"}]}`:           "a list",
		`{"items"}`:                            "no value follows",
		`{"a":1 x}`:                            "",
		"{x}":                                  "starts like JSON",
		"<!DOCTYPE html>\n<html>":              "HTML",
		"\x00\x01\x02{\x00":                    "binary",
		"PK\x03\x04aaaa":                       "ZIP",
		"BZh91AY":                              "bzip2",
		"\xfd7zXZ\x00":                         "xz",
		"hello":                                "no JSON",
		"hello {\"a\":1}":                      "no JSON",
		"\x1f\x8b":                             "gzip",
		strings.Repeat("x", 2<<20):             "no JSON",
		strings.Repeat("{", 2<<20):             "JSON",
	} {
		var e *FormatError
		_, err := Each(memoryInput([]byte(text)), Options{}, func() *collector { return &collector{} }, func(*collector) error { return nil })
		if !errors.As(err, &e) || !strings.Contains(e.Error(), want) || !strings.HasPrefix(e.Error(), "not a php-meminfo dump: ") || strings.ContainsAny(e.Error(), "\n\x00") {
			t.Errorf("%.40q: %v, want one with %q", text, err, want)
		}
		if text != "\x1f\x8b" {
			if got := scanAll(t, strings.NewReader(text), Options{}); err != nil && got.err != err.Error() {
				t.Errorf("%.40q: Scanner says %q, Each %q", text, got.err, err)
			}
		}
	}
	// A shape that only the whole tells.
	text := `{"items":{"0x1":{"size":"16"},"0x2":{}}}`
	_, err := Each(memoryInput([]byte(text)), Options{}, func() *collector { return &collector{} }, func(*collector) error { return nil })
	if err == nil || !strings.Contains(err.Error(), `no "type"`) {
		t.Errorf("no types: %v", err)
	}
	if _, err := Open(t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "directory") {
		t.Errorf("a directory: %v", err)
	}
	if _, err := Open("no such file", nil); err == nil {
		t.Error("no such file: no error")
	}
	if _, err := Each(memoryInput([]byte("\x28\xb5\x2f\xfdxxxxxxxx")), Options{}, func() *collector { return &collector{} }, func(*collector) error { return nil }); err == nil || !bytes.Contains([]byte(err.Error()), []byte("zstd")) {
		t.Errorf("damaged zstd: %v", err)
	}
}
