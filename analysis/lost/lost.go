// Package lost classifies the items of a dump that no root leads to, in the terms of
// valgrind's memcheck, which are those of the lost blocks of a capture.
package lost

import (
	"cmp"
	"slices"

	"memtrail/analysis"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/column"
)

// Of sums up what nothing of the program's holds: of a capture its blocks, of another
// dump its items. Of one that is damaged or ends early nothing is known: holders may be
// in the part that is lost. source is what was learnt of the dump, own what a node takes
// itself, in bytes; known names what a rule does.
func Of(source *analysis.Source, g *graph.Graph, info *dump.Info, own func(graph.NodeID) uint64, known func(*dump.Lost) bool) analysis.Lost {
	if c := info.Capture; c != nil {
		l := analysis.LostOf(c.Lost, known)
		for _, x := range c.Native {
			l.Reachable.Add(x.Amount)
		}
		return l
	}
	if !source.Verdict().Readable() || Whole(source, g, info) {
		return analysis.Lost{}
	}
	found := Items(g, own)
	l := analysis.LostOf(found.Lost, known)
	l.Reachable.Add(found.Reachable)
	return l
}

// Nothing is no rule.
func Nothing(*dump.Lost) bool { return false }

// Reported gives what the dump says that a node takes itself: nothing for what lies in
// the slot of its container.
func Reported(g *graph.Graph) func(graph.NodeID) uint64 {
	return func(n graph.NodeID) uint64 {
		switch g.Name(g.Kind(n).Type) {
		case "object", "array", "string", "resource", "reference":
			return g.Size(n)
		}
		return 0
	}
}

// Found is what no root leads to. Items that take no memory of their own, as numbers
// do not, are left out.
type Found struct {
	// Lost are the items by class, size and kind, most bytes first. How is
	//
	//   - definitely: no item leads to it, or of items that lead to each other, one
	//   - indirectly: only such items lead to it
	//   - possibly: only a reference that may be false leads to it, or to what does
	Lost []dump.Lost
	// Reachable are items to which nothing but a weak reference leads: the program can
	// still get them, and something that the dump does not show keeps them.
	Reachable dump.Amount
}

// class is one of the terms, in the order in which they are looked for.
type class uint8

const (
	unknown class = iota
	rooted
	reachable
	possibly
	definitely
	indirectly
)

var terms = [...]string{possibly: dump.Possibly, definitely: dump.Definitely, indirectly: dump.Indirectly}

// Items classifies the items of a graph. In a dump of an old version, which does not
// tell roots, nothing is lost. own is what a node takes itself, in bytes.
func Items(g *graph.Graph, own func(graph.NodeID) uint64) Found {
	if len(g.Roots()) == 0 {
		return Found{}
	}
	f := finder{g: g, class: column.Of[class](g.Len())}
	for _, r := range g.Roots() {
		f.spread(r.Node, rooted)
	}
	f.followWeak()
	f.followDoubtful()
	f.lead()
	return f.sum(own)
}

// Whole reports whether a root leads to all items for sure, by how the dump was
// written: in the order of a walk, nothing twice, no reference that may be false. It
// saves the walk.
func Whole(source *analysis.Source, g *graph.Graph, info *dump.Info) bool {
	if !info.Closed || !info.Complete || g.Counts().Unreliable > 0 || analysis.ProducerOf(g, info) != analysis.ProducerMeminfo {
		return false
	}
	return !slices.ContainsFunc(source.Defects, func(d analysis.Defect) bool { return d.Kind == "orphan_item" || d.Kind == "duplicate_id" })
}

type finder struct {
	g     *graph.Graph
	class []class
	todo  []graph.NodeID
	// Targets of edges that keep nothing alive, out of nodes that have a class.
	weak, doubtful []graph.NodeID
}

// spread gives a class to a node and to all that it leads to, as far as that has none.
func (f *finder) spread(n graph.NodeID, c class) {
	if f.class[n] == unknown {
		f.class[n] = c
		f.below(n, c)
	}
}

// below gives a class to all that a node leads to.
func (f *finder) below(n graph.NodeID, c class) {
	f.todo = append(f.todo[:0], n)
	for len(f.todo) > 0 {
		n := f.todo[len(f.todo)-1]
		f.todo = f.todo[:len(f.todo)-1]
		from, to := f.g.Held(n)
		for e := from; e < to; e++ {
			t := f.g.Target(e)
			if f.class[t] != unknown {
				continue
			}
			switch l := f.g.Label(e); {
			case l.Unreliable():
				f.doubtful = append(f.doubtful, t)
			case l.Weak():
				f.weak = append(f.weak, t)
			default:
				f.class[t] = c
				f.todo = append(f.todo, t)
			}
		}
	}
}

// followWeak classifies what only weak references lead to. The arrays that the dumper
// made to show the entries of a WeakMap are no values of the program's.
func (f *finder) followWeak() {
	for len(f.weak) > 0 {
		n := f.weak[len(f.weak)-1]
		f.weak = f.weak[:len(f.weak)-1]
		if f.class[n] != unknown {
			continue
		}
		if f.g.IsObject(n) {
			f.spread(n, reachable)
			continue
		}
		f.class[n] = rooted
		from, to := f.g.Held(n)
		for e := from; e < to; e++ {
			f.spread(f.g.Target(e), reachable)
		}
	}
}

// followDoubtful classifies what only references lead to that may be false.
func (f *finder) followDoubtful() {
	for len(f.doubtful)+len(f.weak) > 0 {
		queue := append(f.doubtful, f.weak...)
		f.doubtful, f.weak = nil, nil
		for _, n := range queue {
			f.spread(n, possibly)
		}
	}
}

// lead finds what is definitely lost. In the reverse of the order in which a walk
// through the rest leaves nodes, the first one without a class is led to by no other
// or is in a ring that is not (Sharir, A strong-connectivity algorithm, 1981); what it
// leads to is lost with it.
func (f *finder) lead() {
	order := f.leaving()
	for i := len(order) - 1; i >= 0; i-- {
		if n := order[i]; f.class[n] == unknown {
			f.class[n] = definitely
			f.below(n, indirectly)
		}
	}
}

// leaving are the nodes without a class in the order in which a walk leaves them.
func (f *finder) leaving() []graph.NodeID {
	type step struct {
		node graph.NodeID
		edge graph.EdgeID
	}
	var order []graph.NodeID
	var path []step
	seen := make([]bool, len(f.class))
	enter := func(n graph.NodeID) {
		seen[n] = true
		from, _ := f.g.Held(n)
		path = append(path, step{n, from})
	}
	for n := range graph.NodeID(f.g.Items()) {
		if f.class[n] != unknown || seen[n] {
			continue
		}
		enter(n)
		for len(path) > 0 {
			at := &path[len(path)-1]
			if _, to := f.g.Held(at.node); at.edge == to {
				order = append(order, at.node)
				path = path[:len(path)-1]
				continue
			}
			e := at.edge
			at.edge++
			if t, l := f.g.Target(e), f.g.Label(e); !l.Weak() && !l.Unreliable() && f.class[t] == unknown && !seen[t] {
				enter(t)
			}
		}
	}
	return order
}

// sum adds the items up.
func (f *finder) sum(own func(graph.NodeID) uint64) Found {
	type key struct {
		how  class
		size uint64
		kind graph.KindID
	}
	sums := map[key]*dump.Amount{}
	var found Found
	for n := range graph.NodeID(f.g.Items()) {
		c := f.class[n]
		if c <= rooted {
			continue
		}
		size := own(n)
		if size == 0 {
			continue
		}
		a := &found.Reachable
		if c != reachable {
			k := key{c, size, f.g.KindID(n)}
			if sums[k] == nil {
				sums[k] = &dump.Amount{}
			}
			a = sums[k]
		}
		a.Blocks++
		a.Bytes += size
	}
	for k, a := range sums {
		found.Lost = append(found.Lost, dump.Lost{How: terms[k.how], Size: k.size, Shape: f.shape(k.kind), Amount: *a})
	}
	slices.SortFunc(found.Lost, func(a, b dump.Lost) int {
		return cmp.Or(cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.How, b.How), cmp.Compare(a.Size, b.Size), cmp.Compare(a.Shape, b.Shape))
	})
	return found
}

// shape is what a capture calls a block of that kind.
func (f *finder) shape(id graph.KindID) string {
	k := f.g.Kinds()[id]
	return Shape(f.g.Name(k.Type), f.g.Name(k.Class))
}

// Shape is what a capture calls a block of a value: "string", "array", "object of C".
func Shape(typ, class string) string {
	if class != "" {
		return "object of " + class
	}
	return typ
}
