package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/cases"
)

// measured is what grows over some dumps of testdata.
func measured(t *testing.T, pattern string) *growth.Growth {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "testdata", filepath.FromSlash(pattern)))
	if err != nil || len(paths) < 3 {
		t.Fatalf("%s: %q, %v", pattern, paths, err)
	}
	s := growth.NewSeries(growth.SeriesOptions{})
	for _, path := range paths {
		in, err := dump.Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		g, info, err := graph.Build(in, 1)
		in.Close()
		if err != nil {
			t.Fatal(err)
		}
		s.Add(filepath.Base(path), g, &info)
	}
	return s.Growth(growth.Options{MinCount: growth.DefaultMinCount, MinBytes: growth.DefaultMinBytes, MaxUnexplained: growth.DefaultMaxUnexplained})
}

// TestJSONBalances: the parts of a balance add up to the change of memory_usage
// in JSON, to the byte, and each rate belongs to the series beside it.
func TestJSONBalances(t *testing.T) {
	for _, pattern := range cases.Sample([]string{
		"series/cache_service-*", "series/clean_worker-*", "series/ffi_invisible-*", "series/static_registry-*", "series/weak_map-*",
		"field/seen_payloads-*", "field/weakmap_min-*", "field/spl_cachingiter-*", "field/two_classes-*", "field/clean_weakmap_cycle-*",
	}, 1, 0) {
		t.Run(pattern, func(t *testing.T) {
			g := measured(t, pattern)
			var grown, judged bytes.Buffer
			if err := Growth(&grown, g, "last.json", Options{Format: JSON}); err != nil {
				t.Fatal(err)
			}
			if err := Gate(&judged, gate.Judge(g, gate.DefaultLimits(), nil, gate.JudgeOptions{}), "last.json", GateJSON, Options{Format: JSON}); err != nil {
				t.Fatal(err)
			}
			checkJSONBalance(t, grown.Bytes())
			checkJSONBalance(t, judged.Bytes())
		})
	}
}

func checkJSONBalance(t *testing.T, text []byte) {
	t.Helper()
	var d struct {
		Growing []struct {
			Path        string                         `json:"path"`
			Counts      []int64                        `json:"counts"`
			Bytes       []int64                        `json:"bytes"`
			PerInterval struct{ Count, Bytes float64 } `json:"per_interval"`
		} `json:"growing"`
		Balance     map[string]int64 `json:"balance"`
		Unexplained struct {
			Bytes []int64 `json:"bytes"`
		} `json:"unexplained"`
		Usage  float64 `json:"memory_usage_per_interval"`
		WarmUp int     `json:"warm_up"`
		Dumps  []struct {
			Usage int64 `json:"memory_usage"`
		} `json:"dumps"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	b, last := d.Balance, len(d.Dumps)-1
	change := d.Dumps[last].Usage - d.Dumps[d.WarmUp].Usage
	for name, sum := range map[string]int64{
		"the parts":  b["growing"] + b["other"] + b["engine"] + b["dump_tables"] + b["unreachable"] + b["unexplained"],
		"the groups": b["places"] + b["unreachable"] + b["unexplained"],
		"the whole":  b["memory_usage"],
	} {
		if sum != change {
			t.Errorf("%s: %d, memory_usage changes by %d: %v", name, sum, change, b)
		}
	}
	if b["from"] != int64(d.WarmUp)+1 || b["to"] != int64(last)+1 {
		t.Errorf("from %d to %d of %d", b["from"], b["to"], last+1)
	}
	if u := d.Unexplained.Bytes; u[last]-u[d.WarmUp] != b["unexplained"] {
		t.Errorf("unexplained %v, in the balance %d", u, b["unexplained"])
	}
	intervals := float64(last - d.WarmUp)
	same := func(name string, rate float64, x []int64) int64 {
		if len(x) != last+1 {
			t.Fatalf("%s: %v of %d dumps", name, x, last+1)
		}
		rise := x[last] - x[d.WarmUp]
		if got, want := fmt.Sprintf("%.4f", rate), fmt.Sprintf("%.4f", float64(rise)/intervals); got != want {
			t.Errorf("%s per interval: %s, want %s of %v", name, got, want, x)
		}
		return rise
	}
	usage := make([]int64, 0, last+1)
	for _, m := range d.Dumps {
		usage = append(usage, m.Usage)
	}
	same("memory_usage", d.Usage, usage)
	sum := int64(0)
	for _, w := range d.Growing {
		same(w.Path, w.PerInterval.Count, w.Counts)
		sum += same(w.Path, w.PerInterval.Bytes, w.Bytes)
	}
	if sum != b["growing"] {
		t.Errorf("places grow by %d, in the balance by %d", sum, b["growing"])
	}
}
