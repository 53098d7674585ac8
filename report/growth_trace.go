package report

import (
	"al.essio.dev/pkg/shellescape"
	"memtrail/analysis"
	"memtrail/analysis/growth"
	"strings"
)

// growsHere marks the end of a trace.
const growsHere = "← grows here"

// traceLines draw the way from a root to what grows, as a tree. A place that
// the last dump does not have is its path alone. Names are cut so that the lines
// have a width, if not all is asked for. The lines are printable.
func traceLines(w *growth.GrowingPlace, width int, all bool) []string {
	width -= len("  ") + textWidth(growsHere)
	steps := w.Trace
	if len(steps) == 0 {
		return []string{within(w.Path, width, detailOf(all)) + "  " + growsHere}
	}
	from, to := 0, 0 // what is folded
	if !all && len(steps) > 2*pathEnds+1 {
		from, to = pathEnds, len(steps)-pathEnds
	}
	var branches, labels, names []string
	for i := range steps {
		at := i
		if to > from && i >= from {
			at -= max(0, to-from-1)
		}
		switch {
		case i > from && i < to:
			continue
		case i == from && i < to:
			branches, labels, names = append(branches, branch(i)), append(labels, "… "+plural(to-from, "more step")), append(names, "")
			continue
		}
		s := &steps[i]
		branches, labels, names = append(branches, branch(at)), append(labels, stepLabel(s)), append(names, stepName(s))
	}
	wide := fitSteps(branches, labels, names, width, detailOf(all))
	for i := range labels {
		switch {
		case i == len(labels)-1:
			labels[i] = strings.TrimRight(pad(labels[i], wide)+"  "+names[i], " ") + "  " + growsHere
		case names[i] != "":
			labels[i] = pad(labels[i], wide) + "  " + names[i]
		}
	}
	return labels
}

// stepLabel is how a step is held; a static is called one.
func stepLabel(s *analysis.PathStep) string {
	if s.Item.IsRoot && s.Item.Frame == "<CLASS_STATIC_MEMBER>" {
		return "static " + s.Label
	}
	return s.Label
}

// growthNext is the command that shows what holds the place that grows.
func growthNext(w *growth.GrowingPlace, last string) string {
	if w.Example.Item.ID == "" {
		return "analyzer leaks " + shellPath(last)
	}
	return "analyzer ref-path " + shellPath(last) + " " + shellescape.Quote(w.Example.Item.ID)
}

// unexplainedNext is the command that shows what else the memory may be.
func unexplainedNext(last string) string { return "analyzer check " + shellPath(last) }
