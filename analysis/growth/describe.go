package growth

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/changes"
	"memtrail/analysis/leaks"
	"memtrail/analysis/lost"
	"memtrail/analysis/paths"
	"memtrail/analysis/retain"
	"memtrail/analysis/trend"
	"memtrail/dump"
	"memtrail/graph"
)

// describe makes a result of a finding:
//
//  1. its amounts over the dumps;
//  2. what it holds, and the places that grow with it;
//  3. the largest of its places in the last dump, as an example;
//  4. its path: that of the place if there is but one, else the shape's.
func (t *steps) describe(f finding) GrowingPlace {
	sh := t.s.shapes
	out := GrowingPlace{
		Counts: t.held(&f), Bytes: t.weights(f.allKeys()...), GrewIn: f.grewIn, Evidence: f.evidence, Confidence: t.confidence(&f),
	}
	switch {
	case f.by == byBytes:
		out.Bytes = f.bytes
	case len(f.allLent()) > 0:
		out.Bytes = added(out.Bytes, t.lentBytes(f.allLent()))
	}
	if f.frames {
		out.Frame, out.Frames = sh.Frame(f.step), t.frameCounts(&f)
		out.Changes = changes.Frames(out.Frame, t.s.code())
	}
	out.PerInterval = Rate{trend.Mean(t.judged(out.Counts)), trend.Mean(t.judged(out.Bytes))}
	if f.everywhere {
		out.Path, out.Fingerprint = ManyPlaces, paths.Fingerprint(ManyPlaces)
		return out
	}
	at, own := t.place(&f), t.mainShape(f.keys...)
	out.Holds, out.Places = sh.Named(sh.Nodes[own].Kind), t.placesOf(&f)
	out.KeyBytes = t.keyBytes(f.keys)
	if f.by <= byWidth {
		out.PerClass = t.perClass(&f)
	}
	for i := range f.also {
		out.Also = append(out.Also, t.alsoPath(&f.also[i]))
	}
	if n, ok := t.example[at]; ok {
		n = t.original(&out, &f, n, own)
		at = t.s.lastPlace.Shape[n]
		t.describeExample(&out, &f, n, own)
	}
	out.Fingerprint, out.Path, out.Kind = paths.Fingerprint(sh.Signature(at)), sh.Path(at), sh.Named(sh.Nodes[at].Kind)
	if out.Places == 1 && !f.frames && out.Example.Path != "" {
		out.Path = out.Example.Path
	}
	t.describeLost(&out)
	out.Also = slices.DeleteFunc(out.Also, func(path string) bool { return path == out.Path })
	return out
}

// original gives the first of the containers that hold the objects of a place, if
// there are several, and names the others.
func (t *steps) original(out *GrowingPlace, f *finding, n graph.NodeID, own paths.ShapeID) graph.NodeID {
	if out.Places != 1 || f.by > byWidth || out.Holds.Type != "object" || f.frames {
		return n
	}
	all := t.parallel(n, own)
	w := paths.Writer{Graph: t.s.last, Paths: t.paths}
	for _, other := range all[1:] {
		if path := w.Expression(other); !slices.Contains(out.Also, path) {
			out.Also = append(out.Also, path)
		}
	}
	return all[0]
}

// describeExample says what the last dump shows of a place.
func (t *steps) describeExample(out *GrowingPlace, f *finding, n graph.NodeID, own paths.ShapeID) {
	g := t.s.last
	w := paths.Writer{Graph: g, Paths: t.paths}
	out.Example = analysis.Place{Path: w.Expression(n), Item: analysis.NodeItem(g, n)}
	out.Trace = w.Steps(n)
	if out.Frame == "" {
		own := analysis.Kind{Type: out.Example.Item.Type, Class: out.Example.Item.Class}
		out.Changes = changes.At(out.Trace, out.Holds.Type == "object" && out.Holds == own, t.s.code())
	}
	if use, ok := paths.WeakMapOf(g, n); ok && use.SelfHeld > 0 {
		out.WeakMap = &use
	}
	if inner := t.entries(n); inner != nil && out.Holds.Type == "array" {
		out.Holds, out.PerClass = *inner, nil
	}
	if k, known := t.mostHeld(f, n); known {
		out.Holds = k
	}
	if out.Holds.Class == leaks.ClosureClass {
		out.Makers = leaks.MakersOf(g, t.closuresOf(own), t.lastCapture().ClosureSites())
	}
	t.describeEngine(out, n)
	holds := []string{out.Holds.Class}
	for _, m := range out.Makers {
		holds = append(holds, m.This)
	}
	for _, c := range out.PerClass {
		holds = append(holds, c.Class)
	}
	out.Declared = analysis.DeclarationsOf(t.lastCapture()).Place(out.Trace, holds...)
}

// lastCapture is what a capture knows beyond the items, of the last dump; nil for
// a dump of another kind.
func (t *steps) lastCapture() *dump.Capture { return t.s.dumps[len(t.s.dumps)-1].Capture }

// describeEngine says what the capture knows of garbage and of lost blocks.
func (t *steps) describeEngine(out *GrowingPlace, n graph.NodeID) {
	c := t.lastCapture()
	root, edges := t.paths.To(n)
	r, ok := t.s.last.Root(root)
	if c == nil || !ok || t.s.last.Name(r.Frame) != paths.EngineFrame || len(edges) == 0 {
		return
	}
	group, key := t.s.last.Name(r.Symbol), t.s.last.Key(t.s.last.Label(edges[0]))
	library, isNative := strings.CutPrefix(group, "(native: ")
	switch {
	case isNative:
		out.Holder = strings.TrimSuffix(library, ")")
		if _, unnamed := paths.IntegerKey([]byte(key)); !unnamed {
			out.Holder += ": " + key
		}
	case group == "(uncollected)":
		out.Collector = c.Collector
		for _, cycle := range c.Uncollected.Cycles {
			if key == "cycles of "+cycle.Class {
				out.Cycle = cycle.Example
			}
		}
	case group == "(lost)":
		text, _ := strings.CutSuffix(strings.ReplaceAll(strings.TrimPrefix(key, "blocks of "), ",", ""), " B")
		size, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return
		}
		for _, l := range c.Lost {
			if l.Size == size && !slices.Contains(out.Shapes, l.Shape) {
				out.Shapes = append(out.Shapes, l.Shape)
			}
		}
		out.Lost = t.lostSince(func(l *dump.Lost) bool { return l.Size == size })
	}
}

// describeLost says of items that no root leads to which kinds of them have become
// more, of the classes that grow.
func (t *steps) describeLost(out *GrowingPlace) {
	if t.lastCapture() != nil || !strings.HasPrefix(out.Path, graph.UnreachableLabel) {
		return
	}
	out.Lost = t.lostSince(func(l *dump.Lost) bool {
		return slices.ContainsFunc(out.PerClass, func(c ClassGrowth) bool { return lost.Shape(c.Type, c.Class) == l.Shape })
	})
}

// lostSince gives some kinds of what is lost that are more than in the first judged
// dump, and by how many.
func (t *steps) lostSince(of func(*dump.Lost) bool) (more []dump.Lost) {
	for _, l := range t.s.dumps[len(t.s.dumps)-1].lost {
		if !of(&l) {
			continue
		}
		for _, b := range t.s.dumps[t.from].lost {
			if b.How == l.How && b.Size == l.Size && b.Shape == l.Shape {
				l.Blocks, l.Bytes = l.Blocks-min(l.Blocks, b.Blocks), l.Bytes-min(l.Bytes, b.Bytes)
			}
		}
		if l.Bytes > 0 {
			more = append(more, l)
		}
	}
	return more
}

// code is what a capture knows of the program's functions, nil for dumps.
func (s *Series) code() *dump.Code {
	if c := s.dumps[len(s.dumps)-1].Capture; c != nil {
		return c.Code
	}
	return nil
}

// mostHeld is the kind of which most of an array's elements are, in the last dump:
// where only the array grows, something else holds them, and their shapes are not
// below its own. It is not known of other findings.
func (t *steps) mostHeld(f *finding, n graph.NodeID) (analysis.Kind, bool) {
	if f.by != byWidth {
		return analysis.Kind{}, false
	}
	g := t.s.last
	count := map[graph.KindID]int{}
	most, found := graph.KindID(0), 0
	from, to := g.Children(n)
	for e := from; e < to; e++ {
		k := g.KindID(g.Target(e))
		if count[k]++; count[k] > found {
			most, found = k, count[k]
		}
	}
	kind := g.Kinds()[most]
	return analysis.Kind{Type: g.Name(kind.Type), Class: g.Name(kind.Class)}, found > 0
}

// ManyPlaces is the path of growth that is spread over so many small places that
// no variable has most of it.
const ManyPlaces = "(many small places)"

// alsoPath is the path of a finding that grows with another: that of the place,
// if there is but one.
func (t *steps) alsoPath(f *finding) string {
	at := t.place(f)
	if n, ok := t.example[at]; ok && t.placesOf(f) == 1 {
		return paths.Writer{Graph: t.s.last, Paths: t.paths}.Expression(n)
	}
	return t.s.shapes.Path(at)
}

// perClass splits what a finding holds by type and class: those of them whose
// number or bytes change, most growth first. Members that were null, and what
// does not take memory at all, are left out where the finding does not count
// them.
func (t *steps) perClass(f *finding) []ClassGrowth {
	sh := t.s.shapes
	var list []ClassGrowth
	index := map[analysis.Kind]int{}
	shapes := slices.Clone(f.lent)
	for _, key := range f.keys {
		shapes = append(shapes, t.to(key)...)
	}
	for _, id := range shapes {
		if !t.countsIn(f, id) {
			continue
		}
		k := sh.Named(sh.Nodes[id].Kind)
		i, ok := index[k]
		if !ok {
			i = len(list)
			index[k] = i
			list = append(list, ClassGrowth{k, make([]uint64, len(t.s.dumps)), make([]uint64, len(t.s.dumps)), Rate{}})
		}
		for d, p := range t.s.dumps {
			list[i].Counts[d] += valueAt(p.count, id)
			list[i].Bytes[d] += t.bytes[d][id]
		}
	}
	list = slices.DeleteFunc(list, func(c ClassGrowth) bool {
		return steady(t.judged(c.Counts)) && steady(t.judged(c.Bytes))
	})
	for i := range list {
		c := &list[i]
		c.PerInterval = Rate{trend.Mean(t.judged(c.Counts)), trend.Mean(t.judged(c.Bytes))}
	}
	slices.SortStableFunc(list, func(a, b ClassGrowth) int {
		return cmp.Or(cmp.Compare(b.PerInterval.Bytes, a.PerInterval.Bytes), cmp.Compare(b.PerInterval.Count, a.PerInterval.Count),
			cmp.Compare(a.Type, b.Type), cmp.Compare(a.Class, b.Class))
	})
	return list
}

// countsIn reports whether a finding counts the items of a shape.
func (t *steps) countsIn(f *finding, id paths.ShapeID) bool {
	switch f.by {
	case byContent:
		return t.isContent(id)
	case bySlots:
		return retain.TypeCodeOf(t.s.shapes.Kinds[t.s.shapes.Nodes[id].Kind].Type) != retain.TypeOther
	}
	return true
}

// keyBytes is what the tables and keys take by which steps hold their items, by
// dump; nil where there are none.
func (t *steps) keyBytes(keys []stepKey) []uint64 {
	tables := t.tables(keys)
	if len(tables) == 0 {
		return nil
	}
	sums := make([]uint64, len(t.s.dumps))
	for id := range tables {
		for d, p := range t.s.dumps {
			sums[d] += valueAt(p.self, id)
		}
	}
	return sums
}

// closuresOf lists members of a shape in the last dump, evenly chosen.
func (t *steps) closuresOf(own paths.ShapeID) []graph.NodeID {
	return leaks.Sampled(t.members[own], leaks.MaxSample)
}

// confidence is high where chance, or something that fills up, hardly looks
// like it.
func (t *steps) confidence(f *finding) analysis.Confidence {
	if f.evidence.Robust {
		if f.evidence.P <= trend.Strictly {
			return analysis.High
		}
		return analysis.Medium
	}
	x := t.amount(f)
	least, most := trend.Increments(x)
	even := least >= trend.Evenly*most
	switch {
	case len(x) > 3 && even:
		return analysis.High
	case len(x) > 3 || even:
		return analysis.Medium
	}
	return analysis.Low
}
