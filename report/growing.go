package report

import (
	"memtrail/analysis"
	"memtrail/analysis/growth"
	"slices"
	"strconv"
	"strings"

	"al.essio.dev/pkg/shellescape"
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

// drawTrend draws what grows.
func drawTrend(w *growth.GrowingPlace) string {
	if isText(w) {
		return sparkline(floats(w.Bytes))
	}
	return sparkline(floats(w.Counts))
}

// keyRemark says what keys and table of a place take, where that is half of its
// growth or more.
func keyRemark(w *growth.GrowingPlace) string {
	n := len(w.KeyBytes)
	if n < 2 || len(w.Bytes) != n || len(w.Counts) != n || w.Bytes[n-1] <= w.Bytes[0] || w.KeyBytes[n-1] <= w.KeyBytes[0] ||
		2*(w.KeyBytes[n-1]-w.KeyBytes[0]) < w.Bytes[n-1]-w.Bytes[0] || w.Counts[n-1] == 0 {
		return ""
	}
	return "keys and table take " + memory(w.KeyBytes[n-1]) + " of it, " + memory(w.KeyBytes[n-1]/w.Counts[n-1]) + " a member"
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

// growsHere marks the end of a trace.
const growsHere = "← grows here"

// traceLines draw the way from a root to what grows, as a tree. A place that
// the last dump does not have is its path alone. Names are cut so that the lines
// have a width, if not all is asked for. The lines are printable.
func traceLines(w *growth.GrowingPlace, width int, all bool) []string {
	width -= len("  ") + textWidth(growsHere)
	steps := w.Trace
	if len(steps) == 0 {
		return []string{within(w.Path, width, detailOf(all)) + "  " + growsHere}
	}
	from, to := 0, 0 // what is folded
	if !all && len(steps) > 2*pathEnds+1 {
		from, to = pathEnds, len(steps)-pathEnds
	}
	var branches, labels, names []string
	for i := range steps {
		at := i
		if to > from && i >= from {
			at -= max(0, to-from-1)
		}
		switch {
		case i > from && i < to:
			continue
		case i == from && i < to:
			branches, labels, names = append(branches, branch(i)), append(labels, "… "+plural(to-from, "more step")), append(names, "")
			continue
		}
		s := &steps[i]
		branches, labels, names = append(branches, branch(at)), append(labels, stepLabel(s)), append(names, stepName(s))
	}
	wide := fitSteps(branches, labels, names, width, detailOf(all))
	for i := range labels {
		switch {
		case i == len(labels)-1:
			labels[i] = strings.TrimRight(pad(labels[i], wide)+"  "+names[i], " ") + "  " + growsHere
		case names[i] != "":
			labels[i] = pad(labels[i], wide) + "  " + names[i]
		}
	}
	return labels
}

// growthNext is the command that shows what holds the place that grows.
func growthNext(w *growth.GrowingPlace, last string) string {
	if w.Example.Item.ID == "" {
		return "analyzer leaks " + shellPath(last)
	}
	return "analyzer ref-path " + shellPath(last) + " " + shellescape.Quote(w.Example.Item.ID)
}
