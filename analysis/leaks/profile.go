package leaks

import "memtrail/analysis/origin"

// addOrigin notes what a profile tells of a suspect.
func (a *assessment) addOrigin() {
	j := a.s.origin
	if j == nil {
		return
	}
	m := membersOf(a.out)
	a.out.MadeBy = j.MadeBy(&m)
	a.out.Survives = j.Survival(&m)
	if len(a.out.Survives) == 0 {
		return
	}
	first := &a.out.Survives[0]
	switch a.fate = first.Fate(); a.fate {
	case origin.Survive:
		a.add(Reason{Kind: ReasonSurvive, Count: first.Alive, Of: first.Made})
	case origin.Gone:
		a.addAgainst(Reason{Kind: ReasonGone, Count: first.Made - first.Alive, Of: first.Made})
	}
}

// membersOf is what a suspect holds, as a typical member shows it.
func membersOf(out *Suspect) origin.Members {
	m := origin.Members{Count: out.Holds.Count, Bytes: out.Retained, Classes: []string{out.Holds.Class}}
	if out.Member == nil {
		m.Blocks = 1 // one string, or a table of numbers
		return m
	}
	for _, c := range out.Member.Content {
		m.Blocks += origin.Blocks(c.Type, c.Count, c.Bytes)
		m.Classes = append(m.Classes, c.Class)
	}
	return m
}
