package growth

import (
	"cmp"
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/graph"
)

// findExamples picks for each finding the node of its place, in the last dump,
// that holds most of what grows; of strings, and of equals, the largest.
func (t *steps) findExamples() {
	g := t.s.last
	t.example = map[paths.ShapeID]graph.NodeID{}
	t.places = map[paths.ShapeID]uint64{}
	if g == nil || len(t.found) == 0 {
		return
	}
	grows := make([]paths.ShapeID, len(t.s.shapes.Nodes)) // by place: what it holds more and more of
	note := func(f *finding) {
		for _, key := range f.keys {
			one := f.only(key)
			grows[t.place(&one)] = t.mainShape(key)
		}
		grows[t.place(f)] = t.mainShape(f.keys...)
	}
	for i := range t.found {
		f := &t.found[i]
		if f.everywhere {
			continue
		}
		for j := range f.also {
			note(&f.also[j])
		}
		note(f)
	}
	t.pickExamples(grows)
	t.paths = paths.RootPaths(g)
}

// only is a finding's part that is about one of its steps.
func (f *finding) only(key stepKey) finding {
	return finding{stepKey: key, keys: []stepKey{key}, by: f.by, anyName: f.anyName}
}

// pickExamples looks at all nodes of the last dump once.
func (t *steps) pickExamples(grows []paths.ShapeID) {
	g := t.s.last
	size := func(n graph.NodeID, member paths.ShapeID) (held, bytes uint64) {
		from, to := g.Children(n)
		for e := from; e < to; e++ {
			if t.s.lastPlace.Shape[g.Target(e)] == member {
				held++
			}
		}
		return held, uint64(to-from) + g.Size(n)
	}
	type most struct{ held, bytes uint64 }
	best := map[paths.ShapeID]most{}
	isMember := make([]bool, len(grows))
	for _, id := range grows {
		isMember[id] = id != paths.NoShape
	}
	t.members = map[paths.ShapeID][]graph.NodeID{}
	for n, id := range t.s.lastPlace.Shape {
		if isMember[id] {
			t.members[id] = append(t.members[id], graph.NodeID(n))
		}
		if from, to := g.Children(graph.NodeID(n)); to-from >= leaks.FewMembers/2 && id >= paths.FirstShape {
			t.wide = append(t.wide, graph.NodeID(n))
		}
		if grows[id] == paths.NoShape {
			continue
		}
		t.places[id]++
		held, bytes := size(graph.NodeID(n), grows[id])
		if b, ok := best[id]; !ok || held > b.held || held == b.held && bytes > b.bytes {
			best[id] = most{held, bytes}
			t.example[id] = graph.NodeID(n)
		}
	}
}

// placesOf is how many places a finding has in the last dump. A chain is one,
// however many links have its shape.
func (t *steps) placesOf(f *finding) uint64 {
	seen := map[paths.ShapeID]bool{}
	sum := uint64(0)
	for _, key := range f.keys {
		one := f.only(key)
		if at := t.place(&one); !seen[at] {
			seen[at] = true
			sum += t.places[at]
		}
	}
	return sum
}

// allButFew is the share of the objects that a container must hold to be parallel
// to another one.
const allButFew = 0.9

// parallel lists the containers that hold nearly all objects of a shape, in the
// order of the last dump: a node that does, and others beside it. What is made
// of another, a sorted copy say, comes behind it mostly.
func (t *steps) parallel(n graph.NodeID, own paths.ShapeID) []graph.NodeID {
	all := []graph.NodeID{n}
	members := leaks.Sampled(t.members[own], leaks.MaxSample)
	if len(members) < leaks.FewMembers {
		return all
	}
	wanted := retain.NewSet(t.s.last.Len())
	for _, m := range members {
		wanted.Add(m)
	}
	for _, holder := range t.wide {
		if holder == n || t.s.lastPlace.Shape[holder] == own || float64(t.countHeld(holder, wanted, len(members)/2)) < allButFew*float64(len(members)) {
			continue
		}
		if _, isTable := t.tableHolder(holder); !isTable {
			all = append(all, holder)
		}
	}
	slices.SortFunc(all, func(a, b graph.NodeID) int { return cmp.Or(t.localRank(a)-t.localRank(b), cmp.Compare(a, b)) })
	return all
}

// countHeld counts the references of a node to some others; 0 if it has fewer than
// least.
func (t *steps) countHeld(n graph.NodeID, wanted retain.Set, least int) int {
	g := t.s.last
	from, to := g.Children(n)
	if int(to-from) < least {
		return 0
	}
	held := 0
	for e := from; e < to; e++ {
		if l := g.Label(e); !l.Weak() && !l.Unreliable() && wanted.Has(g.Target(e)) {
			held++
		}
	}
	return held
}

// localRank is 1 for what a variable of a running function holds, else 0: such a
// variable may hold the same array as a service, and is not what lasts.
func (t *steps) localRank(n graph.NodeID) int {
	root, _ := t.paths.To(n)
	if r, ok := t.s.last.Root(root); ok && t.s.last.Name(r.Frame) != "<GLOBAL>" && t.s.last.Name(r.Frame) != paths.StaticFrame {
		return 1
	}
	return 0
}

// tableHolder gives the object whose table a node of the last dump is.
func (t *steps) tableHolder(n graph.NodeID) (graph.NodeID, bool) {
	id := t.s.lastPlace.Shape[n]
	if id < paths.FirstShape || !t.isTable(id) {
		return 0, false
	}
	return t.paths.Parent(n)
}

// entries is the class of the objects that an object storage has entries for;
// nil if a node is none.
func (t *steps) entries(n graph.NodeID) *analysis.Kind {
	g := t.s.last
	if !g.IsObject(n) {
		return nil
	}
	from, to := g.Children(n)
	for e := from; e < to; e++ {
		if g.Key(g.Label(e)) != "storage" {
			continue
		}
		var members []graph.NodeID
		for c, end := g.Children(g.Target(e)); c < end; c++ {
			members = append(members, g.Target(c))
		}
		if inner := leaks.Wrapped(g, leaks.Sampled(members, leaks.MaxSample)); inner != graph.None {
			k := g.Kind(inner)
			return &analysis.Kind{Type: g.Name(k.Type), Class: g.Name(k.Class)}
		}
	}
	return nil
}
