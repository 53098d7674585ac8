package analysis

import (
	"cmp"
	"slices"

	"memtrail/graph"
)

// findExamples picks for each finding the node of its place, in the last dump,
// that holds most of what grows; of strings, and of equals, the largest.
func (t *steps) findExamples() {
	g := t.s.last
	t.example = map[shapeID]graph.NodeID{}
	t.places = map[shapeID]uint64{}
	if g == nil || len(t.found) == 0 {
		return
	}
	grows := make([]shapeID, len(t.s.shapes.nodes)) // by place: what it holds more and more of
	for i := range t.found {
		f := &t.found[i]
		for _, key := range f.keys {
			one := finding{stepKey: key, keys: []stepKey{key}, text: f.text, anyName: f.anyName}
			grows[t.place(&one)] = t.mainShape(key)
		}
		grows[t.place(f)] = t.mainShape(f.keys...)
	}
	size := func(n graph.NodeID, member shapeID) (held, bytes uint64) {
		from, to := g.Children(n)
		for e := from; e < to; e++ {
			if t.s.lastPlace.shape[g.Target(e)] == member {
				held++
			}
		}
		return held, uint64(to-from) + g.Size(n)
	}
	type most struct{ held, bytes uint64 }
	best := map[shapeID]most{}
	isMember := make([]bool, len(grows))
	for _, id := range grows {
		isMember[id] = id != noShape
	}
	t.members = map[shapeID][]graph.NodeID{}
	for n, id := range t.s.lastPlace.shape {
		if isMember[id] {
			t.members[id] = append(t.members[id], graph.NodeID(n))
		}
		if from, to := g.Children(graph.NodeID(n)); to-from >= fewMembers/2 && id >= firstShape {
			t.wide = append(t.wide, graph.NodeID(n))
		}
		if grows[id] == noShape {
			continue
		}
		t.places[id]++
		held, bytes := size(graph.NodeID(n), grows[id])
		if b, ok := best[id]; !ok || held > b.held || held == b.held && bytes > b.bytes {
			best[id] = most{held, bytes}
			t.example[id] = graph.NodeID(n)
		}
	}
	t.paths = RootPaths(g)
}

// placesOf is how many places a finding has in the last dump.
func (t *steps) placesOf(f *finding) uint64 {
	seen := map[shapeID]bool{}
	sum := uint64(0)
	for _, key := range f.keys {
		one := finding{stepKey: key, keys: []stepKey{key}, text: f.text, anyName: f.anyName}
		if at := t.place(&one); !seen[at] {
			seen[at] = true
			sum += t.places[at]
		}
	}
	return sum
}

// describe makes a result of a finding.
func (t *steps) describe(f finding) Grower {
	sh := t.s.shapes
	at, own := t.place(&f), t.mainShape(f.keys...)
	out := Grower{
		Holds: sh.kinds[sh.nodes[own].kind], Places: t.placesOf(&f),
		Counts: t.counts(f.keys...), Bytes: t.weights(f.keys...),
		PerInterval: f.rate, GrewIn: f.grewIn, Evidence: f.evidence, Confidence: t.confidence(&f),
	}
	if f.text {
		out.Bytes = t.texts(f.keys...)
	}
	for _, also := range f.also {
		out.Also = append(out.Also, sh.path(also))
	}
	n, ok := t.example[at]
	if ok {
		w := pathWriter{t.s.last, t.paths}
		if out.Places == 1 && !f.text && out.Holds.Type == "object" {
			all := t.parallel(n, own)
			n = all[0]
			at = t.s.lastPlace.shape[n]
			for _, other := range all[1:] {
				out.Also = append(out.Also, w.expression(other))
			}
		}
		out.Example = Place{Path: w.expression(n), Item: nodeItem(t.s.last, n)}
		out.Trace = w.steps(n)
		if inner := t.entries(n); inner != nil && out.Holds.Type == "array" {
			out.Holds = *inner
		}
	}
	out.Fingerprint, out.Path, out.Kind = fingerprintOf(sh.shape(at)), sh.path(at), sh.kinds[sh.nodes[at].kind]
	if ok && out.Places == 1 {
		out.Path = out.Example.Path
	}
	return out
}

// parallel lists the containers that hold nearly all objects of a shape, in the
// order of the last dump: a node that does, and others beside it. What is made
// of another, a sorted copy say, comes behind it mostly.
func (t *steps) parallel(n graph.NodeID, own shapeID) []graph.NodeID {
	g := t.s.last
	all := []graph.NodeID{n}
	members := sampled(t.members[own], maxSample)
	if len(members) < fewMembers {
		return all
	}
	wanted := newBits(g.Len())
	for _, m := range members {
		wanted.add(m)
	}
	for _, from := range t.wide {
		held := 0
		first, to := g.Children(from)
		if int(to-first) < len(members)/2 {
			continue
		}
		for e := first; e < to; e++ {
			if l := g.Label(e); !l.Weak() && !l.Unreliable() && wanted.has(g.Target(e)) {
				held++
			}
		}
		if held*10 >= len(members)*9 && from != n && t.s.lastPlace.shape[from] != own {
			if _, isTable := t.tableHolder(from); !isTable {
				all = append(all, from)
			}
		}
	}
	// A variable of a running function may hold the same array; it is not what
	// lasts.
	local := func(n graph.NodeID) int {
		root, _ := t.paths.to(n)
		if r, ok := g.Root(root); ok && g.Name(r.Frame) != "<GLOBAL>" && g.Name(r.Frame) != static {
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(a, b graph.NodeID) int { return cmp.Or(local(a)-local(b), cmp.Compare(a, b)) })
	return all
}

// tableHolder gives the object whose table a node of the last dump is.
func (t *steps) tableHolder(n graph.NodeID) (graph.NodeID, bool) {
	id := t.s.lastPlace.shape[n]
	if id < firstShape || !t.isTable(id) {
		return 0, false
	}
	return t.paths.parent(n)
}

// entries is the class of the objects that an object storage has entries for;
// nil if a node is none.
func (t *steps) entries(n graph.NodeID) *Kind {
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
		if inner := wrapped(g, sampled(members, maxSample)); inner != graph.None {
			k := g.Kind(inner)
			return &Kind{g.Name(k.Type), g.Name(k.Class)}
		}
	}
	return nil
}

// confidence is high where chance, or something that fills up, hardly looks
// like it.
func (t *steps) confidence(f *finding) Confidence {
	if f.evidence.Robust {
		if f.evidence.P <= strictly {
			return High
		}
		return Medium
	}
	x := t.amount(f)
	least, most := increments(x)
	even := least >= evenly*most
	switch {
	case len(x) > 3 && even:
		return High
	case len(x) > 3 || even:
		return Medium
	}
	return Low
}
