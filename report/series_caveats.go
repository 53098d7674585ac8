package report

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/analysis/growth"
)

// A caveat is a reason why a series is inconclusive, and what to do about it.
type caveat struct{ why, todo prose }

// text is a caveat in sentences.
func (c caveat) text() prose { return words(c.why.sentence(), " ", c.todo) }

// caveatOf words one.
func caveatOf(g *growth.Growth, d *growth.Caveat) caveat {
	name := rawName(d.Name)
	switch d.Kind {
	case growth.TooFewDumps:
		return tooFewDumps(d.Count)
	case growth.EndsEarly:
		return endsEarly(d.Name, snapshot(g, d.Name))
	case growth.MixedProducers:
		return mixedProducers(g, d.Name)
	case growth.Restarted:
		return restarted(g, d.Name)
	case growth.Repeated:
		return caveat{words(name, " is given more than once"), words("Give each dump once: one dump compared with itself never grows.")}
	case growth.Equal:
		return caveat{words("all " + plural(d.Count, "dump") + " are equal: they are copies of one, or the process did nothing in between"),
			words("Take them while the process works, after equal numbers of jobs.")}
	case growth.Shrinking:
		return caveat{words("memory falls in every interval, and would grow in the reverse order: the order may be wrong"),
			words("Give the dumps in the order in which they were taken. If this is the order, take some more: these do not show whether memory grows again.")}
	case growth.Shrunk:
		return caveat{words(name, " has almost nothing in common with the dump before it: another process wrote it, or another part of the program"),
			words("Take all dumps in one process, at the same place of the program.")}
	case growth.NoItems:
		return caveat{words(name, " has no items"), words("Take it again at a place where the variables of the program are in scope.")}
	}
	why := words(strings.ReplaceAll(string(d.Kind), "_", " "))
	if d.Name != "" {
		why = words(name, ": ", why)
	}
	return caveat{why, words("Take the dumps again.")}
}

func tooFewDumps(n int) caveat {
	todo := "Dump the process at least four times, after equal numbers of jobs"
	switch n {
	case 0:
		return caveat{words("there is no dump"), words(todo + ".")}
	case 1:
		return caveat{words("there is only 1 dump"), words(todo + ".")}
	case 2:
		todo += ", or give the growth that is too much (--min-bytes)"
	}
	return caveat{words("there are only " + plural(n, "dump") + ", and what grows once may be warm-up"), words(todo + ".")}
}

func endsEarly(name string, dump *growth.Snapshot) caveat {
	const missing = ": what is missing may be what grows"
	check := rawCommand("analyzer check " + shellPath(name))
	switch {
	case dump != nil && dump.Fault != "":
		return caveat{words(rawName(name), ": "+dump.Fault+missing), words("Copy the file again, or take the dump again; ", check, " says more.")}
	case dump != nil && dump.Complete:
		return caveat{words(rawName(name), " is damaged"+missing), words("Take it again; ", check, " says what is wrong.")}
	}
	return caveat{words(rawName(name), " ends early"+missing), words("Take it again, with a higher memory_limit; ", check, " says where it ends.")}
}

func mixedProducers(g *growth.Growth, name string) caveat {
	why := words(rawName(name), " was written by another tool than the first dump")
	if dump := snapshot(g, name); dump != nil && dump.Producer != "" && g.Snapshots[0].Producer != "" {
		why = words(why, ": "+dump.Producer+", not "+g.Snapshots[0].Producer)
	}
	return caveat{why, words("Compare dumps of one tool only: what they contain differs.")}
}

func restarted(g *growth.Growth, name string) caveat {
	todo := words("Take all dumps in one process, and give them in their order; a directory is taken in natural order of the names.")
	if order := orderByPeak(g); order != "" {
		todo = words("By their peaks the order is " + order + ": give them in this order, or take all dumps in one process.")
	}
	return caveat{words(rawName(name), " has a lower memory peak than an earlier dump had: the process was restarted in between, ",
		"or the dumps are not in the order in which they were taken"), todo}
}

// caveatsUpTo is how many caveats are listed without Options.Verbose.
const caveatsUpTo = 5

// caveatsOf are the caveats of a series, and how many more there are.
func caveatsOf(g *growth.Growth, all bool) (list []caveat, more int) {
	n := len(g.Caveats)
	if !all {
		n = min(n, caveatsUpTo)
	}
	for i := range n {
		list = append(list, caveatOf(g, &g.Caveats[i]))
	}
	return list, len(g.Caveats) - n
}

// orderByPeak lists the dumps by their peaks, which never fall in one process;
// "" if peaks tell no order.
func orderByPeak(g *growth.Growth) string {
	list := slices.Clone(g.Snapshots)
	for i := range list {
		if list[i].Header == nil || len(list) > caveatsUpTo {
			return ""
		}
	}
	slices.SortStableFunc(list, func(a, b growth.Snapshot) int {
		return cmp.Or(cmp.Compare(a.Header.PeakMemoryUsage, b.Header.PeakMemoryUsage), cmp.Compare(a.Header.MemoryUsage, b.Header.MemoryUsage))
	})
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name
	}
	return strings.Join(names, ", ")
}

// snapshot is the dump of that name; nil if there is none.
func snapshot(g *growth.Growth, name string) *growth.Snapshot {
	if i := slices.IndexFunc(g.Snapshots, func(m growth.Snapshot) bool { return m.Name == name }); i >= 0 {
		return &g.Snapshots[i]
	}
	return nil
}

// caveats says why a series is inconclusive, and what to do.
func (p textPage) caveats(indent string, g *growth.Growth) {
	list, more := caveatsOf(g, p.all)
	for _, d := range list {
		p.flow(indent, indent+"  ", d.text())
	}
	if more > 0 {
		p.line(indent + "… " + plural(more, "more reason"))
	}
}

// caveats lists why a series is inconclusive, and what to do.
func (m *markdown) caveats(g *growth.Growth, all bool) {
	list, more := caveatsOf(g, all)
	m.block()
	for _, d := range list {
		m.out.WriteString("- " + d.text().markdown() + "\n")
	}
	if more > 0 {
		m.out.WriteString("- … " + plural(more, "more reason") + "\n")
	}
}
