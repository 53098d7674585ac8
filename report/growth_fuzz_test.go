package report

import (
	"bytes"
	"io"
	"testing"

	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/internal/cases"
)

// FuzzGrowth puts any bytes where a dump's names go.
func FuzzGrowth(f *testing.F) {
	names := []string{"", "A\\B", badName, "\xff\xfe", "::error::x", "|`<b>", "`` ` ", "</summary>", "日本\xe9", "'; rm -rf .", "-", "\ufffe\uffff\x00"}
	for _, name := range cases.Sample(names, 2, 2) {
		f.Add(name, name)
		f.Add(name, "array")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		g := hiddenGrowth(growthOf(4, oddPlace(a), oddPlace(b)))
		g.Snapshots[0].Name, g.Snapshots[0].Producer, g.Growing[1].Type = a, b, a
		g.Caveats = []growth.Caveat{{Kind: growth.MixedProducers, Name: a}, {Kind: growth.CaveatKind(b), Name: b}}
		for _, g.Verdict = range []growth.Verdict{growth.Leaking, growth.Inconclusive} {
			for _, o := range []Options{{}, {Verbose: true}, {Width: 1}} {
				for _, o.Format = range Formats() {
					checkOutput(t, o.Format, func(w io.Writer) error { return Growth(w, g, a, o) })
				}
			}
			checkGates(t, &gate.Gate{Growth: *g, Failed: true, Ignored: g.Growing, Baseline: b,
				Stale: []gate.BaselineEntry{{Fingerprint: a, Path: b, Reason: a}}, Expired: []gate.BaselineEntry{{Path: a, Reason: b, Expires: a}}}, a)
		}
		d := diffOf(growth.Change{Path: a, Fingerprint: b, Kind: kind(a, b)})
		d.Before.Name = a
		for _, format := range Formats() {
			checkOutput(t, format, func(w io.Writer) error { return Diff(w, d, Options{Format: format}) })
		}
	})
}

// checkOutput checks what holds for a format whatever the names are.
func checkOutput(t *testing.T, format Format, write func(io.Writer) error) {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	if !clean(out.Bytes()) {
		t.Errorf("%s: %q", format, out.Bytes())
	}
	switch format {
	case CSV:
		checkCSV(t, out.Bytes())
	case JSON:
		if !ascii(out.Bytes()) {
			t.Errorf("not ASCII: %q", out.Bytes())
		}
	}
}
