// Package overview answers all questions about one dump at once: what looks like
// a leak, what holds the memory, what it is spent on, how sure that is, and where
// it lies. All answers rest on one graph and one set of sizes.
package overview

import (
	"sync"

	"memtrail/analysis/check"
	"memtrail/analysis/heap"
	"memtrail/analysis/leaks"
	"memtrail/analysis/query"
	"memtrail/analysis/retain"
	"memtrail/analysis/tree"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/profile"
	"memtrail/zend"
)

// Options says how much of a dump is wanted.
type Options struct {
	PHP       zend.Version // that wrote the dump; zend.Auto infers it
	Threshold float64      // share of the explained memory that makes a suspect
	MinShare  float64      // of the same: what retains less is left out of the tree
	Nodes     int          // of the tree, at most; 0: all
	// Profile is one of the process by memprof, or nil, and ProfileName what to call it.
	Profile     *profile.Profile
	ProfileName string
}

// Overview is what the commands leaks, tree, check, summary and heap say of one
// dump.
type Overview struct {
	Leaks *leaks.Leaks
	Tree  *tree.Tree
	Check *check.Check
	Types *query.Summary // by class, with what each retains, all of them
	// Heap is the map of the heap that a dump shows, CapturedHeap that of a
	// capture. At most one is there: some dumps show no places.
	Heap         *heap.Heap
	CapturedHeap *heap.CapturedHeap
}

// Need is what [Of] takes beside a graph.
var Need = graph.Need{Node: 37}

// Of computes an overview. Two analyses run at a time, in an order by which both
// halves take about as long: more would hold more memory at once than the graph
// does.
func Of(g *graph.Graph, info *dump.Info, o Options) (*Overview, error) {
	r := retain.Retain(g, info, retain.RetentionOptions{PHP: o.PHP, Allocated: true, Retained: true, Bounds: true, Measurer: true})
	v := &Overview{}
	var failed error
	var wg sync.WaitGroup
	wg.Go(func() {
		v.Tree, failed = tree.Build(r, tree.Options{MinShare: o.MinShare, Nodes: o.Nodes})
		v.Types = query.SummarizeSized(r, query.SummaryOptions{By: query.ByClass, Sort: query.SortRetained})
	})
	v.Leaks = leaks.Find(r, leaks.Options{Threshold: o.Threshold, Profile: o.Profile, ProfileName: o.ProfileName})
	v.Check = check.Priced(g, info, func() *retain.Sizes { return r.Sizes }, nil)
	v.drawHeap(r, o.PHP)
	wg.Wait()
	return v, failed
}

// Tree computes the tree of an overview alone, of a dump that another is compared
// with.
func Tree(g *graph.Graph, info *dump.Info, o Options) (*tree.Tree, error) {
	r := retain.Retain(g, info, retain.RetentionOptions{PHP: o.PHP, Allocated: true, Retained: true})
	return tree.Build(r, tree.Options{MinShare: o.MinShare, Nodes: o.Nodes})
}

// drawHeap draws the map of the heap, where the dump shows places.
func (v *Overview) drawHeap(r *retain.Retention, php zend.Version) {
	var err error
	switch {
	case r.Info.Capture != nil:
		if v.CapturedHeap, err = heap.MapCapture(r.Graph, r.Info, heap.HeapOptions{PHP: php}); err != nil {
			v.CapturedHeap = nil
		}
	case r.Measurer != nil:
		if v.Heap, err = heap.MapMeasured(r.Measurer, r.Info, heap.HeapOptions{}); err != nil {
			v.Heap = nil
		}
	}
}
