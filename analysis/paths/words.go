package paths

import (
	"strings"

	"memtrail/graph"
)

// What a capture has beside the program's variables hangs on roots that are
// groups: the lists of the engine's, and what PHP has no value of. Paths name
// them in words, and the first step from one is a part of them:
//
//	error handlers              the list
//	error handler #3->collected one of them, and on
//	uncollected cycles of Node[1]->peer
//	lost blocks of 8,192 B[17]
//	code of eval() in worker.php(12)
//	(native: libxml2.so.2) xmlLastError+16

// EngineFrame is the frame of these roots in a capture. The symbol is the name.
const EngineFrame = "<ENGINE>"

// The frames of other roots that words are better for than a variable's name.
const (
	constantFrame     = "<CONSTANT>"
	staticVariableEnd = ")>"
	staticVariable    = "<STATIC_VARIABLE("
)

// rootWords names a root whose frame is no function's; false for others.
func rootWords(frame, symbol string) (string, bool) {
	switch {
	case frame == EngineFrame:
		return symbol, true
	case frame == constantFrame:
		return "constant " + symbol, true
	case strings.HasPrefix(frame, staticVariable) && strings.HasSuffix(frame, staticVariableEnd):
		f := strings.TrimSuffix(strings.TrimPrefix(frame, staticVariable), staticVariableEnd)
		return "static " + variable(strings.TrimPrefix(symbol, "$")) + " in " + f + "()", true
	}
	return "", false
}

// memberWords names what a group holds under a key; false where a step says it.
func memberWords(group, key string) (string, bool) {
	_, isNumber := IntegerKey([]byte(key))
	inner, isClosed := strings.CutPrefix(group, "(")
	inner, _ = strings.CutSuffix(inner, ")")
	switch {
	case isNumber && isClosed:
		return "", false
	case isNumber:
		return strings.TrimSuffix(group, "s") + " #" + key, true
	case isClosed && !strings.Contains(inner, ":"):
		return inner + " " + key, true
	}
	return group + " " + key, true
}

// headOf writes the beginning of a path: the root, and the first step where it
// is a part of the root's words. It gives the edges that are left.
func headOf(g *graph.Graph, root graph.NodeID, edges []graph.EdgeID) (string, []graph.EdgeID) {
	r, _ := g.Root(root)
	name := RootExpression(g.Name(r.Frame), g.Name(r.Symbol))
	if len(edges) > 0 && g.IsGroup(root) {
		if words, ok := memberWords(name, PlainText(g.Key(g.Label(edges[0])))); ok {
			return words, edges[1:]
		}
	}
	return name, edges
}

// isNamedStep reports whether the text of a shape's step is a part of its
// root's words.
func isNamedStep(text string) bool { return strings.HasPrefix(text, " ") }
