package analysis

import (
	"strings"

	"memtrail/graph"
)

// A pathWriter writes the ways to nodes, of very long ones the ends.
type pathWriter struct {
	g     *graph.Graph
	paths *Paths
}

// maxSteps is the length from which on only the ends of a path are given: it
// leads through a list, and would fill books.
const maxSteps = 200

// ellipsis stands for the steps that are left out of a long path.
const ellipsis = "…"

// expression writes the path to a node; "" if no root reaches it.
func (w pathWriter) expression(n graph.NodeID) string {
	root, edges := w.paths.to(n)
	if len(edges) <= maxSteps {
		return w.paths.Expression(n)
	}
	text := expression(w.g, root, edges[:maxSteps/2]) + ellipsis
	for _, e := range edges[len(edges)-maxSteps/2:] {
		text += stepExpression(w.g, e)
	}
	return text
}

// steps are the items on the way to a node; none where no root leads there.
func (w pathWriter) steps(n graph.NodeID) []PathStep {
	root, edges := w.paths.to(n)
	if _, ok := w.g.Root(root); !ok {
		return nil
	}
	steps := []PathStep{{Label: w.paths.rootName(root), Item: nodeItem(w.g, root), node: root}}
	for i, e := range edges {
		if left := len(edges) - i; i >= maxSteps/2 && left > maxSteps/2 {
			if i == maxSteps/2 {
				steps = append(steps, PathStep{Label: ellipsis, node: graph.None})
			}
			continue
		}
		t := w.g.Target(e)
		steps = append(steps, PathStep{Label: stepExpression(w.g, e), Item: nodeItem(w.g, t), node: t})
	}
	return steps
}

// stepExpression writes how an edge's source holds its target.
func stepExpression(g *graph.Graph, e graph.EdgeID) string {
	var b strings.Builder
	appendEdge(&b, g, e)
	return b.String()
}
