package report

import (
	"math"
	"strings"

	"memtrail/analysis/growth"
)

// unexplained says how fast unexplained memory grows. It is a clause.
func unexplained(g *growth.Growth) string {
	return "memory grows by " + Size(whole(g.Unexplained.PerInterval)) + " per interval more than the items explain"
}

// unexplainedWhy is the evidence for that.
func unexplainedWhy(g *growth.Growth) string {
	return "the difference between memory_usage and the explained bytes grows by more than the limit of " + Size(g.Unexplained.Limit) + " per interval, over " + plural(g.Intervals, "interval")
}

// unexplainedNext is the command that shows what else the memory may be.
func unexplainedNext(last string) string { return "analyzer check " + shellPath(last) }

// unexplainedTrend says how the unexplained memory develops where that is no finding.
func unexplainedTrend(g *growth.Growth) string {
	u := &g.Unexplained
	switch {
	case g.Reported:
		return "Bytes are the dumps' own sizes, so unexplained memory is not computed."
	case len(g.Snapshots) < 2:
		return ""
	case !u.Known:
		return "Not all dumps have a header, so unexplained memory is not known."
	case u.Grows || len(u.Bytes) == 0:
		return ""
	}
	text := "Unexplained: " + netSize(u.Bytes[len(u.Bytes)-1])
	if whole(math.Abs(u.PerInterval)) == 0 {
		return text + ", unchanged."
	}
	return text + ", " + signedBytes(u.PerInterval) + " per interval" + limitWords(u.Limit, " (limit ", ")") + "."
}

// limitWords puts a limit between words; nothing if there is none.
func limitWords(limit uint64, before, after string) string {
	if limit >= math.MaxInt64 {
		return ""
	}
	return before + Size(limit) + after
}

// hints say what memory may be that grows unexplained, the most plausible first:
// what the dumps speak for comes before what is only possible.
func hints(g *growth.Growth) []prose {
	return sliceOf(g.Unexplained.Hints, hint)
}

// possibleCauses are the hints that need no evidence, for those who have no dumps yet.
func possibleCauses() []prose {
	var list []prose
	for _, k := range []growth.HintKind{growth.HintCallbacks, growth.HintStatics, growth.HintCycles, growth.HintExtensions} {
		list = append(list, hint(&growth.Hint{Kind: k}))
	}
	return list
}

// hint words one cause.
func hint(h *growth.Hint) prose {
	class := rawName(shorten(h.Class, classWidth))
	switch h.Kind {
	case growth.HintObjects:
		return words("objects that no dump shows: object handles say that " + signedCount(h.Rate) + " more are alive per interval; callbacks, function statics, generators and garbage cycles hold such objects")
	case growth.HintHidden:
		return words(Count(h.Count, "object")+" of ", class, ": a dump does not show what such an object holds")
	case growth.HintBare:
		return words("objects of ", class, ", "+grouped(h.Count)+" in the last dump, show no property: __debugInfo() may hide them")
	case growth.HintClosures:
		return words(Count(h.Count, "closure") + " whose contents the dump lost: what they capture is not counted")
	case growth.HintGenerated:
		return words(Count(h.Count, "generated name")+" of classes like ", class, ": code generated at run time (eval, proxies, mocks) stays until the process ends")
	case growth.HintCallbacks:
		return words("callbacks that PHP itself holds: register_shutdown_function(), set_error_handler(), set_exception_handler(), spl_autoload_register(), ob_start(), each once per job")
	case growth.HintStatics:
		return words("static variables of functions, locals of generators and fibers: no dump shows them; keep them in a property for one run, and dump again")
	case growth.HintCycles:
		return words("garbage cycles: call gc_collect_cycles() before the dump; if the growth stops, they were waiting for the collector")
	case growth.HintExtensions:
		return words("extensions and FFI: result sets, XML documents, stream buffers, and FFI::new(…, false) that is never freed")
	}
	return words(strings.ReplaceAll(string(h.Kind), "_", " "))
}
