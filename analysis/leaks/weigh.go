package leaks

import (
	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/graph"
)

const (
	// From this share of the explained memory on a suspect is what the process
	// is about; below the lesser one it is one of several.
	mainShare, someShare = 0.75, 0.25
	// Collections that a program means to keep are mostly smaller. Chains that it
	// means to are hardly ever long.
	mainCount, chainCount, someCount = 5000, 1000, 100
	// A dump of which the items explain less hides too much.
	wellExplained = 0.5
	// Peaks that are so near do not lie behind; of others that are so far, much
	// has been freed since.
	nearPeak, farFromPeak = 0.95, 0.85
	// Keys of which so many numbers are missing are not only added to.
	gapped = 0.1
	// A program has so many classes, but hardly so many in one table of objects
	// that is not of services.
	manyClassKeys = 5000
)

// weigh notes what speaks for and against a suspect, and how sure it is. One
// dump cannot tell a leak from a cache that is full: sure is only what is most
// of the memory, very numerous, and held in the way of things that are appended
// and never removed, in a process that has never had more.
func (s *suspector) weigh(c *candidate, out *Suspect, keys keyShape) {
	w := weighing{s: s, c: c, out: out, keys: keys, known: 1}
	if keys.Kind == ObjectKeys {
		w.entries, _ = paths.WeakMapOf(s.g, c.container)
	}
	w.speakFor()
	w.speakAgainst()
	w.decide()
}

// weighing is what is known of a suspect on the way to a decision.
type weighing struct {
	s        *suspector
	c        *candidate
	out      *Suspect
	keys     keyShape
	grows    bool    // it is held like what is added to as the program runs
	doubtful bool    // members go, too, or the memory has
	reliable bool    // few references near it are in doubt
	known    float64 // share of the memory that the items explain
	entries  paths.WeakMapUse
}

func (w *weighing) add(r Reason)     { w.out.Reasons = append(w.out.Reasons, r) }
func (w *weighing) against(r Reason) { r.Against = true; w.add(r) }

func (w *weighing) count() uint64 { return w.out.Holds.Count }

// texts reports whether what is held is neither objects nor arrays.
func (w *weighing) texts() bool {
	return w.c.holds.count > 0 && w.out.Holds.Type != "object" && w.out.Holds.Type != "array"
}

// engine reports whether PHP made the keys, in a collection of its own.
func (w *weighing) engine() bool {
	return w.c.container != graph.None && (w.c.at != w.c.container || w.keys.Kind == ObjectKeys)
}

// selfHeld reports whether what is held is so for good: most of it are values
// of a WeakMap that hold their own keys.
func (w *weighing) selfHeld() bool { return float64(w.entries.SelfHeld) >= common*float64(w.count()) }

func (w *weighing) speakFor() {
	c, out := w.c, w.out
	w.add(Reason{Kind: ReasonShare, Bytes: out.Retained, Share: out.Share})
	switch {
	case c.kind == ChainSuspect:
		w.grows = true
		w.add(Reason{Kind: ReasonChain, Count: w.count(), Bytes: out.Retained})
	case c.holds.count == 0:
		if out.Holds.Type == "string" {
			w.grows = true
			w.add(Reason{Kind: ReasonHuge, Bytes: out.Retained})
		}
	case w.count() >= FewMembers:
		w.add(Reason{Kind: ReasonMany, Count: w.count(), Bytes: out.Holds.Average()})
		w.grows = w.keys.Kind.generated()
		switch {
		case w.engine():
		case w.keys.Kind == ListKeys:
			w.add(Reason{Kind: ReasonAppended, Count: w.keys.count})
		case w.grows:
			w.add(Reason{Kind: ReasonNumbered, Count: w.keys.count})
		}
	}
	if n := w.entries.SelfHeld; n > 0 {
		w.add(Reason{Kind: ReasonSelfHeld, Count: n, Of: w.entries.Entries})
	}
	same := uint64(0)
	for _, n := range c.also {
		if w.s.holdsSame(n, c) {
			same++
		}
	}
	if same > 0 {
		w.add(Reason{Kind: ReasonParallel, Count: same + 1})
	}
	if n := uint64(len(c.also)) - same; n > 0 {
		w.add(Reason{Kind: ReasonCompanions, Count: n})
	}
	if out.Holds.Class != "" && w.count() >= FewMembers && out.Holds.Through == "" {
		if all := w.s.perKind[c.holds.kind]; all > 0 {
			w.add(Reason{Kind: ReasonAllOf, Count: all, Share: min(1, float64(c.holds.count)/float64(all))})
		}
	}
	if h := w.s.out.Header; h != nil && h.PeakMemoryUsage > 0 {
		if share := float64(h.MemoryUsage) / float64(h.PeakMemoryUsage); share >= nearPeak {
			w.add(Reason{Kind: ReasonPeak, Bytes: h.PeakMemoryUsage, Share: min(1, share)})
		}
	}
}

func (w *weighing) speakAgainst() {
	c := w.c
	if c.kind != ChainSuspect && c.holds.count > 0 && w.count() < FewMembers {
		w.against(Reason{Kind: ReasonFew, Count: w.count()})
	}
	switch {
	case c.kind == ChainSuspect || c.holds.count == 0 || w.keys.Kind.generated() || w.keys.Kind == NoKeys || w.keys.Kind == MixedKeys:
	case w.texts():
		w.against(Reason{Kind: ReasonScalars, Count: w.count()})
	case w.keys.Kind == ClassKeys && w.count() >= manyClassKeys:
	default:
		w.against(Reason{Kind: ReasonNamed, Count: w.keys.count})
	}
	if m := w.keys.missing; !w.engine() && float64(m) > gapped*float64(w.keys.count) {
		w.doubtful = true
		w.against(Reason{Kind: ReasonEvicted, Count: m, Share: float64(w.keys.count) / float64(w.keys.count+m)})
	}
	if h := w.s.out.Header; h != nil && h.PeakMemoryUsage > 0 {
		if share := float64(h.MemoryUsage) / float64(h.PeakMemoryUsage); share < farFromPeak && h.PeakMemoryUsage > h.MemoryUsage+w.s.dumpPeak() {
			w.doubtful = true
			w.against(Reason{Kind: ReasonBelowPeak, Bytes: h.PeakMemoryUsage, Share: share})
		}
	}
	if w.s.out.Source.Verdict() != analysis.Sound {
		w.against(Reason{Kind: ReasonIncomplete})
	}
	w.reliable = true
	if n := w.s.unreliableNear(c); n > 0 {
		w.out.Unreliable = n
		w.against(Reason{Kind: ReasonUnreliable, Count: n})
		w.reliable = n*20 < w.count()
	}
	if h := w.s.out.Header; h != nil && h.MemoryUsage > 0 {
		w.known = float64(w.s.out.Explained) / float64(h.MemoryUsage)
	}
	if w.known < wellExplained {
		w.against(Reason{Kind: ReasonUnknown, Share: w.known})
	}
}

func (w *weighing) decide() {
	c, out := w.c, w.out
	numerous := w.count() >= mainCount && c.holds.count > 0 && !w.texts() || c.kind == ChainSuspect && w.count() >= chainCount
	sure := w.reliable && !w.doubtful && (!w.engine() || w.selfHeld()) && w.known >= wellExplained && c.at != graph.None
	switch {
	case out.Innocent != "" || w.s.out.Source.Verdict() != analysis.Sound || !w.grows || w.known < wellExplained:
		out.Confidence = analysis.Low
	case sure && numerous && (out.OfExplained >= mainShare || c.kind == ChainSuspect && out.OfExplained >= 0.5):
		out.Confidence = analysis.High
	case (c.at != graph.None || c.pattern != "") && out.OfExplained >= someShare && (w.count() >= someCount || out.Holds.Type == "string"):
		out.Confidence = analysis.Medium
	default:
		out.Confidence = analysis.Low
	}
	if out.Confidence != analysis.High && out.Innocent == "" {
		w.against(Reason{Kind: ReasonOneDump})
	}
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

// holdsSame reports whether a node holds most of a candidate's members, too.
func (s *suspector) holdsSame(n graph.NodeID, c *candidate) bool {
	if len(c.members) == 0 {
		return false
	}
	holder := n
	held := map[graph.NodeID]bool{}
	add := func(n graph.NodeID) {
		from, to := s.g.Children(n)
		for e := from; e < to; e++ {
			if s.strong(e) {
				held[s.g.Target(e)] = true
			}
		}
	}
	add(holder)
	// What a collection holds stands in the table that it shows.
	from, to := s.g.Children(holder)
	for e := from; e < to; e++ {
		if t := s.g.Target(e); s.isTable(t) {
			add(t)
		}
	}
	same := 0
	for _, m := range c.members {
		if held[m] {
			same++
		}
	}
	return same*10 >= len(c.members)*9
}

// unreliableNear counts the references that address reuse made up and that
// lead from or to what a candidate keeps alive.
func (s *suspector) unreliableNear(c *candidate) uint64 {
	if s.g.Counts().Unreliable == 0 {
		return 0
	}
	if s.covered == nil {
		s.covered = s.cover()
		s.unreliable = make([]uint64, 256)
		for n := range graph.NodeID(s.g.Items()) {
			from, to := s.g.Children(n)
			for e := from; e < to; e++ {
				if s.g.Label(e).Unreliable() {
					source, target := s.covered[n], s.covered[s.g.Target(e)]
					s.unreliable[source]++
					if target != source {
						s.unreliable[target]++
					}
				}
			}
		}
	}
	for i, f := range s.found {
		if f == c {
			return s.unreliable[min(i+1, 255)]
		}
	}
	return 0
}
