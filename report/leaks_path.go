package report

import (
	"strings"

	"memtrail/analysis/leaks"
)

// path draws the path from a root to where the memory accumulates, with what each
// step retains.
func (p suspectPage) path(s *leaks.Suspect) {
	if len(s.Path) == 0 {
		return
	}
	const mark, shortMark = "  ← accumulates here", "  ←"
	lines := pathLines(s.Path, p.all, stepLabel)
	sizes := 0
	for i := range lines {
		sizes = max(sizes, textWidth(lines[i].size))
	}
	labels, names := fitPath(lines, p.width-len(titled(""))-len("  ")-sizes-textWidth(shortMark), p.detail)
	title := "path"
	for i := range lines {
		l := &lines[i]
		line := strings.TrimRight(titled(title)+pad(l.label, labels)+"  "+pad(l.name, names)+"  "+padLeft(l.size, sizes), " ")
		if i == len(lines)-1 {
			if textWidth(line)+textWidth(mark) <= p.width {
				line += mark
			} else {
				line += shortMark
			}
		}
		p.line(line)
		title = ""
	}
}
