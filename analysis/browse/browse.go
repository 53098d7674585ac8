package browse

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/query"
	"memtrail/analysis/retain"
	"memtrail/analysis/tree"
	"memtrail/graph"
)

// A Browser answers questions about one dump. What it needs beside the graph it
// makes when it is first needed: 16 bytes a node for trees, 12 a node and 4 an
// edge for holders and paths. It is not for several goroutines at once.
type Browser struct {
	r            *retain.Retention
	g            *graph.Graph
	source       analysis.Source
	explained    uint64
	declarations *analysis.Declarations

	grower *tree.Grower
	in     *graph.Reverse
	finder *query.PathFinder
	types  []Entry
}

// Need is what a browser takes beside a graph, with the sizes that it works on.
var Need = graph.Need{Node: 30}

// New makes a browser. What is retained must be known; source is what
// [analysis.GraphSource] says of the dump.
func New(r *retain.Retention, source analysis.Source) *Browser {
	return &Browser{r: r, g: r.Graph, source: source, explained: max(r.Caveats().Explained, 1), declarations: analysis.DeclarationsOf(r.Info.Capture)}
}

// An Entry is a line of a list: an item, several of one kind, or a type.
type Entry struct {
	Node     graph.NodeID // the item, of several the one that retains most; graph.None where there is none
	Label    string       // how it is held: "$app", "->cache", "[501]"; the name of a type
	Type     string
	Class    string
	ID       string
	Path     string // expression; "" where no root leads there
	Count    uint64 // items
	Own      uint64 // bytes that they take themselves
	Retained uint64 // bytes that would be freed with them
	Share    float64
	Weak     bool // held by a WeakMap, which keeps nothing alive
	Doubtful bool // the reference may not exist: the address was reused

	Branch *tree.Branch // of entries of a tree
	Within retain.Set   // of types: the items that are counted; nil for all
	Leaf   bool         // of a tree: nothing is below
}

// Order is what a list is sorted by.
type Order uint8

// The orders.
const (
	ByRetained Order = iota // descending
	ByOwn                   // descending
	ByCount                 // descending
	ByName                  // of what references have: in the order of the dump
)

// A Page is a part of a list.
type Page struct {
	Entries []Entry
	More    uint64 // entries behind these
	next    place
}

func (b *Browser) trees() *tree.Grower {
	if b.grower == nil {
		b.grower = tree.NewGrower(b.r)
	}
	return b.grower
}

func (b *Browser) reverse() *graph.Reverse {
	if b.in == nil {
		b.in = b.g.Reverse()
	}
	return b.in
}

// Explained is what shares are shares of, bytes; Source what is known of the dump.
func (b *Browser) Explained() uint64        { return b.explained }
func (b *Browser) Source() *analysis.Source { return &b.source }

// Warm makes what a first look at the tree needs.
func (b *Browser) Warm() { b.trees() }

func (b *Browser) share(bytes uint64) float64 { return float64(bytes) / float64(b.explained) }

// Entry describes an item. Its label is its path, or its id.
func (b *Browser) Entry(n graph.NodeID) Entry {
	e := b.bare(n)
	e.Path = b.trees().Expression(n)
	e.Label = cmp.Or(e.Path, e.ID)
	return e
}

// bare is an item without its path and label.
func (b *Browser) bare(n graph.NodeID) Entry {
	it := analysis.NodeItem(b.g, n)
	return Entry{
		Node: n, Type: it.Type, Class: it.Class, ID: it.ID, Count: 1,
		Own: b.r.Own(n), Retained: b.r.Of(n), Share: b.share(b.r.Of(n)),
	}
}

// Tree gives the root of a dominator tree: an item, or graph.VirtualRoot.
func (b *Browser) Tree(start graph.NodeID) Entry { return b.branch(b.trees().From(start)) }

func (b *Browser) branch(t *tree.Branch) Entry {
	n := &t.Node
	e := Entry{
		Node: graph.None, Label: n.Label, Type: n.Type, Class: n.Class, ID: n.ID, Count: n.Count,
		Own: n.Own, Retained: n.Retained, Share: n.Share, Branch: t, Leaf: b.trees().Leaf(t),
	}
	e.Path = b.trees().Path(t)
	if n.ID != "" {
		e.Node = t.Largest(b.r.Of)
	}
	return e
}

// Above is the item that an item is right below in the dominator tree, or
// graph.VirtualRoot; graph.None above that.
func (b *Browser) Above(n graph.NodeID) graph.NodeID {
	if n == graph.None {
		return n
	}
	return b.r.Dominators.Parent(n)
}

// Below gives what is right below an entry of a tree, from a number on.
func (b *Browser) Below(of *tree.Branch, order Order, from, most int) Page {
	all := slices.Clone(b.trees().Below(of))
	slices.SortStableFunc(all, func(x, y *tree.Branch) int {
		switch order {
		case ByOwn:
			return cmp.Compare(y.Node.Own, x.Node.Own)
		case ByCount:
			return cmp.Compare(y.Node.Count, x.Node.Count)
		case ByName:
			return strings.Compare(x.Node.Label, y.Node.Label)
		}
		return 0 // as they are
	})
	var p Page
	from = min(from, len(all))
	for _, t := range all[from:min(from+most, len(all))] {
		p.Entries = append(p.Entries, b.branch(t))
	}
	p.More = uint64(len(all) - from - len(p.Entries))
	return p
}

// Types lists what the items are, by class or type.
func (b *Browser) Types(order Order) []Entry {
	if b.types == nil {
		s := query.SummarizeSized(b.r, query.SummaryOptions{By: query.ByClass, Sort: query.SortRetained})
		for i := range s.Groups {
			g := &s.Groups[i]
			e := Entry{Node: graph.None, Label: g.Name, Path: g.Name, Type: g.Kind, Count: g.Count, Own: g.AllocatedBytes, Retained: g.RetainedBytes, Share: b.share(g.RetainedBytes)}
			if g.Kind == "object" {
				e.Class = g.Name
			}
			if b.r.Reported {
				e.Own = g.ReportedBytes
			}
			b.types = append(b.types, e)
		}
	}
	return sorted(b.types, order)
}

func sorted(list []Entry, order Order) []Entry {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(x, y Entry) int {
		switch order {
		case ByOwn:
			return cmp.Compare(y.Own, x.Own)
		case ByCount:
			return cmp.Compare(y.Count, x.Count)
		case ByName:
			return strings.Compare(x.Label, y.Label)
		}
		return cmp.Compare(y.Retained, x.Retained)
	})
	return list
}
