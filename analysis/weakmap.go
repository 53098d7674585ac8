package analysis

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/graph"
)

// WeakMapUse is what is to be known of the entries of one WeakMap. Its parts
// are numbers of entries; what is in none of them a key keeps.
type WeakMapUse struct {
	Map     graph.NodeID
	Entries uint64
	// SelfHeld are those whose value leads to its own key, while nothing else
	// does. PHP before 8.3 never frees them: see [graph.KeptByValue].
	SelfHeld uint64
	// Unheld are those to whose key nothing in the dump leads.
	Unheld uint64
	// Key and Value are the commonest kinds of keys and values; of self-held
	// entries, if there are any, else of all.
	Key, Value Kind
}

// WeakMaps lists the WeakMaps that have entries and that a root leads to, in
// the order of the dump.
func WeakMaps(g *graph.Graph) []WeakMapUse {
	var list []WeakMapUse
	entries := g.Entries()
	for len(entries) > 0 {
		n := 1
		for n < len(entries) && entries[n].Map == entries[0].Map {
			n++
		}
		if entries[0].Keeper != graph.NotKept {
			list = append(list, useOf(g, entries[:n]))
		}
		entries = entries[n:]
	}
	return list
}

// useOf sums up the entries of one map.
func useOf(g *graph.Graph, entries []graph.Entry) WeakMapUse {
	u := WeakMapUse{Map: entries[0].Map, Entries: uint64(len(entries))}
	for i := range entries {
		switch entries[i].Keeper {
		case graph.KeptByValue:
			u.SelfHeld++
		case graph.KeptByMap:
			u.Unheld++
		}
	}
	common := func(node func(*graph.Entry) graph.NodeID) Kind {
		count := map[graph.KindID]int{}
		var best graph.KindID
		for i := range entries {
			e := &entries[i]
			if n := node(e); n != graph.None && (u.SelfHeld == 0 || e.Keeper == graph.KeptByValue) {
				k := g.KindID(n)
				if count[k]++; count[k] > count[best] {
					best = k
				}
			}
		}
		if len(count) == 0 {
			return Kind{}
		}
		k := g.Kinds()[best]
		return Kind{g.Name(k.Type), g.Name(k.Class)}
	}
	u.Key = common(func(e *graph.Entry) graph.NodeID { return e.Key })
	u.Value = common(func(e *graph.Entry) graph.NodeID { return e.Value })
	return u
}

// useOfMap is the WeakMapUse of a node; false if it is no WeakMap with entries.
func useOfMap(g *graph.Graph, n graph.NodeID) (WeakMapUse, bool) {
	entries := entriesOf(g, n)
	if len(entries) == 0 {
		return WeakMapUse{}, false
	}
	return useOf(g, entries), true
}

// entriesOf are the entries of a node; none if it is no WeakMap.
func entriesOf(g *graph.Graph, n graph.NodeID) []graph.Entry {
	entries := g.Entries()
	from, _ := slices.BinarySearchFunc(entries, n, func(e graph.Entry, n graph.NodeID) int { return cmp.Compare(e.Map, n) })
	to := from
	for to < len(entries) && entries[to].Map == n {
		to++
	}
	return entries[from:to]
}

// entrySteps lists the entries by which paths lead, one of each map and keeper.
func entrySteps(g *graph.Graph, paths []Path) []EntryStep {
	type from struct {
		at     graph.NodeID
		keeper graph.Keeper
	}
	var list []EntryStep
	var ways *Paths
	seen := map[from]bool{}
	for i := range paths {
		steps := paths[i].Steps
		for j := 1; j < len(steps); j++ {
			if !steps[j].Entry {
				continue
			}
			entry := entryBetween(g, steps[j-1].node, steps[j].node, steps[j].Key)
			if key := (from{entry.Map, entry.Keeper}); !seen[key] {
				seen[key] = true
				if ways == nil {
					ways = RootPaths(g)
				}
				list = append(list, EntryStep{entryStep(g, entry), g.ID(entry.Map), pathWriter{g, ways}.expression(entry.Map), keepers[entry.Keeper]})
			}
		}
	}
	return list
}

var keepers = map[graph.Keeper]EntryKeeper{graph.KeptByKey: KeptByKey, graph.KeptByValue: KeptByValue, graph.KeptByMap: KeptByMap}

// entryBetween finds the entry by which a node keeps another one.
func entryBetween(g *graph.Graph, n, value graph.NodeID, key string) *graph.Entry {
	_, from := g.Children(n)
	_, to := g.Held(n)
	for e := from; e < to; e++ {
		if g.Target(e) == value && g.Key(g.Label(e)) == key {
			entry, _ := g.Entry(e)
			return entry
		}
	}
	return nil
}

// viaKey is the step from an object to a value that it is the key of in some
// WeakMap, and so keeps alive. Steps to what the map itself keeps are written
// like those to the elements of an array, with the number of the entry.
const viaKey = "=>WeakMap"

// appendEdge writes how an edge's source holds its target.
func appendEdge(to *strings.Builder, g *graph.Graph, e graph.EdgeID) {
	l := g.Label(e)
	if entry, ok := g.Entry(e); ok {
		to.WriteString(entryStep(g, entry))
		return
	}
	appendStep(to, g.IsObject(g.Source(e)), g.Key(l), !l.Unreliable())
}

// entryStep writes the step to the value of an entry.
func entryStep(g *graph.Graph, entry *graph.Entry) string {
	if entry.Keeper == graph.KeptByKey {
		return viaKey
	}
	return "[" + g.Key(entry.Index) + "]"
}
