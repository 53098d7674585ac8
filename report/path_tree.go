package report

import (
	"strings"

	"memtrail/analysis"
)

// A long path is folded to this many steps at each end.
const pathEnds = 3

// Steps are indented up to here: a path can be millions of steps long.
const indentSteps = 12

// A pathLine is a step of a path that is drawn as a tree.
type pathLine struct {
	branch string // drawn in front
	label  string // how the step before holds it
	name   string // its class or type
	size   string // what it retains
}

// pathLines are the lines of a path from a root, one a step. Of a long path the
// steps in the middle are one line, unless all are asked for.
func pathLines(steps []analysis.PathStep, all bool, label func(*analysis.PathStep) string) []pathLine {
	from, to := 0, 0 // the steps that are folded
	if !all && len(steps) > 2*pathEnds+1 {
		from, to = pathEnds, len(steps)-pathEnds
	}
	lines := make([]pathLine, 0, len(steps)-(to-from)+1)
	for i := range steps {
		switch {
		case i == from && i < to:
			lines = append(lines, pathLine{branch: branch(i), label: "… " + plural(to-from, "more step")})
		case i > from && i < to:
		default:
			s := &steps[i]
			lines = append(lines, pathLine{branch(len(lines)), label(s), stepName(s), Size(s.Retained)})
		}
	}
	return lines
}

// fitPath cuts the labels and names of a path so that branch, label, two blanks
// and name have a width, unless more detail is asked for; the wider ones give way
// first. Labels get their branches, and all become printable. It returns the
// widths of labels and names.
func fitPath(lines []pathLine, width int, d detail) (labels, names int) {
	for i := range lines {
		l := &lines[i]
		l.label, l.name = within(l.label, labelWidth, d), within(l.name, classWidth, d)
		labels, names = max(labels, textWidth(l.branch)+textWidth(l.label)), max(names, textWidth(l.name))
	}
	for d == brief && labels+len("  ")+names > width && max(labels, names) > leastName {
		if names >= labels {
			names--
		} else {
			labels--
		}
	}
	wideLabel, wideName := 0, 0
	for i := range lines {
		l := &lines[i]
		l.label = l.branch + shorten(l.label, max(labels-textWidth(l.branch), leastName/2))
		l.name = shorten(l.name, max(names, leastName))
		wideLabel, wideName = max(wideLabel, textWidth(l.label)), max(wideName, textWidth(l.name))
	}
	return wideLabel, wideName
}

// branch is what stands before line i of a path.
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

// stepLabel is how a step is held, as leaks and ref-path write it.
func stepLabel(s *analysis.PathStep) string { return s.Label }

// traceLabel is stepLabel with a word for a static property.
func traceLabel(s *analysis.PathStep) string {
	if s.Item.IsRoot && s.Item.Frame == "<CLASS_STATIC_MEMBER>" {
		return "static " + s.Label
	}
	return s.Label
}
