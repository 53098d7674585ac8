package analysis

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/graph"
)

// place is the shape of the place where a finding accumulates: what holds the
// step's items. What a property leads to, if it is not one of a list's or of
// very many, is that place itself; so is a string.
func (t *steps) place(f *finding) shapeID {
	sh := t.s.shapes
	own := t.mainShape(f.stepKey)
	if f.text || f.parent < firstShape {
		return own
	}
	at := f.parent
	if f.step != element && f.step != manyProps && !strings.Contains(sh.text[f.step], "#") && !sh.nodes[own].loops {
		return own
	}
	// The table that one of PHP's collections shows is no place of the program.
	if n := &sh.nodes[at]; n.parent >= firstShape && t.isTable(at) {
		at = n.parent
	}
	return at
}

// isTable reports whether a shape is that of a table that an object shows and
// has paid for.
func (t *steps) isTable(id shapeID) bool {
	sh := t.s.shapes
	n := &sh.nodes[id]
	name, ok := strings.CutPrefix(sh.text[n.step], "->")
	last := t.s.dumps[len(t.s.dumps)-1]
	return ok && slices.Contains(shownTables, name) && sh.kinds[sh.nodes[n.parent].kind].Type == "object" &&
		(t.s.options.Reported || of(last.self, id) == 0)
}

// mainShape is the shape of the kind that made a step grow most, in bytes.
func (t *steps) mainShape(key stepKey) shapeID {
	last := len(t.s.dumps) - 1
	gain := func(id shapeID) int64 { return signed(t.bytes[last][id]) - signed(t.bytes[t.from][id]) }
	count := func(id shapeID) int64 {
		return signed(of(t.s.dumps[last].count, id)) - signed(of(t.s.dumps[t.from].count, id))
	}
	return slices.MaxFunc(t.to[key], func(a, b shapeID) int {
		return cmp.Or(cmp.Compare(gain(a), gain(b)), cmp.Compare(count(a), count(b)), cmp.Compare(b, a))
	})
}

// merge names beside each other the findings in one object that grow in step:
// an identity map and its companions.
func (t *steps) merge() {
	owner := func(f *finding) shapeID {
		at := t.place(f)
		for range 3 {
			if at = t.s.shapes.nodes[at].parent; at < firstShape {
				return noShape
			}
			if t.s.shapes.kinds[t.s.shapes.nodes[at].kind].Type == "object" {
				return at
			}
		}
		return noShape
	}
	var kept []finding
	for _, f := range t.found {
		i := slices.IndexFunc(kept, func(k finding) bool {
			return !k.text && !f.text && owner(&k) != noShape && owner(&k) == owner(&f) && inStep(t.counts(k.keys...), t.counts(f.keys...))
		})
		switch {
		case i < 0:
			kept = append(kept, f)
		case f.rate.Bytes > kept[i].rate.Bytes:
			f.also = append(kept[i].also, kept[i].stepKey)
			f.rate.Bytes += kept[i].rate.Bytes
			kept[i] = f
		default:
			kept[i].also = append(kept[i].also, f.stepKey)
			kept[i].rate.Bytes += f.rate.Bytes
		}
	}
	t.found = kept
}

// inStep reports whether two containers have as many members all along.
func inStep(a, b []uint64) bool {
	for i := range a {
		if float64(max(a[i], b[i])-min(a[i], b[i])) > sameWidth*float64(max(a[i], b[i])) {
			return false
		}
	}
	return true
}

// findExamples picks for each finding the node of its place, in the last dump,
// that holds most of what grows; of strings, and of equals, the largest.
func (t *steps) findExamples() {
	g := t.s.last
	t.example = map[shapeID]graph.NodeID{}
	t.places = map[shapeID]uint64{}
	if g == nil {
		return
	}
	grows := make([]shapeID, len(t.s.shapes.nodes)) // by place: what it holds more and more of
	for i := range t.found {
		f := &t.found[i]
		grows[t.place(f)] = t.mainShape(f.stepKey)
	}
	size := func(n graph.NodeID, of shapeID) (held, bytes uint64) {
		from, to := g.Children(n)
		for e := from; e < to; e++ {
			if t.s.lastPlace.shape[g.Target(e)] == of {
				held++
			}
		}
		return held, uint64(to-from) + g.Size(n)
	}
	type most struct{ held, bytes uint64 }
	best := map[shapeID]most{}
	for n, id := range t.s.lastPlace.shape {
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
	if len(t.example) > 0 {
		t.paths = RootPaths(g)
	}
}

// describe makes a result of a finding.
func (t *steps) describe(f finding) Grower {
	sh := t.s.shapes
	at, own := t.place(&f), t.mainShape(f.stepKey)
	out := Grower{
		Fingerprint: fingerprintOf(sh.shape(at)), Path: sh.path(at), Kind: sh.kinds[sh.nodes[at].kind],
		Holds: sh.kinds[sh.nodes[own].kind], Places: t.places[at],
		Counts: t.counts(f.keys...), Bytes: t.weights(f.keys...),
		PerInterval: f.rate, GrewIn: f.grewIn, Evidence: f.evidence,
	}
	if f.text {
		out.Bytes = t.texts(f.keys...)
	}
	for _, key := range f.also {
		out.Also = append(out.Also, sh.path(t.place(&finding{stepKey: key})))
	}
	if n, ok := t.example[at]; ok {
		w := pathWriter{t.s.last, t.paths}
		out.Example = Place{Path: w.expression(n), Item: nodeItem(t.s.last, n)}
		out.Trace = w.steps(n)
		if out.Places == 1 {
			out.Path = out.Example.Path
		}
		if inner := t.entries(n); inner != nil && out.Holds.Type == "array" {
			out.Holds = *inner
		}
	}
	out.Confidence = t.confidence(&f)
	return out
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
	least, most := x[1]-x[0], x[1]-x[0]
	for i := 2; i < len(x); i++ {
		least, most = min(least, x[i]-x[i-1]), max(most, x[i]-x[i-1])
	}
	even := least >= evenly*most
	switch {
	case len(x) > 3 && even:
		return High
	case len(x) > 3 || even:
		return Medium
	}
	return Low
}

// evenly is how much of the most an interval must have grown by for growth to
// be steady.
const evenly = 0.8
