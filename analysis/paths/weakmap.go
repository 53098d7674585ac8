package paths

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/analysis"
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
	Key, Value analysis.Kind
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
	common := func(node func(*graph.Entry) graph.NodeID) analysis.Kind {
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
			return analysis.Kind{}
		}
		k := g.Kinds()[best]
		return analysis.Kind{Type: g.Name(k.Type), Class: g.Name(k.Class)}
	}
	u.Key = common(func(e *graph.Entry) graph.NodeID { return e.Key })
	u.Value = common(func(e *graph.Entry) graph.NodeID { return e.Value })
	return u
}

// WeakMapOf is the WeakMapUse of a node; false if it is no WeakMap with entries.
func WeakMapOf(g *graph.Graph, n graph.NodeID) (WeakMapUse, bool) {
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

// viaKey is the step from an object to a value that it is the key of in some
// WeakMap, and so keeps alive. Steps to what the map itself keeps are written
// like those to the elements of an array, with the number of the entry.
const viaKey = "=>WeakMap"

// AppendEdge writes how an edge's source holds its target.
func AppendEdge(to *strings.Builder, g *graph.Graph, e graph.EdgeID) {
	l := g.Label(e)
	if entry, ok := g.Entry(e); ok {
		to.WriteString(EntryStep(g, entry))
		return
	}
	AppendStep(to, g.IsObject(g.Source(e)), g.Key(l), !l.Unreliable())
}

// EntryStep writes the step to the value of an entry.
func EntryStep(g *graph.Graph, entry *graph.Entry) string {
	if entry.Keeper == graph.KeptByKey {
		return viaKey
	}
	return "[" + g.Key(entry.Index) + "]"
}
