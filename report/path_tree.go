package report

import (
	"memtrail/analysis"
	"strings"
)

// A long path is folded to this many steps at each end.
const pathEnds = 3

// Steps are indented up to here: a path can be millions of steps long.
const indentSteps = 12

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

// stepLabel is how a step is held; a static is called one.
func stepLabel(s *analysis.PathStep) string {
	if s.Item.IsRoot && s.Item.Frame == "<CLASS_STATIC_MEMBER>" {
		return "static " + s.Label
	}
	return s.Label
}
