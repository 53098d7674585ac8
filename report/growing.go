package report

import (
	"slices"
	"strconv"
	"strings"

	"al.essio.dev/pkg/shellescape"

	"memtrail/analysis"
	"memtrail/analysis/growth"
)

// isText reports whether what grows is a string: then its bytes are what counts.
func isText(w *growth.GrowingPlace) bool { return w.Type == "string" || w.PerInterval.Count <= 0 }

// rate says how fast a place grows, and of what: each class by its own number.
func rate(w *growth.GrowingPlace, all bool) prose {
	bytes := signedBytes(w.PerInterval.Bytes)
	if beside(w) {
		p := words(bytes + " per interval of " + w.Path)
		if len(w.PerClass) > 0 {
			verb := ", beside "
			if w.Path == growth.PinnedPlace {
				verb = ", kept by "
			}
			p = words(p, verb, upTo(classesUpTo, all, w.PerClass, func(c *growth.ClassGrowth) prose {
				return words(signedCount(c.PerInterval.Count)+" ", kindName(c.Type, c.Class, widthOf(classWidth, all)))
			}))
		}
		return p
	}
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
			what = words(what, strings.TrimPrefix(pluralOf(kind.Type), kind.Type))
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

// declared says where the program declares the code that a place belongs to; nil
// where that is not known.
func declared(d *analysis.Declared) prose {
	if d == nil {
		return nil
	}
	at := declaredFile(d)
	if d.Symbol == "" {
		return words(rawName(at))
	}
	return words(rawName(at), ", ", rawName(d.Symbol))
}

// declaredFile is file and line of a declaration.
func declaredFile(d *analysis.Declared) string {
	return d.File + ":" + strconv.FormatUint(uint64(d.Line), 10)
}

// sourceOf is the line of source that matters most for a place: where code adds
// to it, else where the class is declared that holds it. Nil where neither is
// known.
func sourceOf(w *growth.GrowingPlace) *analysis.Declared {
	if c := w.Changes; c != nil && c.Adds[0].Line > 0 {
		at := uint32(c.Adds[0].Line)
		return &analysis.Declared{Symbol: c.Adds[0].Function, File: c.Adds[0].File, Line: at, End: at}
	}
	return w.Declared
}

// declaredJSON is where code is declared.
type declaredJSON struct {
	Symbol string `json:"symbol"`
	File   string `json:"file"`
	Line   uint32 `json:"line"`
	End    uint32 `json:"end"`
	Raw    bool   `json:"raw,omitempty"`
}

func encodeDeclared(d *analysis.Declared) *declaredJSON {
	if d == nil {
		return nil
	}
	out := &declaredJSON{Symbol: d.Symbol, File: d.File, Line: d.Line, End: d.End}
	out.Raw = latin1(&out.Symbol, &out.File)
	return out
}

// keySizes says what keys and table of a place take, where that is half of its
// growth or more.
func keySizes(w *growth.GrowingPlace) string {
	n := len(w.KeyBytes)
	if n < 2 || len(w.Bytes) != n || len(w.Counts) != n || w.Bytes[n-1] <= w.Bytes[0] || w.KeyBytes[n-1] <= w.KeyBytes[0] ||
		2*(w.KeyBytes[n-1]-w.KeyBytes[0]) < w.Bytes[n-1]-w.Bytes[0] || w.Counts[n-1] == 0 {
		return ""
	}
	return Size(w.KeyBytes[n-1]) + " of it, " + Size(w.KeyBytes[n-1]/w.Counts[n-1]) + " a member"
}

// sureness says what each degree of confidence means for what grows.
var sureness = map[analysis.Confidence]string{
	analysis.High:   "hardly anything but a leak grows like this",
	analysis.Medium: "a leak, or something that fills up; more dumps would tell",
	analysis.Low:    "little evidence; more dumps would tell",
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
			"; without a trend the chance of this is " + chance(e.P) + ")"
	} else {
		text += ". It grew " + grewIn(w.GrewIn, intervals) + "; these are too few for a rank test"
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
		return "Its members stay: each dump has all members of the one before"
	case least >= 0.5:
		return "Its members stay: each dump has at least " + percent(least) + " of the members of the one before"
	}
	return "Each dump has at least " + percent(least) + " of the members of the one before"
}

// growthNext is the command that goes on from a place that grows: into what it
// holds. What holds it is said already. A string has nothing in it; who else
// holds it may be news.
func growthNext(w *growth.GrowingPlace, last string) string {
	dump, item := shellPath(last), &w.Example.Item
	switch {
	case w.Path == growth.OutsidePlace:
		return "analyzer check " + dump
	case w.Path == growth.PinnedPlace:
		return "analyzer heap " + dump
	case item.ID == "":
		return "analyzer leaks " + dump
	case item.Type == "string":
		return "analyzer ref-path " + dump + " " + shellescape.Quote(item.ID)
	}
	return "analyzer tree " + dump + " --from " + shellescape.Quote(typedName(&w.Example))
}

// growsHere marks the end of a trace.
const growsHere = "← grows here"

// traceLines draw the path from a root to what grows. A place that the last dump
// does not have is its expression alone. The lines are printable, and no wider
// than width, unless all is asked for.
func traceLines(w *growth.GrowingPlace, width int, all bool) []string {
	width -= len("  ") + textWidth(growsHere)
	if len(w.Trace) == 0 {
		return []string{within(w.Path, width, detailOf(all)) + "  " + growsHere}
	}
	path := pathLines(w.Trace, all, traceLabel)
	labels, _ := fitPath(path, width, detailOf(all))
	texts := make([]string, len(path))
	for i := range path {
		l := &path[i]
		texts[i] = strings.TrimRight(pad(l.label, labels)+"  "+l.name, " ")
	}
	texts[len(texts)-1] += "  " + growsHere
	return texts
}
