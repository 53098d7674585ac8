package query

import (
	"iter"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/graph"
)

// fillItem adds to an item what is known of its node beside the dump.
type fillItem func(*analysis.Item, graph.NodeID)

// A speller makes paths of edges. Of a long one it spells out the ends at once:
// a step takes 200 bytes and more, an edge 4.
type speller struct {
	g    *graph.Graph
	most int // steps of a path; 0: all
	fill fillItem

	// The entries of WeakMaps by which the paths lead, one of each map and keeper.
	entries []EntryStep
	seen    map[entryKey]bool
	ways    *paths.Paths
}

// longestExpression is the number of steps that an expression has at most. It is one
// text, in memory at once.
const longestExpression = 10_000

// path spells out the path that edges make from a root.
func (s *speller) path(root graph.NodeID, edges iter.Seq[graph.EdgeID], rank int) Path {
	p := Path{Rank: rank, Reliable: true, root: root}
	count := 0
	for e := range edges {
		l := s.g.Label(e)
		p.Reliable, p.Weak = p.Reliable && !l.Unreliable(), p.Weak || l.Weak()
		count++
		s.entry(e)
	}
	p.Expression = s.expression(root, edges)
	head, between, tail := s.ends(count)
	p.Steps = make([]Step, 1, 1+head+min(1, between)+tail)
	p.Steps[0] = Step{Item: analysis.NodeItem(s.g, root), Reliable: true}
	s.fillItem(&p.Steps[0].Item, root)
	i := 0
	for e := range edges {
		switch {
		case i < head || i >= head+between:
			p.Steps = append(p.Steps, s.step(e))
		case s.most == 0:
			p.between = append(p.between, e)
			p.at = len(p.Steps)
		case i == head+between-1:
			p.Left, p.left = between, len(p.Steps)
			p.Steps = append(p.Steps, Step{Item: analysis.NodeItem(s.g, s.g.Target(e)), Reliable: true})
		}
		i++
	}
	p.speller = s
	return p
}

// ends says how many edges of a path there are at its beginning, between, and at
// its end: those between are left out, or spelled out when they are asked for.
func (s *speller) ends(count int) (head, between, tail int) {
	most := s.most
	if most == 0 {
		most = paths.MaxSteps
	}
	if count <= most {
		return count, 0, 0
	}
	return most - most/2, count - most, most / 2
}

// expression writes a path, of a long one the ends.
func (s *speller) expression(root graph.NodeID, edges iter.Seq[graph.EdgeID]) string {
	most := longestExpression
	if s.most > 0 {
		most = min(most, s.most)
	}
	head, tail := endsOf(edges, most)
	return paths.JoinEnds(s.g, root, head, tail)
}

// endsOf is [paths.Ends] of edges that are not in memory.
func endsOf(edges iter.Seq[graph.EdgeID], most int) (head, tail []graph.EdgeID) {
	half := most / 2
	var last []graph.EdgeID // the last half of the edges, in a ring
	count := 0
	for e := range edges {
		switch {
		case count < most:
			head = append(head, e)
		case count == most:
			last = append(last, head[most-half:]...)
			fallthrough
		default:
			if half > 0 {
				last[(count-most)%half] = e
			}
		}
		count++
	}
	if count <= most {
		return head, nil
	}
	tail = make([]graph.EdgeID, 0, half)
	for i := range half {
		tail = append(tail, last[(count-most+i)%half])
	}
	return head[:most-half], tail
}

// step spells out a step.
func (s *speller) step(e graph.EdgeID) Step {
	g, l := s.g, s.g.Label(e)
	_, entry := g.Entry(e)
	step := Step{Item: analysis.NodeItem(g, g.Target(e)), Key: g.Key(l), Reliable: !l.Unreliable(), Weak: l.Weak(), Entry: entry, edge: e}
	s.fillItem(&step.Item, g.Target(e))
	return step
}

func (s *speller) fillItem(it *analysis.Item, n graph.NodeID) {
	if s.fill != nil {
		s.fill(it, n)
	}
}

func (s *speller) typeOf(n graph.NodeID) string { return s.g.Name(s.g.Kind(n).Type) }
