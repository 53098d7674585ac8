package report

import (
	"strconv"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
)

type leaksAnswer struct {
	*leaks.Leaks
	dump string // as it was typed
}

func (l leaksAnswer) page(out sheet, o Options) {
	if m, ok := out.(*markdown); ok {
		l.markdown(m, o)
		return
	}
	p := suspectPage{textPageOf(out, o), l}
	suspects, innocents := l.parted()
	text := flow(out, o)
	verdict := l.verdict(len(suspects), len(innocents))
	if len(suspects) > 0 {
		accuse(text, suspects[0])(verdict)
	} else {
		text.info(verdict)
	}
	for i, s := range suspects {
		out.gap()
		p.suspect(i+1, s)
	}
	if len(innocents) > 0 {
		out.gap()
		out.info("Looks innocent:")
		for _, s := range innocents {
			p.flow("  ", "  ", headline(s, anyWidth))
			p.hang("    ", "    ", innocent(s.Innocent))
		}
	}
	out.gap()
	if l.Cut > 0 {
		out.line(plural(l.Cut, "more candidate") + " not shown (--limit)")
	}
	if len(suspects) == 0 {
		for _, hint := range l.hints() {
			p.flow("", "  ", hint)
		}
		out.gap()
	}
	if units := l.units(); units != "" {
		text.line(units)
	}
	l.caveats(text)
}

// accuse is how a suspect is written: as bad news if it is all but certain, else
// as a doubt.
func accuse(out sheet, s *leaks.Suspect) func(string) {
	if s.Confidence == analysis.High {
		return out.fail
	}
	return out.note
}

// parted tells suspects from what looks innocent.
func (l leaksAnswer) parted() (suspects, innocents []*leaks.Suspect) {
	for i := range l.Suspects {
		if s := &l.Suspects[i]; s.Innocent == "" {
			suspects = append(suspects, s)
		} else {
			innocents = append(innocents, s)
		}
	}
	return suspects, innocents
}

// verdict is the first line.
func (l leaksAnswer) verdict(suspects, innocents int) string {
	if text := l.unexplained(); text != "" && suspects > 0 {
		return text + " The suspects below are among these items; the cause may be elsewhere."
	} else if text != "" {
		return text + " No suspect is among these items."
	}
	if suspects == 0 {
		threshold := Size(l.Threshold)
		if l.Explained > 0 {
			threshold = percentOf(l.Threshold, l.Explained) + " (" + threshold + ")"
		}
		if innocents > 0 {
			return "No suspect: what keeps " + threshold + " or more alive looks innocent."
		}
		return "No suspect: nothing that has the shape of a leak keeps " + threshold + " or more alive."
	}
	// The limit cuts the innocent first.
	more := ""
	if l.Cut > 0 && innocents == 0 {
		more = " or more"
	}
	first := &l.Suspects[0]
	sure := " (" + string(first.Confidence) + " confidence)"
	share := Size(first.Retained) + " alive, " + l.share(first) + "."
	if suspects == 1 && more == "" {
		return "1 suspect" + sure + ": it keeps " + share
	}
	return grouped(uint64(suspects)) + more + " suspects: the first" + sure + " keeps " + share
}

// unexplained says so if most of the memory is unexplained.
func (l leaksAnswer) unexplained() string {
	h := l.Header
	if h == nil || l.Reported || !mostlyUnexplained(l.Explained, h.MemoryUsage) {
		return ""
	}
	return "Most of the memory is unexplained: the items explain " + Size(l.Explained) + " of " + Size(h.MemoryUsage) + " memory_usage (" +
		percentOf(l.Explained, h.MemoryUsage) + ")."
}

// share is what a suspect keeps alive as a part of the memory, and of what the
// items explain where that differs.
func (l leaksAnswer) share(s *leaks.Suspect) string {
	explained := percent(s.OfExplained) + " of what is explained"
	text := percent(s.Share)
	switch all, of := l.Memory(); of {
	case leaks.OfExplained:
		return explained
	case leaks.OfProfile:
		return text + " of the " + Size(all) + " in the profile"
	}
	text += " of memory_usage"
	if percent(s.Share) != percent(s.OfExplained) {
		text += ", " + explained
	}
	return text
}

// hints say what to do where there is no suspect.
func (l leaksAnswer) hints() []prose {
	dump := shellPath(l.dump)
	hint := func(text, command string) prose { return words(text+": ", rawCommand("analyzer "+command)) }
	var list []prose
	if h := l.Header; h != nil && mostlyUnexplained(l.Explained, h.MemoryUsage) {
		list = append(list, hint("What the unexplained memory may be", "check "+dump))
	}
	return append(list,
		hint("What holds the explained memory", "tree "+dump),
		hint("Smaller suspects", "leaks "+dump+" --threshold 1%"),
		words("One dump does not show a slow leak. What grows over several: ", rawCommand("analyzer growth DUMP DUMP DUMP")))
}

// units says so where bytes are not what was allocated.
func (l leaksAnswer) units() string {
	if l.Reported {
		return "Bytes are the dump's own sizes: 72 for every array and object, whatever they allocate."
	}
	return ""
}

// A suspectPage lays suspects out.
type suspectPage struct {
	textPage
	leaksAnswer
}

// suspect writes a suspect: its headline, what it holds, its path, and what to
// make of it.
func (p suspectPage) suspect(number int, s *leaks.Suspect) {
	p.headline("#"+grouped(uint64(number))+"  ", s)
	linkSources(p.sheet, s.Changes, s.Declared, s.Makers, p.all)
	for _, r := range content(s, p.all) {
		p.remark(r)
	}
	p.path(s)
	for _, r := range p.judgement(s, p.all) {
		p.remark(r)
	}
	p.command(titled("next"), p.next(s))
}

// headline writes the first lines of a suspect, with its fingerprint at the right
// of the last one, or below where that has no room.
func (p suspectPage) headline(rank string, s *leaks.Suspect) {
	lines := headline(s, anyWidth).lines(p.width-len(rank), p.detail)
	mark := "LEAK? " + s.Fingerprint
	if s.Confidence == analysis.High {
		mark = "LEAK " + s.Fingerprint
	}
	last := len(lines) - 1
	free := p.width - len(rank) - textWidth(lines[last]) - textWidth(mark)
	fits := free >= len("  ")
	if fits {
		lines[last] += strings.Repeat(" ", free) + mark
	}
	for _, line := range lines {
		accuse(p, s)(rank + line)
		rank = strings.Repeat(" ", len(rank))
	}
	if !fits {
		accuse(p, s)(padLeft(mark, p.width))
	}
}

// records has a row for each suspect.
func (l leaksAnswer) records(Options) grid {
	return grid{
		columns: columns("rank", "fingerprint", "kind", "path", "id", "type", "class", "also", "holds_type", "holds_class", "holds_count",
			"holds_bytes", "retained_bytes", "share", "confidence", "unreliable_references", "reasons", "innocent", "next"),
		rows: rowsOf(l.Suspects, func(i int, s *leaks.Suspect) []cell {
			at, h := &s.At.Item, &s.Holds
			return []cell{{strconv.Itoa(i + 1)}, {s.Fingerprint}, {string(s.Kind)}, {s.At.Path}, {at.ID}, {at.Type}, {at.Class}, {strconv.Itoa(len(s.Also))},
				{h.Type}, {h.Class}, {ungrouped(h.Count)}, {ungrouped(h.Bytes)}, {ungrouped(s.Retained)}, {strconv.FormatFloat(s.Share, 'f', 4, 64)},
				{string(s.Confidence)}, {ungrouped(s.Unreliable)}, {strings.Join(sentences(s), " ")}, {innocent(s.Innocent)}, {l.next(s)}}
		}),
	}
}
