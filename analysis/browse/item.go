package browse

import (
	"slices"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/graph"
)

// Item is what is to be known of one item.
type Item struct {
	Entry
	Data       analysis.Item      // without children, with its sizes
	Above      Entry              // the item that would free it; Node is graph.None where that is none
	Alike      uint64             // items of its class or type, itself included
	AlikeEntry Entry              // of all of these, see [Browser.Types]
	Holders    uint64             // references to it
	Declared   *analysis.Declared // of its class; nil where the dump does not tell
	Reachable  bool
}

// Item describes an item.
func (b *Browser) Item(n graph.NodeID) Item {
	it := Item{Entry: b.Entry(n), Data: analysis.NodeItem(b.g, n), Above: Entry{Node: graph.None}, Reachable: b.r.Dominators.Reachable(n)}
	b.r.Fill(&it.Data, n)
	if above := b.Above(n); above < graph.Unreachable {
		it.Above = b.Entry(above)
	}
	it.Holders = uint64(len(b.reverse().Edges(n)))
	for _, t := range b.Types(ByRetained) {
		if t.Type == it.Type && t.Class == it.Class {
			it.Alike, it.AlikeEntry = t.Count, t
		}
	}
	it.Declared = b.declarations.Named(it.Class)
	return it
}

// Children lists what an item refers to, and what it keeps alive in WeakMaps,
// behind a page.
func (b *Browser) Children(n graph.NodeID, order Order, after *Page, most int) Page {
	from, to := b.g.Held(n)
	prefix := b.trees().Expression(n)
	list := func(yield func(uint32, uint64)) {
		for e := from; e < to; e++ {
			yield(uint32(e), b.weight(b.g.Target(e), order))
		}
	}
	return b.edges(list, after, most, func(e graph.EdgeID) Entry {
		entry := b.bare(b.g.Target(e))
		entry.Label = b.step(e)
		if prefix != "" {
			entry.Path = prefix + entry.Label
		}
		return entry
	})
}

// Holders lists what refers to an item, behind a page, each once. The labels are
// how, by the first of its references, and the count is of these.
func (b *Browser) Holders(n graph.NodeID, order Order, after *Page, most int) Page {
	edges := b.reverse().Edges(n) // in ascending order: those of one item lie side by side
	list := func(yield func(uint32, uint64)) {
		end := graph.EdgeID(0)
		for _, e := range edges {
			if e < end {
				continue
			}
			holder := b.g.Source(e)
			_, end = b.g.Held(holder)
			w := uint64(0)
			if order != ByName {
				w = b.weight(holder, order)
			}
			yield(uint32(e), w)
		}
	}
	return b.edges(list, after, most, func(e graph.EdgeID) Entry {
		holder := b.g.Source(e)
		entry := b.Entry(holder)
		entry.Label = b.step(e)
		_, end := b.g.Held(holder)
		first, _ := slices.BinarySearch(edges, e)
		last, _ := slices.BinarySearch(edges, end)
		entry.Count = uint64(last - first)
		return entry
	})
}

func (b *Browser) edges(list func(func(uint32, uint64)), after *Page, most int, entry func(graph.EdgeID) Entry) Page {
	from := placeOf(after)
	found, more := pick(list, from, most)
	return pageOf(found, more, from, func(value uint32) Entry {
		e := entry(graph.EdgeID(value))
		l := b.g.Label(graph.EdgeID(value))
		e.Weak, e.Doubtful = l.Weak(), l.Unreliable()
		return e
	})
}

func placeOf(after *Page) place {
	if after == nil {
		return place{}
	}
	return after.next
}

// step writes how the source of an edge holds its target.
func (b *Browser) step(e graph.EdgeID) string {
	var text strings.Builder
	paths.AppendEdge(&text, b.g, e)
	return text.String()
}

func (b *Browser) weight(n graph.NodeID, order Order) uint64 {
	switch order {
	case ByRetained:
		return b.r.Of(n)
	case ByOwn:
		return b.r.Own(n)
	case ByCount:
		from, to := b.g.Children(n)
		return uint64(to - from)
	}
	return 0
}

// Members lists the items of a type, an entry of [Browser.Types] or of
// [Browser.Contents], behind a page.
func (b *Browser) Members(of *Entry, order Order, after *Page, most int) Page {
	wanted := b.kinds(func(name, typ string) bool { return name == of.Label && typ == of.Type })
	return b.nodes(func(n graph.NodeID) bool {
		return wanted[b.g.KindID(n)] && (of.Within == nil || of.Within.Has(n))
	}, order, after, most)
}

// Folded lists the items that an entry of a tree stands for, behind a page.
func (b *Browser) Folded(of *Entry, order Order, after *Page, most int) Page {
	list := func(yield func(uint32, uint64)) {
		for _, n := range of.Branch.Items() {
			if n < graph.Unreachable {
				yield(uint32(n), b.weight(n, order))
			}
		}
	}
	from := placeOf(after)
	found, more := pick(list, from, most)
	return pageOf(found, more, from, func(value uint32) Entry { return b.Entry(graph.NodeID(value)) })
}

// nodes lists the items that are wanted.
func (b *Browser) nodes(wanted func(graph.NodeID) bool, order Order, after *Page, most int) Page {
	list := func(yield func(uint32, uint64)) {
		for n := range graph.NodeID(b.g.Items()) {
			if wanted(n) {
				yield(uint32(n), b.weight(n, order))
			}
		}
	}
	from := placeOf(after)
	found, more := pick(list, from, most)
	return pageOf(found, more, from, func(value uint32) Entry { return b.Entry(graph.NodeID(value)) })
}

// kinds tells the kinds of the graph whose name in [Browser.Types] and type are
// wanted.
func (b *Browser) kinds(wanted func(name, typ string) bool) []bool {
	list := make([]bool, len(b.g.Kinds()))
	for k := range b.g.Kinds() {
		name, typ := b.kindName(graph.KindID(k))
		list[k] = wanted(name, typ)
	}
	return list
}
