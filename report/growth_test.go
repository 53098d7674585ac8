package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"memtrail/analysis"
	"memtrail/analysis/growth"
	"memtrail/analysis/levels"
	"memtrail/analysis/trend"
	"memtrail/dump"
)

// bindGrowth is bind for a page that names its last dump.
func bindGrowth(g *growth.Growth, last string) writer {
	return func(w io.Writer, o Options) error { return Growth(w, g, last, o) }
}

// growthOf is what grows over n dumps, of which the first is warm-up if there
// are more than three.
func growthOf(n int, growing ...growth.GrowingPlace) *growth.Growth {
	g := &growth.Growth{Verdict: growth.CleanSeries, Growing: growing, Unexplained: growth.UnexplainedGrowth{Known: true, Limit: 256 << 10, PerInterval: 12}}
	if len(growing) > 0 {
		g.Verdict = growth.Leaking
	}
	if n > 3 {
		g.WarmUp = 1
	}
	g.Intervals = max(0, n-g.WarmUp-1)
	for i := range n {
		g.Snapshots = append(g.Snapshots, growth.Snapshot{
			Name: fmt.Sprintf("mem-%d.json", i+1), Producer: "php-meminfo", Explained: uint64(i+1) << 20,
			Source: analysis.Source{Header: &analysis.Header{MemoryUsage: uint64(i+2) << 20}, Items: uint64(i+1) * 1000, Complete: true, EndsAt: 99_000},
		})
		g.Unexplained.Bytes = append(g.Unexplained.Bytes, 1<<20+int64(12*i))
	}
	return g
}

// series is n values from one on, each by a step more than the one before.
func series(n int, first, step uint64) []uint64 {
	list := make([]uint64, n)
	for i := range list {
		list[i] = first + uint64(i)*step
	}
	return list
}

func kind(typ, class string) analysis.Kind { return analysis.Kind{Type: typ, Class: class} }

// pool is a static that takes a thousand products an interval.
func pool(n int) growth.GrowingPlace {
	items := array("0x7f1200000300", uint64(n)*1000)
	return growth.GrowingPlace{
		Fingerprint: "a3f9c1e2", Path: `App\Kernel::$instance->pool->items`, Kind: kind("array", ""), Holds: kind("object", `App\Product`), Places: 1,
		Example: place(`App\Kernel::$instance->pool->items`, items, 0),
		Trace: []analysis.PathStep{
			pathStep(`App\Kernel::$instance`, statik(object("0x7f1200000100", `App\Kernel`, "1"), `App\Kernel::instance`), 0),
			pathStep("->pool", object("0x7f1200000200", `App\ProductPool`, "2"), 0),
			pathStep("->items", items, 0),
		},
		Counts: series(n, 1000, 1000), Bytes: series(n, 210_000, 210_000), PerInterval: growth.Rate{Count: 1000, Bytes: 210_000},
		GrewIn: max(0, n-2), Evidence: trend.Evidence{Tau: 1, P: 0.04}, Confidence: analysis.High,
	}
}

// logged is a string that grows, in a noisy series.
func logged(n int) growth.GrowingPlace {
	text := scalar("0x7f1200000c00", "string", 90_000)
	w := growth.GrowingPlace{
		Fingerprint: "2f50386d", Path: "main() $log->buffer", Kind: kind("string", ""), Holds: kind("string", ""), Places: 1,
		Example: place("main() $log->buffer", text, 0),
		Trace:   []analysis.PathStep{pathStep("main() $log", root(object("0x7f1200000c10", "Log", "3"), "main()", "log"), 0), pathStep("->buffer", text, 0)},
		Counts:  series(n, 1, 0), Bytes: series(n, 9_000, 700), PerInterval: growth.Rate{Bytes: 700}, GrewIn: n - 4,
		Evidence: trend.Evidence{Robust: true, Tau: 0.871, P: 0.00012}, Confidence: analysis.Medium,
	}
	w.Bytes[n/2] -= 900
	return w
}

// listeners are many containers that each grow a little, and one beside them.
func listeners(n int) growth.GrowingPlace {
	w := pool(n)
	w.Fingerprint, w.Path, w.Kind, w.Holds = "0000beef", "$server->conns[*]->onClose", kind("array", ""), kind("array", "")
	w.Places, w.PerInterval, w.Counts, w.Confidence = 1_200, growth.Rate{Count: 2.5, Bytes: 940}, series(n, 4_000, 3), analysis.Low
	w.Also = []string{"$server->conns[*]->onError", "$server->conns[*]->onData", "$server->all"}
	w.Trace = slices.Concat(w.Trace, history().Path)
	return w
}

// hiddenGrowth has unexplained growth.
func hiddenGrowth(g *growth.Growth) *growth.Growth {
	if g.Verdict == growth.CleanSeries {
		g.Verdict = growth.Unexplained
	}
	g.Unexplained.Grows, g.Unexplained.PerInterval = true, 614_400
	g.Unexplained.Hints = []growth.Hint{
		{Kind: growth.HintObjects, Evidence: true, Rate: 400}, {Kind: growth.HintHidden, Evidence: true, Class: "CachingIterator", Count: 3},
		{Kind: growth.HintBare, Evidence: true, Class: `App\Secret`, Count: 12}, {Kind: growth.HintGenerated, Evidence: true, Class: "Proxy_#", Count: 700},
		{Kind: growth.HintClosures, Evidence: true, Count: 21}, {Kind: growth.HintCallbacks}, {Kind: growth.HintStatics}, {Kind: growth.HintCycles},
		{Kind: growth.HintExtensions}, {Kind: "brand_new"},
	}
	for i := range g.Unexplained.Bytes {
		g.Unexplained.Bytes[i] = -200_000 + int64(i)*614_400
	}
	return g
}

// inconclusiveGrowth has every doubt.
func inconclusiveGrowth() *growth.Growth {
	g := growthOf(6, pool(6))
	g.Verdict = growth.Inconclusive
	g.Snapshots[1].Complete, g.Snapshots[1].Header = false, nil
	g.Snapshots[3].Producer = "reli"
	g.Unexplained.Known, g.Unexplained.Bytes = false, nil
	g.Caveats = []growth.Caveat{
		{Kind: growth.TooFewDumps, Count: 2}, {Kind: growth.EndsEarly, Name: "mem-2.json"}, {Kind: growth.EndsEarly, Name: "mem-3.json"},
		{Kind: growth.MixedProducers, Name: "mem-4.json"}, {Kind: growth.Restarted, Name: "mem-5.json"},
		{Kind: growth.Repeated, Name: "mem-6.json"}, {Kind: growth.Equal, Count: 6}, {Kind: growth.Shrinking},
		{Kind: growth.Shrunk, Name: "mem-6.json"}, {Kind: growth.NoItems, Name: "mem-1.json"}, {Kind: "brand_new", Name: "mem-1.json"},
	}
	return g
}

// badName tries to get out of every format.
const badName = "a\x1b[2J`|<b>]]>\xff\ufffe\u202e @x ##[error]\n::error::%&'\""

// oddPlace has it everywhere.
func oddPlace(name string) growth.GrowingPlace {
	w := pool(4)
	it := object("0x7f1200000f00", name, "5")
	w.Path, w.Kind, w.Holds, w.Also = name, kind("object", name), kind(name, ""), []string{name}
	w.Example, w.Reason = place(name, it, 0), name
	w.Trace = []analysis.PathStep{pathStep(name, it, 0), pathStep("->"+name, it, 0)}
	return w
}

func growthResults() map[string]writer {
	reported := growthOf(2, logged(8))
	reported.Reported, reported.Unexplained.Known, reported.Cut = true, false, 1
	leak := growthOf(6, pool(6), listeners(6))
	leak.Exhaustion = growth.Exhaustion{Limit: 256 << 20, Intervals: 1_234}
	leak.UsageRate, leak.HasUsage = 200_000, true
	leak.Balance = growth.Balance{
		Known: true, From: 1, To: 5, MemoryUsage: 800_000, Growing: 843_760, Other: -20_000, Engine: 8192, DumpTables: 2000, Unexplained: -33_952,
	}
	long := hiddenGrowth(growthOf(60, logged(60)))
	none := &growth.Growth{Verdict: growth.Inconclusive, Caveats: []growth.Caveat{{Kind: growth.TooFewDumps}}}
	odd := growthOf(4, oddPlace(badName))
	odd.Snapshots[0].Name, odd.Snapshots[3].Name = badName, badName
	odd.Snapshots[2].Producer = badName
	gone := pool(4)
	gone.Trace, gone.Example = nil, analysis.Place{}
	beside := growthOf(6)
	for i := range beside.Snapshots {
		s := &beside.Snapshots[i]
		s.Header.MemoryUsageReal, s.Header.PeakMemoryUsage = 40<<20, uint64(i+30)<<20
		s.Capture = &dump.Capture{Process: []dump.Owner{{Name: dump.ProcessMalloc, Amount: dump.Amount{Bytes: uint64(i+50) << 20}}}}
	}
	first, last := levels.Of(&beside.Snapshots[1].Source), levels.Of(&beside.Snapshots[5].Source)
	beside.Kept = &levels.Kept{Level: last, Chunks: 20, Hollow: 17, NearlyEmpty: 1}
	beside.Outside = &levels.Outside{First: first, Last: last, Rise: 4 << 20}
	return map[string]writer{
		"beside":       bindGrowth(beside, "mem-6.json"),
		"leak":         bindGrowth(leak, "mem-6.json"),
		"clean":        bindGrowth(growthOf(4), "mem-4.json"),
		"unexplained":  bindGrowth(hiddenGrowth(growthOf(3)), "dumps/it's.json"),
		"inconclusive": bindGrowth(inconclusiveGrowth(), "mem-6.json"),
		"long":         bindGrowth(long, "mem-60.json"),
		"reported":     bindGrowth(reported, "-"),
		"none":         bindGrowth(none, ""),
		"odd":          bindGrowth(odd, badName),
		"gone":         bindGrowth(growthOf(4, gone), "mem-4.json"),
	}
}

func TestGrowthGolden(t *testing.T) {
	for name, write := range growthResults() {
		t.Run(name, func(t *testing.T) { golden(t, "growth-"+name, everyFormat(t, write)) })
	}
	var out bytes.Buffer
	if err := Growth(&out, hiddenGrowth(growthOf(6, pool(6))), "mem-6.json", Options{Color: true, Width: 72}); err != nil {
		t.Fatal(err)
	}
	golden(t, "growth-color", out.Bytes())
}

// growthSchema are the keys that every growth and every gate has.
var growthSchema = map[string][]string{
	"": {"verdict", "reason", "intervals", "growing", "unexplained", "ignored", "stale", "caveats", "dumps", "warm_up", "sizes", "memory_limit", "complete", "balance",
		"memory_usage_per_interval", "kept_chunks", "rises_outside"},
	"growing[]": {"fingerprint", "status", "path", "type", "class", "holds", "also", "places", "counts", "bytes", "per_interval", "grew_in",
		"confidence", "evidence", "per_class", "frame", "reason", "example", "trace", "next"},
	"growing[].holds":        {"type", "class"},
	"growing[].per_interval": {"count", "bytes"},
	"growing[].evidence":     {"robust", "tau", "p", "kept"},
	"growing[].trace[]":      {"label", "id", "type", "class", "children"},
	"growing[].example":      {"path", "id", "type", "class", "children"},
	"unexplained":            {"bytes", "grows", "known", "bytes_per_interval", "limit", "hints"},
	"dumps[]": {"name", "producer", "items", "memory_usage", "memory_usage_real", "peak_memory_usage", "rss", "explained_bytes",
		"rebuilt_bytes", "complete"},
	"caveats[]": {"kind", "dump", "why", "todo"},
	"stale[]":   {"fingerprint", "path", "holds", "count_per_interval", "bytes_per_interval", "reason", "expires"},
}

// checkDocument checks a JSON output against a schema.
func checkDocument(t *testing.T, schema map[string][]string, text []byte) map[string]any {
	t.Helper()
	v := decoded(t, text)
	checkSchema(t, schema, "", v)
	if !ascii(text) {
		t.Errorf("not ASCII: %q", text)
	}
	for _, list := range []string{"growing", "ignored", "stale", "expired", "caveats", "dumps", "counts", "bytes", "trace", "also", "classes", "paths"} {
		if bytes.Contains(text, []byte(`"`+list+`": null`)) {
			t.Errorf("%s is null in\n%s", list, text)
		}
	}
	return v.(map[string]any)
}

func TestGrowthSchema(t *testing.T) {
	for name, write := range growthResults() {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := write(&out, Options{Format: JSON}); err != nil {
				t.Fatal(err)
			}
			v := checkDocument(t, growthSchema, out.Bytes())
			for _, w := range v["growing"].([]any) {
				if w.(map[string]any)["status"] != nil {
					t.Error("a growth has a status")
				}
			}
			verdict := v["verdict"]
			if (v["reason"] != nil) != (verdict == "unexplained" || verdict == "inconclusive") {
				t.Errorf("%s for the reason %v", verdict, v["reason"])
			}
		})
	}
}

// Each doubt has its words, and says what to do.
func TestCaveatTexts(t *testing.T) {
	g := inconclusiveGrowth()
	seen := map[string]growth.CaveatKind{}
	for i := range g.Caveats {
		d := caveatOf(g, &g.Caveats[i])
		text := d.why.plain()
		if unknown := d.todo.plain() == "Take the dumps again."; unknown != (g.Caveats[i].Kind == "brand_new") || seen[text] != "" {
			t.Errorf("%s is said to be %q, as is %q: %s", g.Caveats[i].Kind, text, seen[text], d.todo.plain())
		}
		seen[text] = g.Caveats[i].Kind
	}
	for n, want := range map[int]string{0: "no dump", 1: "only 1 dump", 2: "only 2 dumps"} {
		d := growth.Caveat{Kind: growth.TooFewDumps, Count: n}
		got := caveatOf(g, &d)
		if !strings.Contains(got.why.plain(), want) || strings.Contains(got.todo.plain(), "--min-bytes") != (n == 2) {
			t.Errorf("%d dumps: %s. %s", n, got.why.plain(), got.todo.plain())
		}
	}
	for _, c := range []analysis.Confidence{analysis.High, analysis.Medium, analysis.Low} {
		if sureness[c] == "" {
			t.Errorf("%s has no words", c)
		}
	}
}

func TestSparkline(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   string
	}{
		{nil, ""},
		{[]float64{5}, "▁"},
		{[]float64{5, 5, 5}, "▁▁▁"},
		{[]float64{6000, 6010, 6020}, "▁▅█"},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, "▁▂▃▄▅▆▇█"},
		{[]float64{-7, 0, -7}, "▁█▁"},
		{[]float64{0, math.MaxUint64}, "▁█"},
	} {
		if got := sparkline(test.values); got != test.want {
			t.Errorf("%v: %s, want %s", test.values, got, test.want)
		}
	}
	long := sparkline(floats(series(1000, 0, 1)))
	if n := textWidth(long); n != sparkWidth || !strings.HasSuffix(long, "█") {
		t.Errorf("%d columns: %s", n, long)
	}
}

func TestGrowthNumbers(t *testing.T) {
	for x, want := range map[float64]string{0: "0", 1: "+1", 2.5: "+2.5", -0.25: "−0.2", 9.96: "+10", 1000.4: "+1,000", math.Inf(1): "+9,007,199,254,740,992"} {
		if got := signedCount(x); got != want {
			t.Errorf("signedCount(%v) = %s, want %s", x, got, want)
		}
	}
	if got := signedCount(math.NaN()); got != "0" {
		t.Errorf("signedCount(NaN) = %s", got)
	}
	for x, want := range map[float64]string{-20_000: "−20 KiB", 1024: "+1.0 KiB", 2047: "+2.0 KiB", -2047: "−2.0 KiB", 3 << 20: "+3.0 MiB"} {
		if got := signedBytes(x); got != want {
			t.Errorf("signedBytes(%v) = %s, want %s", x, got, want)
		}
	}
	for x, want := range map[float64]uint64{0.2: 1, 7: 7, 99: 99, 149: 150, 1234: 1200, 98_700: 99_000, 99_900: 100_000} {
		if got := twoDigits(x); got != want {
			t.Errorf("twoDigits(%v) = %d, want %d", x, got, want)
		}
	}
	if got := netSize(math.MinInt64); got != "−8,388,608 TiB" {
		t.Error(got)
	}
	for d, want := range map[[2]uint64]int64{{3, 1}: -2, {1, 3}: 2, {0, math.MaxUint64}: math.MaxInt64, {math.MaxUint64, 0}: -math.MaxInt64} {
		if got := delta(d[0], d[1]); got != want {
			t.Errorf("delta(%v) = %d, want %d", d, got, want)
		}
	}
}

func TestGrowthListed(t *testing.T) {
	for _, test := range []struct {
		n, warmUp int
		all       bool
		want      string
	}{
		{0, 0, false, ""},
		{3, 0, false, "1 → 2 → 3"},
		{4, 1, false, "(1) → 2 → 3 → 4"},
		{9, 1, false, "(1) → 2 → 3 → 4 → 5 → 6 → 7 → 8 → 9"},
		{10, 1, false, "(1) → 2 → 3 → … → 6 → 7 → 8 → 9 → 10"},
		{10, 1, true, "(1) → 2 → 3 → 4 → 5 → 6 → 7 → 8 → 9 → 10"},
	} {
		if got := listed(series(test.n, 1, 1), test.warmUp, test.all, grouped); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

// A trace of any length is drawn in a few lines, and numbered right.
func TestTraceFolds(t *testing.T) {
	step := pathStep("->next", object("0x1", "Node", "1"), 0)
	for n, want := range map[int]int{1: 1, 7: 7, 8: 7, 100_000: 7} {
		w := pool(4)
		w.Trace = slices.Repeat([]analysis.PathStep{step}, n)
		lines := traceLines(&w, pageWidth, false)
		if len(lines) != want || !strings.HasSuffix(lines[len(lines)-1], growsHere) {
			t.Errorf("%d steps: %d lines\n%s", n, len(lines), strings.Join(lines, "\n"))
		}
		if all := traceLines(&w, pageWidth, true); len(all) != n {
			t.Errorf("%d steps: %d lines", n, len(all))
		}
		if n > want && !strings.Contains(lines[pathEnds], "… "+plural(n-2*pathEnds, "more step")) {
			t.Errorf("%d steps: %s", n, lines[pathEnds])
		}
	}
}
