package query

import (
	"memtrail/analysis/paths"
	"memtrail/graph"
)

// entrySteps lists the entries by which paths lead, one of each map and keeper.
func entrySteps(g *graph.Graph, found []Path) []EntryStep {
	type from struct {
		at     graph.NodeID
		keeper graph.Keeper
	}
	var list []EntryStep
	var ways *paths.Paths
	seen := map[from]bool{}
	for i := range found {
		steps := found[i].Steps
		for j := 1; j < len(steps); j++ {
			entry, ok := g.Entry(steps[j].edge)
			if !steps[j].Entry || !ok {
				continue
			}
			if key := (from{entry.Map, entry.Keeper}); !seen[key] {
				seen[key] = true
				if ways == nil {
					ways = paths.RootPaths(g)
				}
				list = append(list, EntryStep{paths.EntryStep(g, entry), g.ID(entry.Map), paths.Writer{Graph: g, Paths: ways}.Expression(entry.Map), keepers[entry.Keeper]})
			}
		}
	}
	return list
}

var keepers = map[graph.Keeper]EntryKeeper{graph.KeptByKey: KeptByKey, graph.KeptByValue: KeptByValue, graph.KeptByMap: KeptByMap}
