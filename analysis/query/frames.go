package query

import (
	"memtrail/analysis"
	"memtrail/analysis/lost"
	"memtrail/analysis/paths"
	"memtrail/dump"
	"memtrail/graph"
)

// SummarizeFrames counts items by the frame or static that reaches them
// first, roots taken in the order of the dump. Items that only weak
// references reach, and items that nothing reaches, are groups of their own.
func SummarizeFrames(g *graph.Graph, info *dump.Info, sort SummarySort, limit int) *Summary {
	s := &Summary{Source: analysis.GraphSource(g, info), GroupedBy: ByFrame}
	f := flood{g: g, seen: make([]bool, g.Len())}
	index := map[string]int{}
	count := func(name, kind string, nodes []graph.NodeID) {
		i, ok := index[kind+"\x00"+name]
		if !ok {
			i = len(s.Groups)
			index[kind+"\x00"+name] = i
			s.Groups = append(s.Groups, Group{Name: name, Kind: kind})
		}
		for _, n := range nodes {
			if !g.Missing(n) {
				s.Groups[i].Count++
				s.Groups[i].ReportedBytes += g.Size(n)
			}
		}
	}
	for _, r := range g.Roots() {
		frame, symbol := g.Name(r.Frame), g.Name(r.Symbol)
		name, kind := frame, "frame"
		switch frame {
		case paths.StaticFrame:
			name, kind = paths.RootExpression(frame, symbol), "static"
		case "":
			name = "(no frame)"
		}
		if nodes := f.from(r.Node, false); len(nodes) > 0 {
			count(name, kind, nodes)
		}
	}
	if weak := f.weak(); len(weak) > 0 {
		count("(weak references only)", "weak", weak)
	}
	var rest []graph.NodeID
	for n, seen := range f.seen {
		if !seen && !g.Missing(graph.NodeID(n)) {
			rest = append(rest, graph.NodeID(n))
		}
	}
	if len(rest) > 0 {
		count(graph.UnreachableLabel, "unreachable", rest)
	}
	s.Lost = lost.Of(&s.Source, g, info, lost.Reported(g), lost.Nothing)
	s.arrange(sort, limit)
	return s
}

// flood walks from node to node, each but once.
type flood struct {
	g     *graph.Graph
	seen  []bool
	stack []graph.NodeID
}

// from gives the nodes that can be reached from n and were not before.
func (f *flood) from(n graph.NodeID, weakToo bool) []graph.NodeID {
	if f.seen[n] {
		return nil
	}
	f.seen[n] = true
	f.stack = append(f.stack[:0], n)
	for i := 0; i < len(f.stack); i++ {
		from, to := f.g.Held(f.stack[i])
		for e := from; e < to; e++ {
			l, t := f.g.Label(e), f.g.Target(e)
			if f.seen[t] || l.Unreliable() || l.Weak() && !weakToo {
				continue
			}
			f.seen[t] = true
			f.stack = append(f.stack, t)
		}
	}
	return f.stack
}

// weak gives the nodes that were not reached so far and that a weak edge of a
// reached node leads to, with what is below them.
func (f *flood) weak() []graph.NodeID {
	var found []graph.NodeID
	reached := make([]graph.NodeID, 0, 16)
	for n := range graph.NodeID(f.g.Items()) {
		from, to := f.g.Children(n)
		for e := from; e < to; e++ {
			if f.g.Label(e).Weak() && f.seen[n] && !f.seen[f.g.Target(e)] {
				reached = append(reached, f.g.Target(e))
			}
		}
	}
	for _, n := range reached {
		found = append(found, f.from(n, true)...)
	}
	return found
}
