package analysis

import "memtrail/graph"

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
)

// weigh notes what speaks for and against a suspect, and how sure it is. One
// dump cannot tell a leak from a cache that is full: sure is only what is most
// of the memory, very numerous, and held in the way of things that are appended
// and never removed, in a process that has never had more.
func (s *suspector) weigh(c *candidate, out *Suspect, keys keyShape) {
	w := weighing{s: s, c: c, out: out, keys: keys, known: 1}
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
}

func (w *weighing) add(r Reason)     { w.out.Reasons = append(w.out.Reasons, r) }
func (w *weighing) against(r Reason) { r.Against = true; w.add(r) }

func (w *weighing) count() uint64 { return w.out.Holds.Count }

// texts reports whether what is held is neither objects nor arrays.
func (w *weighing) texts() bool {
	return w.c.holds.count > 0 && w.out.Holds.Type != "object" && w.out.Holds.Type != "array"
}

// engine reports whether PHP made the keys, in a collection of its own.
func (w *weighing) engine() bool { return w.c.container != graph.None && w.c.at != w.c.container }

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
	case w.count() >= fewMembers:
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
	if n := uint64(len(out.Also)); n > 0 {
		w.add(Reason{Kind: ReasonParallel, Count: n + 1})
	}
	if out.Holds.Class != "" && w.count() >= fewMembers && out.Holds.Through == "" {
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
	if c.kind != ChainSuspect && c.holds.count > 0 && w.count() < fewMembers {
		w.against(Reason{Kind: ReasonFew, Count: w.count()})
	}
	switch {
	case c.kind == ChainSuspect || c.holds.count == 0 || w.keys.Kind.generated() || w.keys.Kind == NoKeys || w.keys.Kind == MixedKeys:
	case w.texts():
		w.against(Reason{Kind: ReasonScalars, Count: w.count()})
	default:
		w.against(Reason{Kind: ReasonNamed, Count: w.keys.count})
	}
	if m := w.keys.missing; !w.engine() && float64(m) > gapped*float64(w.keys.count) {
		w.doubtful = true
		w.against(Reason{Kind: ReasonEvicted, Count: m, Share: float64(w.keys.count) / float64(w.keys.count+m)})
	}
	if h := w.s.out.Header; h != nil && h.PeakMemoryUsage > 0 {
		if share := float64(h.MemoryUsage) / float64(h.PeakMemoryUsage); share < farFromPeak {
			w.doubtful = true
			w.against(Reason{Kind: ReasonBelowPeak, Bytes: h.PeakMemoryUsage, Share: share})
		}
	}
	if w.s.out.Source.Verdict() != Sound {
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
	sure := w.reliable && !w.doubtful && !w.engine() && w.known >= wellExplained && c.at != graph.None
	switch {
	case out.Innocent != "" || w.s.out.Source.Verdict() != Sound || !w.grows:
		out.Confidence = Low
	case sure && numerous && (out.Share >= mainShare || c.kind == ChainSuspect && out.Share >= 0.5):
		out.Confidence = High
	case (c.at != graph.None || c.pattern != "") && out.Share >= someShare && (w.count() >= someCount || out.Holds.Type == "string"):
		out.Confidence = Medium
	default:
		out.Confidence = Low
	}
	if out.Confidence != High && out.Innocent == "" {
		w.against(Reason{Kind: ReasonOneDump})
	}
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
