package report

import (
	"math"
	"strings"

	"memtrail/analysis/growth"
	"memtrail/analysis/levels"
)

// growthVerdict is the verdict, with why.
func growthVerdict(g *growth.Growth) prose {
	switch g.Verdict {
	case growth.Leaking:
		n, text := len(g.Growing)+g.Cut, " grow"
		if n == 1 {
			text += "s"
		}
		text = "Leak: " + plural(n, "place") + text
		if sum := bytesPerInterval(g.Growing); sum > 0 && g.Cut == 0 {
			text += " by " + Size(whole(sum)) + " per interval"
			if n > 1 {
				text += " between them"
			}
		}
		if g.Unexplained.Grows {
			text += ", and unexplained memory grows, too"
		}
		return words(text + ".")
	case growth.Unexplained:
		return words("Unexplained: " + unexplained(g) + ".")
	case growth.Inconclusive:
		if len(g.Caveats) == 0 {
			return words("Inconclusive: the dumps do not show what grows.")
		}
		return words("Inconclusive: ", caveatOf(g, &g.Caveats[0]).why, ".")
	}
	return words("Clean: nothing grows over " + plural(g.Intervals, "interval") + ".")
}

// leakWord is what a place that grows is called. Dumps that do not tell what
// grows make none a leak.
func leakWord(g *growth.Growth) string {
	if g.Verdict == growth.Inconclusive {
		return "LEAK?"
	}
	return "LEAK"
}

// bytesPerInterval is how much some places grow together.
func bytesPerInterval(list []growth.GrowingPlace) (sum float64) {
	for i := range list {
		sum += max(0, list[i].PerInterval.Bytes)
	}
	return sum
}

// dumps says how many there are, and how many of them are judged.
func dumps(g *growth.Growth) string {
	text := plural(len(g.Snapshots), "dump")
	switch {
	case g.WarmUp == 1:
		text += ", the first of them warm-up"
	case g.WarmUp > 1:
		text += ", the first " + grouped(uint64(g.WarmUp)) + " of them warm-up"
	}
	return text
}

// firstToLast names the first and the last dump.
func firstToLast(g *growth.Growth) prose {
	name := func(i int) rawName { return rawName(g.Snapshots[i].Name) }
	n := len(g.Snapshots)
	switch {
	case n == 0:
		return nil
	case n == 1:
		return words(name(0))
	case n == 2:
		return words(name(0), ", ", name(1))
	}
	return words(name(0), " … ", name(n-1))
}

// apart says how far a series' first and last dump are apart.
func apart(g *growth.Growth) []prose {
	if len(g.Snapshots) < 2 {
		return nil
	}
	first, last := &g.Snapshots[0], &g.Snapshots[len(g.Snapshots)-1]
	text := "From first to last: " + grouped(first.Items) + " → " + Count(last.Items, "item")
	if first.Header != nil && last.Header != nil {
		text += ", memory_usage " + Size(first.Header.MemoryUsage) + " → " + Size(last.Header.MemoryUsage) +
			levelsText(levels.Of(&first.Source), levels.Of(&last.Source))
	}
	return []prose{words(text + ".")}
}

// listed writes the values of a series, those of warm-up in brackets.
func listed[T any](values []T, warmUp int, all bool, text func(T) string) string {
	var list []string
	for i, v := range values {
		if cut := len(values) - seriesUpTo; !all && cut > 1 && i >= seriesStart && i < seriesStart+cut {
			if i == seriesStart {
				list = append(list, "…")
			}
			continue
		}
		s := text(v)
		if i < warmUp {
			s = "(" + s + ")"
		}
		list = append(list, s)
	}
	return strings.Join(list, " → ")
}

// A series is drawn in at most so many columns, and listed with at most so many
// of its values, unless all are asked for.
const (
	sparkWidth  = 40
	seriesUpTo  = 8
	seriesStart = 3
)

// sparkline draws a series: its least value as the lowest bar. A long one is
// drawn by the last values of equal parts.
func sparkline(values []float64) string {
	const bars = "▁▂▃▄▅▆▇█"
	const height, size = 8, len("▁")
	n := min(len(values), sparkWidth)
	drawn := make([]float64, n)
	for i := range drawn {
		drawn[i] = values[(i+1)*len(values)/n-1]
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range drawn {
		low, high = min(low, v), max(high, v)
	}
	var b strings.Builder
	for _, v := range drawn {
		bar := 0
		if high > low {
			bar = int(math.Round((v - low) / (high - low) * (height - 1)))
		}
		b.WriteString(bars[bar*size : (bar+1)*size])
	}
	return b.String()
}

// floats are the values of a series as numbers to draw.
func floats[T uint64 | int64](values []T) []float64 {
	list := make([]float64, len(values))
	for i, v := range values {
		list[i] = float64(v)
	}
	return list
}
