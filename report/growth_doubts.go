package report

import (
	"math"
	"slices"
	"strings"

	"memtrail/analysis"
)

// A doubt is why a series does not tell, and what to do about it.
type doubt struct{ why, todo prose }

// doubtOf words one.
func doubtOf(g *analysis.Growth, d *analysis.SeriesDoubt) doubt {
	name := rawName(d.Name)
	switch d.Kind {
	case analysis.TooFewDumps:
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
		return doubt{words(there), words(todo + ".")}
	case analysis.EndsEarly:
		check := rawName("analyzer check " + shellPath(d.Name))
		m := moment(g, d.Name)
		if m != nil && m.Fault != "" {
			return doubt{words(name, ": "+m.Fault+": what is lost may be what grows"), words("Copy the file again, or take the dump again; ", check, " says more.")}
		}
		if m != nil && m.Complete {
			return doubt{words(name, " is damaged: what is lost may be what grows"), words("Look at what ", check, " says, and take it again.")}
		}
		return doubt{words(name, " ends early: what is lost may be what grows"),
			words("Take it again, with a higher memory_limit; ", check, " says where it ends.")}
	case analysis.MixedProducers:
		why := words(name, " was written by another tool than the first dump")
		if m := moment(g, d.Name); m != nil && len(g.Moments) > 0 && m.Producer != "" && g.Moments[0].Producer != "" {
			why = words(why, ": "+m.Producer+", not "+g.Moments[0].Producer)
		}
		return doubt{why, words("Compare dumps of one tool only: what they contain differs.")}
	case analysis.Restarted:
		return doubt{words(name, " has had less memory at its peak than the dump before it: the process was started anew in between, or the order is not that in which they were taken"),
			words("Take all dumps in one process, and name them in their order: mem-1, mem-2 and so on.")}
	case analysis.Shrunk:
		return doubt{words(name, " has hardly anything in common with the dump before it: another process wrote it, or another part of the program"),
			words("Take all dumps in one process, at the same place of the program.")}
	case analysis.NoItems:
		return doubt{words(name, " has no items"), words("Take it again, where the program has its variables in scope.")}
	}
	why := words(strings.ReplaceAll(string(d.Kind), "_", " "))
	if d.Name != "" {
		why = words(name, ": ", why)
	}
	return doubt{why, words("Take the dumps again.")}
}

// doubtsUpTo is how many doubts are listed without being asked for.
const doubtsUpTo = 5

// doubtsOf are the doubts of a series, and how many more there are.
func doubtsOf(g *analysis.Growth, all bool) (list []doubt, more int) {
	n := len(g.Doubts)
	if !all {
		n = min(n, doubtsUpTo)
	}
	for i := range n {
		list = append(list, doubtOf(g, &g.Doubts[i]))
	}
	return list, len(g.Doubts) - n
}

func moment(g *analysis.Growth, name string) *analysis.Moment {
	if i := slices.IndexFunc(g.Moments, func(m analysis.Moment) bool { return m.Name == name }); i >= 0 {
		return &g.Moments[i]
	}
	return nil
}

// unseen says how much grows that no dump shows.
func unseen(g *analysis.Growth) string {
	return "memory grows, but not in what the dumps show: " + signedBytes(g.Unseen.PerInterval) + " per interval"
}

// unseenWhy is the evidence for that.
func unseenWhy(g *analysis.Growth) string {
	return "what memory_usage has beyond what the items explain grew by more than " + memory(g.Unseen.Limit) + " in each of " + plural(g.Intervals, "interval")
}

// unseenTry is what to try then, the most plausible first.
func unseenTry() []string {
	return []string{
		"cycles: call gc_collect_cycles() before the dump; if the growth goes, garbage was waiting for its collector",
		"extensions: result sets, XML documents, stream buffers and handles that are never closed or freed",
		"FFI: what FFI::new(…, false) or C code allocates is freed by nobody but the program",
		"eval: compiled code, closures and classes made at run time stay until the process ends",
		"function statics, generators and fibers: no dump reaches their values; keep them in a property for a run, and dump again",
	}
}

// quietly says how the unexplained memory develops where that is no finding.
func quietly(g *analysis.Growth) string {
	u := &g.Unseen
	switch {
	case g.Reported:
		return "Bytes are the dump's own sizes: whether memory grows that no dump shows is not looked at."
	case len(g.Moments) < 2:
		return ""
	case !u.Known:
		return "Not all dumps have a header: whether memory grows that no dump shows is not known."
	case u.Grows || len(u.Bytes) == 0:
		return ""
	}
	text := "Not explained by the dumps: " + balance(u.Bytes[len(u.Bytes)-1])
	if whole(math.Abs(u.PerInterval)) == 0 {
		return text + ", as before."
	}
	return text + ", " + signedBytes(u.PerInterval) + " per interval" + limitWords(u.Limit, " (limit ", ")") + "."
}

// limitWords puts a limit between words; nothing if there is none.
func limitWords(limit uint64, before, after string) string {
	if limit >= math.MaxInt64 {
		return ""
	}
	return before + memory(limit) + after
}
