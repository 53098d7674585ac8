package retain

import (
	"math"
	"sync"

	"memtrail/dump"
	"memtrail/graph"
	"memtrail/zend"
)

// Sizes is what PHP's allocator spent for each node of a graph, as package
// zend models it: the heap that the dump describes. Arrays that share one
// bucket store are charged once, to the first in the dump. It takes 2 bytes a
// node, as what takes 64 KiB by itself is rare.
type Sizes struct {
	// PHP are the versions that the dump may come from, Why what tells; the
	// model is that of one of them.
	PHP   zend.Range
	Why   string
	Model *zend.Model
	// ByKind is the sum of all nodes, by what it was spent for.
	ByKind zend.Cost
	// NoValues is what the items of a capture take that PHP has no value of, such
	// as code and lost blocks.
	NoValues uint64
	// Bounds are what the nodes cost at least and at most; nil unless asked for.
	Bounds *zend.Bounds
	// ObjectTable is the engine's table of all objects, Baseline what an empty
	// script takes; both belong to no node.
	ObjectTable, Baseline uint64
	// Rebuilt is what the property tables of all objects would take that a dump
	// makes PHP build.
	Rebuilt uint64
	// Lost counts by class the objects that show a table which is another's.
	Lost map[string]uint64

	exact     *graph.Graph // of a capture, whose nodes have their bytes; else nil
	allocated []uint16     // by node; what does not fit is in big
	// big is read while later nodes are priced, see heap.
	mu  sync.RWMutex
	big map[graph.NodeID]uint64

	Parts [numTypes]part // by type, with Bounds
}

// part is what the nodes of one type come to.
type part struct {
	Spent  uint64
	Bounds zend.Bounds
}

// Of is what a node costs by itself, in bytes.
func (s *Sizes) Of(n graph.NodeID) uint64 {
	if s.exact != nil {
		return s.exact.Alloc(n)
	}
	if v := s.allocated[n]; v != math.MaxUint16 {
		return uint64(v)
	}
	return s.large(n)
}

func (s *Sizes) large(n graph.NodeID) uint64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.big[n]
}

// set notes what a node costs.
func (s *Sizes) set(n graph.NodeID, bytes uint64) {
	if bytes < math.MaxUint16 {
		s.allocated[n] = uint16(bytes)
		return
	}
	s.allocated[n] = math.MaxUint16
	s.mu.Lock()
	defer s.mu.Unlock()
	s.big[n] = bytes
}

// Explained is what the nodes, the table of objects and the baseline come to.
func (s *Sizes) Explained() uint64 { return s.ByKind.Total() + s.NoValues + s.ObjectTable + s.Baseline }

// MeasureSizes prices all nodes of a graph. php is the version that wrote the
// dump, or zend.Auto; withBounds asks for Sizes.Bounds.
func MeasureSizes(g *graph.Graph, info *dump.Info, php zend.Version, withBounds bool) *Sizes {
	if g.Exact() {
		return exactSizes(g, info, php, withBounds)
	}
	return NewMeasurer(g, info, php, withBounds).priceAll()
}

// priceAll prices all nodes.
func (m *Measurer) priceAll() *Sizes {
	for n := range graph.NodeID(m.Graph.Len()) {
		m.Price(n)
	}
	if b := m.Out.Bounds; b != nil {
		for _, p := range m.Out.Parts {
			b.Add(p.Bounds)
		}
	}
	return m.Out
}
