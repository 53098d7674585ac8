package report

import (
	"cmp"
	"slices"
	"strings"

	"al.essio.dev/pkg/shellescape"

	"memtrail/analysis"
	"memtrail/analysis/gate"
	"memtrail/analysis/growth"
)

// passWord is the first word of a gate that passes.
const passWord = "PASS"

// word is the first word of the result.
func (g gatePage) word() string {
	switch {
	case g.Verdict == growth.Inconclusive:
		return "INCONCLUSIVE"
	case g.Verdict == growth.Unexplained && g.Failed:
		return "UNEXPLAINED"
	case g.Failed:
		return "FAIL"
	}
	return passWord
}

// summary is the rest of the first line: what was found in how many dumps.
func (g gatePage) summary() string { return g.found() + ". " + dumps(&g.Growth) }

// found says what was found, without a full stop.
func (g gatePage) found() string {
	n := map[growth.Status]int{}
	for i := range g.Growing {
		n[g.Growing[i].Status]++
	}
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, text)
		}
	}
	fresh := n[growth.NewLeak] + n[""]
	switch {
	case g.Verdict == growth.Inconclusive:
		add(1, "the dumps do not show what grows")
		add(fresh, plural(fresh, "possible new leak"))
	case fresh > 0:
		add(fresh, plural(fresh, "new leak"))
	case n[growth.WorseLeak] > 0:
	case g.Unexplained.Grows:
		add(1, unexplained(&g.Growth))
	case n[growth.KnownLeak]+len(g.Ignored) > 0:
		add(1, "no new leak")
	default:
		add(1, "nothing grows")
	}
	add(n[growth.WorseLeak], grouped(uint64(n[growth.WorseLeak]))+" worse than known")
	if g.Unexplained.Grows && len(g.Growing) > n[growth.KnownLeak] {
		add(1, "unexplained growth of "+Size(whole(g.Unexplained.PerInterval))+" per interval")
	}
	add(n[growth.KnownLeak], grouped(uint64(n[growth.KnownLeak]))+" known")
	add(len(g.Ignored), grouped(uint64(len(g.Ignored)))+" ignored")
	entries := func(n int, what string) {
		noun := " entries"
		if n == 1 {
			noun = " entry"
		}
		add(n, grouped(uint64(n))+" "+what+noun+" of the baseline")
	}
	entries(len(g.Expired), "expired")
	entries(len(g.Stale), "stale")
	return upperFirst(strings.Join(parts, ", "))
}

// A failure is something that fails the gate: a place that grows, or, without
// one, unexplained growth.
type failure struct{ w *growth.GrowingPlace }

// failures are what fails, most bytes per interval first. Those of dumps that
// show nothing are what would fail.
func (g gatePage) failures() []failure {
	var list []failure
	for i := range g.Growing {
		if w := &g.Growing[i]; w.Status != growth.KnownLeak {
			list = append(list, failure{w})
		}
	}
	if g.Unexplained.Grows {
		list = append(list, failure{})
	}
	size := func(f failure) float64 {
		if f.w == nil {
			return g.Unexplained.PerInterval
		}
		return f.w.PerInterval.Bytes
	}
	slices.SortStableFunc(list, func(a, b failure) int { return cmp.Compare(size(b), size(a)) })
	return list
}

// failureTitle is a failure in one line.
func (g gatePage) failureTitle(f failure) prose {
	if f.w == nil {
		return words("UNEXPLAINED  "+signedBytes(g.Unexplained.PerInterval)+" per interval that the dumps do not explain, "+
			grewIn(g.Intervals, g.Intervals), limitWords(g.Unexplained.Limit, " (limit ", ")"))
	}
	return words(leakWord(&g.Growth)+" "+f.w.Fingerprint+" "+statusWord(f.w)+"   ", g.pace(f.w))
}

// pace says how fast a place grows, and how steadily.
func (g gatePage) pace(w *growth.GrowingPlace) prose {
	return words(rate(w, g.all), ", "+grewIn(w.GrewIn, g.Intervals))
}

func statusWord(w *growth.GrowingPlace) string {
	return strings.ToUpper(string(cmp.Or(w.Status, growth.NewLeak)))
}

// furtherFacts are sentences on a failure, beside its pace and its path.
func (g gatePage) furtherFacts(w *growth.GrowingPlace) []string {
	var list []string
	if w.Places > 1 && w.Frame == "" {
		list = append(list, Count(w.Places, "place")+" have this shape; the largest is "+shorten(w.Path, widthOf(classWidth, g.all)))
	}
	if n := len(w.Also); n == 1 {
		list = append(list, shorten(w.Also[0], widthOf(classWidth, g.all))+" grows with it.")
	} else if n > 1 {
		list = append(list, grouped(uint64(n))+" parallel containers grow with it, such as "+shorten(w.Also[0], widthOf(classWidth, g.all))+".")
	}
	if text := keySizes(w); text != "" {
		list = append(list, "Keys and table take "+text+".")
	}
	if u := w.WeakMap; u != nil {
		list = append(list, ownKeys(u.SelfHeld, u.Entries).sentence().plain())
	}
	if p := makers(w.Makers, g.all); p != nil {
		list = append(list, "Closures: "+p.plain()+".")
	}
	for _, r := range codeRemarks(w.Changes, g.all) {
		list = append(list, upperFirst(r.title)+": "+r.text.plain()+".")
	}
	if p := declared(w.Declared); p != nil {
		list = append(list, "Source: "+p.plain())
	}
	if w.Cycle != "" {
		list = append(list, "A cycle: "+w.Cycle)
	}
	if why := whyUncollected(w.Collector); why != "" {
		list = append(list, why)
	}
	if w.Confidence != analysis.High {
		list = append(list, "Confidence "+evidence(w, g.Intervals)+".")
	}
	return list
}

// An accepted place grows and does not fail the gate.
type accepted struct {
	*growth.GrowingPlace
	by string // known: to the baseline, or ignored: by a rule
}

func (g gatePage) accepted() []accepted {
	var list []accepted
	for i := range g.Growing {
		if w := &g.Growing[i]; w.Status == growth.KnownLeak {
			list = append(list, accepted{w, "known"})
		}
	}
	for i := range g.Ignored {
		list = append(list, accepted{&g.Ignored[i], "ignored"})
	}
	return list
}

// acceptedLine is a place that grows and may, with why.
func (g gatePage) acceptedLine(w *growth.GrowingPlace) prose {
	p := words(rawName(shorten(w.Path, widthOf(classWidth, g.all))), "  ", rate(w, g.all))
	if w.Reason != "" {
		p = words(p, ": "+w.Reason)
	}
	return p
}

// An unused entry of the baseline accepts nothing any more.
type unused struct {
	*gate.BaselineEntry
	what string // stale or expired
}

// entries are the unused ones, expired before stale.
func (g gatePage) entries() []unused {
	var list []unused
	for i := range g.Expired {
		list = append(list, unused{&g.Expired[i], "expired"})
	}
	for i := range g.Stale {
		list = append(list, unused{&g.Stale[i], "stale"})
	}
	return list
}

// text says what is the matter with an entry.
func (e unused) text() prose {
	p := words(rawName(shorten(e.Path, classWidth)))
	if e.Path == "" {
		p = words("the entry")
	}
	if e.what == "stale" {
		return words(p, " no longer grows: remove the entry from the baseline")
	}
	return words(p, " was accepted until "+e.Expires+" ("+e.Reason+"): fix it, or accept it again")
}

// acceptable reports whether a leak may be accepted: not where the dumps are
// inconclusive.
func (g gatePage) acceptable() bool { return g.Verdict != growth.Inconclusive }

// defaultBaseline is the name of the baseline that is taken without being
// named.
const defaultBaseline = "leaks.json"

// accept is the command that accepts a leak, at the rate at which it grows. The
// reason is for the user to give.
func (g gatePage) accept(w *growth.GrowingPlace) string {
	e := gate.EntryOf(w, "")
	command := "analyzer gate accept " + shellescape.Quote(e.Fingerprint) + ` --reason "…"`
	// What cannot be typed as it is printed is left out: it is for people.
	add := func(flag, text string) {
		if text != "" && len(text) <= typeUpTo && printable(text) == text {
			command += " " + flag + " " + shellescape.Quote(text)
		}
	}
	add("--path", e.Path)
	add("--holds", e.Holds)
	if e.Count > 0 {
		add("--count", decimal(e.Count))
	}
	if e.Bytes > 0 {
		add("--bytes", decimal(e.Bytes))
	}
	if name := g.Baseline; name != "" && name != defaultBaseline {
		if printable(name) != name {
			name = "FILE"
		}
		command += " --baseline " + shellescape.Quote(name)
	}
	return command
}
