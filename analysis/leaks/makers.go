package leaks

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/analysis"
	"memtrail/dump"
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
	// Source is where they are declared; nil where the dump does not tell, or
	// several declarations are alike.
	Source *analysis.Declared
}

// maxMakers is how many makers are listed.
const maxMakers = 3

// MakersOf tells who made some closures, the most frequent first. The rest of
// the shares, up to 1, are others. sites are what a capture knows; nil for a
// dump of another kind.
func MakersOf(g *graph.Graph, closures []graph.NodeID, sites []dump.ClosureSite) []Maker {
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
		m.Share = float64(count[key]) / float64(len(closures))
		if m.Source = m.declared(sites, uint64(count[key])); m.This == "" && len(m.Captures) == 0 && m.Source == nil {
			continue // nothing is known of these
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b Maker) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.This, b.This), slices.Compare(a.Captures, b.Captures))
	})
	return list[:min(len(list), maxMakers)]
}

// declared finds the one declaration of which so many closures may have been
// made.
func (m *Maker) declared(sites []dump.ClosureSite, closures uint64) (found *analysis.Declared) {
	for i := range sites {
		s := &sites[i]
		if s.Objects < closures || s.This != m.This || !slices.Equal(s.Uses, m.Captures) {
			continue
		}
		if found != nil && (found.File != s.File || found.Line != s.Line) {
			return nil
		}
		found = &analysis.Declared{Symbol: "{closure}", File: s.File, Line: s.Line, End: s.End}
	}
	return found
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
