package report

import (
	"cmp"
	"slices"
	"strings"

	"al.essio.dev/pkg/shellescape"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
)

// subject names the place where the memory accumulates.
func subject(s *leaks.Suspect, width int) prose {
	at := &s.At.Item
	switch {
	case s.At.Path != "":
		return words(rawName(shorten(s.At.Path, width)))
	case at.ID != "":
		return words(rawName(shorten(nameOf(at), width)), " at ", rawName(at.ID))
	case s.Member != nil && s.Member.Path != "":
		return words("places all over the program")
	}
	return words("what no root reaches")
}

// headline says what keeps how much of what alive.
func headline(s *leaks.Suspect, width int) prose {
	p, keeps := subject(s, width), " keeps "
	if n := len(s.Also); n > 0 {
		p, keeps = words(p, " and "+Count(uint64(n), "more container")), " keep "
	} else if s.At.Path == "" && s.At.Item.ID == "" && s.Member != nil && s.Member.Path != "" || isPlural(&s.At) {
		keeps = " keep "
	}
	return words(p, keeps+Size(s.Retained)+" ("+percent(s.Share)+") alive: ", held(s))
}

// isPlural reports whether a place has the name of several things: "shutdown
// functions".
func isPlural(p *analysis.Place) bool {
	return p.Item.Type == "group" && strings.HasSuffix(p.Path, "s")
}

// held says in a few words what is held.
func held(s *leaks.Suspect) prose {
	h := &s.Holds
	what := several(h.Count, h.Type, shortClass(h.Class))
	if h.Classes > 0 {
		what = words(what, " of "+grouped(h.Classes)+" classes")
	}
	switch {
	case s.Kind == leaks.ChainSuspect:
		return words("a chain of ", what)
	case alone(s) && h.Type == "string":
		return words("one string")
	case alone(s):
		return words("it is that large itself")
	}
	return what
}

// alone reports whether a suspect is large without holding much.
func alone(s *leaks.Suspect) bool { return s.Member == nil && s.Holds.Count <= 1 }

// content says what is held, what one member looks like, and where else.
func content(s *leaks.Suspect, all bool) []remark {
	var list []remark
	if !alone(s) {
		list = append(list, remark{"holds", holds(s, all)})
	}
	if m := s.Member; m != nil && m.Retained > 0 {
		list = append(list, remark{"member", oneOf(m, all)})
	}
	if s.Frame != "" {
		list = append(list, remark{"frames", words(rawName(shorten(s.Frame, widthOf(classWidth, all))),
			" calls itself: "+Count(s.Holds.Count, "frame")+" of it are on the stack, each with a variable of its own")})
	}
	list = append(list, originRemarks(s.MadeBy, s.Survives, s.Holds.Count, s.Retained, all)...)
	list = append(list, codeRemarks(s.Changes, all)...)
	if p := makers(s.Makers, all); p != nil {
		list = append(list, remark{"made", p})
	}
	if p := declared(s.Declared); p != nil {
		list = append(list, remark{"source", p})
	}
	if len(s.Also) > 0 {
		list = append(list, remark{"also", upTo(alsoUpTo, all, s.Also, func(p *analysis.Place) prose { return words(rawName(placeName(p, true))) })})
	}
	return list
}

// holds says what a suspect holds: how many of what, what they take, and how
// their keys are made.
func holds(s *leaks.Suspect, all bool) prose {
	h := &s.Holds
	p := words(grouped(h.Count)+" × ", kindName(h.Type, cmp.Or(h.Class, h.Shape), widthOf(classWidth, all)))
	if h.Through != "" {
		p = words(p, ", each in its own ", kindName(h.Through, "", widthOf(classWidth, all)))
	}
	if mostlyTable(s) {
		p = words(p, "; keys and table take "+Size(h.Table)+", "+Size(h.Table/max(1, h.Count))+" a member")
	} else {
		p = words(p, ", "+Size(h.Average())+" each, "+Size(h.Bytes)+" together")
	}
	if k := keys(&h.Keys); k != nil {
		p = words(p, "; ", k)
	}
	if h.Classes > 0 {
		p = words(p, ", of "+grouped(h.Classes)+" classes")
	}
	if h.Others > 0 {
		p = words(p, "; "+Count(h.Others, "other item"))
	}
	if h.Lost > 0 {
		p = words(p, "; "+grouped(h.Lost)+" more are in the part of the dump that is missing")
	}
	return p
}

// mostlyTable reports whether the keys and the table of a container take half of
// what it retains, or more.
func mostlyTable(s *leaks.Suspect) bool {
	return s.Holds.Table > 0 && 2*s.Holds.Table >= s.Retained && s.Kind != leaks.ChainSuspect
}

// contentUpTo is how many parts of a member are named without Options.Verbose.
const contentUpTo = 4

// oneOf says what one of many is made of.
func oneOf(m *leaks.Member, all bool) prose {
	parts, more := m.Content, 0
	if !all {
		// Scalars allocate nothing of their own.
		if i := slices.IndexFunc(parts, func(c leaks.Content) bool { return c.Bytes == 0 }); i > 0 {
			parts = parts[:i]
		}
		if more = len(parts) - contentUpTo; more > 0 {
			parts = parts[:contentUpTo]
		}
	}
	list := make([]prose, len(parts))
	for i, c := range parts {
		list[i] = words(kindName(c.Type, c.Class, widthOf(classWidth, all)), " "+Size(c.Bytes))
		if c.Count != 1 {
			list[i] = words(grouped(c.Count)+" × ", list[i])
		}
	}
	p := words(Size(m.Retained))
	if len(list) > 0 {
		p = words(p, ": ", enumerate(list, ", "))
	}
	if more > 0 {
		p = words(p, ", "+plural(more, "more type"))
	}
	if name := placeName(&m.Place, true); all && name != "" {
		p = words(p, "; e.g. ", rawName(name))
		if m.Path != "" {
			p = words(p, " (", rawName(m.Item.ID), ")")
		}
	}
	return p
}

// whyUpTo is how many reasons are given without Options.Verbose.
const whyUpTo = 3

// judgement says why it is a suspect, and how far to trust that.
func (l leaksAnswer) judgement(s *leaks.Suspect, all bool) []remark {
	var list []remark
	why := reasons(s, false, all || !shapely(s))
	if !all {
		why = why[:min(len(why), whyUpTo)]
	}
	if len(why) > 0 {
		list = append(list, remark{"why", enumerate(why, "; ").sentence()})
	}
	trust := words(string(s.Confidence) + ": " + confidences[s.Confidence] + ". ")
	if s.Unreliable > 0 {
		trust = words(trust, Count(s.Unreliable, "reference")+" near it may be false (~>), ")
	} else {
		trust = words(trust, "Reliable references, ")
	}
	if sound(&l.Source) {
		trust = words(trust, "complete dump")
	} else {
		trust = words(trust, "incomplete dump")
	}
	if against := reasons(s, true, false); len(against) > 0 {
		trust = words(trust, ". Against it: ", enumerate(against, "; "))
	}
	return append(list, remark{"trust", trust.sentence()})
}

// typeUpTo is the longest expression that is worth typing.
const typeUpTo = 200

// typedName names a place in a command: by its expression, or by the id of the
// item where that is long, or has what cannot be typed.
func typedName(p *analysis.Place) string {
	if p.Path == "" || len(p.Path) > typeUpTo || printable(p.Path) != p.Path {
		return p.Item.ID
	}
	return p.Path
}

// next is the command to type next.
func (l leaksAnswer) next(s *leaks.Suspect) string {
	dump := shellPath(l.dump)
	if dump == "-" {
		dump = "DUMP" // what was on standard input is gone
	}
	switch {
	case s.Kind == leaks.GroupSuspect && s.Member != nil:
		// Who holds one of them, and who would still if the first let go.
		return "analyzer ref-path " + shellescape.Quote(s.Member.Item.ID) + " " + dump + " --all-paths 3"
	case s.At.Item.ID == "":
		return "analyzer tree " + dump
	case s.At.Item.Type == "string":
		return "analyzer ref-path " + shellescape.Quote(s.At.Item.ID) + " " + dump
	}
	return "analyzer tree " + dump + " --from " + shellescape.Quote(typedName(&s.At))
}
