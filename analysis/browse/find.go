package browse

import (
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/paths"
	"memtrail/analysis/query"
	"memtrail/analysis/retain"
	"memtrail/dump"
	"memtrail/graph"
)

// kindName is a kind as [Browser.Types] has it.
func (b *Browser) kindName(k graph.KindID) (name, typ string) {
	kind := b.g.Kinds()[k]
	typ = analysis.NoType
	if kind.Fields&dump.HasType != 0 {
		typ = b.g.Name(kind.Type)
	}
	if kind.Fields&dump.HasClass != 0 && typ == "object" {
		return b.g.Name(kind.Class), typ
	}
	return typ, typ
}

// Locate finds the item that an id or an expression names, see [paths.Locate].
func (b *Browser) Locate(text string) (graph.NodeID, error) { return paths.Locate(b.g, text) }

// Find lists the items whose class, or a key or variable that holds them, has a
// text in it, whatever the case, behind a page. It takes an eighth of a byte a
// node while it works. All items have the empty text.
func (b *Browser) Find(text string, order Order, after *Page, most int) Page {
	text = strings.ToLower(text)
	has := func(name string) bool { return strings.Contains(strings.ToLower(name), text) }
	byKind := b.kinds(func(name, typ string) bool { return typ == "object" && has(name) })
	byKey := retain.NewSet(b.g.Len())
	known := map[graph.Label]bool{}
	for e := range graph.EdgeID(b.g.Edges()) {
		l := b.g.Label(e)
		if _, isInt := b.g.IntKey(l); isInt {
			continue
		}
		match, ok := known[l]
		if !ok {
			match = has(b.g.Key(l))
			known[l] = match
		}
		if match {
			byKey.Add(b.g.Target(e))
		}
	}
	for _, root := range b.g.Roots() {
		if has(paths.RootExpression(b.g.Name(root.Frame), b.g.Name(root.Symbol))) {
			byKey.Add(root.Node)
		}
	}
	return b.nodes(func(n graph.NodeID) bool { return byKind[b.g.KindID(n)] || byKey.Has(n) }, order, after, most)
}

// Limits of what is looked up of paths.
const (
	maxPaths = 20 // roots
	maxSteps = 60 // of a path
)

// Paths are the ways to an item.
type Paths struct {
	*query.RefPaths
	Steps [][]Entry // of each path; an entry without a node and with a count stands for that many
	// Cuts are the items that would free it, the topmost first and itself last. Of
	// very many those at both ends, with one without a node between.
	Cuts []Entry
}

// Paths finds a shortest path from each root to an item.
func (b *Browser) Paths(n graph.NodeID) Paths {
	if b.finder == nil {
		b.finder = query.NewPathFinder(b.g, b.reverse())
	}
	p := Paths{RefPaths: b.finder.To(n, query.RefPathOptions{Limit: maxPaths, Steps: maxSteps})}
	p.Source = b.source
	for i := range p.Paths {
		p.Steps = append(p.Steps, b.steps(&p.Paths[i]))
	}
	if b.r.Dominators.Reachable(n) {
		chain := b.r.Dominators.Chain(n)
		for i, above := range chain {
			if left := len(chain) - i; i >= maxSteps/2 && left > maxSteps/2 {
				if i == maxSteps/2 {
					p.Cuts = append(p.Cuts, Entry{Node: graph.None, Count: uint64(len(chain) - maxSteps)})
				}
				continue
			}
			p.Cuts = append(p.Cuts, b.Entry(above))
		}
	}
	return p
}

// steps are the items on a path, with the expression up to each.
func (b *Browser) steps(p *query.Path) []Entry {
	var list []Entry
	var path strings.Builder
	for i := range p.Steps {
		s := &p.Steps[i]
		edge, ok := p.Edge(i)
		var e Entry
		switch {
		case ok:
			e = b.bare(b.g.Target(edge))
			e.Label = b.step(edge)
		case i == 0:
			e = b.bare(p.Root())
			e.Label = paths.Expression(b.g, p.Root(), nil)
		default:
			path.WriteString("…")
			list = append(list, Entry{Node: graph.None, Count: uint64(p.Left)})
			continue
		}
		path.WriteString(e.Label)
		e.Path, e.Weak, e.Doubtful = path.String(), s.Weak, !s.Reliable
		if strings.Contains(e.Path, "…") {
			e.Path = ""
		}
		list = append(list, e)
	}
	return list
}
