package report

import (
	"memtrail/analysis/leaks"
	"strings"
)

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
