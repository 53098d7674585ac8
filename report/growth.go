package report

import (
	"io"
	"memtrail/analysis/growth"
	"memtrail/analysis/leaks"
	"strings"
)

// Growth writes what grows over a series of dumps. last is how the user typed
// the name of the last one, for the commands that lead on.
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
	p := pageOf(out, o)
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
	if g.Verdict == growth.Inconclusive {
		out.gap()
		p.caveats("", g.Growth)
	}
	for i := range g.Growing {
		out.gap()
		w := &g.Growing[i]
		mark := leakWord(g.Growth) + " " + w.Fingerprint + "  "
		p.flow(mark, strings.Repeat(" ", textWidth(printable(mark))), words(rate(w, p.all), ", "+grewIn(w.GrewIn, g.Intervals)))
		for _, r := range g.remarks(w, p.all) {
			p.remark(r)
		}
		for j, line := range traceLines(w, p.width-len(remarkIndent)-titleWidth, p.all) {
			title := ""
			if j == 0 {
				title = "path"
			}
			out.line(remarkIndent + pad(title, titleWidth) + line)
		}
		for _, r := range g.judgement(w) {
			p.remark(r)
		}
		p.command(remarkIndent+pad("next", titleWidth), growthNext(w, g.last))
	}
	if g.Unexplained.Grows {
		out.gap()
		p.hang("UNEXPLAINED  ", "             ", unexplained(g.Growth))
		for _, r := range g.unexplainedRemarks(p.all) {
			p.remark(r)
		}
		for i, h := range hints(g.Growth) {
			title := ""
			if i == 0 {
				title = "try"
			}
			p.remark(remark{title, h})
		}
		p.command(remarkIndent+pad("next", titleWidth), unexplainedNext(g.last))
	}
	out.gap()
	for _, text := range g.notes() {
		p.hang("", "  ", text)
	}
}

// leakWord is what a place that grows is called. Dumps that do not tell what
// grows make none a leak.
func leakWord(g *growth.Growth) string {
	if g.Verdict == growth.Inconclusive {
		return "LEAK?"
	}
	return "LEAK"
}

// pageOf is a page of the width of a terminal.
func pageOf(out sheet, o Options) leaksPage {
	return leaksPage{sheet: out, width: o.columns(), all: o.Verbose, detail: o.detail()}
}

// caveats says why a series does not tell, and what to do.
func (p leaksPage) caveats(indent string, g *growth.Growth) {
	list, more := caveatsOf(g, p.all)
	for _, d := range list {
		p.flow(indent, indent+"  ", words(d.why.sentence(), " ", d.todo))
	}
	if more > 0 {
		p.line(indent + "… " + plural(more, "more reason"))
	}
}

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
			text += " by " + memory(whole(sum)) + " per interval"
			if n > 1 {
				text += " between them"
			}
		}
		if g.Unexplained.Grows {
			text += ", and memory grows that no dump shows"
		}
		return words(text + ".")
	case growth.Unexplained:
		return words("Unexplained: " + unexplained(g) + ".")
	case growth.Inconclusive:
		if len(g.Caveats) == 0 {
			return words("Inconclusive: the dumps do not tell.")
		}
		return words("Inconclusive: ", caveatOf(g, &g.Caveats[0]).why, ".")
	}
	return words("Clean: nothing grows over " + plural(g.Intervals, "interval") + ".")
}

func bytesPerInterval(list []growth.GrowingPlace) (sum float64) {
	for i := range list {
		sum += max(0, list[i].PerInterval.Bytes)
	}
	return sum
}

// span says what was looked at: which dumps, first to last, and how far they are
// apart.
func (g growthPage) span() []prose {
	if len(g.Snapshots) == 0 {
		return nil
	}
	return append([]prose{words(upperFirst(dumps(g.Growth))+": ", firstToLast(g.Growth))}, apart(g.Growth)...)
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
	text := "From first to last: " + grouped(first.Items) + " → " + thousands(last.Items, "item")
	if first.Header != nil && last.Header != nil {
		text += ", memory_usage " + memory(first.Header.MemoryUsage) + " → " + memory(last.Header.MemoryUsage)
	}
	return []prose{words(text + ".")}
}

// remarks say where, and how it went.
func (g growthPage) remarks(w *growth.GrowingPlace, all bool) []remark {
	where := words(rawName(shorten(w.Path, widthOf(pageWidth, all))))
	if w.Places > 1 && w.Frame == "" {
		where = words(where, ": "+thousands(w.Places, "place")+" of that shape; the path is the largest one's")
	}
	list := []remark{{"where", where}}
	items := listed(w.Counts, g.WarmUp, all, grouped)
	bytes := listed(w.Bytes, g.WarmUp, all, memory)
	if isText(w) {
		list = append(list, remark{"bytes", words(drawTrend(w) + "  " + bytes)})
	} else {
		list = append(list, remark{"items", words(drawTrend(w) + "  " + items)}, remark{"bytes", words(bytes)})
	}
	if text := keyRemark(w); text != "" {
		list = append(list, remark{"keys", words(text)})
	}
	if u := w.WeakMap; u != nil {
		list = append(list, remark{"why", ownKeys(u.SelfHeld, u.Entries).sentence()})
	}
	if p := makers(w.Makers); p != nil {
		list = append(list, remark{"from", p})
	}
	if n := len(w.Also); n > 0 {
		shown := w.Also
		if !all {
			shown = shown[:min(n, alsoUpTo)]
		}
		p := enumerate(sliceOf(shown, func(path *string) prose { return words(rawName(shorten(*path, widthOf(classWidth, all)))) }), ", ")
		if more := n - len(shown); more > 0 {
			p = words(p, " and "+grouped(uint64(more))+" more")
		}
		list = append(list, remark{"also", p})
	}
	return list
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

// makers says where closures come from; empty if that is not known.
func makers(list []leaks.Maker) prose {
	return enumerate(sliceOf(list, func(m *leaks.Maker) prose {
		p := words(percent(m.Share) + " ")
		if m.This != "" {
			p = words(p, "made in ", rawName(shorten(m.This, classWidth)))
		} else {
			p = words(p, "static")
		}
		if len(m.Captures) > 0 {
			p = words(p, ", use (", enumerate(sliceOf(m.Captures, func(name *string) prose {
				return words(rawName("$" + shorten(*name, keyWidth)))
			}), ", "), ")")
		}
		return p
	}), "; ")
}

// judgement says how sure it is.
func (g growthPage) judgement(w *growth.GrowingPlace) []remark {
	return []remark{{"trust", words(evidence(w, g.Intervals)).sentence()}}
}

// unexplainedRemarks are the same for memory that no dump shows.
func (g growthPage) unexplainedRemarks(all bool) []remark {
	u := &g.Unexplained
	return []remark{
		{"bytes", words(sparkline(floats(u.Bytes)) + "  " + listed(u.Bytes, g.WarmUp, all, balance))},
		{"why", words(unexplainedWhy(g.Growth)).sentence()},
	}
}

// notes are what else is to be known of the answer.
func (g growthPage) notes() []string {
	var list []string
	if g.Cut > 0 {
		list = append(list, "Not shown (--limit): "+plural(g.Cut, "more place")+".")
	}
	return append(list, seriesNotes(g.Growth)...)
}

// seriesNotes are what is to be known of a whole series.
func seriesNotes(g *growth.Growth) []string {
	var list []string
	for _, text := range []string{unexplainedTrend(g), balanceWords(g), faster(g), exhaustion(g)} {
		if text != "" {
			list = append(list, text)
		}
	}
	return list
}

// upperFirst begins a text with a capital.
func upperFirst(text string) string {
	if text != "" && 'a' <= text[0] && text[0] <= 'z' {
		return string(text[0]-'a'+'A') + text[1:]
	}
	return text
}
