package report

import "memtrail/analysis/heap"

type capturedChunkJSON struct {
	Address   string         `json:"address"`
	Region    *string        `json:"region"`
	Bytes     uint64         `json:"bytes"`
	Blocks    uint64         `json:"blocks"`
	FreePages uint64         `json:"free_pages"`
	FreeSlots uint64         `json:"free_slots"`
	Pages     string         `json:"pages"`
	Survivors []survivorJSON `json:"survivors"`
	Raw       bool           `json:"raw,omitempty"`
}

type capturedHugeJSON struct {
	Address string  `json:"address"`
	Region  *string `json:"region"`
	Bytes   uint64  `json:"bytes"`
	Owner   string  `json:"owner"`
	Raw     bool    `json:"raw,omitempty"`
}

type survivorJSON struct {
	Name   string  `json:"name"`
	Owner  *string `json:"owner"` // null for values
	Count  uint64  `json:"count"`
	Blocks uint64  `json:"blocks"`
	Bytes  uint64  `json:"bytes"`
	ID     *string `json:"id"`
	Path   *string `json:"path"`
	Raw    bool    `json:"raw,omitempty"`
}

type keeperJSON struct {
	Chunks int `json:"chunks"`
	survivorJSON
}

type nearlyEmptyJSON struct {
	Chunks int          `json:"chunks"`
	Bytes  uint64       `json:"bytes"`
	KeptBy []keeperJSON `json:"kept_by"`
}

func encodeKeeper(k *heap.Keeper) keeperJSON {
	return keeperJSON{k.Chunks, encodeSurvivor(&k.Survivor)}
}

func encodeSurvivor(s *heap.Survivor) survivorJSON {
	d := survivorJSON{
		Name: s.Name(), Owner: orNull(s.Owner, s.Owner != ""), Count: s.Items, Blocks: s.Blocks, Bytes: s.Bytes,
		ID: orNull(s.ID, s.ID != ""), Path: orNull(s.Path, s.Path != ""),
	}
	d.Raw = latin1(&d.Name, d.Path)
	return d
}

func (h capturedHeap) document() document {
	u := &h.Use
	return append(document{
		{"exact", true},
		{"php", h.PHP},
		{"memory_usage", h.Header.MemoryUsage},
		{"memory_usage_real", u.Real},
		{"fragmentation", h.Fragmentation()},
		{"huge", map[string]uint64{"blocks": u.Huge.Blocks, "bytes": u.Huge.Bytes}},
		{"cached_chunks", u.Cached},
		{"free_pages", u.FreePages},
		{"free_slot_bytes", h.FreeSlotBytes()},
		{"bins", u.Bins},
		{"hollow_chunks", h.Hollow},
		{"nearly_empty", nearlyEmptyJSON{h.NearlyEmpty.Chunks, h.NearlyEmpty.Bytes, sliceOf(h.NearlyEmpty.Keepers, encodeKeeper)}},
		{"chunks", listOf(h.Order[:h.Listed], func(c *heap.CapturedChunk) capturedChunkJSON {
			d := capturedChunkJSON{
				Address: c.Address, Region: orNull(c.Region, c.Region != ""), Bytes: c.Bytes, Blocks: c.Blocks,
				FreePages: c.FreePages, FreeSlots: c.FreeSlots, Pages: c.Pages, Survivors: sliceOf(c.Survivors, encodeSurvivor),
			}
			d.Raw = latin1(d.Region)
			return d
		})},
		{"huge_blocks", listOf(h.Huge, func(b *heap.CapturedHuge) capturedHugeJSON {
			d := capturedHugeJSON{Address: b.Address, Region: orNull(b.Region, b.Region != ""), Bytes: b.Bytes, Owner: b.Owner}
			d.Raw = latin1(d.Region)
			return d
		})},
	}, completeness(&h.Source)...)
}
