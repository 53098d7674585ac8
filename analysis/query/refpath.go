package query

import (
	"iter"
	"slices"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/dump"
	"memtrail/graph"
	"memtrail/internal/column"
)

// RefPathOptions says how much of the answer is wanted.
type RefPathOptions struct {
	Limit int // paths to keep, one a root; 0: all
	All   int // further paths per root that share no edge with the ones before
	Steps int // of a path, and dominators, at most: of more those at both ends, two at least; 0: all
}

func (o RefPathOptions) steps() int {
	if o.Steps == 1 {
		return 2
	}
	return o.Steps
}

// NeedOfPaths is what [ReferencePaths] takes beside a graph.
var NeedOfPaths = graph.NeedOfReverse.Plus(graph.Need{Node: 4})

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
	return pathsTo(g, info, target, o, nil), nil
}

// pathsTo finds the paths to a node:
//
//  1. the roots that reach it, without weak edges if there is such a way;
//  2. a path from each of them;
//  3. for paths with unreliable edges, a longer one without (Path.Instead);
//  4. further paths from each root that share no edge with the ones before.
func pathsTo(g *graph.Graph, info *dump.Info, target graph.NodeID, o RefPathOptions, fill fillItem) *RefPaths {
	r := searchPaths(newBackSearch(g, g.Reverse()), target, o, fill)
	r.Source = analysis.GraphSource(g, info)
	return r
}

func searchPaths(s *backSearch, target graph.NodeID, o RefPathOptions, fill fillItem) *RefPaths {
	g := s.g
	s.target, s.barred = target, nil
	r := &RefPaths{Item: analysis.NodeItem(g, target)}
	roots, usable := r.findRoots(s)
	if o.Limit > 0 && len(roots) > o.Limit {
		r.Cut = len(roots) - o.Limit
		roots = roots[:o.Limit]
	}
	sp := &speller{g: g, most: o.steps(), fill: fill}
	for _, root := range roots {
		r.Paths = append(r.Paths, sp.path(root, s.path(root), 0))
	}
	var ways [][]graph.EdgeID // the searches below forget them
	if o.All > 0 {
		for _, root := range roots {
			ways = append(ways, slices.Collect(s.path(root)))
		}
	}
	if slices.ContainsFunc(r.Paths, func(p Path) bool { return !p.Reliable }) {
		r.findReliable(s, roots, usable, sp)
	}
	for i := range ways {
		r.findFurther(s, roots[i], ways[i], usable, o.All, sp)
	}
	r.Entries = sp.entries
	return r
}

// An edgeFilter tells by its label whether an edge may be walked.
type edgeFilter func(graph.Label) bool

func anyEdge(graph.Label) bool      { return true }
func strongEdge(l graph.Label) bool { return !l.Weak() }

// findRoots lists the roots that reach the target, and says over which edges: weak
// ones count only where there is no other way at all. The search then holds the
// paths.
func (r *RefPaths) findRoots(s *backSearch) (roots []graph.NodeID, usable edgeFilter) {
	roots, usable = s.run(strongEdge), strongEdge
	r.RootsReaching = len(roots)
	if s.g.Counts().Weak == 0 {
		return roots, usable
	}
	all := s.run(anyEdge)
	if len(roots) == 0 && len(all) > 0 {
		r.WeakOnly = true
		roots, usable = all, anyEdge
	} else {
		r.WeakRoots = len(all) - len(roots)
	}
	s.run(usable)
	return roots, usable
}

// findReliable looks for ways without unreliable edges, for the paths that have
// some. The first path of each root is known.
func (r *RefPaths) findReliable(s *backSearch, roots []graph.NodeID, usable edgeFilter, sp *speller) {
	s.run(func(l graph.Label) bool { return usable(l) && !l.Unreliable() })
	for i, root := range roots {
		if p := &r.Paths[i]; !p.Reliable && s.via[root] != 0 {
			p.Instead = sp.expression(root, s.path(root))
		}
	}
}

// findFurther adds up to limit paths from a root that share no edge with each
// other, nor with a first one.
func (r *RefPaths) findFurther(s *backSearch, root graph.NodeID, first []graph.EdgeID, usable edgeFilter, limit int, sp *speller) {
	s.barred = map[graph.EdgeID]bool{}
	last := first
	for rank := 1; rank <= limit && len(last) > 0; rank++ {
		for _, e := range last {
			s.barred[e] = true
		}
		if !s.reaches(root, usable) {
			return
		}
		last = slices.Collect(s.path(root))
		r.Paths = append(r.Paths, sp.path(root, slices.Values(last), rank))
	}
}

func newBackSearch(g *graph.Graph, in *graph.Reverse) *backSearch {
	return &backSearch{g: g, in: in, via: column.Of[graph.EdgeID](g.Len())}
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
	via   []graph.EdgeID
	met   []graph.NodeID
	roots []graph.NodeID // of these
}

// run searches over the edges allowed and gives the roots that it meets, in
// order. The target itself, if a root, comes where a cycle leads back to it,
// else last.
func (s *backSearch) run(allowed edgeFilter) []graph.NodeID {
	return s.search(allowed, graph.None)
}

// reaches searches until it meets a root.
func (s *backSearch) reaches(root graph.NodeID, allowed edgeFilter) bool {
	return slices.Contains(s.search(allowed, root), root)
}

func (s *backSearch) search(allowed edgeFilter, until graph.NodeID) []graph.NodeID {
	for _, n := range s.met {
		s.via[n] = 0
	}
	s.met, s.roots = s.met[:0], nil
	// A level's nodes: first those with a reliable path, then the others. The
	// latter are the ones from doubtful on.
	level, doubtful := []graph.NodeID{s.target}, 1
	for len(level) > 0 {
		level, doubtful = s.nextLevel(level, doubtful, allowed)
		if until != graph.None && s.via[until] != 0 {
			return s.roots
		}
	}
	if _, ok := s.g.Root(s.target); ok && until == graph.None && s.via[s.target] == 0 {
		s.roots = append(s.roots, s.target)
	}
	return s.roots
}

// nextLevel meets the nodes from which an edge leads to those of a level: over
// reliable paths first.
func (s *backSearch) nextLevel(level []graph.NodeID, doubtful int, allowed edgeFilter) (next []graph.NodeID, nextDoubtful int) {
	var unsure []graph.EdgeID
	for i, n := range level {
		for _, e := range s.in.Edges(n) {
			from := s.in.Source(e)
			if s.via[from] != 0 {
				continue // in most of a graph with cycles
			}
			l := s.g.Label(e)
			if !allowed(l) || len(s.barred) > 0 && s.barred[e] {
				continue
			}
			if i >= doubtful || l.Unreliable() {
				unsure = append(unsure, e)
			} else {
				next = s.meet(next, e, from)
			}
		}
	}
	nextDoubtful = len(next)
	for _, e := range unsure {
		if from := s.in.Source(e); s.via[from] == 0 {
			next = s.meet(next, e, from)
		}
	}
	return next, nextDoubtful
}

// meet adds the source of an edge, which was not met before.
func (s *backSearch) meet(to []graph.NodeID, e graph.EdgeID, n graph.NodeID) []graph.NodeID {
	s.via[n] = e + 1
	s.met = append(s.met, n)
	if _, ok := s.g.Root(n); ok {
		s.roots = append(s.roots, n)
	}
	return append(to, n)
}

// path gives the edges from a root to the target, until the next search; none if
// it is the target. It may be gone through more than once.
func (s *backSearch) path(root graph.NodeID) iter.Seq[graph.EdgeID] {
	return func(yield func(graph.EdgeID) bool) {
		for n := root; n != s.target; {
			e := s.via[n] - 1
			if !yield(e) {
				return
			}
			n = s.g.Target(e)
		}
	}
}

// A PathFinder answers one question after another about one graph. It keeps what
// all searches need: 8 bytes a node and 4 an edge. It is not for several
// goroutines at once.
type PathFinder struct{ search *backSearch }

// NewPathFinder makes a finder. in are the edges of the graph turned round.
func NewPathFinder(g *graph.Graph, in *graph.Reverse) *PathFinder {
	return &PathFinder{newBackSearch(g, in)}
}

// To finds the paths to a node like [ReferencePaths]. The result has no source
// and no dominators.
func (f *PathFinder) To(target graph.NodeID, o RefPathOptions) *RefPaths {
	return searchPaths(f.search, target, o, nil)
}
