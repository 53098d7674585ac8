package leaks

import (
	"cmp"
	"slices"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/changes"
	"memtrail/analysis/paths"
	"memtrail/dump"
	"memtrail/graph"
)

// describe makes a suspect of a candidate.
func (s *suspector) describe(c *candidate) Suspect {
	out := Suspect{Kind: c.kind, Retained: c.retained}
	if s.out.Explained > 0 {
		out.OfExplained = float64(c.retained) / float64(s.out.Explained)
		out.Share = out.OfExplained
	}
	if all, of := s.out.Memory(); of != OfExplained {
		out.Share = min(1, float64(c.retained)/float64(all))
	}
	ways := s.rootPaths()
	if c.at != graph.None {
		out.At, out.Path = s.place(c.at), s.steps(c.at)
		out.Fingerprint = paths.Fingerprint(ways.Shape(c.at))
	} else {
		out.At.Path, out.At.Retained = c.pattern, c.retained
		out.Fingerprint = paths.Fingerprint(s.patternShape(c))
	}
	for _, n := range c.also {
		out.Also = append(out.Also, s.place(n))
	}
	var keys keyShape
	if c.container != graph.None && c.kind != ChainSuspect {
		keys = keysOf(s.g, c.container)
	}
	out.Holds = s.holding(c, keys)
	if c.holds.count > 0 {
		out.Member = s.member(c)
	}
	if out.Holds.Class == ClosureClass {
		out.Makers = MakersOf(s.g, c.members, s.out.Capture.ClosureSites())
	}
	holds := []string{out.Holds.Class}
	for _, m := range out.Makers {
		holds = append(holds, m.This)
	}
	out.Declared = s.declarations.Place(out.Path, holds...)
	out.Frame = s.frameOf(c)
	out.Changes = s.changes(&out)
	out.Innocent = s.innocence(c, keys, out.At.Path)
	s.assess(c, &out, keys)
	return out
}

// changes is the code that can change the accumulation point.
func (s *suspector) changes(out *Suspect) *analysis.Changes {
	if s.out.Capture == nil {
		return nil
	}
	code := s.out.Capture.Code
	if out.Frame != "" {
		return changes.Frames(out.Frame, code)
	}
	return changes.At(out.Path, out.Kind == ChainSuspect, code)
}

// frameOf is the function whose variables the members are, if it calls itself:
// its variable of that name is there several times.
func (s *suspector) frameOf(c *candidate) string {
	if c.at != graph.None || len(c.members) < 2 {
		return ""
	}
	r, ok := s.g.Root(c.members[0])
	if !ok {
		return ""
	}
	frame := s.g.Name(r.Frame)
	if frame == "" || strings.HasPrefix(frame, "<") {
		return ""
	}
	for _, m := range c.members[1:] {
		if other, ok := s.g.Root(m); !ok || other.Frame != r.Frame || other.Symbol != r.Symbol {
			return ""
		}
	}
	return strings.Clone(frame)
}

// patternShape is the shape of the places that a pattern stands for: that of the
// first member which has it. Where the pattern is only a frame, it is the shape.
func (s *suspector) patternShape(c *candidate) string {
	ways := s.rootPaths()
	for _, m := range c.members {
		if ways.Pattern(m) != c.pattern {
			continue
		}
		if holder, ok := ways.Parent(m); ok {
			return ways.Shape(holder)
		}
		return ways.Shape(m)
	}
	return c.pattern
}

// place is a node as the place of a suspect.
func (s *suspector) place(n graph.NodeID) analysis.Place {
	it := analysis.NodeItem(s.g, n)
	s.r.Fill(&it, n)
	return analysis.Place{Path: s.writer().Expression(n), Item: it, Retained: s.r.Retained.At(n)}
}

func (s *suspector) writer() paths.Writer { return paths.Writer{Graph: s.g, Paths: s.rootPaths()} }

// steps are the items on the way to a node, with their sizes.
func (s *suspector) steps(n graph.NodeID) []analysis.PathStep {
	steps := s.writer().Steps(n)
	for i := range steps {
		if n := steps[i].Node; n != graph.None {
			s.r.Fill(&steps[i].Item, n)
			steps[i].Retained = s.r.Retained.At(n)
		}
	}
	return steps
}

// holding says what a candidate is full of.
func (s *suspector) holding(c *candidate, keys keyShape) Holding {
	h := Holding{Count: c.holds.count, Bytes: c.holds.bytes, Keys: keys.KeyPattern, Others: c.others}
	if c.container != graph.None && c.kind != ChainSuspect {
		h.Table = s.r.Own(c.container)
		if c.at != c.container && c.at != graph.None {
			h.Table += s.r.Own(c.at) // the object has paid for the table that it shows
		}
	}
	if c.holds.count == 0 {
		k := s.g.Kind(c.at)
		h.Type, h.Class, h.Count, h.Bytes = s.g.Name(k.Type), s.g.Name(k.Class), 1, c.retained
		return h
	}
	k := s.name(c.holds.kind)
	h.Type, h.Class, h.Classes, h.Lost = k.Type, k.Class, c.holds.classes, c.lost
	if h.Bytes == 0 {
		h.Bytes = s.r.Own(c.at) // numbers live in the slots of what holds them
	}
	// An SplObjectStorage shows each object in an array of its own.
	if c.at != c.container && c.container != graph.None && h.Type == "array" {
		if inner := Wrapped(s.g, c.members); inner != graph.None {
			w := s.g.Kind(inner)
			h.Type, h.Class, h.Through = s.g.Name(w.Type), s.g.Name(w.Class), "array"
		}
	}
	if h.Type == "array" {
		h.Shape = commonShape(s.g, c.members)
	}
	return h
}

// shapeSample is how many members, and how many keys of each, tell a shape.
const shapeSample = 200

// commonShape is the shape that four in five arrays have, "" if there is none.
func commonShape(g *graph.Graph, members []graph.NodeID) string {
	members = Sampled(members, shapeSample)
	count := map[string]int{}
	var sh paths.KeySet
	var it dump.Item
	for _, m := range members {
		from, to := g.Children(m)
		it.Children = it.Children[:0]
		for e := from; e < min(to, from+shapeSample); e++ {
			it.Children = append(it.Children, dump.Child{Key: []byte(g.Key(g.Label(e)))})
		}
		sh.Reset()
		sh.Add(&it)
		name := string(sh.Name([]byte("array")))
		if count[name]++; count[name]*5 >= len(members)*4 {
			return name
		}
	}
	return ""
}

// Wrapped gives an object of the class that most members, being entries of an
// object storage, stand for; graph.None if they are none.
func Wrapped(g *graph.Graph, members []graph.NodeID) graph.NodeID {
	count := map[graph.KindID]int{}
	example := map[graph.KindID]graph.NodeID{}
	best := graph.None
	for _, m := range members {
		from, to := g.Children(m)
		if to-from != 2 || g.Key(g.Label(from)) != "obj" || g.Key(g.Label(from+1)) != "inf" {
			return graph.None
		}
		t := g.Target(from)
		k := g.KindID(t)
		if count[k]++; count[k] == 1 {
			example[k] = t
		}
		if best == graph.None || count[k] > count[g.KindID(best)] {
			best = example[k]
		}
	}
	return best
}

// member picks the one of the members that half of them are no larger than,
// and looks what it keeps alive.
func (s *suspector) member(c *candidate) *Member {
	if len(c.members) == 0 {
		return nil
	}
	nodes := slices.Clone(c.members)
	retained := s.r.Retained.At
	if c.kind == ChainSuspect {
		// Each link keeps the rest alive: what is its own is what it has beside that.
		n := nodes[min(1, len(nodes)-1)]
		m := &Member{Place: s.place(n)}
		m.Content = s.content(n, c.holds.kind)
		m.Retained = 0
		for _, x := range m.Content {
			m.Retained += x.Bytes
		}
		return m
	}
	slices.SortStableFunc(nodes, func(a, b graph.NodeID) int { return cmp.Compare(retained(a), retained(b)) })
	n := nodes[len(nodes)/2]
	return &Member{Place: s.place(n), Content: s.content(n, noKind)}
}

const (
	noKind = ^graph.KindID(0)
	// contentLimit is how many of the items in a member are looked at.
	contentLimit = 10_000
)

// content counts by kind what a node keeps alive, itself included, but not
// what of the kind without lies below it. A node that is dominated is met
// behind its dominator, so what hangs together is all there is.
func (s *suspector) content(n graph.NodeID, without graph.KindID) []Content {
	inside := map[graph.NodeID]bool{n: true}
	queue := []graph.NodeID{n}
	sums := map[graph.KindID]*Content{}
	var list []*Content
	for i := 0; i < len(queue) && len(queue) < contentLimit; i++ {
		m := queue[i]
		k := s.kindOf(m)
		if sums[k] == nil {
			kind := s.name(k)
			sums[k] = &Content{Type: kind.Type, Class: kind.Class}
			list = append(list, sums[k])
		}
		sums[k].Count++
		sums[k].Bytes += s.r.Own(m)
		from, to := s.g.Held(m)
		for e := from; e < min(to, from+contentLimit); e++ {
			t := s.g.Target(e)
			if s.strong(e) && !inside[t] && inside[s.r.Dominators.Parent(t)] && s.kindOf(t) != without {
				inside[t] = true
				queue = append(queue, t)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *Content) int { return cmp.Compare(b.Bytes, a.Bytes) })
	out := make([]Content, len(list))
	for i, x := range list {
		out[i] = *x
	}
	return out
}
