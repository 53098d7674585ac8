package retain

import (
	"memtrail/analysis"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
	"sync"
)

// Retention is a dump's graph with what each node costs and what it keeps
// alive. The dominator tree and the retained sizes take 8 bytes a node, and 8
// more once its lists are asked for. It may be read by any number of goroutines.
type Retention struct {
	Graph      *graph.Graph
	Info       *dump.Info
	Sizes      *Sizes            // nil if nobody asked for them
	Measurer   *Measurer         // of Sizes; nil unless asked for, and nil for captures
	Reported   bool              // retained is in the dump's own sizes
	Dominators *graph.Dominators // nil if nobody asked for what is retained
	Retained   *graph.Retained

	children     *graph.DominatorChildren
	makeChildren sync.Once
	paths        []graph.EdgeID
	findPaths    sync.Once
}

// RetentionOptions says what is to be known of each node.
type RetentionOptions struct {
	PHP       zend.Version // that wrote the dump; zend.Auto infers it
	Allocated bool         // what PHP's allocator spent for it; Retained implies it
	Retained  bool         // what it keeps alive
	Reported  bool         // Retained is in the dump's own sizes instead of allocated bytes
	Bounds    bool         // Sizes.Bounds, if any sizes are wanted
	Measurer  bool         // Retention.Measurer, if any sizes are wanted; a byte a node
}

// Need is what [Retain] takes beside the graph: a model that the tests of the commands
// hold against the memory of processes.
func (o RetentionOptions) Need() graph.Need {
	const sizes = 4 // 2 bytes for what each node costs, the rest while it is found out
	switch {
	case o.Retained:
		return graph.NeedOfDominators.Plus(graph.Need{Node: sizes + 1})
	case o.Allocated:
		return graph.Need{Node: sizes}
	}
	return graph.Need{}
}

// Retain computes a dump's sizes.
func Retain(g *graph.Graph, info *dump.Info, o RetentionOptions) *Retention {
	r := &Retention{Graph: g, Info: info, Reported: o.Reported}
	var wg sync.WaitGroup
	if o.Retained {
		wg.Go(func() { r.Dominators = g.Dominators() })
	}
	if o.Allocated || o.Retained {
		r.measure(o)
	}
	wg.Wait()
	if o.Retained {
		weight := r.Sizes.Of
		if o.Reported {
			weight = g.Size
		}
		r.Retained = r.Dominators.Retained(weight)
	}
	return r
}

// Memory is about what it has beside the graph, in bytes.
func (r *Retention) Memory() uint64 {
	node := uint64(0)
	if r.Sizes != nil && r.Sizes.exact == nil {
		node += 2
	}
	if r.Dominators != nil {
		node += 4 + 4
	}
	if r.children != nil {
		node += 8
	}
	if r.paths != nil {
		node += 4
	}
	return node * uint64(r.Graph.Len())
}

// measure prices the nodes.
func (r *Retention) measure(o RetentionOptions) {
	if !o.Measurer || r.Graph.Exact() {
		r.Sizes = MeasureSizes(r.Graph, r.Info, o.PHP, o.Bounds)
		return
	}
	r.Measurer = NewMeasurer(r.Graph, r.Info, o.PHP, o.Bounds)
	r.Sizes = r.Measurer.priceAll()
}

// Allocated is what PHP's allocator spent for a node, 0 if that is not known.
func (r *Retention) Allocated(n graph.NodeID) uint64 {
	if r.Sizes == nil {
		return 0
	}
	return r.Sizes.Of(n)
}

// Children lists what each node dominates directly. The lists are made once, for
// all who ask.
func (r *Retention) Children() *graph.DominatorChildren {
	r.makeChildren.Do(func() { r.children = r.Dominators.Children() })
	return r.children
}

// ShortestPaths is that of the graph, found once for all who ask. The slice is not
// to be changed.
func (r *Retention) ShortestPaths() []graph.EdgeID {
	r.findPaths.Do(func() { r.paths = r.Graph.ShortestPaths() })
	return r.paths
}

// Of is what a node retains, 0 if that is not known.
func (r *Retention) Of(n graph.NodeID) uint64 {
	if r.Retained == nil {
		return 0
	}
	return r.Retained.Of(n)
}

// Own is what a node takes itself, in the sizes that retained ones are in.
func (r *Retention) Own(n graph.NodeID) uint64 {
	if r.Reported {
		return r.Graph.Size(n)
	}
	return r.Allocated(n)
}

// Fill notes a node's sizes in an item.
func (r *Retention) Fill(it *analysis.Item, n graph.NodeID) {
	if r.Sizes != nil {
		allocated := r.Sizes.Of(n)
		it.Allocated = &allocated
	}
	if r.Retained != nil {
		retained := r.Retained.Of(n)
		it.Retained = &retained
	}
}
