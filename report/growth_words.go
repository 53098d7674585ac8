package report

import (
	"math"
	"memtrail/analysis"
	"memtrail/analysis/growth"
	"slices"
	"strconv"
	"strings"
)

// isText reports whether what grows is a string: then its bytes are what counts.
func isText(w *growth.GrowingPlace) bool { return w.Type == "string" || w.PerInterval.Count <= 0 }

// rate says how fast a place grows, and of what: each class by its own number.
func rate(w *growth.GrowingPlace, all bool) prose {
	bytes := signedBytes(w.PerInterval.Bytes)
	if w.Path == growth.ManyPlaces {
		return words(bytes + " per interval in many small places")
	}
	what := kindName(w.Holds.Type, w.Holds.Class, widthOf(classWidth, all))
	if w.Frame != "" && len(w.Frames) > 0 {
		return words(grouped(w.Frames[len(w.Frames)-1])+" frames of ", rawName(shorten(w.Frame, widthOf(classWidth, all))),
			", "+signedCount(w.PerInterval.Count)+" and "+bytes+" per interval: it calls itself")
	}
	if isText(w) {
		return words(bytes+" of ", what, " per interval")
	}
	p := words(classRates(w, all), " per interval")
	if w.PerInterval.Bytes > 0 {
		p = words(p, ", "+bytes)
	}
	return p
}

// classesUpTo is how many classes a rate names; a class that has less than
// minorPart of the growth is not named.
const classesUpTo, minorPart = 3, 0.05

// classRates are the numbers of what a place holds more and more of.
func classRates(w *growth.GrowingPlace, all bool) prose {
	one := func(rate float64, kind analysis.Kind) prose {
		number := signedCount(rate)
		what := kindName(kind.Type, kind.Class, widthOf(classWidth, all))
		if kind.Class == "" && number != "+1" {
			what = words(what, "s")
		}
		return words(number+" ", what)
	}
	var list []growth.ClassGrowth
	for _, c := range w.PerClass {
		if c.PerInterval.Count >= minorPart*w.PerInterval.Count && c.PerInterval.Count > 0 {
			list = append(list, c)
		}
	}
	if len(list) < 2 {
		return one(w.PerInterval.Count, w.Holds)
	}
	shown := list
	if !all {
		shown = list[:min(len(list), classesUpTo)]
	}
	p := enumerate(sliceOf(shown, func(c *growth.ClassGrowth) prose { return one(c.PerInterval.Count, c.Kind) }), ", ")
	if more := len(list) - len(shown); more > 0 {
		rest := 0.0
		for _, c := range list[len(shown):] {
			rest += c.PerInterval.Count
		}
		p = words(p, ", "+signedCount(rest)+" of ", plural(more, "more type"))
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

// drawTrend draws what grows.
func drawTrend(w *growth.GrowingPlace) string {
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

// sureness says what each degree of confidence means for what grows.
var sureness = map[analysis.Confidence]string{
	analysis.High:   "hardly anything but a leak looks like that",
	analysis.Medium: "a leak, or something that fills up; more dumps would tell",
	analysis.Low:    "little to go by; more dumps would tell",
}

// evidence says how sure it is that a place grows, and by what.
func evidence(w *growth.GrowingPlace, intervals int) string {
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
	if len(e.Kept) > 0 {
		text += ". " + keptWords(e.Kept)
	}
	return text
}

// keptWords says how many of the members stay from dump to dump.
func keptWords(kept []float64) string {
	least := slices.Min(kept)
	switch {
	case least >= 0.995:
		return "Its members stay: each dump still has all that were in the one before"
	case least >= 0.5:
		return "Its members stay: each dump still has " + percent(least) + " or more of those in the one before"
	}
	return "Of its members each dump has " + percent(least) + " or more of those in the one before"
}

func chance(p float64) string {
	if p < 0.001 {
		return "below 0.1 %"
	}
	return percent(p)
}

// exhaustion says when memory_usage reaches the memory limit; "" if there is none
// to reach.
func exhaustion(g *growth.Growth) string {
	e := &g.Exhaustion
	switch {
	case e.Limit == 0:
		return ""
	case e.Exceeded:
		return "memory_limit " + memory(e.Limit) + " is already exceeded: memory_usage of the last dump is " + memory(g.Snapshots[len(g.Snapshots)-1].Header.MemoryUsage) + "."
	case e.Intervals > 0:
		return "At this rate memory_usage reaches memory_limit " + memory(e.Limit) + " in about " + thousands(roundly(e.Intervals), "interval") + "."
	case !g.HasUsage:
		return "When memory_limit " + memory(e.Limit) + " is reached is not known: not all dumps have a header."
	}
	return "memory_usage does not grow towards memory_limit " + memory(e.Limit) + "."
}

// tooFast is how much faster than memory_usage places may grow before it is
// said why.
const tooFast = 1.02

// faster says why places grow by more than memory_usage does, if they do.
func faster(g *growth.Growth) string {
	sum := bytesPerInterval(g.Growing)
	if !g.HasUsage || g.Reported || g.Cut > 0 || sum <= tooFast*max(0, g.UsageRate)+1024 || g.Intervals == 0 {
		return ""
	}
	text := "The places grow by " + memory(whole(sum)) + " per interval, memory_usage by " + signedBytes(g.UsageRate)
	per := func(bytes int64) string { return memory(whole(float64(-bytes) / float64(g.Intervals))) }
	var why []string
	if b := g.Balance.Other; b < 0 {
		why = append(why, per(b)+" were given back elsewhere")
	}
	if b := g.Balance.Unreachable; b < 0 {
		why = append(why, per(b)+" of unreachable items were freed")
	}
	if b := g.Balance.Unexplained; b < 0 {
		why = append(why, per(b)+" are counted too much or were held unseen before: strings that several places share are counted at each")
	}
	if len(why) > 0 {
		text += ": " + strings.Join(why, ", ")
	}
	return text + "."
}

// balanceWords adds up where the memory went; "" if that is not known.
func balanceWords(g *growth.Growth) string {
	b := &g.Balance
	if !b.Known || g.Reported || len(g.Snapshots) < 2 {
		return ""
	}
	text := "Balance from dump " + grouped(uint64(b.From+1)) + " to " + grouped(uint64(b.To+1)) + ": memory_usage " + change(b.MemoryUsage) + " ="
	for i, part := range []struct {
		bytes int64
		name  string
	}{
		{b.Growing, "in places that grow"}, {b.Other, "elsewhere in variables"}, {b.Engine, "PHP's table of objects"},
		{b.DumpTables, "made by the dumps"}, {b.Unreachable, "unreachable"}, {b.Unexplained, "unexplained"},
	} {
		if part.bytes == 0 && (i != 0 || b.MemoryUsage != 0) && i != 5 {
			continue
		}
		text += " " + change(part.bytes) + " " + part.name + ","
	}
	return strings.TrimSuffix(text, ",") + "."
}

// change is a number of bytes with its sign, ±0 for none.
func change(bytes int64) string {
	if bytes == 0 {
		return "±0"
	}
	return signedBytes(float64(bytes))
}

// roundly keeps two digits of a number.
func roundly(x float64) uint64 {
	n, unit := whole(x), uint64(1)
	for n/unit >= 100 {
		unit *= 10
	}
	return max((n+unit/2)/unit*unit, 1)
}
