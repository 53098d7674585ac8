package heap

import (
	"cmp"
	"slices"

	"memtrail/dump"
	"memtrail/graph"
)

// This file makes chunks, huge blocks and strays of what was placed.

// few is the number of items up to which a window may be a stray.
const few = 16

// sortOut tells chunks, huge blocks and what is neither.
func (p *placer) sortOut(h *Heap, maps dump.Regions) {
	all := make([]*window, 0, len(p.windows))
	for _, w := range p.windows {
		if w.items > 0 {
			all = append(all, w)
		}
	}
	slices.SortFunc(all, func(a, b *window) int { return cmp.Compare(a.number, b.number) })
	all = p.takeHuge(h, all, maps)

	var outside []*window
	if maps != nil {
		all, outside = split(all, func(w *window) bool {
			from := dump.Address(w.number * ChunkSize)
			return !w.header && maps.Hold(from, from+ChunkSize)
		})
	} else {
		all, outside = withoutStrays(all, h, p.hiddenBytes)
	}
	classes := p.classesOf(all)
	for i, w := range all {
		c := w.chunk()
		c.Classes = classes[i]
		if maps != nil {
			c.Region = regionName(maps.Find(dump.Address(c.Address)))
		}
		h.Chunks = append(h.Chunks, c)
	}
	p.tellOutside(h, outside, maps)
}

func split(all []*window, isChunk func(*window) bool) (chunks, outside []*window) {
	for _, w := range all {
		if isChunk(w) {
			chunks = append(chunks, w)
		} else {
			outside = append(outside, w)
		}
	}
	return chunks, outside
}

// farAway is how many chunks a lonely window may be away from others: 4 GiB.
const farAway = 4 << 30 / ChunkSize

// withoutStrays parts windows that cannot be chunks, where no list of mappings
// tells:
//
//  1. those with something in a chunk's header;
//  2. lonely ones far from all others: a stack, a program's data;
//  3. where that makes more chunks than PHP had mapped, those with nothing but
//     slots, or little at all.
func withoutStrays(all []*window, h *Heap, hidden uint64) (chunks, outside []*window) {
	var most uint64
	for _, w := range all {
		most = max(most, w.items)
	}
	isLonely := func(w *window) bool { return w.items < min(few, most) }
	near := nearOthers(all, isLonely)
	stray := map[*window]bool{}
	mapped := hidden
	for i, w := range all {
		if w.header || isLonely(w) && !near[i] {
			stray[w] = true
		} else {
			mapped += ChunkSize
		}
	}
	for _, b := range h.Huge {
		mapped += b.Bytes
	}
	if h.Header != nil && h.Header.MemoryUsageReal > 0 {
		slots, _ := split(all, func(w *window) bool { return w.objects == 0 && (w.blocks == 0 || isLonely(w)) && !stray[w] })
		slices.SortStableFunc(slots, func(a, b *window) int { return cmp.Compare(a.items, b.items) })
		for _, w := range slots {
			if mapped <= h.Header.MemoryUsageReal {
				break
			}
			stray[w] = true
			mapped -= ChunkSize
		}
	}
	return split(all, func(w *window) bool { return !stray[w] })
}

// nearOthers tells for each lonely window, in the order of their addresses,
// whether the next one before or behind it that is not lonely is near.
func nearOthers(all []*window, isLonely func(*window) bool) []bool {
	near := make([]bool, len(all))
	look := func(order func(yield func(int, *window) bool)) {
		var last *window
		for i, w := range order {
			if !isLonely(w) {
				last = w
			} else if last != nil && max(w.number, last.number)-min(w.number, last.number) <= farAway {
				near[i] = true
			}
		}
	}
	look(slices.All(all))
	look(slices.Backward(all))
	return near
}

// takeHuge takes out the windows that huge blocks lie in. A block that would
// lie where objects do was not there.
func (p *placer) takeHuge(h *Heap, all []*window, maps dump.Regions) []*window {
	slices.SortFunc(p.stores, func(a, b HugeBlock) int {
		return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(b.Bytes, a.Bytes))
	})
	huge := map[*window]bool{}
	end := uint64(0)
	for _, b := range p.stores {
		if b.Address < end || maps != nil && !maps.Hold(dump.Address(b.Address), dump.Address(b.Address+b.Bytes)) {
			continue
		}
		from, _ := slices.BinarySearchFunc(all, b.Address/ChunkSize, func(w *window, n uint64) int { return cmp.Compare(w.number, n) })
		to := from
		for to < len(all) && all[to].number*ChunkSize < b.Address+b.Bytes {
			b.Items += all[to].items
			to++
		}
		if slices.ContainsFunc(all[from:to], func(w *window) bool { return w.objects > 0 }) {
			b.Items = 0
			continue
		}
		for _, w := range all[from:to] {
			huge[w] = true
		}
		end = b.Address + b.Bytes
		if maps != nil {
			b.Region = regionName(maps.Find(dump.Address(b.Address)))
		}
		h.Huge = append(h.Huge, b)
	}
	rest, _ := split(all, func(w *window) bool { return !huge[w] })
	return rest
}

func (w *window) chunk() Chunk {
	c := Chunk{Address: w.number * ChunkSize, Items: w.items, Pages: make([]PageUse, ChunkPages), PagesUsed: 1}
	free := 0
	for i := range w.pages {
		use := &c.Pages[i]
		var most uint16
		for k, cells := range w.pages[i] {
			if cells > most {
				most, use.Kind = cells, HeapKind(k)
			}
			use.Bytes += cells * cellBytes
			c.Bytes[k] += uint64(cells) * cellBytes
		}
		if i > 0 && most == 0 {
			free++
			continue
		}
		if free > 0 {
			c.Free = append(c.Free, PageRun{i - free, free})
			free = 0
		}
		if i > 0 {
			c.PagesUsed++
		}
	}
	if free > 0 {
		c.Free = append(c.Free, PageRun{ChunkPages - free, free})
	}
	return c
}

// mostClasses is how many classes are named of each chunk.
const mostClasses = 10

// classesOf gives what the largest classes in each window take.
func (p *placer) classesOf(all []*window) [][]ClassUse {
	many := map[uint64][]graph.KindID{}
	for k := range p.manyKinds {
		many[k.window] = append(many[k.window], k.kind)
	}
	out := make([][]ClassUse, len(all))
	for i, w := range all {
		var uses []ClassUse
		byName := map[graph.NameID]int{}
		add := func(k graph.KindID, count uint32) {
			if count == 0 {
				return
			}
			name := p.Graph.Kinds()[k].Class
			j, ok := byName[name]
			if !ok {
				j = len(uses)
				byName[name] = j
				uses = append(uses, ClassUse{Class: p.Graph.Name(name)})
			}
			uses[j].Count += uint64(count)
			uses[j].Bytes += uint64(count) * p.Out.Model.Block(p.Classes[k])
		}
		for k, count := range w.kinds {
			add(graph.KindID(k), count)
		}
		for _, k := range many[w.number] {
			add(k, p.manyKinds[manyKind{w.number, k}])
		}
		slices.SortFunc(uses, func(a, b ClassUse) int {
			return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Class, b.Class))
		})
		out[i] = slices.Clone(uses[:min(len(uses), mostClasses)])
	}
	return out
}

// What regions without a name are called.
const (
	anonymous = "anonymous"
	unmapped  = "not mapped"
)

func regionName(r *dump.Region) string {
	switch {
	case r == nil:
		return unmapped
	case r.Name == "":
		return anonymous
	}
	return r.Name
}

// tellOutside counts the addresses that are not in the heap: by region where
// those are known, else by window.
func (p *placer) tellOutside(h *Heap, outside []*window, maps dump.Regions) {
	if maps == nil {
		for _, w := range outside {
			h.Outside = append(h.Outside, Outside{Address: w.number * ChunkSize, Items: w.items})
		}
	} else if len(outside) > 0 {
		is := map[uint64]bool{}
		for _, w := range outside {
			is[w.number] = true
		}
		items := map[*dump.Region]uint64{}
		for n := range graph.NodeID(p.Graph.Items()) {
			if a := p.Graph.Address(n); !a.Opaque() && is[uint64(a)/ChunkSize] {
				items[maps.Find(a)]++
			}
		}
		for r, n := range items {
			o := Outside{Items: n, Region: regionName(r)}
			if r != nil {
				o.Address = uint64(r.From)
			}
			h.Outside = append(h.Outside, o)
		}
		slices.SortFunc(h.Outside, func(a, b Outside) int { return cmp.Compare(a.Address, b.Address) })
	}
	if p.outOf > 0 {
		h.Outside = append(h.Outside, Outside{Items: p.outOf, Region: "no address"})
	}
}
