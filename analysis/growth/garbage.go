package growth

import (
	"slices"

	"memtrail/analysis/paths"
	"memtrail/dump"
)

// mostGarbage is how much garbage in cycles may come together before PHP's
// collector runs, in bytes: a quarter of the memory_limit that PHP is shipped with.
const mostGarbage = 32 << 20

// leaveToCollector drops what grows of garbage in cycles if PHP's collector will
// free it: it runs when a number of values are noted that may be part of one. What
// garbage there will be then is known by what there is. Objects that are few and
// large are a leak all the same: the collector counts values, not bytes.
func (t *steps) leaveToCollector() {
	if c := t.lastCapture(); c == nil || !collectedSoon(c) {
		return
	}
	t.found = slices.DeleteFunc(t.found, func(f finding) bool {
		return !f.everywhere && !slices.ContainsFunc(f.keys, func(k stepKey) bool { return !t.isGarbage(k) })
	})
}

// collectedSoon reports whether the collector runs before there is much garbage.
func collectedSoon(c *dump.Capture) bool {
	k := c.Collector
	if k == nil || !k.Enabled || k.Protected || k.Full {
		return false
	}
	return float64(c.Uncollected.Bytes)/float64(max(k.Roots, 1))*float64(k.Threshold) <= mostGarbage
}

// isGarbage reports whether a step stands below the group of garbage, or leads to
// it.
func (t *steps) isGarbage(key stepKey) bool {
	sh := t.s.shapes
	step := key.step
	for at := key.parent; at >= paths.FirstShape; at = sh.Nodes[at].Parent {
		step = sh.Nodes[at].Step
	}
	return sh.Names[step] == "(uncollected)"
}
