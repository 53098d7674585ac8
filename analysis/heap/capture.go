package heap

import (
	"cmp"
	"memtrail/analysis"
	"memtrail/dump"
	"memtrail/graph"
	"slices"
)

// CapturedHeap is the map of the heap of a capture: nothing in it is inferred.
type CapturedHeap struct {
	analysis.Source
	PHP    string
	Use    dump.HeapUse
	Listed int // chunks to list: those that are the least used, all if it is not less than there are
	// Order has the chunks by how much of them is in use, the least used first.
	Order []CapturedChunk
}

// CapturedChunk is a chunk with what is in it.
type CapturedChunk struct {
	dump.ChunkUse
	// Survivors are the values whose blocks lie in a nearly empty chunk, by
	// type or class, those that take the most first: while one of them is
	// there, PHP cannot give the chunk back.
	Survivors []Survivor
}

// Survivor is what values of one type or class take of a chunk.
type Survivor struct {
	Name  string
	Count uint64
	Bytes uint64
	ID    string // of one of them
}

// Share is the share of a chunk that allocated blocks take.
func (c *CapturedChunk) Share() float64 { return float64(c.Bytes) / (ChunkSize - PageSize) }

// FreeSlotBytes is what free blocks of all sizes come to.
func (h *CapturedHeap) FreeSlotBytes() uint64 {
	n := uint64(0)
	for _, b := range h.Use.Bins {
		n += b.Free * b.Size
	}
	return n
}

// Fragmentation is the share of the memory taken from the system that no block
// has.
func (h *CapturedHeap) Fragmentation() float64 {
	if h.Header == nil || h.Use.Real == 0 {
		return 0
	}
	return 1 - float64(h.Header.MemoryUsage)/float64(h.Use.Real)
}

const (
	nearlyEmpty   = 0.25 // share of a chunk
	mostSurvivors = 3    // types named of each chunk
)

// MapCapture maps the heap of a capture; limit bounds the chunks to list, 0 for
// all.
func MapCapture(g *graph.Graph, info *dump.Info, limit int) *CapturedHeap {
	h := &CapturedHeap{Source: analysis.GraphSource(g, info), PHP: info.Capture.PHP, Use: info.Capture.Heap}
	for _, c := range h.Use.Chunks {
		h.Order = append(h.Order, CapturedChunk{ChunkUse: c})
	}
	slices.SortStableFunc(h.Order, func(a, b CapturedChunk) int { return cmp.Compare(a.Bytes, b.Bytes) })
	h.Listed = len(h.Order)
	if limit > 0 {
		h.Listed = min(h.Listed, limit)
	}
	h.findSurvivors(g)
	return h
}

// findSurvivors looks for the values in nearly empty chunks.
func (h *CapturedHeap) findSurvivors(g *graph.Graph) {
	type kindIn struct {
		chunk int
		kind  graph.KindID
	}
	chunks := map[uint64]int{}
	for i := range h.Order[:h.Listed] {
		c := &h.Order[i]
		if a, _ := dump.ParseAddress([]byte(c.Address)); !a.Opaque() && c.Share() < nearlyEmpty {
			chunks[uint64(a)/ChunkSize] = i
		}
	}
	found := map[kindIn]*Survivor{}
	for n := range graph.NodeID(g.Items()) {
		alloc := g.Alloc(n)
		if alloc == 0 {
			continue
		}
		i, ok := chunks[uint64(g.Address(n))/ChunkSize]
		if !ok {
			continue
		}
		k := kindIn{i, g.KindID(n)}
		s, ok := found[k]
		if !ok {
			kind := g.Kind(n)
			s = &Survivor{Name: cmp.Or(g.Name(kind.Class), g.Name(kind.Type)), ID: g.ID(n)}
			found[k] = s
		}
		s.Count++
		s.Bytes += alloc
	}
	for k, s := range found {
		h.Order[k.chunk].Survivors = append(h.Order[k.chunk].Survivors, *s)
	}
	for i := range h.Order {
		all := h.Order[i].Survivors
		slices.SortFunc(all, func(a, b Survivor) int {
			return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
		})
		h.Order[i].Survivors = all[:min(len(all), mostSurvivors)]
	}
}
