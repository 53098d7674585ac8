package dump

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"memtrail/internal/cases"
	"memtrail/internal/dumpbuild"
)

// TestPieces has child lists end at every place relative to a window, with
// something unusual at every place in the list.
func TestPieces(t *testing.T) {
	odd := map[string]string{
		"usual":          "",
		"escape":         `            "a\\b\"\u0063":"0x7f0000000001",` + "\n",
		"raw":            "            \"\xff\":\"0x7f0000000001\",\n",
		"odd id":         `            "a":"node:1",` + "\n",
		"other spaces":   `            "a" : "0x7f0000000001",` + "\n",
		"windows line":   `            "a":"0x7f0000000001",` + "\r\n",
		"two in a line":  `            "a":"0x7f0000000001","b":"0x7f0000000002",` + "\n",
		"bad escape":     `            "a\x":"0x7f0000000001",` + "\n",
		"number":         `            "a":17,` + "\n",
		"bad child":      `            "a":{"b":["c"]},` + "\n",
		"null":           `            "a":null,` + "\n",
		"long key":       `            "` + strings.Repeat("k", 400) + `":"0x7f0000000001",` + "\n",
		"same key":       `            "key 1":"0x7f0000000001",` + "\n",
		"trailing comma": "",
	}
	for name, line := range odd {
		t.Run(name, func(t *testing.T) {
			for n := 0; n < 60; n++ {
				var b strings.Builder
				b.WriteString("{\n  \"items\": {\n    \"0x7f0000000000\" : {\n        \"type\" : \"object\",\n        \"size\" : \"72\",\n        \"is_root\" : false\n,\n        \"class\" : \"A\\\\B\",\n        \"object_handle\" : \"1\",\n        \"children\" : {\n")
				for k := range 60 {
					if k == n {
						b.WriteString(line)
					}
					fmt.Fprintf(&b, "            \"key %d\":\"0x7f%010x\"", k, k)
					if k < 59 || name == "trailing comma" {
						b.WriteString(",")
					}
					b.WriteString("\n")
				}
				b.WriteString("        }\n\n    },\n    \"0x7f0000000040\" : {\n        \"type\" : \"int\",\n        \"size\" : \"16\",\n        \"is_root\" : false\n\n\n    }\n}\n}\n")
				text := []byte(b.String())
				want := scanAll(t, bytes.NewReader(text), everything(tuning{general: true}))
				if want.info.Items != 2 || !want.info.Complete {
					t.Fatalf("%+v", want.info)
				}
				switch name {
				case "bad escape", "bad child", "null":
				default:
					if d := differItems(want.items, naive(t, text).items); d != "" {
						t.Fatal("not what the naive reader finds: " + d)
					}
				}
				for _, tune := range []tuning{{}, {window: 512, piece: 512}, {window: 512 + 3*n, piece: 1024 + 3*n}, {window: 700, piece: 700 + n, general: true}} {
					if d := differ(scanAll(t, bytes.NewReader(text), everything(tune)), want); d != "" {
						t.Fatalf("line %d, %+v: %s", n, tune, d)
					}
				}
			}
		})
	}
}

// TestTwoCommas has two commas in a row at every place of a list, also where the list is
// cut: they are damage wherever that is.
func TestTwoCommas(t *testing.T) {
	for at := range 60 {
		for _, commas := range []string{",,\n", ",\n         ,\n"} {
			b := dumpbuild.New()
			it := b.Item(0x7f0000000000, "array")
			for k := range 60 {
				it.Child(fmt.Sprint(k), 0x7f0000000000+uint64(k))
			}
			b.Item(0x7f0000001000, "int")
			key := fmt.Sprintf("\"%d\":\"", at)
			text := string(dumpbuild.Usual().Print(b.Dump()))
			i := strings.Index(text, key)
			end := i + strings.Index(text[i:], "\n")
			text = strings.TrimSuffix(text[:end], ",") + commas + text[end+1:]
			for window := 512; window < 1100; window += 13 {
				for _, general := range []bool{false, true} {
					got := scanAll(t, strings.NewReader(text), everything(tuning{window: window, piece: window, general: general}))
					if len(got.items) != 1 || got.info.Defects.Count(MalformedItem) != 1 || !got.info.Complete {
						t.Fatalf("%q behind %s, window %d, general %t: %d items, %+v", commas, key, window, general, len(got.items), got.info)
					}
				}
			}
		}
	}
}

// TestBrokenPieces damages the end of an item that is handed over in pieces.
func TestBrokenPieces(t *testing.T) {
	b := dumpbuild.New()
	it := b.Item(0x7f0000000000, "array")
	for k := range 100 {
		it.Child(fmt.Sprint("key ", k), 0x7f0000000000+uint64(k))
	}
	b.Item(0x7f0000001000, "int")
	for _, layout := range []dumpbuild.Layout{dumpbuild.Usual(), dumpbuild.Minified()} {
		text := string(layout.Print(b.Dump()))
		key := `"key 90"`
		for name, c := range map[string]struct {
			text             string
			complete, behind bool
		}{
			"cut":        {text[:strings.Index(text, key)], false, false},
			"lost quote": {strings.Replace(text, key, `key 90"`, 1), true, true},
			"brace":      {strings.Replace(text, key, `}`+key, 1), true, true},
			"bracket":    {strings.Replace(text, key, `]`+key, 1), true, true},
			"two open":   {strings.Replace(text, key, `[{`+key, 1), true, true},
			"text":       {strings.Replace(text, key, `Fatal error`+key, 1), true, true},
			"no colon":   {strings.Replace(text, key+":", key, 1), true, true},
		} {
			s := NewScanner(strings.NewReader(c.text), Options{Children: true, tuning: tuning{window: 512, piece: 512}})
			var ids []string
			pieces, broken := 0, 0
			for s.Scan() {
				switch it := s.Item(); {
				case it.More:
					pieces++
				case it.Broken:
					broken++
					if string(it.ID) != "0x7f0000000000" || len(it.Children) > 0 || it.NumChildren < 50 {
						t.Errorf("%s, %s: broken item %s with %d children", layout.Name, name, it.ID, it.NumChildren)
					}
				default:
					ids = append(ids, string(it.ID))
				}
			}
			d := s.Info().Defects
			want := ""
			if c.behind {
				want = "0x7f0000001000"
			}
			// What a brace closes in the list may be read as fields.
			if got := strings.Join(ids, " "); pieces == 0 || broken != 1 && name != "brace" || !strings.HasSuffix(got, want) || s.Info().Complete != c.complete ||
				d.Count(Truncated) != 1-d.Count(MalformedItem) && name != "brace" {
				t.Errorf("%s, %s: %d pieces, %d broken, items %q, %+v", layout.Name, name, pieces, broken, got, s.Info())
			}
		}
	}
}

// repeat is a reader of head, then n times one text, then tail.
func repeat(head, text string, n int, tail string) io.Reader {
	chunk := strings.Repeat(text, max(1, 64<<10/len(text)))
	per := len(chunk) / len(text)
	readers := []io.Reader{strings.NewReader(head)}
	for ; n > per; n -= per {
		readers = append(readers, strings.NewReader(chunk))
	}
	return io.MultiReader(append(readers, strings.NewReader(strings.Repeat(text, n)), strings.NewReader(tail))...)
}

// TestGiants has one thing in a dump be much longer than all windows.
func TestGiants(t *testing.T) {
	const mb = 1 << 20
	const (
		head  = "{\n  \"items\": {\n"
		item  = "    \"0x7f0000000000\" : {\n        \"type\" : \"array\",\n        \"size\" : \"72\",\n        \"is_root\" : false\n,\n        \"children\" : {\n"
		last  = "            \"last\":\"0x7f0000000001\"\n        }\n\n    },\n"
		other = "    \"0x7f0000000040\" : {\n        \"type\" : \"int\",\n        \"size\" : \"16\",\n        \"is_root\" : false\n\n\n    }"
		end   = other + "\n}\n}\n"
	)
	min := `{"items":{"0x1":{"type":"array","size":"72",`
	minEnd := `,"is_root":false},"0x2":{"type":"int"}}}`
	for _, c := range cases.Sample([]struct {
		name       string
		head, text string
		n          int
		tail       string
		items      uint64
		children   uint64
		complete   bool
		defect     DefectKind
		count      uint64
		roots      uint64
	}{
		{name: "children", head: head + item, text: "            \"k\\n\":\"0x7f0000000002\",\n", n: 200_000, tail: last + end, items: 2, children: 200_001, complete: true, defect: DuplicateKey, count: 199_999},
		{name: "children, minified", head: min + `"children":{`, text: `"12":"0x3",`, n: 500_000, tail: `"last":"0x7"}` + minEnd, items: 2, children: 500_001, complete: true, defect: DuplicateKey, count: 499_999},
		{name: "children as a list", head: min + `"children":[`, text: `"0x3",`, n: 500_000, tail: `"0x7"]` + minEnd, items: 2, children: 500_001, complete: true},
		{name: "children, cut off", head: head + item, text: "            \"k\":\"0x7f0000000002\",\n", n: 200_000, tail: "", items: 0, defect: Truncated, count: 1},
		{name: "children, then odd lines", head: head + item, text: "            \"k\":\"0x7f0000000002\",\n", n: 100_000, tail: strings.Repeat(`"k": "0x3" ,`, 100_000) + last + end, items: 2, children: 200_001, complete: true, defect: DuplicateKey, count: 199_999},
		{name: "a key", head: head + item + "            \"", text: "kkkkkkkk", n: mb, tail: "\":\"0x7f0000000002\",\n" + last + end, items: 2, children: 1, complete: true, defect: OversizedName, count: 1},
		{name: "the last key", head: min + `"children":{"a":"0x1","b":"0x2","`, text: `k\\`, n: mb, tail: `":"0x3"}` + minEnd, items: 2, children: 2, complete: true, defect: OversizedName, count: 1},
		{name: "the only key", head: min + `"children":{"`, text: `\u0041`, n: mb, tail: `":"0x3"}` + minEnd, items: 2, complete: true, defect: OversizedName, count: 1},
		{name: "keys", head: min + `"children":{"a":"0x1"`, text: `,"` + strings.Repeat("k", 3*mb) + `":"0x1","b":"0x2"`, n: 3, tail: `}` + minEnd, items: 2, children: 4, complete: true, defect: OversizedName, count: 3},
		{name: "a key of most of a piece", head: min + `"children":{"a":"0x1"`, text: `,"` + strings.Repeat("k", mb-20) + `":"0x1"`, n: 5, tail: `}` + minEnd, items: 2, children: 6, complete: true},
		{name: "a value", head: min + `"class":"`, text: "ABCDEFGH", n: mb, tail: `"` + minEnd, items: 2, complete: true, defect: OversizedName, count: 1},
		{name: "an unknown value", head: min + `"x":"`, text: "ABCDEFGH", n: mb, tail: `"` + minEnd, items: 2, complete: true, defect: OversizedName, count: 1},
		{name: "an unclosed string", head: min + `"x":"`, text: "ABCDEFGH", n: mb, items: 0, defect: Truncated, count: 1},
		{name: "an id", head: `{"items":{"`, text: "ABCDEFGH", n: mb, tail: `":{"type":"int"},"0x2":{"type":"int"}}}`, items: 1, complete: true, defect: MalformedItem, count: 1},
		{name: "fields", head: min, text: `"x":"y",`, n: mb, tail: `"x":1` + minEnd, items: 2, complete: true},
		{name: "depth in an unknown field", head: min + `"x":` + strings.Repeat("[", mb), text: "]", n: mb, tail: minEnd, items: 2, complete: true, defect: OversizedName, count: 1},
		{name: "small depth in an unknown field", head: min + `"x":` + strings.Repeat("[", mb/4), text: "]", n: mb / 4, tail: minEnd, items: 2, complete: true},
		{name: "depth in children", head: min + `"children":{"a":` + strings.Repeat(`{"a":`, mb), text: "}", n: mb, tail: `,"b":"0x2"}` + minEnd, items: 2, children: 1, complete: true, defect: OversizedName, count: 1},
		{name: "depth in children, cut off", head: min + `"children":{"a":`, text: `{"a":`, n: mb, items: 0, defect: Truncated, count: 1},
		{name: "depth in the header", head: `{"header":` + strings.Repeat(`{"a":`, mb) + "1", text: "}", n: mb, tail: `,"items":{"0x2":{"type":"int"}}}`, items: 1, complete: true},
		{name: "depth before the header", head: `{"x":`, text: "[", n: mb, tail: strings.Repeat("]", mb) + `,"header":{},"items":{"0x2":{"type":"int"}}}`, items: 1, complete: true, defect: BadHead, count: 1},
		{name: "a name before the header", head: `{"`, text: "ABCDEFGH", n: mb, tail: `":1,"items":{"0x2":{"type":"int"}}}`, items: 1, complete: true},
		{name: "roots", head: `{"items":{"0x1":{}`, text: `,"0x3":{"is_root":true,"frame":"f","symbol_name":"s","type":"int"}`, n: 100_000, tail: "}}", items: 100_001, roots: 100_000, complete: true, defect: MissingType, count: 1},
		{name: "blanks before the dump", text: "  \r\n\t   ", n: mb, tail: head + end, items: 1, complete: true},
		{name: "blanks behind the dump", head: head + end, text: "  \r\n\t   ", n: mb, items: 1, complete: true},
		{name: "blanks between items", head: head + other + ",", text: "  \r\n\t   ", n: mb, tail: end, items: 2, complete: true},
		{name: "blanks behind the items", head: head + other, text: "  \r\n\t   ", n: mb, tail: "}}", items: 1, complete: true},
		{name: "blanks behind an id", head: `{"items":{"0x1"`, text: "  \r\n\t   ", n: mb, tail: `:{"type":"int"}}}`, items: 1, complete: true},
		{name: "blanks in an item", head: min, text: "  \r\n\t   ", n: mb, tail: `"x":1` + minEnd, items: 2, complete: true},
		{name: "blanks behind children", head: min + `"children":{"a":"0x1"}`, text: "  \r\n\t   ", n: mb, tail: minEnd, items: 2, complete: true, children: 1},
		{name: "commas between items", head: head + other, text: ",", n: 8 * mb, tail: end, items: 2, complete: true},
		{name: "text behind", head: head + end, text: "}x ", n: 4 * mb, items: 1, complete: true, defect: TrailingText, count: 1},
		{name: "braces behind", head: head + end, text: "}", n: 4 * mb, items: 1, complete: true, defect: ExtraBrace, count: 4 * mb},
	}, 5, 0) {
		t.Run(c.name, func(t *testing.T) {
			r := repeat(c.head, c.text, c.n, c.tail)
			r = &watched{r: r, base: live()}
			s := NewScanner(r, Options{Children: true, Extra: true})
			children := uint64(0)
			for s.Scan() {
				if it := s.Item(); !it.More && !it.Broken {
					children += it.NumChildren
				}
			}
			info := s.Info()
			d := info.Defects
			if s.Err() != nil || info.Items != c.items || children != c.children || info.Complete != c.complete || info.Roots != c.roots || d.Count(c.defect) != c.count {
				t.Errorf("error %v, %d children, %+v\n%v", s.Err(), children, info, d.List())
			}
			if n := r.(*watched).most >> 20; n > 40 {
				t.Errorf("%d MB of memory", n)
			}
		})
	}
}

// watched is a reader that looks at the memory in use from time to time.
type watched struct {
	r          io.Reader
	base, most uint64
	read, next int
}

func (w *watched) Read(p []byte) (int, error) {
	if w.read >= w.next {
		w.next += 1 << 20
		if n := live(); n > w.base {
			w.most = max(w.most, n-w.base)
		}
	}
	n, err := w.r.Read(p)
	w.read += n
	return n, err
}

func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
