package growth

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"memtrail/analysis"
)

// GrowthLines are all places that grow, with what they take.
func GrowthLines(g *Growth) (lines []string) {
	for i := range g.Growing {
		w := &g.Growing[i]
		lines = append(lines, fmt.Sprintf("%s %v keys %v %s", growthLine(w), w.Bytes, w.KeyBytes, w.Fingerprint))
	}
	return lines
}

var anyOfKeys = regexp.MustCompile(`\[("(?:[^"\\]|\\.)*"|\d+)\]`)

// AnyKey writes a path with [*] for its keys.
func AnyKey(path string) string { return anyOfKeys.ReplaceAllString(path, "[*]") }

// CheckBalance checks that a growth's parts add up to the change of memory_usage,
// to the byte, and that its rates belong to the series beside them. It is true of
// any series.
func CheckBalance(t *testing.T, g *Growth) {
	t.Helper()
	for _, problem := range unbalanced(g) {
		t.Error(problem)
	}
}

// unbalanced lists what does not add up.
func unbalanced(g *Growth) (problems []string) {
	fail := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	last := len(g.Snapshots) - 1
	headers := last >= 1 && !slices.ContainsFunc(g.Snapshots, func(m Snapshot) bool { return m.Header == nil })
	b := &g.Balance
	if headers {
		from, to := g.Snapshots[g.WarmUp].Header, g.Snapshots[last].Header
		if change := analysis.Signed(to.MemoryUsage) - analysis.Signed(from.MemoryUsage); !b.Known || b.MemoryUsage != change {
			fail("memory_usage changes by %d, not %+v", change, b)
		}
		if sum := b.Growing + b.Other + b.Engine + b.DumpTables + b.Unreachable + b.Unexplained; sum != b.MemoryUsage {
			fail("the parts come to %d, not %d: %+v", sum, b.MemoryUsage, b)
		}
		if b.Places()+b.Unreachable+b.Unexplained != b.MemoryUsage || b.From != g.WarmUp || b.To != last {
			fail("places %d of %+v", b.Places(), b)
		}
		if want := float64(b.MemoryUsage) / float64(last-g.WarmUp); !g.HasUsage || !nearly(g.UsageRate, want) {
			fail("memory_usage grows by %v per interval, want %v", g.UsageRate, want)
		}
		if n := len(g.Unexplained.Bytes); n == last+1 && g.Unexplained.Bytes[last]-g.Unexplained.Bytes[g.WarmUp] != b.Unexplained {
			fail("unexplained %v, but %d in the balance", g.Unexplained.Bytes, b.Unexplained)
		}
	}
	sum := int64(0)
	for i := range g.Growing {
		w := &g.Growing[i]
		if len(w.Counts) != 0 && len(w.Counts) != last+1 || len(w.Bytes) != last+1 {
			fail("%s: %d counts, %d bytes of %d dumps", w.Path, len(w.Counts), len(w.Bytes), last+1)
			continue
		}
		intervals := float64(last - g.WarmUp)
		rise := analysis.Signed(w.Bytes[last]) - analysis.Signed(w.Bytes[g.WarmUp])
		sum += rise
		if !nearly(w.PerInterval.Bytes, float64(rise)/intervals) {
			fail("%s: %v bytes per interval, but %v", w.Path, w.PerInterval.Bytes, w.Bytes)
		}
		if n := len(w.Counts); n > 0 && !nearly(w.PerInterval.Count, (float64(w.Counts[last])-float64(w.Counts[g.WarmUp]))/intervals) {
			fail("%s: %v per interval, but %v", w.Path, w.PerInterval.Count, w.Counts)
		}
		for d := range w.Bytes {
			keys, classes := uint64(0), uint64(0)
			if len(w.KeyBytes) > 0 {
				keys = w.KeyBytes[d]
			}
			for _, c := range w.PerClass {
				classes += c.Bytes[d]
			}
			if keys > w.Bytes[d] || classes > w.Bytes[d] {
				fail("%s: of %d bytes in dump %d %d are keys, %d members", w.Path, w.Bytes[d], d, keys, classes)
			}
		}
	}
	if len(g.Caveats) == 0 && sum != b.Growing {
		fail("places grow by %d, in the balance by %d", sum, b.Growing)
	}
	return problems
}

func nearly(a, b float64) bool { return a-b < 1e-6*max(1, b, -b) && b-a < 1e-6*max(1, b, -b) }
