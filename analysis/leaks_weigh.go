package analysis

import "memtrail/graph"

const (
	// From this share of the explained memory on a suspect is what the process
	// is about; below the lesser one it is one of several.
	mainShare, someShare = 0.5, 0.25
	// Collections that a program means to keep are mostly smaller.
	mainCount, someCount = 1000, 100
	// A dump of which the items explain less hides too much.
	wellExplained = 0.5
	// Peaks that are so near do not lie behind.
	nearPeak = 0.95
)

// weigh notes what speaks for and against a suspect, and how sure it is. One
// dump cannot tell a leak from a cache that is full: sure is only what is most
// of the memory, numerous, and held in the way of things that are appended and
// never removed.
func (s *suspector) weigh(c *candidate, out *Suspect, keys keyShape) {
	count := out.Holds.Count
	objects := out.Holds.Type == "object"
	scalars := !objects && out.Holds.Type != "array"
	add := func(r Reason) { out.Reasons = append(out.Reasons, r) }

	add(Reason{Kind: ReasonShare, Bytes: out.Retained, Share: out.Share})
	grows := false
	switch {
	case c.kind == ChainSuspect:
		grows = true
		add(Reason{Kind: ReasonChain, Count: count, Bytes: out.Retained})
	case c.holds.count == 0:
		if out.Holds.Type == "string" {
			grows = true
			add(Reason{Kind: ReasonHuge, Bytes: out.Retained})
		}
	case count >= fewMembers:
		add(Reason{Kind: ReasonMany, Count: count, Bytes: out.Holds.Average()})
		grows = keys.Kind.generated()
		switch keys.Kind {
		case ListKeys:
			add(Reason{Kind: ReasonAppended, Count: keys.count})
		case IntKeys, NumberedKeys, HashKeys:
			add(Reason{Kind: ReasonNumbered, Count: keys.count})
		}
		if keys.Kind == IntKeys && keys.ascending && keys.span > keys.count+keys.count/10 {
			add(Reason{Kind: ReasonEvicted, Against: true, Count: keys.span - keys.count, Share: float64(keys.count) / float64(keys.span)})
		}
	}
	if len(out.Also) > 0 {
		add(Reason{Kind: ReasonParallel, Count: uint64(len(out.Also)) + 1})
	}
	if objects && count >= fewMembers && out.Holds.Through == "" {
		if all := s.perKind[c.holds.kind]; all > 0 {
			add(Reason{Kind: ReasonAllOf, Count: all, Share: min(1, float64(c.holds.count)/float64(all))})
		}
	}
	if h := s.out.Header; h != nil && h.PeakMemoryUsage > 0 {
		if share := float64(h.MemoryUsage) / float64(h.PeakMemoryUsage); share >= nearPeak {
			add(Reason{Kind: ReasonPeak, Bytes: h.PeakMemoryUsage, Share: min(1, share)})
		}
	}

	against := func(r Reason) { r.Against = true; add(r) }
	if c.kind != ChainSuspect && c.holds.count > 0 && count < fewMembers {
		against(Reason{Kind: ReasonFew, Count: count})
	}
	if scalars && c.holds.count > 0 && !keys.Kind.generated() {
		against(Reason{Kind: ReasonScalars, Count: count})
	}
	reliable := true
	if !s.out.Complete {
		against(Reason{Kind: ReasonIncomplete})
	}
	if out.Unreliable = s.unreliableNear(c); out.Unreliable > 0 {
		against(Reason{Kind: ReasonUnreliable, Count: out.Unreliable})
		reliable = out.Unreliable*20 < count
	}
	known := 1.0
	if h := s.out.Header; h != nil && h.MemoryUsage > 0 {
		known = float64(s.out.Explained) / float64(h.MemoryUsage)
	}
	if known < wellExplained {
		against(Reason{Kind: ReasonUnknown, Share: known})
	}

	place := c.at != graph.None
	numerous := c.kind == ChainSuspect || c.holds.count > 0 && !scalars
	switch {
	case out.Innocent != "":
		out.Confidence = Low
	case s.out.Complete && reliable && place && grows && numerous && count >= mainCount && out.Share >= mainShare && known >= wellExplained:
		out.Confidence = High
	case s.out.Complete && (place || c.pattern != "") && grows && out.Share >= someShare && (count >= someCount || out.Holds.Type == "string"):
		out.Confidence = Medium
	default:
		out.Confidence = Low
	}
	if out.Confidence != High && out.Innocent == "" {
		against(Reason{Kind: ReasonOneDump})
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
