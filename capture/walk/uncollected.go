package walk

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/dump"
)

// garbageEdges records the garbage while its items are given: ids of objects and
// arrays, with the ids that they hold.
type garbageEdges struct {
	ids    []uint64
	class  []uint64 // zend_class_entry of an object; 0
	handle []uint32
	first  []uint32 // of each, in held
	held   []uint64
	keys   []string // of held; interned
	intern map[string]string
}

// note records the item at hand.
func (g *garbageEdges) note(w *Walker) {
	it := &w.item
	if !it.Has(dump.HasChildren) {
		return
	}
	id := uint64(it.Address)
	ce, handle := uint64(0), uint32(0)
	if it.Has(dump.HasClass) {
		ce, handle = w.m.Word(id+16), w.m.Half(id+8)
	}
	g.ids, g.class, g.handle = append(g.ids, id), append(g.class, ce), append(g.handle, handle)
	g.first = append(g.first, uint32(len(g.held)))
	object := ce != 0
	for i, v := range w.kids.values {
		if t := v.typ(); t != isObject && t != isArray && t != isEmbedded && t != isTablePair {
			continue
		}
		key := ""
		if object {
			if k, ok := g.intern[string(w.kids.keys[i].Key)]; ok {
				key = k
			} else {
				key = string(w.kids.keys[i].Key)
				g.intern[key] = key
			}
		}
		g.held, g.keys = append(g.held, uint64(w.kids.ids[i])), append(g.keys, key)
	}
}

// network numbers the garbage. What is held and no garbage is left out.
func (g *garbageEdges) network() *network {
	order := make([]uint32, len(g.ids))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(g.ids[a], g.ids[b]) })
	number := func(id uint64) (uint32, bool) {
		i, ok := slices.BinarySearchFunc(order, id, func(n uint32, id uint64) int { return cmp.Compare(g.ids[n], id) })
		if !ok {
			return 0, false
		}
		return order[i], true
	}
	net := &network{from: make([]uint32, 1, len(g.ids)+1)}
	keys := g.keys[:0]
	g.first = append(g.first, uint32(len(g.held)))
	for i := range g.ids {
		for j := g.first[i]; j < g.first[i+1]; j++ {
			if n, ok := number(g.held[j]); ok {
				net.to = append(net.to, n)
				keys = append(keys, g.keys[j]) // behind what is read: no edge is added
			}
		}
		net.from = append(net.from, uint32(len(net.to)))
	}
	g.keys = keys
	return net
}

// uncollected visits the objects that nothing led to: garbage in cycles. The
// group has one entry for each cycle, or tangle of them, that no other garbage
// leads to, by the class of that entry.
func (w *Walker) uncollected() {
	w.objects.each(func(o uint64) {
		if !w.reached(o) {
			w.classHits[w.m.Word(o+16)]++
		}
	})
	if len(w.classHits) == 0 {
		return
	}
	w.garbage = &garbageEdges{intern: map[string]string{}}
	w.objects.each(func(o uint64) {
		w.visitObject(o)
		w.drain()
	})
	w.visitDeferred()
	w.visitWeak()
	g := w.garbage
	w.garbage = nil
	net := g.network()
	of, top := net.components()
	w.groupGarbage(g, net, of, top)
}

// entry is what stands for a tangle of garbage: the object of the class that has
// the fewest in it, as an order stands for its lines.
type entry struct {
	node  uint32
	class uint64
	many  int // objects of the class in the tangle
}

// groupGarbage makes the group of the uncollected.
func (w *Walker) groupGarbage(g *garbageEdges, net *network, of []uint32, top []bool) {
	type classIn struct {
		component uint32
		class     uint64
	}
	count := map[classIn]int{}
	for v, ce := range g.class {
		if ce != 0 && top[of[v]] {
			count[classIn{of[v], ce}]++
		}
	}
	best := map[uint32]entry{}
	for v, ce := range g.class {
		if ce == 0 || !top[of[v]] {
			continue
		}
		e := entry{uint32(v), ce, count[classIn{of[v], ce}]}
		if old, ok := best[of[v]]; !ok || w.standsBefore(g, e, old) {
			best[of[v]] = e
		}
	}
	byClass := map[string][]entry{}
	for _, e := range best {
		name := w.class(e.class).name
		byClass[name] = append(byClass[name], e)
	}
	all := &embedded{}
	for _, name := range sortedKeys(byClass) {
		entries := byClass[name]
		slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(g.handle[a.node], g.handle[b.node]) })
		group := &embedded{typ: typeGroup}
		for i, e := range entries {
			id := g.ids[e.node]
			w.embed(group, appendNumber(group, int64(i+1)), id, pend(id, isObject))
		}
		id := g.ids[entries[0].node] + 8 // its handle lies there
		w.synthetic[id] = group
		w.embed(all, []byte("cycles of "+name), id, pend(id, isEmbedded))
		w.cycles = append(w.cycles, dump.Cycle{Class: name, Count: uint64(len(entries)), Example: w.spellCycle(g, net, entries[0].node)})
	}
	w.newGroup(w.groupID(), groupUncollected, all)
	w.visitRoots()
}

// standsBefore reports whether an entry is the better one for a tangle. The same
// program must choose the same each time.
func (w *Walker) standsBefore(g *garbageEdges, a, b entry) bool {
	name := func(e entry) string { return w.class(e.class).name }
	closure := func(e entry) int {
		if name(e) == "Closure" {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(closure(a), closure(b)), cmp.Compare(a.many, b.many), cmp.Compare(name(a), name(b)),
		cmp.Compare(g.handle[a.node], g.handle[b.node])) < 0
}

// spellCycle writes a cycle as "Node->peer → Node->peer"; "" if there is none:
// something was freed wrongly.
func (w *Walker) spellCycle(g *garbageEdges, net *network, start uint32) string {
	const longest = 8
	way := net.cycle(start)
	var b strings.Builder
	n := 0
	for i, v := range way {
		if g.class[v] == 0 {
			continue // the array in a property
		}
		if n++; n > longest {
			b.WriteString(" → …")
			break
		}
		if n > 1 {
			b.WriteString(" → ")
		}
		b.WriteString(w.class(g.class[v]).name)
		next := way[(i+1)%len(way)]
		for j := net.from[v]; j < net.from[v+1]; j++ {
			if net.to[j] == next {
				b.WriteString("->" + g.keys[j])
				break
			}
		}
	}
	return b.String()
}
