package report

import (
	"memtrail/analysis"
	"memtrail/analysis/leaks"
	"slices"
	"strings"
)

// reason words one thing that speaks for or against a suspect. It is a clause:
// no capital, no full stop.
func reason(s *leaks.Suspect, r *leaks.Reason) prose {
	h := &s.Holds
	switch r.Kind {
	case leaks.ReasonShare:
		return words("it keeps " + memory(r.Bytes) + " alive, " + percent(r.Share) + " of the memory")
	case leaks.ReasonMany:
		return words("it holds ", several(r.Count, h.Type, h.Class), ", "+memory(r.Bytes)+" each")
	case leaks.ReasonAppended:
		return words("its " + thousands(r.Count, "key") + " run up without a gap, as when it is only appended to")
	case leaks.ReasonNumbered:
		p := words("its " + thousands(r.Count, "key") + " are ")
		switch {
		case h.Keys.Kind == leaks.HashKeys:
			return words(p, "hashes or the like, made at run time")
		case h.Keys.Pattern != "":
			return words(p, "made at run time, like ", rawName(shorten(h.Keys.Pattern, keyWidth)))
		}
		return words(p, "numbers, given at run time")
	case leaks.ReasonChain:
		return words("each of ", several(r.Count, h.Type, h.Class), " holds the next")
	case leaks.ReasonHuge:
		return words("it is one string of " + memory(r.Bytes) + ": something appends to it, or a whole file or answer is kept")
	case leaks.ReasonParallel:
		return words(thousands(r.Count, "container") + " hold the same members: all must let go")
	case leaks.ReasonSelfHeld:
		return ownKeys(r.Count, r.Of)
	case leaks.ReasonCompanions:
		return words(thousands(r.Count, "more container") + " like it: of the same shape, or of the same object and with as many members")
	case leaks.ReasonAllOf:
		all := several(r.Count, h.Type, h.Class)
		if r.Share >= 1 {
			return words("all ", all, " of the dump are in it")
		}
		return words(percent(r.Share)+" of the ", all, " in the dump are in it")
	case leaks.ReasonPeak:
		if r.Share >= 0.9995 {
			return words("memory is at its peak, " + memory(r.Bytes))
		}
		return words("memory is at " + percent(r.Share) + " of its peak, " + memory(r.Bytes))
	case leaks.ReasonEvicted:
		return words(thousands(r.Count, "number") + " up to its last key are missing: members have left it, or are numbered elsewhere")
	case leaks.ReasonNamed:
		return words("its " + thousands(r.Count, "key") + " are names, as in a registry")
	case leaks.ReasonBelowPeak:
		return words("memory is at " + percent(r.Share) + " of its peak, " + memory(r.Bytes) + ": it has fallen since")
	case leaks.ReasonFew:
		return words("it has " + thousands(r.Count, "member") + " only")
	case leaks.ReasonScalars:
		return words("its " + thousands(r.Count, "member") + " are text and numbers, as in a table")
	case leaks.ReasonUnreliable:
		return words(thousands(r.Count, "reference") + " near it need not exist (~>)")
	case leaks.ReasonIncomplete:
		return words("the dump ends early or is damaged: other holders may be in the part that is lost")
	case leaks.ReasonUnknown:
		return words("items explain " + percent(r.Share) + " of the memory only")
	case leaks.ReasonOneDump:
		return words("one dump cannot tell a leak from a cache that is full: take another one later and compare")
	}
	return words(strings.ReplaceAll(string(r.Kind), "_", " "))
}

// ownKeys says of how many entries of a WeakMap the value holds its own key.
func ownKeys(n, of uint64) prose {
	return words("in " + grouped(n) + " of " + grouped(of) + " entries the value holds its own key, and nothing else does; " + neverFreed)
}

// shownElsewhere is what the page says elsewhere anyway.
func shownElsewhere(k leaks.ReasonKind) bool {
	switch k {
	case leaks.ReasonShare, leaks.ReasonMany, leaks.ReasonUnreliable, leaks.ReasonIncomplete, leaks.ReasonOneDump:
		return true
	}
	return false
}

// shapely reports whether a reason beside the size and the time speaks for a
// suspect.
func shapely(s *leaks.Suspect) bool {
	return slices.ContainsFunc(s.Reasons, func(r leaks.Reason) bool {
		return !r.Against && !shownElsewhere(r.Kind) && r.Kind != leaks.ReasonPeak
	})
}

// reasons are clauses for or against a suspect; all of them, or those that add
// something to the rest of the page.
func reasons(s *leaks.Suspect, against, all bool) []prose {
	var list []prose
	for i := range s.Reasons {
		if r := &s.Reasons[i]; r.Against == against && (all || !shownElsewhere(r.Kind)) {
			list = append(list, reason(s, r))
		}
	}
	return list
}

// confidences say what each degree means.
var confidences = map[analysis.Confidence]string{
	analysis.High:   "a lot, and held like what is never let go",
	analysis.Medium: "a leak, or a cache that is meant to be this large, a later dump would tell",
	analysis.Low:    "little to go by, a later dump would tell",
}

// innocences say what each harmless shape is.
var innocences = map[leaks.Innocence]string{
	leaks.Routes:       "a table of routes, URL patterns to what handles them",
	leaks.Translations: "a table of translations, message keys to text",
	leaks.ClassMap:     "a class map, class names to files, as an autoloader has",
	leaks.Config:       "nested arrays of settings",
	leaks.Services:     "a registry of services, objects by name and each of its own class",
}

// innocent says why a suspect is taken for harmless, "" if it is not.
func innocent(i leaks.Innocence) string {
	if i == "" {
		return ""
	}
	what, ok := innocences[i]
	if !ok {
		what = strings.ReplaceAll(string(i), "_", " ")
	}
	return "Looks like " + what + ": large, but made once. If it grows from dump to dump, it is none."
}
