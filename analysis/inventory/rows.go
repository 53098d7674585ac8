package inventory

import (
	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/analysis/tree"
	"memtrail/dump"
	"memtrail/graph"
)

// Item is an item of a dump. Names are the dump's own bytes, which it owns.
type Item struct {
	Node      graph.NodeID // its number in the dump, from 0
	Address   uint64       // 0 where its id is no number
	Type      string
	Class     string
	HasClass  bool // which may be ""
	Handle    uint64
	HasHandle bool

	Reported, Allocated, Retained uint64 // bytes

	// Dominator is the item nearest to it without which it would be freed: None
	// where that is a root's variable, or several.
	Dominator graph.NodeID
	Reachable bool
	IsRoot    bool
	Frame     string // of roots; "" where the dump has none
	Symbol    string
	Children  uint64
}

// Items gives the items in the order of the dump. The row is overwritten by the
// next.
func (v *Inventory) Items(yield func(*Item) bool) {
	r, g := v.Retention, v.Retention.Graph
	roots := g.Roots()
	var it Item
	for n := range graph.NodeID(g.Items()) {
		k := g.Kind(n)
		from, to := g.Children(n)
		it = Item{
			Node: n, Type: g.Name(k.Type), Class: g.Name(k.Class), HasClass: k.Fields&dump.HasClass != 0,
			Reported: g.Size(n), Allocated: r.Allocated(n), Retained: r.Of(n),
			Dominator: graph.None, Reachable: r.Dominators.Reachable(n), Children: uint64(to - from),
		}
		if k.Fields&dump.HasType == 0 {
			it.Type = analysis.NoType
		}
		if a := g.Address(n); !a.Opaque() {
			it.Address = uint64(a)
		}
		it.Handle, it.HasHandle = g.HandleNumber(n)
		if d := r.Dominators.Parent(n); d < graph.Unreachable {
			it.Dominator = d
		}
		if len(roots) > 0 && roots[0].Node == n {
			it.IsRoot, it.Frame, it.Symbol = true, g.Name(roots[0].Frame), g.Name(roots[0].Symbol)
			roots = roots[1:]
		}
		if !yield(&it) {
			return
		}
	}
}

// ID is an item's id, as the dump prints it.
func (v *Inventory) ID(n graph.NodeID) string { return v.Retention.Graph.ID(n) }

// KeyKind says what the key of a reference is.
type KeyKind string

// The kinds of keys.
const (
	IntKey      KeyKind = "int"      // of an array
	StringKey   KeyKind = "string"   // of an array
	PropertyKey KeyKind = "property" // of an object
	MemberKey   KeyKind = "member"   // of what a capture has beside values
	// EntryKey is of a reference that the dump does not show: from the key of a
	// WeakMap's entry, or from the map, to the value.
	EntryKey KeyKind = "weakmap"
)

// Edge is a reference from an item to another.
type Edge struct {
	From, To graph.NodeID
	Missing  bool // the dump has no item To
	Key      string
	KeyKind  KeyKind
	Weak     bool // does not keep the item alive
	Reliable bool // false: the address was used again, the reference may not exist
}

// References gives the references in the order of the dump. The row is overwritten by
// the next.
func (v *Inventory) References(yield func(*Edge) bool) {
	g := v.Retention.Graph
	keys := newKeys(g)
	var row Edge
	for n := range graph.NodeID(g.Items()) {
		from, to := g.Held(n)
		_, listed := g.Children(n)
		for e := from; e < to; e++ {
			l, t := g.Label(e), g.Target(e)
			row = Edge{From: n, To: t, Missing: g.Missing(t), Weak: l.Weak(), Reliable: !l.Unreliable()}
			row.Key = keys.text(l)
			row.KeyKind = keys.kindOf(g.KindID(n), l, row.Key)
			if e >= listed {
				row.KeyKind = EntryKey
			}
			if v.HidesKeys && (row.KeyKind == IntKey || row.KeyKind == StringKey) {
				row.Key = paths.HiddenKey
			}
			if !yield(&row) {
				return
			}
		}
	}
}

// keys gives keys as text. Small numbers are spelled out once: lists are long.
type keys struct {
	g     *graph.Graph
	small []string
	kinds []KeyKind // by kind of the holder; StringKey for arrays
}

const smallNumbers = 4096

func newKeys(g *graph.Graph) *keys {
	k := &keys{g: g, small: make([]string, smallNumbers), kinds: make([]KeyKind, len(g.Kinds()))}
	for i, kind := range g.Kinds() {
		switch g.Name(kind.Type) {
		case "object":
			k.kinds[i] = PropertyKey
		case "group":
			k.kinds[i] = MemberKey
		default:
			k.kinds[i] = StringKey
		}
	}
	return k
}

func (k *keys) text(l graph.Label) string {
	n, ok := k.g.IntKey(l)
	if !ok || n >= smallNumbers {
		return k.g.Key(l)
	}
	if k.small[n] == "" {
		k.small[n] = k.g.Key(l)
	}
	return k.small[n]
}

func (k *keys) kindOf(holder graph.KindID, l graph.Label, text string) KeyKind {
	kind := k.kinds[holder]
	if kind != StringKey {
		return kind
	}
	if _, ok := k.g.IntKey(l); ok {
		return IntKey
	}
	if _, ok := paths.IntegerKey([]byte(text)); ok {
		return IntKey
	}
	return StringKey
}

// Place is a node of the dominator tree: an item, or several that are held in the
// same way, and what they keep alive.
type Place struct {
	Node, Parent int // numbers of places, from 0; Parent is -1 for the topmost, all roots
	Depth        int
	*tree.TreeNode
	// What is below it, but was left out: see tree.TreeNode.
	LeftOutItems, LeftOutBytes uint64
}

// Places gives the nodes of a tree, parents first.
func Places(t *tree.Tree) []Place {
	var all []Place
	var above []int // by depth
	for depth, n := range t.All {
		p := Place{Node: len(all), Parent: -1, Depth: depth, TreeNode: n, LeftOutItems: n.Kept, LeftOutBytes: n.HiddenBytes}
		if depth > 0 {
			p.Parent = above[depth-1]
		}
		above = append(above[:depth], p.Node)
		if p.isItem() {
			p.LeftOutItems -= n.Count
		}
		for i := range n.Children {
			p.LeftOutItems -= n.Children[i].Kept
		}
		all = append(all, p)
	}
	return all
}

// Items is how many items a place stands for: none, where it is all roots, or what
// no root reaches.
func (p *Place) Items() uint64 {
	if p.isItem() {
		return p.Count
	}
	return 0
}

func (p *Place) isItem() bool { return p.ID != "" }
