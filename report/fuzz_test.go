package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"memtrail/analysis"
	"memtrail/analysis/query"
	"memtrail/internal/livetest"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzNames puts any bytes into every name and looks at all outputs.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"", "name", "\x1b]0;x\a", "\xff\xfe", "a\nb\r\n", "=1", "|`<b>", "\u202e\u009b", "日本\xe9", "\"'\\", "ſK\u2028"} {
		f.Add(name, "key")
		f.Add("App\\User", name)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for name, write := range named(a, b) {
			for _, o := range []Options{{}, {Verbose: true}} {
				for _, o.Format = range Formats() {
					var out bytes.Buffer
					if err := write(&out, o); err != nil {
						t.Fatalf("%s %+v: %v", name, o, err)
					}
					if live := livetest.Of(string(o.Format), out.String()); len(live) > 0 {
						t.Errorf("%s %+v: %s in\n%q", name, o, strings.Join(live, "\n"), out.Bytes())
					}
					switch o.Format {
					case CSV:
						checkCSV(t, out.Bytes())
					case JSON:
						checkNames(t, decoded(t, out.Bytes()), a, b)
						if !ascii(out.Bytes()) {
							t.Errorf("%s: not ASCII: %q", name, out.Bytes())
						}
					}
				}
			}
		}
	})
}

// named makes results out of two names.
func named(a, b string) map[string]writer {
	it := analysis.Item{ID: a, Type: b, Class: a, HasClass: true, Handle: b, IsRoot: true, Frame: a, Symbol: b,
		HasChildren: true, ChildrenCount: 1,
		Children: []analysis.Child{{Key: a, ID: b}, {Key: b, ID: b, Weak: true, Reliable: true}},
		Extra:    []analysis.Extra{{Name: a, Value: b}}}
	p := path(a, step("", it), doubtful(b, it), step(a, it))
	p.Instead = b
	further := path(b, step("", it))
	further.Rank = 1
	return map[string]writer{
		"summary":      bind(Summary, &query.Summary{Groups: []query.Group{{Name: a, Kind: b}, {Name: b, Kind: a}}, Cut: 1}),
		"top-children": bind(TopChildren, &query.TopChildren{WithPaths: true, Containers: []query.Container{{ID: a, Type: b, Class: a, Path: b}}}),
		"query":        bind(Query, &query.Query{Matched: 3, Items: []analysis.Item{it, scalar(a, b, 1)}}),
		"ref-path":     bind(RefPaths, &query.RefPaths{Item: it, Paths: []query.Path{p, further}, Cut: 1, WeakRoots: 2}),
		"no ref-path":  bind(RefPaths, &query.RefPaths{Item: it}),
	}
}

// checkNames turns every name in a JSON output back into bytes: each must be
// one of the two that went in, or one of the few that are always there.
func checkNames(t *testing.T, value any, a, b string) {
	switch v := value.(type) {
	case map[string]any:
		raw := v["raw"] == true
		for key, child := range v {
			name, ok := child.(string)
			if !ok {
				checkNames(t, child, a, b)
				continue
			}
			if raw {
				name = bytesOf(t, name)
			}
			if name != a && name != b {
				t.Errorf("%s is %q, neither %q nor %q", key, name, a, b)
			}
			if !raw && !utf8.ValidString(name) {
				t.Errorf("%s is %q and not raw", key, name)
			}
		}
	case []any:
		for _, child := range v {
			checkNames(t, child, a, b)
		}
	}
}

func bytesOf(t *testing.T, latin1 string) string {
	var name []byte
	for _, r := range latin1 {
		if r > 0xFF {
			t.Fatalf("%q is not Latin-1", latin1)
		}
		name = append(name, byte(r))
	}
	return string(name)
}

func checkCSV(t *testing.T, text []byte) {
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatalf("%v in\n%q", err, text)
	}
	for _, record := range records {
		if len(record) != len(records[0]) {
			t.Errorf("%d cells, want %d, in\n%q", len(record), len(records[0]), text)
		}
	}
}

func ascii(text []byte) bool {
	return !bytes.ContainsFunc(text, func(r rune) bool { return r >= 0x7F }) && json.Valid(text)
}
