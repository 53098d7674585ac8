package report

import (
	"math"
	"strconv"
	"strings"

	"memtrail/analysis"
)

// isText reports whether what grows is a string: then its bytes are what counts.
func isText(w *analysis.Grower) bool { return w.Type == "string" || w.PerInterval.Count <= 0 }

// rate says how fast a place grows, and of what.
func rate(w *analysis.Grower, all bool) prose {
	what := kindName(w.Holds.Type, w.Holds.Class, widthOf(classWidth, all))
	bytes := signedBytes(w.PerInterval.Bytes)
	if isText(w) {
		return words(bytes+" of ", what, " per interval")
	}
	number := signedCount(w.PerInterval.Count)
	if w.Holds.Class == "" && number != "+1" {
		what = words(what, "s")
	}
	p := words(number+" ", what, " per interval")
	if w.PerInterval.Bytes > 0 {
		p = words(p, ", "+bytes)
	}
	return p
}

// grewIn says in how many intervals it did.
func grewIn(n, intervals int) string {
	return "in " + grouped(uint64(max(n, 0))) + " of " + plural(intervals, "interval")
}

// exactly is the largest number up to which a float64 has all integers.
const exactly = 1 << 53

// whole is a number from 0 on without its fraction.
func whole(x float64) uint64 {
	switch {
	case !(x > 0):
		return 0
	case x > exactly:
		return exactly
	}
	return uint64(math.Round(x))
}

// signedCount is a number with its sign, and with a decimal where that matters.
func signedCount(x float64) string {
	size := math.Abs(x)
	text := grouped(whole(size))
	if size < 10 {
		text = strings.TrimSuffix(strconv.FormatFloat(size, 'f', 1, 64), ".0")
	}
	return sign(x) + text
}

// signedBytes is a size with its sign.
func signedBytes(x float64) string { return sign(x) + memory(whole(math.Abs(x))) }

func sign(x float64) string {
	switch {
	case x < 0:
		return "−"
	case x > 0:
		return "+"
	}
	return ""
}

// balance is a size that may be below zero.
func balance(bytes int64) string {
	if bytes < 0 {
		return "−" + memory(uint64(-(bytes+1))+1)
	}
	return memory(uint64(bytes))
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

// trend draws what grows.
func trend(w *analysis.Grower) string {
	if isText(w) {
		return sparkline(floats(w.Bytes))
	}
	return sparkline(floats(w.Counts))
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

// dumps says how many there are, and how many of them are judged.
func dumps(g *analysis.Growth) string {
	text := plural(len(g.Moments), "dump")
	switch {
	case g.WarmUp == 1:
		text += ", the first of them warm-up"
	case g.WarmUp > 1:
		text += ", the first " + grouped(uint64(g.WarmUp)) + " of them warm-up"
	}
	return text
}

// sureness says what each degree of confidence means for what grows.
var sureness = map[analysis.Confidence]string{
	analysis.High:   "hardly anything but a leak looks like that",
	analysis.Medium: "a leak, or something that fills up; more dumps would tell",
	analysis.Low:    "little to go by; more dumps would tell",
}

// evidence says how sure it is that a place grows, and by what.
func evidence(w *analysis.Grower, intervals int) string {
	text := string(w.Confidence)
	if s := sureness[w.Confidence]; s != "" {
		text += ": " + s
	}
	e := &w.Evidence
	if e.Robust {
		text += ". It grew " + grewIn(w.GrewIn, intervals) + ", and still does at the end (Kendall's tau " + strconv.FormatFloat(e.Tau, 'f', 2, 64) +
			"; without a trend the chance of that is " + chance(e.P) + ")"
	} else {
		text += ". It grew " + grewIn(w.GrewIn, intervals) + "; that is too few for a rank test"
	}
	return text
}

func chance(p float64) string {
	if p < 0.001 {
		return "below 0.1 %"
	}
	return percent(p)
}

// limitReached says when the memory limit will be.
func limitReached(w *analysis.Grower, limit uint64) string {
	if !(w.Full > 0) || limit == 0 {
		return ""
	}
	return "at this rate memory_limit " + memory(limit) + " is reached in about " + thousands(roundly(w.Full), "interval")
}

// roundly keeps two digits of a number.
func roundly(x float64) uint64 {
	n, unit := whole(x), uint64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return max((n+unit/2)/unit*unit, 1)
}
