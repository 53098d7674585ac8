package explore

import (
	"slices"

	"memtrail/analysis/browse"
	"memtrail/graph"
	"memtrail/report"
)

// perPage is how many entries are asked for at once.
const perPage = 200

// switchTo shows a screen: the one of the line, where it is about one item, else
// as it was left.
func (m *Model) switchTo(s Screen) []Ask {
	switch s {
	case Item, Paths:
		if l := m.at.selected(); l != nil && l.kind == entryLine && (l.Node < graph.Unreachable || l.suspect != nil) {
			return m.withNode(l, func(m *Model, n graph.NodeID) []Ask {
				if s == Item {
					return m.showItem(n)
				}
				return m.showPaths(n)
			})
		}
		if m.screens[s] == nil || m.at.screen == s {
			m.status = "Choose an item first: this line is none."
			return nil
		}
	case Tree:
		if m.screens[s] == nil {
			return m.showTree(graph.VirtualRoot)
		}
	case Types:
		if m.types == nil {
			asks := m.showTypes()
			m.types = m.at
			return asks
		}
		if m.at.screen == Types && m.at != m.types {
			m.goTo(m.types)
			return nil
		}
	case Suspects:
		if m.screens[s] == nil {
			return nil
		}
	}
	if m.at.screen == s && s == Tree && m.at.node != graph.VirtualRoot {
		return m.showTree(graph.VirtualRoot)
	}
	m.goTo(m.screens[s])
	return nil
}

// withNode does something with the item of a line, which may have to be looked
// up.
func (m *Model) withNode(l *line, do func(*Model, graph.NodeID) []Ask) []Ask {
	if l.Node < graph.Unreachable {
		return do(m, l.Node)
	}
	id := l.ID
	if id == "" {
		m.status = "This line is no single item."
		return nil
	}
	return []Ask{func(b *browse.Browser) Answer {
		n, err := b.Locate(id)
		return func(m *Model) []Ask {
			if err != nil {
				m.status = report.Printable(upperFirst(err.Error()))
				return nil
			}
			return do(m, n)
		}
	}}
}

// enter goes in: what that means depends on the line.
func (m *Model) enter() []Ask {
	p, l := m.at, m.at.selected()
	switch {
	case l == nil:
		return nil
	case l.kind == moreLine:
		return m.load(p, l)
	case l.isType:
		return m.showMembers(l.Entry)
	case l.suspect != nil:
		return m.withNode(l, (*Model).showTree)
	case l.Branch != nil && l.Branch.Node.ID != "" && (l.Leaf || l.asked && len(l.below) == 0):
		if l.Count > 1 {
			return m.showFolded(l.Entry)
		}
		return m.showItem(l.Node)
	case l.Branch != nil:
		return m.open(p, l)
	case l.Node < graph.Unreachable && !(p.screen == Item && l.Node == p.node && !l.holder):
		return m.showItem(l.Node)
	}
	return nil
}

// leave goes out: closes a line of a tree, goes to the one above it, or back.
func (m *Model) leave() []Ask {
	p, l := m.at, m.at.selected()
	switch {
	case p.screen != Tree || l == nil:
		m.goBack()
	case l.open && l.depth > 0:
		l.open = false
		p.flatten()
	case l.parent != nil:
		p.selects = max(slices.Index(p.lines, l.parent), 0)
	case p.node < graph.Unreachable:
		n := p.node
		return []Ask{func(b *browse.Browser) Answer {
			above := b.Above(n)
			return func(m *Model) []Ask { return m.showTree(above) }
		}}
	default:
		m.status = "Nothing is above: these are all roots."
	}
	return nil
}

// treeHere shows the tree below the line.
func (m *Model) treeHere() []Ask {
	l := m.at.selected()
	if l == nil || l.kind != entryLine {
		return nil
	}
	return m.withNode(l, (*Model).showTree)
}

// members lists the items of a line that stands for several.
func (m *Model) members() []Ask {
	switch l := m.at.selected(); {
	case l == nil || l.kind != entryLine:
	case l.isType:
		return m.showMembers(l.Entry)
	case l.Branch != nil && l.Count > 1:
		return m.showFolded(l.Entry)
	}
	m.status = "This line is not several items: ×n lines are."
	return nil
}

// contents lists what a line keeps alive, by type.
func (m *Model) contents() []Ask {
	switch l := m.at.selected(); {
	case l == nil || l.kind != entryLine || l.isType:
		m.status = "Choose an item first: this line is none."
		return nil
	case l.Branch != nil:
		return m.showContents(l.Entry)
	default:
		return m.withNode(l, func(m *Model, n graph.NodeID) []Ask {
			of := l.Entry
			of.Node = n
			return m.showContents(of)
		})
	}
}

// load replaces a line that stands for more by what it stands for.
func (m *Model) load(p *place, l *line) []Ask {
	if l.more == nil || p.waits {
		return nil
	}
	p.waits = true
	return []Ask{l.more()}
}

// sort takes the next order.
func (m *Model) sort() []Ask {
	p := m.at
	if len(p.orders) == 0 || p.reload == nil || p.waits {
		m.status = "Nothing to sort here."
		return nil
	}
	p.order = p.orders[(slices.Index(p.orders, p.order)+1)%len(p.orders)]
	m.status = "Sorted by " + p.orderName() + "."
	p.waits = true
	return []Ask{p.reload(p)}
}

// orderName is what the list of a place is sorted by.
func (p *place) orderName() string {
	switch p.order {
	case browse.ByOwn:
		return "own bytes"
	case browse.ByCount:
		if p.screen == Tree || p.screen == Types && !p.items {
			return "number of items"
		}
		return "number of children"
	case browse.ByName:
		if p.screen == Tree || p.screen == Types && !p.items {
			return "name"
		}
		return "order in the dump"
	}
	return "retained bytes"
}

// open shows what is below a line of a tree, and goes there if that is shown.
func (m *Model) open(p *place, l *line) []Ask {
	switch {
	case l.open && len(l.below) > 0:
		p.move(1)
		if next := p.selected(); next != nil && next.kind == moreLine {
			return m.load(p, next)
		}
		return nil
	case l.asked:
		l.open = true
		p.flatten()
		return nil
	case p.waits:
		return nil
	}
	p.waits = true
	order := p.order
	return []Ask{func(b *browse.Browser) Answer {
		page := b.Below(l.Branch, order, 0, perPage)
		return func(*Model) []Ask {
			p.waits, l.asked, l.open = false, true, true
			l.below = nil
			p.grow(l, page)
			p.flatten()
			return nil
		}
	}}
}

// grow adds a page to what is below a line of a tree.
func (p *place) grow(l *line, page browse.Page) {
	if n := len(l.below); n > 0 && l.below[n-1].kind == moreLine {
		l.below = l.below[:n-1]
	}
	for _, e := range page.Entries {
		l.below = append(l.below, &line{Entry: e, depth: l.depth + 1, parent: l})
	}
	from := len(l.below)
	switch {
	case page.More > 0:
		l.below = append(l.below, &line{kind: moreLine, depth: l.depth + 1, parent: l, left: page.More, more: func() Ask {
			order := p.order
			return func(b *browse.Browser) Answer {
				next := b.Below(l.Branch, order, from, perPage)
				return func(*Model) []Ask {
					p.waits = false
					at, reached := p.selects, p.selected()
					p.grow(l, next)
					p.flatten()
					if reached != nil && reached.kind == moreLine && reached.parent == l {
						p.selects = at // the first of those that took its place
						p.settle()
					}
					return nil
				}
			}
		}})
	case l.Branch.Rest > 0:
		l.below = append(l.below, &line{kind: textLine, depth: l.depth + 1, parent: l, text: report.Count(l.Branch.Rest, "item") + " without memory of their own"})
	}
}

// flatten lists the lines that are shown of a tree. The selection stays on its
// line, or goes to what that is below.
func (p *place) flatten() {
	at := p.selected()
	p.lines = p.lines[:0:0]
	var add func(list []*line)
	add = func(list []*line) {
		for _, l := range list {
			p.lines = append(p.lines, l)
			if l.open {
				add(l.below)
			}
		}
	}
	add(p.roots)
	for ; at != nil; at = at.parent {
		if i := slices.Index(p.lines, at); i >= 0 {
			p.selects = i
			break
		}
	}
	p.settle()
}
