package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/query"
)

// schemas are the keys that every JSON output has, "[]" being the elements of
// a list; keys that only some have are left out.
var schemas = map[string]map[string][]string{
	"summary": {
		"":        {"header", "items", "roots", "types", "complete", "defects"},
		"types[]": {"type", "kind", "count", "reported_bytes"},
	},
	"top-children": {
		"":             {"containers", "complete"},
		"containers[]": {"id", "type", "class", "children", "path"},
	},
	"query": {
		"": {"matched", "items", "complete"},
		"items[]": {"id", "type", "class", "object_handle", "size", "is_root", "frame", "symbol_name",
			"children_count", "children"},
		"items[].children[]": {"key", "id", "reliable", "weak"},
	},
	"ref-path": {
		"": {"item", "roots_reaching", "paths", "complete"},
		"item": {"id", "type", "class", "object_handle", "size", "is_root", "frame", "symbol_name",
			"children_count", "children"},
		"paths[]":         {"expression", "root", "reliable", "steps"},
		"paths[].root":    {"frame", "symbol_name"},
		"paths[].steps[]": {"id", "type", "class", "key"},
	},
}

func TestJSONSchemas(t *testing.T) {
	for name, write := range results() {
		t.Run(name, func(t *testing.T) {
			command := name
			for c := range schemas {
				if strings.HasPrefix(name, c) {
					command = c
				}
			}
			var out bytes.Buffer
			if err := write(&out, Options{Format: JSON}); err != nil {
				t.Fatal(err)
			}
			if !bytes.HasSuffix(out.Bytes(), []byte("}\n")) {
				t.Error("does not end with a line break")
			}
			checkSchema(t, schemas[command], "", decoded(t, out.Bytes()))
		})
	}
}

func checkSchema(t *testing.T, schema map[string][]string, at string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for _, key := range schema[at] {
			if _, ok := v[key]; !ok {
				t.Errorf("no %q in %q", key, at)
			}
		}
		for key, child := range v {
			checkSchema(t, schema, strings.TrimPrefix(at+"."+key, "."), child)
		}
	case []any:
		for _, child := range v {
			checkSchema(t, schema, at+"[]", child)
		}
	case nil:
		for _, list := range []string{"types", "containers", "items", "paths", "children", "steps", "extra", "defects"} {
			if strings.HasSuffix(at, list) {
				t.Errorf("%s is null", at)
			}
		}
	}
}

func TestJSONKeysOnlyWhenNeeded(t *testing.T) {
	tests := []struct {
		json []byte
		want string
	}{
		{written(t, Summary, exampleSummary(), Options{Format: JSON}), "complete defects header items roots types"},
		{written(t, Summary, &query.Summary{GroupedBy: query.ByType, Cut: 1}, Options{Format: JSON}),
			"complete defects ends_at grouped_by header items more roots types"},
		{written(t, TopChildren, phpunitTopChildren(), Options{Format: JSON}), "complete containers ends_at"},
		{written(t, RefPaths, weakOnly(), Options{Format: JSON}), "complete item paths roots_reaching weak_only"},
		{written(t, RefPaths, leakyCache(), Options{Format: JSON}), "complete item more paths roots_reaching weak_roots"},
	}
	for _, test := range tests {
		keys := slices.Sorted(maps.Keys(decoded(t, test.json).(map[string]any)))
		if got := strings.Join(keys, " "); got != test.want {
			t.Errorf("keys %s, want %s", got, test.want)
		}
	}
}

func TestJSONHandle(t *testing.T) {
	tests := map[string]string{
		"12":                   "12",
		"0":                    "0",
		"9007199254740991":     "9007199254740991",
		"9007199254740992":     `"9007199254740992"`,
		"18446744073709551616": `"18446744073709551616"`,
		"007":                  `"007"`,
		"+7":                   `"+7"`,
		"node:123":             `"node:123"`,
		"":                     "null",
	}
	for text, want := range tests {
		q := &query.Query{Items: []analysis.Item{object("0x1", "A", text)}}
		got := written(t, Query, q, Options{Format: JSON})
		if !bytes.Contains(got, []byte(`"object_handle": `+want+",\n")) {
			t.Errorf("handle %q: want %s in\n%s", text, want, got)
		}
	}
}

// All names of an object are raw together, and only of that object.
func TestJSONRaw(t *testing.T) {
	it := withChild(global(object("0x1", "Größe", "1"), "caf\xe9"), "ключ", "0x2")
	got := string(written(t, Query, &query.Query{Items: []analysis.Item{it}}, Options{Format: JSON}))
	for _, want := range []string{
		`"class": "Gr\u00c3\u00b6\u00c3\u009fe"`,
		`"symbol_name": "caf\u00e9"`,
		`"key": "\u043a\u043b\u044e\u0447"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("want %s in\n%s", want, got)
		}
	}
	if n := strings.Count(got, `"raw": true`); n != 1 {
		t.Errorf("%d raw objects, want 1, in\n%s", n, got)
	}
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return v
}
