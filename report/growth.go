package report

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
)

// Growth writes what grows over a series of dumps. last is the name of the last
// dump as the user typed it, for the commands to run next.
func Growth(w io.Writer, g *growth.Growth, last string, o Options) error {
	return render(w, growthPage{g, last}, o)
}

type growthPage struct {
	*growth.Growth
	last string // as it was typed
}

func (g growthPage) page(out sheet, o Options) {
	if m, ok := out.(*markdown); ok {
		g.markdown(m, o)
		return
	}
	p := textPageOf(out, o)
	for _, line := range growthVerdict(g.Growth).lines(p.width, p.detail) {
		switch g.Verdict {
		case growth.CleanSeries:
			out.info(line)
		case growth.Inconclusive:
			out.note(line)
		default:
			out.fail(line)
		}
	}
	for _, text := range g.span() {
		p.flow("", "  ", text)
	}
	for _, r := range levelRemarks(g.Growth, p.all) {
		p.remark(r)
	}
	if g.Verdict == growth.Inconclusive {
		out.gap()
		p.caveats("", g.Growth)
	}
	for i := range g.Growing {
		out.gap()
		g.place(p, &g.Growing[i])
	}
	if g.Unexplained.Grows {
		out.gap()
		g.unexplained(p)
	}
	out.gap()
	for _, text := range g.notes() {
		p.hang("", "  ", text)
	}
}

// place writes a place that grows: how fast, where, its path, and how sure that is.
func (g growthPage) place(p textPage, w *growth.GrowingPlace) {
	mark := leakWord(g.Growth) + " " + w.Fingerprint + "  "
	p.flow(mark, strings.Repeat(" ", textWidth(printable(mark))), words(rate(w, p.all), ", "+grewIn(w.GrewIn, g.Intervals)))
	linkSources(p.sheet, w.Changes, w.Declared, w.Makers, p.all)
	for _, r := range g.remarks(w, p.all) {
		p.remark(r)
	}
	p.under("path", traceLines(w, p.width-len(titled("")), p.all))
	p.remark(g.judgement(w))
	p.command(titled("next"), growthNext(w, g.last))
}

// unexplained writes that unexplained memory grows, and what it may be.
func (g growthPage) unexplained(p textPage) {
	p.hang("UNEXPLAINED  ", "             ", unexplained(g.Growth))
	for _, r := range g.unexplainedRemarks(p.all) {
		p.remark(r)
	}
	p.points("try", hints(g.Growth))
	p.command(titled("next"), unexplainedNext(g.last))
}

// span says what was looked at: which dumps, first to last, and how far they are
// apart.
func (g growthPage) span() []prose {
	if len(g.Snapshots) == 0 {
		return nil
	}
	return append([]prose{words(upperFirst(dumps(g.Growth))+": ", firstToLast(g.Growth))}, apart(g.Growth)...)
}

// remarks say where, and how it went.
func (g growthPage) remarks(w *growth.GrowingPlace, all bool) []remark {
	where := words(rawName(shorten(w.Path, widthOf(pageWidth, all))))
	if w.Places > 1 && w.Frame == "" {
		where = words(where, ": "+Count(w.Places, "place")+" of that shape; the path is the largest one's")
	}
	list := []remark{{"where", where}}
	items := listed(w.Counts, g.WarmUp, all, grouped)
	bytes := listed(w.Bytes, g.WarmUp, all, Size)
	if isText(w) {
		list = append(list, remark{"bytes", words(drawTrend(w) + "  " + bytes)})
	} else {
		list = append(list, remark{"items", words(drawTrend(w) + "  " + items)}, remark{"bytes", words(bytes)})
	}
	if text := keySizes(w); text != "" {
		list = append(list, remark{"keys", words(text + ", the table included")})
	}
	if u := w.WeakMap; u != nil {
		list = append(list, remark{"why", ownKeys(u.SelfHeld, u.Entries).sentence()})
	}
	if n := len(w.Counts); n > 0 && n == len(w.Bytes) {
		list = append(list, originRemarks(w.MadeBy, w.Survives, w.Counts[n-1], w.Bytes[n-1], all)...)
	}
	list = append(list, codeRemarks(w.Changes, all)...)
	if p := makers(w.Makers, all); p != nil {
		list = append(list, remark{"made", p})
	}
	if p := declared(w.Declared); p != nil {
		list = append(list, remark{"source", p})
	}
	if w.Cycle != "" {
		list = append(list, remark{"cycle", words(rawName(w.Cycle))})
	}
	if why := whyUncollected(w.Collector); why != "" {
		list = append(list, remark{"why", words(why)})
	}
	if len(w.Shapes) > 0 {
		list = append(list, remark{"looks", words("like " + strings.Join(w.Shapes, ", "))})
	}
	if len(w.Also) > 0 {
		list = append(list, remark{"also", upTo(alsoUpTo, all, w.Also, func(path *string) prose {
			return words(rawName(shorten(*path, widthOf(classWidth, all))))
		})})
	}
	return list
}

// judgement says how sure it is.
func (g growthPage) judgement(w *growth.GrowingPlace) remark {
	return remark{"trust", words(evidence(w, g.Intervals)).sentence()}
}

// unexplainedRemarks are the same for memory that no dump shows.
func (g growthPage) unexplainedRemarks(all bool) []remark {
	u := &g.Unexplained
	return []remark{
		{"bytes", words(sparkline(floats(u.Bytes)) + "  " + listed(u.Bytes, g.WarmUp, all, netSize))},
		{"why", words(unexplainedWhy(g.Growth)).sentence()},
	}
}

// notes are the last lines: what is cut, and where the memory went.
func (g growthPage) notes() []string {
	var list []string
	if g.Cut > 0 {
		list = append(list, "Not shown (--limit): "+plural(g.Cut, "more place")+".")
	}
	list = append(list, profileNotes(g.Profile)...)
	return append(list, seriesNotes(g.Growth)...)
}

func (g growthPage) document() document {
	return growthDocument(g.Growth, g.last, &gate.Gate{})
}

// records has a row for each place that grows, and one for unexplained
// growth.
func (g growthPage) records(Options) grid {
	titles := columns("rank", "finding", "fingerprint", "path", "type", "class", "holds_type", "holds_class", "places", "also", "counts", "bytes",
		"count_per_interval", "bytes_per_interval", "grew_in", "intervals", "confidence", "robust", "tau", "p", "kept", "id", "next")
	rows := rowsOf(g.Growing, func(i int, w *growth.GrowingPlace) []cell {
		e := &w.Evidence
		kept := ""
		if len(e.Kept) > 0 {
			kept = decimal(slices.Min(e.Kept))
		}
		return []cell{{strconv.Itoa(i + 1)}, {"leak"}, {w.Fingerprint}, {w.Path}, {w.Type}, {w.Class}, {w.Holds.Type}, {w.Holds.Class}, {ungrouped(w.Places)},
			{strings.Join(w.Also, " ")}, {spaced(w.Counts)}, {spaced(w.Bytes)}, {decimal(w.PerInterval.Count)}, {decimal(w.PerInterval.Bytes)},
			{strconv.Itoa(w.GrewIn)}, {strconv.Itoa(g.Intervals)}, {string(w.Confidence)}, {strconv.FormatBool(e.Robust)}, {decimal(e.Tau)}, {decimal(e.P)},
			{kept}, {w.Example.Item.ID}, {growthNext(w, g.last)}}
	})
	return grid{columns: titles, rows: func(yield func([]cell) bool) {
		for row := range rows {
			if !yield(row) {
				return
			}
		}
		if !g.Unexplained.Grows {
			return
		}
		row := make([]cell, len(titles))
		for i := range row {
			text := map[string]string{
				"rank": strconv.Itoa(len(g.Growing) + 1), "finding": "unexplained", "bytes": spaced(g.Unexplained.Bytes), "next": unexplainedNext(g.last),
				"bytes_per_interval": decimal(g.Unexplained.PerInterval), "grew_in": strconv.Itoa(g.Intervals), "intervals": strconv.Itoa(g.Intervals),
			}[titles[i].title]
			row[i] = cell{text}
		}
		yield(row)
	}}
}
