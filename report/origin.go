package report

import (
	"math"
	"strings"

	"memtrail/analysis/leaks"
	"memtrail/analysis/origin"
)

// originRemarks say what a profile adds to a suspect: the functions whose blocks fit
// its members, and how many of those made are alive.
func originRemarks(by []origin.MadeBy, left []origin.Survival, members, retained uint64, all bool) (list []remark) {
	if len(by) > 0 {
		list = append(list, remark{"made by", madeBy(by, members, retained, all)})
	}
	if len(left) > 0 {
		list = append(list, remark{"survives", survives(left, all)})
	}
	return list
}

// madeByUpTo is how many functions are named without Options.Verbose.
const madeByUpTo = 3

// madeBy shows the arithmetic: blocks, their multiple of the members, and what is
// left.
func madeBy(by []origin.MadeBy, members, retained uint64, all bool) prose {
	bytes := uint64(0)
	for _, m := range by {
		bytes += m.Bytes
	}
	p := upTo(madeByUpTo, all, by, func(m *origin.MadeBy) prose {
		name := words(rawName(shorten(m.Function, widthOf(classWidth, all))))
		if m.Caller != "" {
			name = words(name, ", called by ", rawName(shorten(m.Caller, widthOf(classWidth, all))))
		}
		text := ": " + grouped(m.Blocks) + " blocks = " + grouped(m.PerMember) + " × " + grouped(members)
		switch {
		case m.Rest > 0:
			text += " + " + grouped(uint64(m.Rest))
		case m.Rest < 0:
			text += " " + minus + " " + grouped(magnitude(m.Rest))
		}
		return words(name, text+", "+Size(m.Bytes))
	})
	fits, asked := " fits", " times what it asked for"
	if len(by) > 1 {
		fits, asked = " fit", " times what they asked for"
	}
	model := float64(retained) / float64(max(bytes, 1))
	return words(p, ";"+fits+": "+Size(retained)+" by the allocator is "+twoDecimals(model)+asked)
}

func twoDecimals(x float64) string { return decimal(math.Round(100*x) / 100) }

// survivesUpTo is how many classes are named without Options.Verbose.
const survivesUpTo = 2

func survives(left []origin.Survival, all bool) prose {
	return upTo(survivesUpTo, all, left, func(c *origin.Survival) prose {
		name := rawName(shorten(c.Class, widthOf(classWidth, all)))
		made := grouped(c.Made)
		if c.MadeAtLeast < c.Made {
			made = grouped(c.MadeAtLeast) + " to " + made
		}
		p := words(grouped(c.Alive)+" of the "+made+" ", name, " that were constructed are alive")
		if c.Alive > c.Made {
			p = words(grouped(c.Alive)+" ", name, " are alive and "+made+" were constructed: the others were cloned or unserialized, or are older than the profile")
		}
		return p
	})
}

// caveats end the page: what the dump leaves open, and the profile.
func (l leaksAnswer) caveats(out sheet) {
	writeProfile(out, l.Profile)
	if _, of := l.Memory(); of == leaks.OfProfile {
		out.line("memory_usage is 0 in the header, as memprof was active: the profile stands in for it.")
		writeDefects(out, &l.Source, &l.Caveats)
	} else {
		writeCaveats(out, &l.Source, &l.Caveats)
	}
	if text := lostWords(&l.Lost, l.Capture != nil); text != "" && (l.Capture == nil || l.Lost.Bytes() >= l.Explained/100) {
		out.line(text) // some blocks of any process are lost; check has them
	}
}

// writeProfile says what a profile accounts for, and what it cannot tell.
func writeProfile(out sheet, p *origin.Profiled) {
	for _, text := range profileNotes(p) {
		if p.Foreign {
			out.note(text)
		} else {
			out.line(text)
		}
	}
}

func profileNotes(p *origin.Profiled) []string {
	switch {
	case p == nil:
		return nil
	case p.Foreign:
		return []string{"The profile is of another program: none of the classes of this dump's objects is in it. It is not used."}
	}
	text := "The profile accounts for " + Size(p.Total.Bytes)
	if p.Dump.Bytes > 0 {
		text += ", " + Size(p.Dump.Bytes) + " of it for the dump itself (" + strings.Join(p.DumpBy, ", ") + "), which is left out"
	}
	list := []string{text + "."}
	if !p.HasBlocks {
		list = append(list, "The heap format has neither blocks nor calls: it does not tell who made what, nor how much of it is gone; memprof_dump_array() does.")
	}
	return list
}
