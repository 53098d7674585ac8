package leaks

import (
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/origin"
	"memtrail/analysis/paths"
	"memtrail/graph"
)

const (
	// mainShare is the share of the explained memory from which on a suspect is what
	// the process is about; below someShare it is one of several.
	mainShare, someShare = 0.75, 0.25
	// chainShare takes the place of mainShare for chains: little else is as long.
	chainShare = 0.5
	// Collections that a program means to keep are mostly smaller than mainCount.
	// Chains that it means to keep rarely have chainCount links. Fewer than someCount
	// members say nothing.
	mainCount, chainCount, someCount = 5000, 1000, 100
	// wellExplained is the share of memory_usage that the items must explain: a dump
	// of which they explain less hides too much.
	wellExplained = 0.5
	// Memory is at its peak from nearPeak of it on; below farFromPeak, much has been
	// freed since.
	nearPeak, farFromPeak = 0.95, 0.85
	// gapped is the share of missing numbers from which on keys are not only added to.
	gapped = 0.1
	// manyClassKeys is more than the classes that a program has services of: a table
	// of so many classes is not one of services.
	manyClassKeys = 5000
	// unreliablePart: one unreliable reference for so many members is too many.
	unreliablePart = 20
)

// assess notes what speaks for and against a suspect, and how sure it is. One
// dump cannot tell a leak from a cache that is full, so
//
//  1. reasons for it are its size, the number of its members, and that it is held
//     in the way of things that are appended and never removed (addReasonsFor);
//  2. reasons against it are members that were removed, memory that was more
//     before, and a dump that shows too little (addReasonsAgainst);
//  3. code speaks where it is known (addCode);
//  4. sure is only what is most of the memory, very numerous and for good, in a
//     process that has never had more (confidence).
func (s *suspector) assess(c *candidate, out *Suspect, keys keyShape) {
	a := assessment{s: s, c: c, out: out, keys: keys, explained: 1, reliable: true}
	if keys.Kind == ObjectKeys {
		a.entries, _ = paths.WeakMapOf(s.g, c.container)
	}
	a.addReasonsFor()
	a.addCode()
	a.addReasonsAgainst()
	a.addOrigin()
	out.Confidence = a.judged(a.confidence())
	if out.Confidence != analysis.High && out.Innocent == "" {
		a.addAgainst(Reason{Kind: ReasonOneDump})
	}
}

// An assessment is what is known of a suspect on the way to its confidence.
type assessment struct {
	s         *suspector
	c         *candidate
	out       *Suspect
	keys      keyShape
	grows     bool        // it is held like what is added to as the program runs
	doubtful  bool        // members go, too, or the memory has
	fate      origin.Fate // of those made, by a profile
	reliable  bool        // few references near it are in doubt
	explained float64     // share of the memory that the items explain
	entries   paths.WeakMapUse
}

func (a *assessment) add(r Reason)        { a.out.Reasons = append(a.out.Reasons, r) }
func (a *assessment) addAgainst(r Reason) { r.Against = true; a.add(r) }

func (a *assessment) count() uint64 { return a.out.Holds.Count }

func (a *assessment) isChain() bool { return a.c.kind == ChainSuspect }

// holdsItems reports whether the suspect holds anything but bytes.
func (a *assessment) holdsItems() bool { return a.c.holds.count > 0 }

// holdsTexts reports whether what is held is neither objects nor arrays.
func (a *assessment) holdsTexts() bool {
	return a.holdsItems() && a.out.Holds.Type != "object" && a.out.Holds.Type != "array"
}

// isCollection reports whether PHP made the keys, in a collection of its own.
func (a *assessment) isCollection() bool {
	return a.c.container != graph.None && (a.c.at != a.c.container || a.keys.Kind == ObjectKeys)
}

// isSelfHeld reports whether what is held is so for good: most of it are values
// of a WeakMap that hold their own keys.
func (a *assessment) isSelfHeld() bool {
	return float64(a.entries.SelfHeld) >= common*float64(a.count())
}

// atPeak is the share of the peak that memory is at, and the header that tells it;
// false if none does.
func (a *assessment) atPeak() (share float64, h *analysis.Header, ok bool) {
	h = a.s.out.Header
	if h == nil || h.PeakMemoryUsage == 0 {
		return 0, nil, false
	}
	return float64(h.MemoryUsage) / float64(h.PeakMemoryUsage), h, true
}

func (a *assessment) addReasonsFor() {
	c, out := a.c, a.out
	a.add(Reason{Kind: ReasonShare, Bytes: out.Retained, Share: out.Share})
	switch {
	case a.isChain():
		a.grows = true
		a.add(Reason{Kind: ReasonChain, Count: a.count(), Bytes: out.Retained})
	case !a.holdsItems():
		if out.Holds.Type == "string" {
			a.grows = true
			a.add(Reason{Kind: ReasonHuge, Bytes: out.Retained})
		}
	case a.count() >= FewMembers:
		a.addMany()
	}
	if n := a.entries.SelfHeld; n > 0 {
		a.add(Reason{Kind: ReasonSelfHeld, Count: n, Of: a.entries.Entries})
	}
	a.addParallel()
	if out.Holds.Class != "" && a.count() >= FewMembers && out.Holds.Through == "" {
		if all := a.s.perKind[c.holds.kind]; all > 0 {
			a.add(Reason{Kind: ReasonAllOf, Count: all, Share: min(1, float64(c.holds.count)/float64(all))})
		}
	}
	if share, h, ok := a.atPeak(); ok && share >= nearPeak {
		a.add(Reason{Kind: ReasonPeak, Bytes: h.PeakMemoryUsage, Share: min(1, share)})
	}
}

// addMany says how many members there are, and how their keys are made.
func (a *assessment) addMany() {
	a.add(Reason{Kind: ReasonMany, Count: a.count(), Bytes: a.out.Holds.Average()})
	a.grows = a.keys.Kind.generated()
	switch {
	case a.isCollection():
	case a.keys.Kind == ListKeys:
		a.add(Reason{Kind: ReasonAppended, Count: a.keys.count})
	case a.grows:
		a.add(Reason{Kind: ReasonNumbered, Count: a.keys.count})
	}
}

// addParallel counts the containers that hold the same members, and those that
// only have as many.
func (a *assessment) addParallel() {
	same := uint64(0)
	for _, n := range a.c.also {
		if a.s.holdsSame(n, a.c) {
			same++
		}
	}
	if same > 0 {
		a.add(Reason{Kind: ReasonParallel, Count: same + 1})
	}
	if n := uint64(len(a.c.also)) - same; n > 0 {
		a.add(Reason{Kind: ReasonCompanions, Count: n})
	}
}

// addCode notes what the program's code can do. Of the suspects in 20 programs
// from leak reports and in their mended twins, those that only constructors add
// to grew in 0 of 5 cases; those that something removes from in 5 of 6, as the
// code that removes is there and is not called; those that nothing removes from
// in 9 of 13. So only the first changes how sure it is.
func (a *assessment) addCode() {
	switch c := a.out.Changes; {
	case c == nil:
	case c.OnlySetUp():
		a.grows = false
		a.addAgainst(Reason{Kind: ReasonSetUp})
	case len(c.Removes) > 0:
		a.addAgainst(Reason{Kind: ReasonRemovable, Count: uint64(len(c.Removes))})
	case len(c.Other) == 0:
		a.add(Reason{Kind: ReasonKept})
	}
}

func (a *assessment) addReasonsAgainst() {
	a.addContentAgainst()
	if m := a.keys.missing; !a.isCollection() && float64(m) > gapped*float64(a.keys.count) {
		a.doubtful = true
		a.addAgainst(Reason{Kind: ReasonEvicted, Count: m, Share: float64(a.keys.count) / float64(a.keys.count+m)})
	}
	if share, h, ok := a.atPeak(); ok && share < farFromPeak && h.PeakMemoryUsage > h.MemoryUsage+a.s.dumpPeak() {
		a.doubtful = true
		a.addAgainst(Reason{Kind: ReasonBelowPeak, Bytes: h.PeakMemoryUsage, Share: share})
	}
	a.addDumpAgainst()
}

// addContentAgainst says what speaks for a table that the program means to have:
// few members, members that are texts, or keys that its author wrote.
func (a *assessment) addContentAgainst() {
	if a.isChain() || !a.holdsItems() {
		return
	}
	if a.count() < FewMembers {
		a.addAgainst(Reason{Kind: ReasonFew, Count: a.count()})
	}
	kind := a.keys.Kind
	switch {
	case kind.generated() || kind == NoKeys || kind == MixedKeys:
	case a.holdsTexts():
		a.addAgainst(Reason{Kind: ReasonScalars, Count: a.count()})
	case kind == ClassKeys && a.count() >= manyClassKeys:
	default:
		a.addAgainst(Reason{Kind: ReasonNamed, Count: a.keys.count})
	}
}

// addDumpAgainst says what the dump itself leaves in doubt.
func (a *assessment) addDumpAgainst() {
	if !a.isSound() {
		a.addAgainst(Reason{Kind: ReasonIncomplete})
	}
	if n := a.s.unreliableNear(a.c); n > 0 {
		a.out.Unreliable = n
		a.addAgainst(Reason{Kind: ReasonUnreliable, Count: n})
		a.reliable = n*unreliablePart < a.count()
	}
	if h := a.s.out.Header; h != nil && h.MemoryUsage > 0 {
		a.explained = float64(a.s.out.Explained) / float64(h.MemoryUsage)
	}
	if a.explained < wellExplained {
		a.addAgainst(Reason{Kind: ReasonUnknown, Share: a.explained})
	}
}

func (a *assessment) isSound() bool { return a.s.out.Source.Verdict() == analysis.Sound }

// confidence weighs the reasons.
func (a *assessment) confidence() analysis.Confidence {
	switch {
	case a.out.Innocent != "" || !a.grows || !a.isSound() || a.explained < wellExplained:
		return analysis.Low
	case a.isCertain() && a.isNumerous() && a.isMain():
		return analysis.High
	case a.hasPlace() && a.isLarge():
		return analysis.Medium
	}
	return analysis.Low
}

// judged is a confidence in the light of a profile. A cache that evicts is full, or
// a place that keeps all that was ever made; what else speaks against the latter
// stays.
func (a *assessment) judged(c analysis.Confidence) analysis.Confidence {
	switch {
	case a.fate == origin.Gone && c == analysis.High:
		return analysis.Medium
	case a.fate == origin.Gone:
		return analysis.Low
	case a.fate == origin.Survive && c == analysis.Medium && a.reliable && !a.doubtful:
		return analysis.High
	}
	return c
}

// isCertain reports whether nothing is in doubt. What a collection of PHP's own
// holds may be a queue, unless it is held for good.
func (a *assessment) isCertain() bool {
	return a.reliable && !a.doubtful && a.c.at != graph.None && (!a.isCollection() || a.isSelfHeld())
}

// isNumerous reports whether there are more members than programs mean to keep.
func (a *assessment) isNumerous() bool {
	if a.isChain() && a.count() >= chainCount {
		return true
	}
	return a.count() >= mainCount && a.holdsItems() && !a.holdsTexts()
}

// isMain reports whether the suspect is most of the memory.
func (a *assessment) isMain() bool {
	return a.out.OfExplained >= mainShare || a.isChain() && a.out.OfExplained >= chainShare
}

// hasPlace reports whether it is known where the suspect's members are.
func (a *assessment) hasPlace() bool { return a.c.at != graph.None || a.c.pattern != "" }

// isLarge reports whether the suspect is a good part of the memory, of many
// members or one string.
func (a *assessment) isLarge() bool {
	return a.out.OfExplained >= someShare && (a.count() >= someCount || a.out.Holds.Type == "string")
}

// dumpPeak is about how much an earlier dump of as many items raised the peak by,
// in bytes. php-meminfo keeps a table of the ids that it has visited: for each of
// them a key of 40 bytes, and 36 bytes for each slot of a table that doubles, both
// tables at once while it grows; and it makes PHP build the tables of properties.
// Of 43 real programs the first dump raised the peak by 85 to 197 bytes an item,
// and by 64 KiB more for the file.
func (s *suspector) dumpPeak() uint64 {
	items := s.out.Items
	slots := uint64(8)
	for slots < items {
		slots *= 2
	}
	return 64<<10 + 40*items + 36*(slots+slots/2) + s.r.Sizes.Rebuilt
}

// sameMembers is the share of a candidate's members that a parallel container
// must hold.
const sameMembers = 0.9

// holdsSame reports whether a node holds most of a candidate's members, too.
func (s *suspector) holdsSame(n graph.NodeID, c *candidate) bool {
	if len(c.members) == 0 {
		return false
	}
	held := map[graph.NodeID]bool{}
	s.addHeld(held, n)
	// What a collection holds stands in the table that it shows.
	from, to := s.g.Children(n)
	for e := from; e < to; e++ {
		if t := s.g.Target(e); s.isTable(t) {
			s.addHeld(held, t)
		}
	}
	same := 0
	for _, m := range c.members {
		if held[m] {
			same++
		}
	}
	return float64(same) >= sameMembers*float64(len(c.members))
}

// addHeld adds what a node refers to.
func (s *suspector) addHeld(held map[graph.NodeID]bool, n graph.NodeID) {
	from, to := s.g.Children(n)
	for e := from; e < to; e++ {
		if s.strong(e) {
			held[s.g.Target(e)] = true
		}
	}
}

// unreliableNear counts the references that address reuse made up and that
// lead from or to what a candidate keeps alive.
func (s *suspector) unreliableNear(c *candidate) uint64 {
	if s.g.Counts().Unreliable == 0 {
		return 0
	}
	if s.unreliable == nil {
		s.unreliable = s.countUnreliable()
	}
	if i := slices.Index(s.found, c); i >= 0 {
		return s.unreliable[min(i+1, 255)]
	}
	return 0
}

// countUnreliable counts the unreliable references by the suspect, see cover, that
// they lead from or to.
func (s *suspector) countUnreliable() []uint64 {
	covered := s.cover()
	count := make([]uint64, 256)
	for n := range graph.NodeID(s.g.Items()) {
		from, to := s.g.Children(n)
		for e := from; e < to; e++ {
			if !s.g.Label(e).Unreliable() {
				continue
			}
			source, target := covered[n], covered[s.g.Target(e)]
			count[source]++
			if target != source {
				count[target]++
			}
		}
	}
	return count
}
