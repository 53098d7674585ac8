package heap

import (
	"cmp"
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/dump"
	"memtrail/graph"
)

// CapturedHeap is the map of the heap of a capture: nothing in it is inferred.
type CapturedHeap struct {
	analysis.Source
	PHP    string
	Use    dump.HeapUse
	Listed int  // chunks to list: those that are the least used, all if it is not less than there are
	Mapped bool // a list of mappings was there to tell regions
	// Order has the chunks by how much of them is in use, the least used first.
	Order []CapturedChunk
	Huge  []CapturedHuge // by address

	// Hollow counts chunks in which no block is allocated: their pages are cut
	// into blocks, and PHP keeps those until gc_mem_caches().
	Hollow      int
	NearlyEmpty NearlyEmpty
}

// NearlyEmpty are the chunks that have something in use, but in less than a
// quarter of them, and that PHP could give back to the system without it.
type NearlyEmpty struct {
	Chunks  int
	Bytes   uint64   // in use
	Keepers []Keeper // what is named of each chunk, those in the most chunks first
}

// Keeper is a survivor in several chunks.
type Keeper struct {
	Survivor
	Chunks int
	most   uint64 // bytes in the chunk that the ID is of
}

// CapturedChunk is a chunk with what is in it.
type CapturedChunk struct {
	dump.ChunkUse
	Region string // name of the mapping; "" where no list of them was there
	// Survivors are what keeps a nearly empty chunk, those that have most of it
	// first: while one of them is there, PHP cannot give the chunk back.
	Survivors []Survivor
}

// CapturedHuge is a block that is too large for a chunk.
type CapturedHuge struct {
	dump.HugeUse
	Region string
}

// Survivor is what values of one type or class have of a chunk; or what an
// owner has, such as code, that is no value's.
type Survivor struct {
	dump.Kept
	Path string // expression of the value that has the ID; "" where there is none
}

// Name is the class, the type or the owner.
func (s *Survivor) Name() string { return cmp.Or(s.Class, s.Type, s.Owner) }

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

// MapCapture maps the heap of a capture. Without a limit all chunks are listed.
func MapCapture(g *graph.Graph, info *dump.Info, o HeapOptions) (*CapturedHeap, error) {
	h := &CapturedHeap{Source: analysis.GraphSource(g, info), PHP: info.Capture.PHP, Use: info.Capture.Heap, Mapped: o.Maps != nil}
	for _, c := range h.Use.Chunks {
		h.Order = append(h.Order, CapturedChunk{ChunkUse: c})
		if c.Blocks == 0 {
			h.Hollow++
		}
	}
	slices.SortStableFunc(h.Order, func(a, b CapturedChunk) int { return cmp.Compare(a.Bytes, b.Bytes) })
	for _, b := range h.Use.HugeList {
		h.Huge = append(h.Huge, CapturedHuge{HugeUse: b})
	}
	slices.SortStableFunc(h.Huge, func(a, b CapturedHuge) int { return cmp.Compare(number(a.Address), number(b.Address)) })
	if o.Maps != nil {
		if err := h.findRegions(o.Maps); err != nil {
			return nil, err
		}
	}
	h.Listed = len(h.Order)
	if o.Limit > 0 {
		h.Listed = min(h.Listed, o.Limit)
	}
	h.sumUp(g)
	return h, nil
}

// number is a hexadecimal address of a capture; one that is none lies in no
// mapping.
func number(address string) dump.Address {
	a, _ := dump.ParseAddress([]byte(address))
	return a
}

// findRegions names the mappings that chunks and huge blocks lie in.
func (h *CapturedHeap) findRegions(maps dump.Regions) error {
	found := len(h.Order)+len(h.Huge) == 0
	name := func(address string) string {
		r := maps.Find(number(address))
		found = found || r != nil
		return regionName(r)
	}
	for i := range h.Order {
		h.Order[i].Region = name(h.Order[i].Address)
	}
	for i := range h.Huge {
		h.Huge[i].Region = name(h.Huge[i].Address)
	}
	if !found {
		return errOtherProcess
	}
	return nil
}

// sumUp adds up what keeps the nearly empty chunks, and gives the survivors of
// the chunks to be listed paths.
func (h *CapturedHeap) sumUp(g *graph.Graph) {
	type name struct{ owner, typ, class string }
	byName := map[name]*Keeper{}
	wanted := map[dump.Address]string{} // paths by id
	for i := range h.Order {
		c := &h.Order[i]
		if len(c.KeptBy) == 0 {
			continue
		}
		h.NearlyEmpty.Chunks++
		h.NearlyEmpty.Bytes += c.Bytes
		for _, k := range c.KeptBy {
			if i < h.Listed {
				c.Survivors = append(c.Survivors, Survivor{Kept: k})
				wanted[number(k.ID)] = ""
			}
			at := name{k.Owner, k.Type, k.Class}
			sum := byName[at]
			if sum == nil {
				sum = &Keeper{Survivor: Survivor{Kept: dump.Kept{Owner: k.Owner, Type: k.Type, Class: k.Class}}}
				byName[at] = sum
			}
			if k.Bytes > sum.most {
				sum.ID, sum.most = k.ID, k.Bytes
			}
			sum.Chunks++
			sum.Items += k.Items
			sum.Blocks += k.Blocks
			sum.Bytes += k.Bytes
		}
	}
	if h.NearlyEmpty.Chunks == 0 {
		return
	}
	for _, k := range byName {
		wanted[number(k.ID)] = ""
	}
	findPaths(g, wanted)
	for i := range h.Order[:h.Listed] {
		for j := range h.Order[i].Survivors {
			s := &h.Order[i].Survivors[j]
			s.Path = wanted[number(s.ID)]
		}
	}
	for _, k := range byName {
		k.Path = wanted[number(k.ID)]
		h.NearlyEmpty.Keepers = append(h.NearlyEmpty.Keepers, *k)
	}
	slices.SortFunc(h.NearlyEmpty.Keepers, func(a, b Keeper) int {
		return cmp.Or(cmp.Compare(b.Chunks, a.Chunks), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name(), b.Name()), cmp.Compare(a.Owner, b.Owner))
	})
}

// findPaths writes the paths to the items at some addresses.
func findPaths(g *graph.Graph, wanted map[dump.Address]string) {
	delete(wanted, number("")) // of owners
	w := paths.Writer{Graph: g, Paths: paths.RootPaths(g)}
	for n := range graph.NodeID(g.Items()) {
		if _, ok := wanted[g.Address(n)]; ok {
			wanted[g.Address(n)] = w.Expression(n)
		}
	}
}
