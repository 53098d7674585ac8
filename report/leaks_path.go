package report

import (
	"strings"

	"memtrail/analysis"
)

// A long path is folded to this many steps at each end.
const pathEnds = 3

// Steps are indented up to here: a path can be millions of steps long.
const indentSteps = 12

// pathLine is a step of a path as it is drawn.
type pathLine struct {
	label, what, bytes string
}

// path draws the way from the root to the accumulation point.
func (p leaksPage) path(s *analysis.Suspect) {
	steps := s.Path
	if len(steps) == 0 {
		return
	}
	from, to := 0, 0 // what is folded
	if !p.all && len(steps) > 2*pathEnds+1 {
		from, to = pathEnds, len(steps)-pathEnds
	}
	widths := p.pathWidths(steps, from, to)
	title := pad("path", titleWidth)
	for i := range steps {
		if i >= from && i < to {
			if i == from {
				p.line(remarkIndent + pad("", titleWidth) + branch(i) + "… " + plural(to-from, "more step"))
			}
			continue
		}
		l := p.pathLine(steps, i, to-from)
		line := remarkIndent + title + pad(l.label, widths.label) + "  " + pad(l.what, widths.what) + "  " + padLeft(l.bytes, widths.bytes)
		if i == len(steps)-1 {
			line = strings.TrimRight(line, " ")
			mark := "  ← accumulates here"
			if textWidth(line)+textWidth(mark) > p.width {
				mark = "  ←"
			}
			line += mark
		}
		p.line(strings.TrimRight(line, " "))
		title = pad("", titleWidth)
	}
}

type pathWidths struct{ label, what, bytes int }

func (p leaksPage) pathWidths(steps []analysis.PathStep, from, to int) pathWidths {
	var w pathWidths
	for i := range steps {
		if i >= from && i < to {
			continue
		}
		l := p.pathLine(steps, i, to-from)
		w.label = max(w.label, textWidth(l.label))
		w.what = max(w.what, textWidth(l.what))
		w.bytes = max(w.bytes, textWidth(l.bytes))
	}
	return w
}

// pathLine is a step; those behind the fold move to the left.
func (p leaksPage) pathLine(steps []analysis.PathStep, i, folded int) pathLine {
	s := &steps[i]
	if folded > 0 && i >= pathEnds {
		i -= folded - 1
	}
	return pathLine{
		branch(i) + shorten(s.Label, widthOf(labelWidth, p.all)),
		shorten(stepName(s), widthOf(classWidth, p.all)),
		memory(s.Retained),
	}
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
