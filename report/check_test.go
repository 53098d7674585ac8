package report

import (
	"bytes"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/check"
	"memtrail/analysis/paths"
)

// checks are hand-made results with every kind of finding.
func checks() map[string]*check.Check {
	header := &analysis.Header{MemoryUsage: 634_536, MemoryUsageReal: 2 << 20, PeakMemoryUsage: 700_000, PeakMemoryUsageReal: 4 << 20}
	sound := &check.Check{
		Source:  analysis.Source{Header: header, Items: 4061, Roots: 11, Complete: true, EndsAt: 716_301},
		Name:    "dump.json",
		Verdict: analysis.Sound, Producer: "php-meminfo", PHP: "8.2–8.4", PHPWhy: "packed elements 16 bytes apart", Modelled: "8.2",
		Edges: 4053,
		Spent: check.Spent{Strings: 113_272, Arrays: 23_368, Objects: 96_176},
		Bounds: check.Bounds{Low: 90_000, High: 2_000_000, Why: []string{"strings may be shared"}, Parts: []check.PartBounds{
			{Type: "strings", Modelled: 113_272, High: 948_000, Why: []string{"strings may be shared"}},
			{Type: "arrays", Modelled: 23_368, Low: 23_000, High: 24_000},
		}},
		Balance: &check.Balance{MemoryUsage: 634_536, ObjectTable: 8192, Baseline: 382_112, Unexplained: 11_416, Share: 0.982},
	}

	incomplete := *sound
	incomplete.Header = &analysis.Header{MemoryUsage: 1 << 40}
	incomplete.Complete, incomplete.Verdict, incomplete.Name, incomplete.Weak = false, analysis.Incomplete, "", 3
	incomplete.Flaws = []check.Flaw{
		{Defect: analysis.Defect{Kind: "truncated", Count: 1, First: 716_301}},
		{Defect: analysis.Defect{Kind: "raw_bytes", Count: 2, First: 77}, Example: `"caf\xE9" in array 0x7f00000000a0`},
		{Defect: analysis.Defect{Kind: "dangling_child", Count: 9, First: -1}, Example: "Node 0x7f00000000b0->next leads to 0x7f00000000c0"},
		{Defect: analysis.Defect{Kind: "address_reuse", Count: 40, First: -1}, Example: "Closure 0x7f00000000d0~>static leads to 0x7f00000000e0"},
	}
	incomplete.Lost = []check.LostClass{{Class: "Closure", Objects: 1, References: 1}, {Class: "caf\xe9\x1b", References: 2}}
	for range 12 {
		incomplete.Lost = append(incomplete.Lost, check.LostClass{Class: `App\Bag`, Objects: 7, References: 8})
	}
	incomplete.Bounds = check.Bounds{Low: 1, High: 2, Open: true, Parts: []check.PartBounds{
		{Type: "objects", Modelled: 96_176, Low: 90_000, High: 96_176, Open: true, Why: []string{"tables are lost", "frames are in no dump"}}}}
	incomplete.Balance = &check.Balance{MemoryUsage: 1 << 40, ObjectTable: 8192, Baseline: 382_112, Unexplained: 1 << 39, Share: 0.5,
		Causes: []check.Cause{{Kind: check.CutOff}, {Kind: check.LostTables}, {Kind: check.ShrunkArrays, UpTo: 1 << 30}}}

	damaged := *sound
	damaged.Verdict, damaged.Real, damaged.Producer = analysis.Damaged, true, "reli"
	damaged.Flaws = []check.Flaw{{Defect: analysis.Defect{Kind: "malformed_item", Count: 1, First: 5}}}
	damaged.Bounds = check.Bounds{Low: 232_816, High: 232_816}
	damaged.Balance = &check.Balance{MemoryUsage: 300_000, ObjectTable: 8192, Baseline: 382_112, Unexplained: -323_120, Share: 2.077,
		Causes: []check.Cause{{Kind: check.SharedStrings, UpTo: 113_272}}}

	headless := *sound
	headless.Header, headless.Balance = nil, nil
	headless.Verdict = analysis.Damaged
	headless.Flaws = []check.Flaw{{Defect: analysis.Defect{Kind: "bad_head", Count: 1, First: 0}},
		{Defect: analysis.Defect{Kind: "leading_text", Count: 1, First: 0}}}

	weak := *sound
	weak.WeakMaps = []check.CheckedWeakMap{
		{WeakMapUse: paths.WeakMapUse{Entries: 3000, SelfHeld: 2999, Unheld: 1, Key: analysis.Kind{Type: "object", Class: "Driver"},
			Value: analysis.Kind{Type: "object", Class: "caf\xe9\x1b"}}, ID: "0x7f00000000a0", Path: "Adapter::$loops"},
		{WeakMapUse: paths.WeakMapUse{Entries: 7, Unheld: 7, Value: analysis.Kind{Type: "int"}}, ID: "0x7f00000000b0", Path: "$unheld"},
	}
	for range 12 {
		weak.WeakMaps = append(weak.WeakMaps, check.CheckedWeakMap{WeakMapUse: paths.WeakMapUse{Entries: 1, SelfHeld: 1,
			Value: analysis.Kind{Type: "array"}}, ID: "0x7f00000000c0"})
	}

	return map[string]*check.Check{"weak-maps": &weak, "sound": sound, "incomplete": &incomplete, "damaged": &damaged, "headless": &headless}
}

func TestCheckGolden(t *testing.T) {
	for name, c := range checks() {
		t.Run(name, func(t *testing.T) { golden(t, "check-"+name, everyFormat(t, bind(Check, c))) })
	}
}

func TestCheckSchema(t *testing.T) {
	schema := map[string][]string{
		"": {"verdict", "producer", "php", "php_why", "items", "roots", "edges", "weak_references", "complete", "ends_at",
			"defects", "lost_contents", "balance", "bounds"},
		"defects.raw_bytes": {"count", "first_offset", "example"},
		"lost[]":            {"class", "objects", "references"},
		"balance": {"memory_usage", "memory_usage_real", "peak_memory_usage", "peak_memory_usage_real", "allocated", "by_kind",
			"object_table", "baseline", "unexplained", "explained_share", "causes"},
		"balance.by_kind": {"strings", "arrays", "keys", "objects", "property_tables", "references"},
		"bounds":          {"low", "high", "why", "by_type"},
	}
	for name, c := range checks() {
		t.Run(name, func(t *testing.T) {
			checkSchema(t, schema, "", decoded(t, written(t, Check, c, Options{Format: JSON})))
		})
	}
}

// Each flaw and each cause has its sentence.
func TestCheckTexts(t *testing.T) {
	for _, kind := range []string{"changed", "read_error", "truncated", "items_behind", "stray_children", "missing_root", "orphan_item", "malformed_item", "oversized_name", "bad_head", "bad_child", "bad_escape", "bad_size",
		"missing_type", "odd_type", "raw_bytes", "duplicate_key", "duplicate_field", "trailing_comma", "leading_text", "trailing_text",
		"extra_brace", "missing_brace", "duplicate_id", "dangling_child", "address_reuse"} {
		if meanings[kind] == "" {
			t.Errorf("%s has no meaning", kind)
		}
	}
	for _, kind := range []check.CauseKind{check.CutOff, check.LostTables, check.ShrunkArrays, check.HiddenState, check.CompiledCode,
		check.PropertyTables, check.Cycles, check.HiddenRoots, check.Extensions, check.SharedStrings, check.LiteralKeys,
		check.SharedArrays, check.OtherVersion} {
		if causes[kind] == "" {
			t.Errorf("%s has no text", kind)
		}
	}
}

// FuzzCheck puts any bytes where a dump's names go.
func FuzzCheck(f *testing.F) {
	for _, name := range []string{"", "A\\B", "\x1b]0;x\a", "\xff\xfe", "a\nb\r\n", "=1", "|`<b>", "\u202e", "日本\xe9", "'; rm -rf ."} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		c := *checks()["incomplete"]
		c.Lost = []check.LostClass{{Class: name, Objects: 1, References: 1}}
		c.Flaws = []check.Flaw{{Defect: analysis.Defect{Kind: "raw_bytes", Count: 1}, Example: name}}
		for _, format := range Formats() {
			var out bytes.Buffer
			if err := Check(&out, &c, Options{Format: format}); err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			switch {
			case !clean(out.Bytes()):
				t.Errorf("%s: %q", format, out.Bytes())
			case format == CSV:
				checkCSV(t, out.Bytes())
			case format == JSON && !ascii(out.Bytes()):
				t.Errorf("not ASCII: %q", out.Bytes())
			}
		}
	})
}
