package query

import (
	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/dump"
	"memtrail/graph"
	"slices"
)

// RefPathOptions says how much of the answer is wanted.
type RefPathOptions struct {
	Limit int // paths to keep, one a root; 0: all
	All   int // further paths per root that share no edge with the ones before
}

// ReferencePaths finds a shortest path to an item from each root that reaches
// it. The item is named by its id or an expression, see [Locate], whose errors
// it returns.
//
// It is a breadth-first search against the edges, like php-meminfo's, that
// meets the roots in the same order. The value of a WeakMap's entry is held by
// its key, or by the map: see package graph. Weak edges count only where there is
// no other way at all. Of equally short paths it prefers one whose edges are all
// reliable.
func ReferencePaths(g *graph.Graph, info *dump.Info, text string, o RefPathOptions) (*RefPaths, error) {
	target, err := paths.Locate(g, text)
	if err != nil {
		return nil, err
	}
	return pathsTo(g, info, target, o), nil
}

func pathsTo(g *graph.Graph, info *dump.Info, target graph.NodeID, o RefPathOptions) *RefPaths {
	r := &RefPaths{Source: analysis.GraphSource(g, info), Item: analysis.NodeItem(g, target)}
	s := &backSearch{g: g, in: g.Reverse(), target: target, via: make([]graph.EdgeID, g.Len())}

	strong := func(l graph.Label) bool { return !l.Weak() }
	roots := s.run(strong)
	r.RootsReaching = len(roots)
	usable := strong
	if g.Counts().Weak > 0 {
		all := s.run(func(graph.Label) bool { return true })
		if len(roots) == 0 && len(all) > 0 {
			r.WeakOnly = true
			roots = all
			usable = func(graph.Label) bool { return true }
		} else {
			r.WeakRoots = len(all) - len(roots)
		}
		s.run(usable) // for the paths, which via holds
	}
	if o.Limit > 0 && len(roots) > o.Limit {
		r.Cut = len(roots) - o.Limit
		roots = roots[:o.Limit]
	}
	ways := make([][]graph.EdgeID, len(roots))
	doubtful := false
	for i, root := range roots {
		ways[i] = s.path(root)
		r.Paths = append(r.Paths, pathOf(g, root, ways[i], 0))
		doubtful = doubtful || !r.Paths[i].Reliable
	}
	if doubtful {
		s.run(func(l graph.Label) bool { return usable(l) && !l.Unreliable() })
		for i, root := range roots {
			if p := &r.Paths[i]; !p.Reliable && s.via[root] != 0 {
				p.Instead = paths.Expression(g, root, s.path(root))
			}
		}
	}
	for i, root := range roots {
		s.barred = map[graph.EdgeID]bool{}
		last := ways[i]
		for rank := 1; rank <= o.All && len(last) > 0; rank++ {
			for _, e := range last {
				s.barred[e] = true
			}
			if !s.reaches(root, usable) {
				break
			}
			last = s.path(root)
			r.Paths = append(r.Paths, pathOf(g, root, last, rank))
		}
	}
	r.Entries = entrySteps(g, r.Paths)
	return r
}

// backSearch searches from a target against the edges.
type backSearch struct {
	g      *graph.Graph
	in     *graph.Reverse
	target graph.NodeID
	barred map[graph.EdgeID]bool
	// via is, for each node met, the edge from it that leads on towards the
	// target, plus one. Only what is met is touched, so it costs what the
	// target's ancestors do.
	via []graph.EdgeID
	met []graph.NodeID
}

// run searches over the edges allowed and gives the roots that it meets, in
// order. The target itself, if a root, comes where a cycle leads back to it,
// else last.
func (s *backSearch) run(allowed func(graph.Label) bool) []graph.NodeID {
	return s.search(allowed, graph.None)
}

// reaches searches until it meets a root.
func (s *backSearch) reaches(root graph.NodeID, allowed func(graph.Label) bool) bool {
	return slices.Contains(s.search(allowed, root), root)
}

func (s *backSearch) search(allowed func(graph.Label) bool, until graph.NodeID) []graph.NodeID {
	for _, n := range s.met {
		s.via[n] = 0
	}
	s.met = s.met[:0]
	var roots []graph.NodeID
	// A level's nodes: first those with a reliable path, then the others. The
	// latter are the ones from doubtful on.
	level := []graph.NodeID{s.target}
	doubtful := 1
	meet := func(e graph.EdgeID) (graph.NodeID, bool) {
		n := s.g.Source(e)
		if s.via[n] != 0 {
			return n, false
		}
		s.via[n] = e + 1
		s.met = append(s.met, n)
		if _, ok := s.g.Root(n); ok {
			roots = append(roots, n)
		}
		return n, true
	}
	for len(level) > 0 {
		var next, later []graph.NodeID
		var unsure []graph.EdgeID
		for i, n := range level {
			for _, e := range s.in.Edges(n) {
				l := s.g.Label(e)
				if !allowed(l) || s.barred[e] {
					continue
				}
				if i >= doubtful || l.Unreliable() {
					unsure = append(unsure, e)
				} else if n, ok := meet(e); ok {
					next = append(next, n)
				}
			}
		}
		for _, e := range unsure {
			if n, ok := meet(e); ok {
				later = append(later, n)
			}
		}
		doubtful = len(next)
		level = append(next, later...)
		if until != graph.None && s.via[until] != 0 {
			return roots
		}
	}
	if _, ok := s.g.Root(s.target); ok && until == graph.None && s.via[s.target] == 0 {
		roots = append(roots, s.target)
	}
	return roots
}

// path gives the edges from a root to the target; none if it is the target.
func (s *backSearch) path(root graph.NodeID) []graph.EdgeID {
	var edges []graph.EdgeID
	for n := root; n != s.target; {
		e := s.via[n] - 1
		edges = append(edges, e)
		n = s.g.Target(e)
	}
	return edges
}

// pathOf spells out a path.
func pathOf(g *graph.Graph, root graph.NodeID, edges []graph.EdgeID, rank int) Path {
	p := Path{Expression: paths.Expression(g, root, edges), Steps: make([]Step, 1, 1+len(edges)), Reliable: true, Rank: rank}
	p.Steps[0] = Step{Item: analysis.NodeItem(g, root), Reliable: true, node: root}
	for _, e := range edges {
		l := g.Label(e)
		_, entry := g.Entry(e)
		p.Steps = append(p.Steps, Step{Item: analysis.NodeItem(g, g.Target(e)), Key: g.Key(l), Reliable: !l.Unreliable(), Weak: l.Weak(), Entry: entry, node: g.Target(e)})
		p.Reliable = p.Reliable && !l.Unreliable()
		p.Weak = p.Weak || l.Weak()
	}
	return p
}
