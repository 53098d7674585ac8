package report

import (
	"cmp"
	"memtrail/analysis/growth"
	"slices"
	"strings"
)

// A caveat is why a series does not tell, and what to do about it.
type caveat struct{ why, todo prose }

// caveatOf words one.
func caveatOf(g *growth.Growth, d *growth.Caveat) caveat {
	name := rawName(d.Name)
	switch d.Kind {
	case growth.TooFewDumps:
		there := "there is no dump"
		if d.Count > 0 {
			there = "there is 1 dump only"
		}
		if d.Count > 1 {
			there = "there are " + plural(d.Count, "dump") + " only, and what grows once may be warm-up"
		}
		todo := "Dump the process at least four times, after equal numbers of jobs"
		if d.Count == 2 {
			todo += "; or say how much growth is too much (--min-bytes)"
		}
		return caveat{words(there), words(todo + ".")}
	case growth.EndsEarly:
		check := rawName("analyzer check " + shellPath(d.Name))
		m := moment(g, d.Name)
		if m != nil && m.Fault != "" {
			return caveat{words(name, ": "+m.Fault+": what is lost may be what grows"), words("Copy the file again, or take the dump again; ", check, " says more.")}
		}
		if m != nil && m.Complete {
			return caveat{words(name, " is damaged: what is lost may be what grows"), words("Look at what ", check, " says, and take it again.")}
		}
		return caveat{words(name, " ends early: what is lost may be what grows"),
			words("Take it again, with a higher memory_limit; ", check, " says where it ends.")}
	case growth.MixedProducers:
		why := words(name, " was written by another tool than the first dump")
		if m := moment(g, d.Name); m != nil && len(g.Snapshots) > 0 && m.Producer != "" && g.Snapshots[0].Producer != "" {
			why = words(why, ": "+m.Producer+", not "+g.Snapshots[0].Producer)
		}
		return caveat{why, words("Compare dumps of one tool only: what they contain differs.")}
	case growth.Restarted:
		why := words(name, " has a lower memory peak than an earlier dump had: the process was started anew in between, or the order is not that in which they were taken")
		todo := words("Take all dumps in one process, and give them in their order; a directory is taken in natural order of the names.")
		if order := orderByPeak(g); order != "" {
			todo = words("By their peaks the order is " + order + ": give them so; or take all dumps in one process.")
		}
		return caveat{why, todo}
	case growth.Repeated:
		return caveat{words(name, " is given more than once"), words("Give each dump once: one dump compared with itself never grows.")}
	case growth.Equal:
		return caveat{words("all " + plural(d.Count, "dump") + " are equal: they are copies of one, or the process did nothing in between"),
			words("Take them while the process works, after equal numbers of jobs.")}
	case growth.Shrinking:
		return caveat{words("memory falls in every interval, and in the reverse order it would grow: the order may be wrong"),
			words("Give the dumps in the order in which they were taken. If they are, take some more: nothing tells yet whether it grows again.")}
	case growth.Shrunk:
		return caveat{words(name, " has hardly anything in common with the dump before it: another process wrote it, or another part of the program"),
			words("Take all dumps in one process, at the same place of the program.")}
	case growth.NoItems:
		return caveat{words(name, " has no items"), words("Take it again, where the program has its variables in scope.")}
	}
	why := words(strings.ReplaceAll(string(d.Kind), "_", " "))
	if d.Name != "" {
		why = words(name, ": ", why)
	}
	return caveat{why, words("Take the dumps again.")}
}

// caveatsUpTo is how many caveats are listed without being asked for.
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

func moment(g *growth.Growth, name string) *growth.Snapshot {
	if i := slices.IndexFunc(g.Snapshots, func(m growth.Snapshot) bool { return m.Name == name }); i >= 0 {
		return &g.Snapshots[i]
	}
	return nil
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

// caveats lists why a series does not tell, and what to do.
func (m *markdown) caveats(g *growth.Growth, all bool) {
	list, more := caveatsOf(g, all)
	m.block()
	for _, d := range list {
		m.out.WriteString("- " + words(d.why.sentence(), " ", d.todo).markdown() + "\n")
	}
	if more > 0 {
		m.out.WriteString("- … " + plural(more, "more reason") + "\n")
	}
}
