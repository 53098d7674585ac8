package paths

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strings"

	"memtrail/graph"
)

var (
	idForm   = regexp.MustCompile(`^0[xX][0-9a-fA-F]+$`)
	bareForm = regexp.MustCompile(`^[0-9a-fA-F]{6,16}$`)
)

// LooksLikeID reports whether a text is a hexadecimal id, or could be one if it
// had its 0x.
func LooksLikeID(text string) (id, bare bool) {
	return idForm.MatchString(text), bareForm.MatchString(text)
}

// LooksLikeExpression reports whether a text can hardly be an id or a file.
func LooksLikeExpression(text string) bool {
	return strings.HasPrefix(text, "$") || strings.Contains(text, "->") || strings.Contains(text, "~>") || strings.Contains(text, "=>") ||
		strings.Contains(text, "::$") || strings.Contains(text, "[") || strings.Contains(text, " $")
}

// Locate finds the node that a text names. The text is an id, in any case and
// padding and even without its 0x, or an expression: any that [Paths] or
// [RefPaths] write, or what a user makes of one. Blanks between steps, the kind
// of quotes, the case of class names and their leading backslash do not
// matter, and $x stands for the only variable $x of whatever frame.
//
// Where several children have one key, the first that leads on counts,
// reliable ones before others; behind ~> it is the other way round.
//
// The error is a [*NoItemError], [*NoSuchRootError], [*AmbiguousRootError],
// [*NoSuchStepError] or [*ExpressionError].
func Locate(g *graph.Graph, text string) (graph.NodeID, error) {
	id := strings.TrimSpace(text)
	isID, isBare := LooksLikeID(id)
	if isID {
		if n, ok := g.Find(id); ok {
			return n, nil
		}
	}
	n, err := locateExpression(g, text)
	if err == nil {
		return n, nil
	}
	if !isID {
		// An id may be any text.
		if n, ok := g.Find(id); ok {
			return n, nil
		}
		if isBare {
			if n, ok := g.Find("0x" + id); ok {
				return n, nil
			}
		}
		if LooksLikeExpression(id) || id == "" {
			return graph.None, err
		}
	}
	none := &NoItemError{ID: id}
	for _, n := range g.Near(id, 3) {
		none.Near = append(none.Near, g.ID(n))
	}
	if e, ok := errors.AsType[*NoSuchRootError](err); ok && len(none.Near) == 0 && len(e.Near) > 0 {
		return graph.None, e
	}
	return graph.None, none
}

// locateExpression finds the node that an expression names.
func locateExpression(g *graph.Graph, text string) (graph.NodeID, error) {
	var unread, astray error // of the longest root
	found := writtenRoots(g, text)
	for i := 0; i < len(found); {
		end := found[i].end
		var roots []graph.NodeID
		for ; i < len(found) && found[i].end == end; i++ {
			roots = append(roots, found[i].node)
		}
		if err := (&reader{text, end}).steps(); err != nil {
			unread = cmp.Or(unread, err)
			continue
		}
		n, err := walk(g, text, end, roots)
		if err == nil {
			return n, nil
		}
		astray = cmp.Or(astray, err)
	}
	if astray != nil {
		return graph.None, astray
	}
	r := reader{text: text}
	asked, err := r.root()
	if err == nil {
		end := r.at
		if err = r.steps(); err == nil {
			var roots []graph.NodeID
			if roots, err = meantRoots(g, asked, strings.TrimSpace(text[:end])); err == nil {
				return walk(g, text, end, roots)
			}
		}
	}
	return graph.None, cmp.Or(unread, err)
}

// written is a root whose expression the text begins with.
type written struct {
	node graph.NodeID
	end  int // of the root in the text
}

// writtenRoots finds the roots that the text begins with just as they are
// written, the longest first, others in the order of the dump. Behind them is
// nothing, or what can be a step.
func writtenRoots(g *graph.Graph, text string) []written {
	var found []written
	for _, root := range g.Roots() {
		add := func(name string, n graph.NodeID) {
			if !strings.HasPrefix(text, name) {
				return
			}
			if rest := (reader{text, len(name)}); rest.done() || rest.stepNext() {
				found = append(found, written{n, len(name)})
			}
		}
		name := RootExpression(g.Name(root.Frame), g.Name(root.Symbol))
		add(name, root.Node)
		if !g.IsGroup(root.Node) {
			continue
		}
		from, to := g.Children(root.Node)
		for e := from; e < to; e++ {
			if words, ok := memberWords(name, PlainText(g.Key(g.Label(e)))); ok {
				add(words, g.Target(e))
			}
		}
	}
	slices.SortStableFunc(found, func(a, b written) int { return cmp.Compare(b.end, a.end) })
	return found
}
