package browse

import (
	"memtrail/analysis/retain"
	"memtrail/graph"
)

// Contents lists what an entry keeps alive, by type, like [Browser.Types]: what it
// would free, itself included. It takes a bit a node, and 8 bytes for each level
// of what it walks through.
func (b *Browser) Contents(of *Entry, order Order) []Entry {
	w := contents{b: b, within: retain.NewSet(b.g.Len()), groups: map[[2]string]int{}, group: make([]int, len(b.g.Kinds()))}
	for k := range w.group {
		w.group[k] = -1
	}
	if of.Branch == nil {
		w.walk(of.Node)
	} else {
		for _, n := range of.Branch.Items() {
			w.walk(n)
		}
	}
	for i := range w.list {
		w.list[i].Share, w.list[i].Within = b.share(w.list[i].Retained), w.within
	}
	return sorted(w.list, order)
}

// contents counts what items dominate.
type contents struct {
	b      *Browser
	within retain.Set
	groups map[[2]string]int
	group  []int // by kind; -1: not met
	list   []Entry
	open   []int // by group: items of it above the one at hand
}

// visit is a node that is entered, or left.
type visit struct {
	node  graph.NodeID
	leave bool
}

// walk counts a node and all that it dominates, unless it was met before. What
// items of a group retain between them is what those retain that are below no
// other of it.
func (w *contents) walk(from graph.NodeID) {
	stack := []visit{{node: from}}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		item := at.node < graph.Unreachable
		switch {
		case item && at.leave:
			w.open[w.groupOf(at.node)]--
			continue
		case item && w.within.Has(at.node):
			continue
		case item:
			w.enter(at.node)
			stack = append(stack, visit{at.node, true})
		}
		for _, n := range w.b.trees().Dominated(at.node) {
			stack = append(stack, visit{node: n})
		}
	}
}

func (w *contents) enter(n graph.NodeID) {
	w.within.Add(n)
	i := w.groupOf(n)
	e := &w.list[i]
	if !w.b.g.Missing(n) {
		e.Count++
	}
	e.Own += w.b.r.Own(n)
	if w.open[i] == 0 {
		e.Retained += w.b.r.Of(n)
	}
	w.open[i]++
}

// groupOf is the number of a node's type.
func (w *contents) groupOf(n graph.NodeID) int {
	k := w.b.g.KindID(n)
	if w.group[k] >= 0 {
		return w.group[k]
	}
	name, typ := w.b.kindName(k)
	i, ok := w.groups[[2]string{name, typ}]
	if !ok {
		i = len(w.list)
		w.groups[[2]string{name, typ}] = i
		e := Entry{Node: graph.None, Label: name, Path: name, Type: typ}
		if typ == "object" {
			e.Class = name
		}
		w.list, w.open = append(w.list, e), append(w.open, 0)
	}
	w.group[k] = i
	return i
}
