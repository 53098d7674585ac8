package report

import (
	"bytes"
	"testing"

	"memtrail/analysis/growth"
)

func diffOf(paths ...growth.Change) *growth.Diff {
	g := growthOf(2)
	return &growth.Diff{Before: g.Snapshots[0], After: g.Snapshots[1], Paths: paths}
}

func diffResults() map[string]writer {
	pool := growth.Change{Path: `App\Kernel::$instance->pool->items`, Fingerprint: "a3f9c1e2", Kind: kind("object", `App\Product`),
		Before: growth.Amount{Count: 1000, Bytes: 210_000}, After: growth.Amount{Count: 7000, Bytes: 1_470_000}}
	gone := growth.Change{Path: "$queue->jobs", Fingerprint: "0000beef", Kind: kind("array", ""), Before: growth.Amount{Count: 30, Bytes: 11_280}}
	d := diffOf(pool, gone)
	classes := []growth.Change{pool, gone, {Kind: kind("string", ""), Before: growth.Amount{Count: 5, Bytes: 200}, After: growth.Amount{Count: 5, Bytes: 200}}}
	for _, c := range classes {
		c.Path, c.Fingerprint = "", ""
		d.Classes = append(d.Classes, c)
	}
	d.After.Rebuilt = 720_000
	d.CutClasses, d.CutPaths = 1, 12
	odd := diffOf(growth.Change{Path: badName, Fingerprint: "x", Kind: kind(badName, badName)})
	odd.After.Name, odd.After.Complete, odd.Before.Header, odd.Reported = badName, false, nil, true
	return map[string]writer{"full": bind(Diff, d), "same": bind(Diff, diffOf()), "odd": bind(Diff, odd)}
}

func TestDiffGolden(t *testing.T) {
	for name, write := range diffResults() {
		t.Run(name, func(t *testing.T) { golden(t, "diff-"+name, everyFormat(t, write)) })
	}
}

func TestDiffSchema(t *testing.T) {
	amount := []string{"count", "bytes"}
	schema := map[string][]string{
		"":        {"before", "after", "classes", "paths", "sizes", "complete"},
		"before":  {"name", "items", "memory_usage", "explained_bytes", "complete"},
		"after":   {"name", "items", "memory_usage", "explained_bytes", "complete"},
		"paths[]": {"path", "fingerprint", "holds", "before", "after", "delta"}, "paths[].holds": {"type", "class"},
		"classes[]": {"type", "class", "before", "after", "delta"}, "classes[].before": amount, "classes[].after": amount, "classes[].delta": amount,
		"paths[].before": amount, "paths[].after": amount, "paths[].delta": amount,
	}
	for name, write := range diffResults() {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out, Options{Format: JSON}); err != nil {
				t.Fatal(err)
			}
			checkDocument(t, schema, out.Bytes())
		})
	}
}
