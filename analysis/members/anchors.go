package members

import (
	"memtrail/analysis/paths"
	"memtrail/graph"
)

// Anchors are the objects and the variables that are alone of their shape, by
// shape: a hash of address and handle. Most of them live as long as the process.
type Anchors map[paths.ShapeID]uint64

// maxAnchors is how many are noted: they are to tell whether addresses mean
// anything, no more.
const maxAnchors = 1000

// AnchorsOf notes the anchors of a dump. count is the number of its items by
// shape.
func AnchorsOf(g *graph.Graph, p paths.Placement, count []uint64) Anchors {
	a := Anchors{}
	for _, r := range g.Roots() {
		if id := p.Shape[r.Node]; count[id] == 1 {
			a[id] = anchor(g, r.Node)
		}
	}
	for n := range graph.NodeID(g.Items()) {
		if len(a) >= maxAnchors {
			break
		}
		if id := p.Shape[n]; id >= paths.FirstShape && count[id] == 1 && g.IsObject(n) {
			a[id] = anchor(g, n)
		}
	}
	return a
}

func anchor(g *graph.Graph, n graph.NodeID) uint64 {
	handle, _ := g.HandleNumber(n)
	return mix(uint64(g.Address(n)) ^ mix(handle))
}

// Two dumps are of one process if they have leastAnchors in common, of which the
// share stayingAnchors has not moved. Every PHP script has some ten variables of
// its own.
const (
	leastAnchors   = 4
	stayingAnchors = 0.75
)

// Stable reports whether objects keep addresses and handles from one dump to
// another: in one process they do. Dumps that were written by different runs of
// a program, or made up, have others, and then members cannot be recognised.
func (a Anchors) Stable(next Anchors) bool {
	same, both := 0, 0
	for id, h := range a {
		if other, ok := next[id]; ok {
			both++
			if h == other {
				same++
			}
		}
	}
	return both >= leastAnchors && float64(same) >= stayingAnchors*float64(both)
}
