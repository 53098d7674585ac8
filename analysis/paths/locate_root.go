package paths

import (
	"strings"

	"memtrail/graph"
)

// root reads the root that an expression begins with, in the words of a user:
// its scope may be a class or a frame in any spelling.
func (r *reader) root() (rootName, error) {
	r.blanks()
	from := r.at
	dollar := r.dollar()
	if dollar < 0 {
		for r.at < len(r.text) && !r.stepNext() {
			r.at++
		}
		scope := strings.TrimSpace(r.text[from:r.at])
		if scope == "" {
			return rootName{}, r.fail("an expression begins with a root, such as $app, App::$instance or main() $app")
		}
		return rootName{scope: scope}, nil
	}
	r.at = dollar
	scope := strings.TrimSpace(r.text[from:dollar])
	class, isClass := strings.CutSuffix(scope, "::")
	if scope = strings.TrimSpace(class); scope == "<GLOBAL>" {
		scope = ""
	}
	name, err := r.variable()
	return rootName{scope: scope, name: name, static: isClass, variable: true}, err
}

// dollar finds the $ of the root's variable; -1 if there is none.
func (r *reader) dollar() int {
	for i := r.at; i < len(r.text); i++ {
		switch r.text[i] {
		case '$':
			if i == r.at || isBlank(r.text[i-1]) || strings.IndexByte(":)>", r.text[i-1]) >= 0 {
				return i
			}
		case '[':
			return -1 // what follows belongs to a key
		case '{':
			if i+1 < len(r.text) && (r.text[i+1] == '"' || r.text[i+1] == '\'') {
				return -1
			}
		}
	}
	return -1
}

// likeness says how well a root fits what was asked for.
type likeness uint8

const (
	unlike       likeness = iota
	variableOnly          // another frame's variable of that name
	exceptCase
	alike
)

// like compares a root with the one asked for.
func (r rootName) like(asked rootName) likeness {
	if r.variable != asked.variable || r.name != asked.name {
		return unlike
	}
	if !asked.static && asked.scope == "" && !r.static && r.scope != "" {
		return variableOnly
	}
	if r.static != asked.static {
		return unlike
	}
	fit := unlike
	theirs := strings.TrimLeft(asked.scope, `\`)
	for _, mine := range [...]string{r.scope, PlainText(r.scope)} {
		switch mine = strings.TrimLeft(strings.TrimSpace(mine), `\`); {
		case mine == theirs:
			return alike
		case strings.EqualFold(mine, theirs):
			fit = exceptCase
		}
	}
	return fit
}

// meantRoots finds the roots that fit best what was asked for: several if they
// have one name, as the variables of a function that calls itself.
func meantRoots(g *graph.Graph, asked rootName, text string) ([]graph.NodeID, error) {
	best := unlike
	var roots []graph.NodeID
	frames := map[graph.NameID]bool{}
	several := &AmbiguousRootError{Root: text}
	for _, root := range g.Roots() {
		name := nameOfRoot(g.Name(root.Frame), g.Name(root.Symbol))
		fit := max(name.like(asked), rawNameOfRoot(g.Name(root.Frame), g.Name(root.Symbol)).like(asked))
		if fit == unlike || fit < best {
			continue
		}
		if fit > best {
			best, roots = fit, nil
		}
		roots = append(roots, root.Node)
		if fit == variableOnly && !frames[root.Frame] {
			frames[root.Frame] = true
			if len(frames) <= fewRoots {
				several.Roots = append(several.Roots, name.String())
			}
		}
	}
	switch {
	case len(roots) == 0:
		return nil, noSuchRoot(g, asked, text)
	case best == variableOnly && len(frames) > 1:
		several.More = len(frames) - len(several.Roots)
		return nil, several
	}
	return roots, nil
}
