package paths

import (
	"strings"

	"memtrail/analysis"
	"memtrail/graph"
)

// A Writer writes the ways to nodes, of very long ones the ends.
type Writer struct {
	Graph *graph.Graph
	Paths *Paths
}

// Expression writes the path to a node; "" if no root reaches it.
func (w Writer) Expression(n graph.NodeID) string { return w.Paths.Expression(n) }

// Steps are the items on the way to a node; none where no root leads there.
func (w Writer) Steps(n graph.NodeID) []analysis.PathStep {
	root, edges := w.Paths.To(n)
	if _, ok := w.Graph.Root(root); !ok {
		return nil
	}
	name, rest := headOf(w.Graph, root, edges)
	if len(rest) < len(edges) {
		root = w.Graph.Target(edges[0])
	}
	edges = rest
	steps := []analysis.PathStep{{Label: name, Item: analysis.NodeItem(w.Graph, root), Node: root}}
	for i, e := range edges {
		if left := len(edges) - i; i >= MaxSteps/2 && left > MaxSteps/2 {
			if i == MaxSteps/2 {
				steps = append(steps, analysis.PathStep{Label: ellipsis, Node: graph.None})
			}
			continue
		}
		t := w.Graph.Target(e)
		steps = append(steps, analysis.PathStep{Label: stepExpression(w.Graph, e), Key: w.Graph.Key(w.Graph.Label(e)), Item: analysis.NodeItem(w.Graph, t), Node: t})
	}
	return steps
}

// stepExpression writes how an edge's source holds its target.
func stepExpression(g *graph.Graph, e graph.EdgeID) string {
	var b strings.Builder
	AppendEdge(&b, g, e)
	return b.String()
}
