package dump

import (
	"bytes"
	"strings"
	"testing"
)

// TestExamples finds out what the first flaw of each kind is about.
func TestExamples(t *testing.T) {
	item := func(id, rest string) string {
		return `"` + id + `":{"type":"object","size":"72","class":"A",` + rest + `}`
	}
	text := `{"items":{` + strings.Join([]string{
		item("0x1", `"children":{"a":"0x2","b":"0x2","a":"0x3","b":"0x3"}`),
		item("0x2", `"children":{"x":"0x1","x":"0x1"}`),
		item("0x3", "\"children\":{\"caf\xe9\":\"0x1\"}"),
		`"0x4":{"type":"number","size":"16"}`,
		`"0x5":{"size":"x"}`,
		"\"0x6\":{\"type\":\"int\",\"size\":\"16\",\"symbol_name\":\"\xff" + strings.Repeat("y", 300) + "\"}",
	}, ",") + `}}`
	want := map[DefectKind]Example{
		DuplicateKey: {ID: "0x1", Type: "object", Class: "A", Name: "a"},
		RawBytes:     {ID: "0x3", Type: "object", Class: "A", Name: "caf\xe9"},
		OddType:      {ID: "0x4", Type: "number"},
		MissingType:  {ID: "0x5"},
		BadSize:      {ID: "0x5"},
	}
	s := NewScanner(strings.NewReader(text), Options{Children: true})
	for s.Scan() {
	}
	info := s.Info()
	check := func(d *Defects) {
		t.Helper()
		for k := range numDefects {
			e, ok := want[k]
			if got := d.Example(k); ok != (got != nil) || ok && *got != e {
				t.Errorf("%s: %+v, want %+v", k, got, e)
			}
		}
	}
	check(&info.Defects)

	// Parts that are joined keep the first, whatever the order.
	s = NewScanner(bytes.NewReader([]byte(strings.ReplaceAll(text, "0x", "0x9"))), Options{Children: true})
	for s.Scan() {
	}
	later := s.Info()
	for k := range numDefects {
		later.Defects.tally[k].first += 1000
	}
	joined := info.Defects
	joined.merge(&later.Defects)
	check(&joined)
	joined = later.Defects
	joined.merge(&info.Defects)
	check(&joined)
	if n := joined.Count(DuplicateKey); n != 6 {
		t.Errorf("%d duplicate keys, want 6", n)
	}
}
