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

// maxSteps is the length from which on only the ends of a path are given: it
// leads through a list, and would fill books.
const maxSteps = 200

// ellipsis stands for the steps that are left out of a long path.
const ellipsis = "…"

// Expression writes the path to a node; "" if no root reaches it.
func (w Writer) Expression(n graph.NodeID) string {
	root, edges := w.Paths.To(n)
	if len(edges) <= maxSteps {
		return w.Paths.Expression(n)
	}
	text := Expression(w.Graph, root, edges[:maxSteps/2]) + ellipsis
	for _, e := range edges[len(edges)-maxSteps/2:] {
		text += stepExpression(w.Graph, e)
	}
	return text
}

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
		if left := len(edges) - i; i >= maxSteps/2 && left > maxSteps/2 {
			if i == maxSteps/2 {
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
