package retain

import (
	"memtrail/analysis"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
	"sync"
)

// Retention is a dump's graph with what each node costs and what it keeps
// alive. The dominator tree and the retained sizes take 12 bytes a node.
type Retention struct {
	Graph      *graph.Graph
	Info       *dump.Info
	Sizes      *Sizes            // nil if nobody asked for them
	Reported   bool              // retained is in the dump's own sizes
	Dominators *graph.Dominators // nil if nobody asked for what is retained
	Retained   *graph.Retained
}

// RetentionOptions says what is to be known of each node.
type RetentionOptions struct {
	PHP       zend.Version // that wrote the dump; zend.Auto infers it
	Allocated bool         // what PHP's allocator spent for it; Retained implies it
	Retained  bool         // what it keeps alive
	Reported  bool         // Retained is in the dump's own sizes instead of allocated bytes
	Bounds    bool         // Sizes.Bounds, if any sizes are wanted
}

// Retain computes a dump's sizes.
func Retain(g *graph.Graph, info *dump.Info, o RetentionOptions) *Retention {
	r := &Retention{Graph: g, Info: info, Reported: o.Reported}
	var wg sync.WaitGroup
	if o.Retained {
		wg.Go(func() { r.Dominators = g.Dominators() })
	}
	if o.Allocated || o.Retained {
		r.Sizes = MeasureSizes(g, info, o.PHP, o.Bounds)
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

// Allocated is what PHP's allocator spent for a node, 0 if that is not known.
func (r *Retention) Allocated(n graph.NodeID) uint64 {
	if r.Sizes == nil {
		return 0
	}
	return r.Sizes.Of(n)
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
