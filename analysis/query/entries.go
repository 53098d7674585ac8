package query

import (
	"memtrail/analysis/paths"
	"memtrail/graph"
)

// An entryKey tells the entries that are alike.
type entryKey struct {
	at     graph.NodeID
	keeper graph.Keeper
}

// entry notes an edge if it leads to the value of a WeakMap's entry.
func (s *speller) entry(e graph.EdgeID) {
	g := s.g
	entry, ok := g.Entry(e)
	if !ok {
		return
	}
	key := entryKey{entry.Map, entry.Keeper}
	if s.seen[key] {
		return
	}
	if s.seen == nil {
		s.seen, s.ways = map[entryKey]bool{}, paths.RootPaths(g)
	}
	s.seen[key] = true
	s.entries = append(s.entries, EntryStep{paths.EntryStep(g, entry), g.ID(entry.Map), s.ways.Expression(entry.Map), keepers[entry.Keeper]})
}

var keepers = map[graph.Keeper]EntryKeeper{graph.KeptByKey: KeptByKey, graph.KeptByValue: KeptByValue, graph.KeptByMap: KeptByMap}
