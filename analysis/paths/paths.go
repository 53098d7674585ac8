package paths

import (
	"slices"
	"strings"

	"memtrail/analysis/retain"
	"memtrail/graph"
	"memtrail/internal/column"
)

// Paths are shortest paths from the roots of a graph to all its nodes: a
// forest with an edge to each node that a root reaches.
type Paths struct {
	g   *graph.Graph
	Via []graph.EdgeID // edge to the node, plus one; 0: a root, or not reached

	// The way asked for last: much is asked of each, some are long, and the next
	// one mostly has its beginning.
	last      graph.NodeID
	lastRoot  graph.NodeID
	lastEdges []graph.EdgeID
	back      []graph.EdgeID // of [Paths.To]
	// position is, of a node on the way asked for last, the number of edges up to
	// it. What it has of other nodes means nothing. It is nil until a way is long.
	position []uint32
}

// RootPaths finds for each node a shortest path from any root: see
// [graph.Graph.ShortestPaths].
func RootPaths(g *graph.Graph) *Paths {
	return &Paths{g: g, Via: g.ShortestPaths(), last: graph.None}
}

// Shared is RootPaths for several analyses of one graph, which find the paths
// once. Each has Paths of its own.
func Shared(r *retain.Retention) *Paths {
	return &Paths{g: r.Graph, Via: r.ShortestPaths(), last: graph.None}
}

// Parent is the node before a node on its path; false for roots and for what
// no root reaches.
func (p *Paths) Parent(n graph.NodeID) (graph.NodeID, bool) {
	if p.Via[n] == 0 {
		return 0, false
	}
	return p.g.Source(p.Via[n] - 1), true
}

// longWay is the number of edges from which on ways are not walked again.
const longWay = 1000

// To gives the path to a node: the root, or whatever else it starts from, and
// the edges, which are the caller's until the next call. To the nodes of a list,
// one after the other, it takes a step each.
func (p *Paths) To(n graph.NodeID) (root graph.NodeID, edges []graph.EdgeID) {
	if n == p.last {
		return p.lastRoot, p.lastEdges
	}
	p.last = n
	known := 0 // edges that are those of the last way
	back := p.back[:0]
	for p.Via[n] != 0 {
		if known = p.known(n); known > 0 {
			break
		}
		e := p.Via[n] - 1
		back = append(back, e)
		n = p.g.Source(e)
	}
	if known == 0 {
		p.lastRoot = n
	}
	p.back, p.lastEdges = back, p.lastEdges[:known]
	for _, e := range slices.Backward(back) {
		p.lastEdges = append(p.lastEdges, e)
	}
	p.place(known)
	return p.lastRoot, p.lastEdges
}

// known is how many edges of the last way lead to a node, 0 if it is not on it.
func (p *Paths) known(n graph.NodeID) int {
	if p.position == nil {
		return 0
	}
	i := int(p.position[n])
	if i == 0 || i > len(p.lastEdges) || p.lastEdges[i-1] != p.Via[n]-1 {
		return 0
	}
	return i
}

// place notes where the nodes of a long way are, those behind the first edges.
func (p *Paths) place(from int) {
	if p.position == nil {
		if len(p.lastEdges) < longWay {
			return
		}
		p.position, from = column.Of[uint32](p.g.Len()), 0
	}
	for i := from; i < len(p.lastEdges); i++ {
		p.position[p.g.Target(p.lastEdges[i])] = uint32(i + 1)
	}
}

// Expression writes the path to a node, of a long one the ends: see [Ends]. It is
// "" if no root reaches the node.
func (p *Paths) Expression(n graph.NodeID) string {
	root, edges := p.To(n)
	if _, ok := p.g.Root(root); !ok {
		return ""
	}
	head, tail := Ends(edges, MaxSteps)
	return JoinEnds(p.g, root, head, tail)
}

// MaxSteps is the length from which on only the ends of a path are given, if
// nothing else is asked for: it leads through a list, and would fill books.
const MaxSteps = 200

// ellipsis stands for the steps that are left out of a long path.
const ellipsis = "…"

// Ends are the edges at both ends of a path with more than most of them, half of
// these at each; all of another one, with no tail. most 0 asks for all.
func Ends(edges []graph.EdgeID, most int) (head, tail []graph.EdgeID) {
	if most == 0 || len(edges) <= most {
		return edges, nil
	}
	return edges[:most-most/2], edges[len(edges)-most/2:]
}

// JoinEnds writes a path of which there are only the [Ends].
func JoinEnds(g *graph.Graph, root graph.NodeID, head, tail []graph.EdgeID) string {
	text := Expression(g, root, head)
	if tail == nil {
		return text
	}
	var b strings.Builder
	b.WriteString(text)
	b.WriteString(ellipsis)
	for _, e := range tail {
		AppendEdge(&b, g, e)
	}
	return b.String()
}
