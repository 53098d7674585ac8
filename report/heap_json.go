package report

import "memtrail/analysis/heap"

type heapTotalsJSON struct {
	MappedBytes   uint64         `json:"mapped_bytes"`
	UsedBytes     uint64         `json:"used_bytes"`
	Fragmentation *float64       `json:"fragmentation"` // null where more is used than is mapped
	PlacedBytes   heapBytesJSON  `json:"placed_bytes"`
	HiddenHuge    heapHiddenJSON `json:"huge_without_address"`
}

type heapHiddenJSON struct {
	Count int    `json:"count"`
	Bytes uint64 `json:"bytes"`
}

type heapBytesJSON struct {
	Objects    uint64 `json:"objects"`
	Arrays     uint64 `json:"arrays"`
	Tables     uint64 `json:"tables"`
	References uint64 `json:"references"`
	Variables  uint64 `json:"variables"`
	Slots      uint64 `json:"slots"`
}

type heapUnplacedJSON struct {
	Strings     uint64 `json:"strings"`
	Keys        uint64 `json:"keys"`
	Arrays      uint64 `json:"arrays"`
	Objects     uint64 `json:"objects"`
	Tables      uint64 `json:"tables"`
	References  uint64 `json:"references"`
	ObjectTable uint64 `json:"object_table"`
	Baseline    uint64 `json:"baseline"`
}

type chunkJSON struct {
	Address   string         `json:"address"`
	Region    *string        `json:"region"`
	Items     uint64         `json:"items"`
	UsedBytes heapBytesJSON  `json:"used_bytes"`
	PagesUsed int            `json:"pages_used"`
	Pages     string         `json:"pages"`
	FreeRuns  []pageRunJSON  `json:"free_runs"`
	Classes   []classUseJSON `json:"classes"`
	Raw       bool           `json:"raw,omitempty"`
}

type pageRunJSON struct {
	From  int `json:"from"`
	Pages int `json:"pages"`
}

type classUseJSON struct {
	Class string `json:"class"`
	Count uint64 `json:"count"`
	Bytes uint64 `json:"bytes"`
	Raw   bool   `json:"raw,omitempty"`
}

type hugeJSON struct {
	Address string  `json:"address"`
	Region  *string `json:"region"`
	Bytes   uint64  `json:"bytes"`
	Kind    string  `json:"kind"`
	Items   uint64  `json:"items"`
	Raw     bool    `json:"raw,omitempty"`
}

type outsideJSON struct {
	Address *string `json:"address"`
	Region  *string `json:"region"`
	Items   uint64  `json:"items"`
	Raw     bool    `json:"raw,omitempty"`
}

func (h heapPage) document() document {
	totals := heapTotalsJSON{
		MappedBytes: h.MappedBytes, UsedBytes: h.UsedBytes,
		PlacedBytes: heapBytesJSONOf(h.Placed), HiddenHuge: heapHiddenJSON{h.HiddenHuge, h.HiddenBytes},
	}
	if share, ok := h.Fragmentation(); ok {
		totals.Fragmentation = &share
	}
	d := document{
		{"php", h.PHP},
		{"header", (*headerJSON)(h.Header)},
		{"totals", totals},
		{"unplaced", heapUnplacedJSON(h.Unplaced)},
		{"chunks", listOf(h.Chunks[:h.Listed], encodeChunk)},
	}
	if cut := len(h.Chunks) - h.Listed; cut > 0 {
		d = append(d, member{"more", cut})
	}
	d = append(d, member{"huge_blocks", listOf(h.Huge, encodeHuge)}, member{"outside", listOf(h.Outside, encodeOutside)})
	if h.Uncharted > 0 {
		d = append(d, member{"uncharted_items", h.Uncharted})
	}
	return append(d, completeness(&h.Source)...)
}

func heapBytesJSONOf(b heap.HeapBytes) heapBytesJSON {
	return heapBytesJSON{
		b[heap.HeapObjects], b[heap.HeapArrays], b[heap.HeapTables],
		b[heap.HeapReferences], b[heap.HeapVariables], b[heap.HeapSlots],
	}
}

func encodeChunk(c *heap.Chunk) chunkJSON {
	d := chunkJSON{
		Address: hex(c.Address), Region: orNull(c.Region, c.Region != ""), Items: c.Items, UsedBytes: heapBytesJSONOf(c.Bytes),
		PagesUsed: c.PagesUsed, Pages: heapBar(c, heap.ChunkPages),
		FreeRuns: sliceOf(c.Free, func(r *heap.PageRun) pageRunJSON { return pageRunJSON(*r) }),
		Classes: sliceOf(c.Classes, func(u *heap.ClassUse) classUseJSON {
			d := classUseJSON{Class: u.Class, Count: u.Count, Bytes: u.Bytes}
			d.Raw = latin1(&d.Class)
			return d
		}),
	}
	d.Raw = latin1(d.Region)
	return d
}

func encodeHuge(b *heap.HugeBlock) hugeJSON {
	d := hugeJSON{Address: hex(b.Address), Region: orNull(b.Region, b.Region != ""), Bytes: b.Bytes, Kind: b.Kind.String(), Items: b.Items}
	d.Raw = latin1(d.Region)
	return d
}

func encodeOutside(o *heap.Outside) outsideJSON {
	d := outsideJSON{Address: orNull(hex(o.Address), o.Address != 0), Region: orNull(o.Region, o.Region != ""), Items: o.Items}
	d.Raw = latin1(d.Region)
	return d
}
