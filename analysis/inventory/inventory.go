// Package inventory lists all of a dump, row by row: its items and references,
// the places that hold its memory, its classes, and what is known of the dump
// itself. Exports are made of it. Rows of items and references are made one at a
// time: next to the graph they take no memory.
package inventory

import (
	"sync"
	"time"

	"memtrail/analysis"
	"memtrail/analysis/query"
	"memtrail/analysis/retain"
	"memtrail/analysis/tree"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
)

// Inventory is a dump, and what its items take and keep alive. It is not changed
// once made, and may be read by any number of goroutines.
type Inventory struct {
	analysis.Source
	analysis.Caveats
	Name      string    // of the dump, as its rows name it
	Seq       int       // its place in a series, from 1
	Time      time.Time // when it was written; zero where nothing tells
	Producer  string
	PHP       string // the version, or range of versions, that wrote it
	Edges     uint64 // references, those of WeakMaps' entries included
	Retention *retain.Retention
	HidesKeys bool // the keys of arrays are hidden: see [paths.HiddenKey]
}

// Need is what [Of] takes beside a graph, and the trees that rows of places are of.
var Need = graph.Need{Node: 30}

// Of prices the nodes of a graph and finds what each keeps alive.
func Of(g *graph.Graph, info *dump.Info, php zend.Version) *Inventory {
	v := &Inventory{Producer: analysis.ProducerOf(g, info), Edges: uint64(g.Edges())}
	var wg sync.WaitGroup
	wg.Go(func() { v.Source = analysis.GraphSource(g, info) })
	v.Retention = retain.Retain(g, info, retain.RetentionOptions{PHP: php, Allocated: true, Retained: true})
	wg.Wait()
	v.Caveats = v.Retention.Caveats()
	v.PHP = v.Retention.Sizes.PHP.String()
	return v
}

// MemoryUsage is what the process had allocated, in bytes, by the dump's own
// account; false where the dump does not say.
func (v *Inventory) MemoryUsage() (bytes uint64, ok bool) {
	if v.Header == nil || v.Header.MemoryUsage == 0 {
		return 0, false
	}
	return v.Header.MemoryUsage, true
}

// Itself is what PHP takes that belongs to no item, in bytes: an empty script, and
// the engine's table of all objects.
func (v *Inventory) Itself() uint64 { return analysis.Over(v.Explained, v.Retention.Retained.Root) }

// Unexplained is what is left of memory_usage, in bytes. It is negative where the
// sizes come to more, and 0 where the dump does not say.
func (v *Inventory) Unexplained() int64 {
	usage, ok := v.MemoryUsage()
	if !ok {
		return 0
	}
	return analysis.Signed(usage) - analysis.Signed(v.Explained)
}

// Types are the items by class, those without one by type, in the order of what
// they keep alive.
func (v *Inventory) Types() []query.Group {
	return query.SummarizeSized(v.Retention, query.SummaryOptions{By: query.ByClass, Sort: query.SortRetained}).Groups
}

// Options says how much of the dominator tree is wanted.
type Options struct {
	MinShare float64 // of the explained bytes: what keeps less alive is left out
	Nodes    int     // at most; 0: all
}

// Tree is the dominator tree with fingerprints, and with counts of what is left
// out.
func (v *Inventory) Tree(o Options) *tree.Tree {
	t, err := tree.Build(v.Retention, tree.Options{MinShare: o.MinShare, Nodes: o.Nodes, Kept: true, Shapes: true})
	if err != nil {
		panic(err) // from all roots there is always a tree
	}
	if v.HidesKeys {
		t.HideKeys()
	}
	return t
}
