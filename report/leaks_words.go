package report

import (
	"slices"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
)

// reason words one thing that speaks for or against a suspect. It is a clause:
// no capital, no full stop.
func reason(s *leaks.Suspect, r *leaks.Reason) prose {
	if p := reasonFor(s, r); p != nil {
		return p
	}
	if p := reasonAgainst(r); p != nil {
		return p
	}
	return words(strings.ReplaceAll(string(r.Kind), "_", " "))
}

// reasonFor words what speaks for a suspect; it is nil for any other reason.
func reasonFor(s *leaks.Suspect, r *leaks.Reason) prose {
	h := &s.Holds
	switch r.Kind {
	case leaks.ReasonShare:
		return words("it keeps " + Size(r.Bytes) + " alive, " + percent(r.Share) + " of the memory")
	case leaks.ReasonMany:
		return words("it holds ", several(r.Count, h.Type, h.Class), ", "+Size(r.Bytes)+" each")
	case leaks.ReasonAppended:
		return words("its " + Count(r.Count, "key") + " are consecutive, as when it is only appended to")
	case leaks.ReasonNumbered:
		return numbered(&h.Keys, r.Count)
	case leaks.ReasonChain:
		return words("each of ", several(r.Count, h.Type, h.Class), " holds the next")
	case leaks.ReasonHuge:
		return words("it is one string of " + Size(r.Bytes) + ": something appends to it, or a whole file or answer is kept")
	case leaks.ReasonParallel:
		return words(Count(r.Count, "container") + " hold the same members: all must release a member")
	case leaks.ReasonSelfHeld:
		return ownKeys(r.Count, r.Of)
	case leaks.ReasonCompanions:
		return words(Count(r.Count, "more container") + " like it: of the same shape, or of the same object and with as many members")
	case leaks.ReasonAllOf:
		all := several(r.Count, h.Type, h.Class)
		if r.Share >= 1 {
			return words("all ", all, " of the dump are in it")
		}
		return words(percent(r.Share)+" of the ", all, " in the dump are in it")
	case leaks.ReasonPeak:
		if r.Share >= 0.9995 {
			return words("memory is at its peak, " + Size(r.Bytes))
		}
		return words("memory is at " + percent(r.Share) + " of its peak, " + Size(r.Bytes))
	case leaks.ReasonSurvive:
		return words("by the profile, " + grouped(r.Count) + " of the " + grouped(r.Of) + " that were made are alive")
	case leaks.ReasonKept:
		return words("no code was seen that removes from it")
	}
	return nil
}

// numbered says how the keys of a container were made at run time.
func numbered(k *leaks.KeyPattern, n uint64) prose {
	p := words("its " + Count(n, "key") + " are ")
	switch {
	case k.Kind == leaks.HashKeys:
		return words(p, "hashes or similar, made at run time")
	case k.Pattern != "":
		return words(p, "made at run time, like ", rawName(shorten(k.Pattern, keyWidth)))
	}
	return words(p, "numbers, assigned at run time")
}

// reasonAgainst words what speaks against a suspect, or limits the evidence; it is
// nil for any other reason.
func reasonAgainst(r *leaks.Reason) prose {
	switch r.Kind {
	case leaks.ReasonSetUp:
		return words("only the constructor of the object that has it adds to it")
	case leaks.ReasonRemovable:
		return words("code that removes from it is there, in " + Count(r.Count, "place") + ", but need not run")
	case leaks.ReasonEvicted:
		return words(Count(r.Count, "number") + " up to its last key are missing: members were removed, or are numbered elsewhere")
	case leaks.ReasonGone:
		return words("by the profile, " + grouped(r.Count) + " of the " + grouped(r.Of) + " that were made are gone, as in a cache that evicts")
	case leaks.ReasonNamed:
		return words("its " + Count(r.Count, "key") + " are names, as in a registry")
	case leaks.ReasonBelowPeak:
		return words("memory is at " + percent(r.Share) + " of its peak, " + Size(r.Bytes) + ": it has fallen since")
	case leaks.ReasonFew:
		return words("it has only " + Count(r.Count, "member"))
	case leaks.ReasonScalars:
		return words("its " + Count(r.Count, "member") + " are text and numbers, as in a table")
	case leaks.ReasonUnreliable:
		return words(Count(r.Count, "reference") + " near it may be false (~>)")
	case leaks.ReasonIncomplete:
		return words("the dump ends early or is damaged: other holders may be in the part that is missing")
	case leaks.ReasonUnknown:
		return words("items explain only " + percent(r.Share) + " of the memory")
	case leaks.ReasonOneDump:
		return words("one dump does not tell a leak from a full cache: compare it with a later one")
	}
	return nil
}

// ownKeys says of how many entries of a WeakMap the value holds its own key.
func ownKeys(n, of uint64) prose {
	return words("in " + grouped(n) + " of " + grouped(of) + " entries the value holds its own key, and nothing else does; " + neverFreed)
}

// shownElsewhere is what the page says elsewhere anyway.
func shownElsewhere(k leaks.ReasonKind) bool {
	switch k {
	case leaks.ReasonShare, leaks.ReasonMany, leaks.ReasonUnreliable, leaks.ReasonIncomplete, leaks.ReasonOneDump, leaks.ReasonKept:
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
	analysis.High:   "large, and held in the shape of a leak",
	analysis.Medium: "a leak, or a cache of this size by design; a later dump would tell",
	analysis.Low:    "little evidence; a later dump would tell",
}

// innocences say what each harmless shape is.
var innocences = map[leaks.Innocence]string{
	leaks.Routes:       "a table of routes, URL patterns to what handles them",
	leaks.Translations: "a table of translations, message keys to text",
	leaks.ClassMap:     "a class map, class names to files, as an autoloader has",
	leaks.Config:       "nested arrays of settings",
	leaks.LoadedCode:   "the code of files, each of which PHP compiles once",
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
	return "Looks like " + what + ": large, but built once. If it grows from dump to dump, it may still be a leak."
}
