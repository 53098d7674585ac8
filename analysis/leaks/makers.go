package leaks

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/graph"
)

// ClosureClass is the class of all closures.
const ClosureClass = "Closure"

// A Maker is where closures come from, as far as a dump shows: all closures are
// of one class, but those that one line of the program made are bound to objects
// of one class and capture variables of the same names.
type Maker struct {
	This     string   // class of $this; "" for static closures, and where the dump lost it
	Captures []string // names of the variables of the use clause, in order
	Share    float64  // of the closures looked at
}

// maxMakers is how many makers are listed.
const maxMakers = 3

// MakersOf tells who made some closures, the most frequent first. The rest of
// the shares, up to 1, are others.
func MakersOf(g *graph.Graph, closures []graph.NodeID) []Maker {
	count := map[string]int{}
	first := map[string]Maker{}
	for _, n := range closures {
		m := makerOf(g, n)
		key := m.This + "|" + strings.Join(m.Captures, "|")
		if count[key]++; count[key] == 1 {
			first[key] = m
		}
	}
	var list []Maker
	for key, m := range first {
		if m.This == "" && len(m.Captures) == 0 {
			continue // nothing is known of these
		}
		m.Share = float64(count[key]) / float64(len(closures))
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b Maker) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.This, b.This), slices.Compare(a.Captures, b.Captures))
	})
	return list[:min(len(list), maxMakers)]
}

func makerOf(g *graph.Graph, n graph.NodeID) (m Maker) {
	from, to := g.Children(n)
	for e := from; e < to; e++ {
		l, t := g.Label(e), g.Target(e)
		if l.Unreliable() {
			continue
		}
		switch g.Key(l) {
		case "this":
			m.This = strings.Clone(g.Name(g.Kind(t).Class))
		case "static":
			for c, end := g.Children(t); c < end; c++ {
				m.Captures = append(m.Captures, strings.Clone(g.Key(g.Label(c))))
			}
		}
	}
	return m
}
