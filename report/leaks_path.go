package report

import (
	"memtrail/analysis"
	"memtrail/analysis/leaks"
	"strings"
)

// A long path is folded to this many steps at each end.
const pathEnds = 3

// Steps are indented up to here: a path can be millions of steps long.
const indentSteps = 12

// path draws the way from the root to the accumulation point.
func (p leaksPage) path(s *leaks.Suspect) {
	steps := s.Path
	if len(steps) == 0 {
		return
	}
	from, to := 0, 0 // what is folded
	if !p.all && len(steps) > 2*pathEnds+1 {
		from, to = pathEnds, len(steps)-pathEnds
	}
	var branches, labels, names, sizes []string
	for i := range steps {
		at := i
		if to > from && i >= from {
			at -= max(0, to-from-1) // those behind the fold move to the left
		}
		switch {
		case i > from && i < to:
			continue
		case i == from && i < to:
			branches, labels = append(branches, branch(i)), append(labels, "… "+plural(to-from, "more step"))
			names, sizes = append(names, ""), append(sizes, "")
			continue
		}
		s := &steps[i]
		branches, labels = append(branches, branch(at)), append(labels, s.Label)
		names, sizes = append(names, stepName(s)), append(sizes, memory(s.Retained))
	}
	p.drawPath(branches, labels, names, sizes)
}

func (p leaksPage) drawPath(branches, labels, names, sizes []string) {
	const mark, shortMark = "  ← accumulates here", "  ←"
	indent, bytes := remarkIndent+pad("path", titleWidth), widest(sizes)
	room := p.width - len(indent) - len("  ") - bytes - textWidth(shortMark)
	label := fitSteps(branches, labels, names, room, p.detail)
	name := widest(names)
	for i := range labels {
		line := strings.TrimRight(indent+pad(labels[i], label)+"  "+pad(names[i], name)+"  "+padLeft(sizes[i], bytes), " ")
		if i == len(labels)-1 {
			if textWidth(line)+textWidth(mark) <= p.width {
				line += mark
			} else {
				line += shortMark
			}
		}
		p.line(line)
		indent = remarkIndent + pad("", titleWidth)
	}
}

// fitSteps puts the branches of a path before its labels, and cuts labels and
// names so that they have a width with two blanks between them, if no more
// detail is asked for; the wider ones give way first. All become printable. It
// returns the width of the labels.
func fitSteps(branches, labels, names []string, width int, d detail) int {
	limit := func(texts []string, most int) int {
		for i := range texts {
			texts[i] = within(texts[i], most, d)
		}
		return widest(texts)
	}
	name := limit(names, classWidth)
	limit(labels, labelWidth)
	label := 0
	for i := range labels {
		label = max(label, textWidth(branches[i])+textWidth(labels[i]))
	}
	if d == brief {
		for label+len("  ")+name > width && max(label, name) > leastName {
			if name >= label {
				name--
			} else {
				label--
			}
		}
	}
	for i := range labels {
		labels[i] = branches[i] + shorten(labels[i], max(label-textWidth(branches[i]), leastName/2))
		names[i] = shorten(names[i], max(name, leastName))
	}
	return widest(labels)
}

// widest is the width of the widest of some printable texts.
func widest(texts []string) int {
	w := 0
	for _, text := range texts {
		w = max(w, textWidth(text))
	}
	return w
}

// branch is what stands before a step.
func branch(i int) string {
	if i == 0 {
		return ""
	}
	return strings.Repeat("  ", min(i, indentSteps)-1) + "└ "
}

// stepName is the class of a step, or its type; of an array, with its width.
func stepName(s *analysis.PathStep) string {
	name := nameOf(&s.Item)
	if s.Item.Class == "" && s.Item.HasChildren {
		name += " ×" + grouped(s.Item.ChildrenCount)
	}
	return name
}

func padLeft(text string, width int) string {
	return strings.Repeat(" ", max(width-textWidth(text), 0)) + text
}
