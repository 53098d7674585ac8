package explore

import (
	"cmp"
	"fmt"

	"memtrail/analysis"
	"memtrail/analysis/browse"
	"memtrail/analysis/leaks"
	"memtrail/graph"
	"memtrail/report"
)

// suspectsPlace lists the suspects, and behind them what looks innocent.
func suspectsPlace(found *leaks.Leaks) *place {
	p := &place{screen: Suspects, title: report.LeaksVerdict(found), node: graph.None}
	innocent := false
	for i := range found.Suspects {
		s := &found.Suspects[i]
		if s.Innocent != "" && !innocent {
			innocent = true
			p.lines = append(p.lines, &line{kind: textLine, text: "Looks innocent:"})
		}
		p.lines = append(p.lines, suspectLine(s, found))
	}
	if found.Cut > 0 {
		p.lines = append(p.lines, &line{kind: textLine, text: report.Count(uint64(found.Cut), "more candidate") + " not shown"})
	}
	if len(found.Suspects) == 0 {
		for _, text := range []string{"2 shows who holds the memory, 3 what it is spent on.", "What grows slowly, one dump does not show: analyzer growth compares several."} {
			p.lines = append(p.lines, &line{kind: textLine, text: text})
		}
	}
	p.settle()
	return p
}

func suspectLine(s *leaks.Suspect, found *leaks.Leaks) *line {
	place, holds := report.SuspectTitle(s)
	it := &s.At.Item
	l := &line{suspect: s, text: holds, Entry: browse.Entry{
		Node: graph.None, Label: place, ID: it.ID, Path: s.At.Path, Type: it.Type, Class: it.Class, Count: 1,
		Retained: s.Retained, Share: s.OfExplained,
	}}
	if it.Allocated != nil {
		l.Own = *it.Allocated
	}
	if found.Reported {
		l.Own = it.Size
	}
	if n := len(s.Path); n > 0 {
		l.Node = s.Path[n-1].Node
	}
	if l.ID == "" && s.Member != nil {
		// A group has no holder of its own. One of it stands for all.
		l.ID = s.Member.Item.ID
		l.Path = cmp.Or(l.Path, s.Member.Path)
	}
	return l
}

// showTree shows the dominator tree below an item, or below all roots.
func (m *Model) showTree(start graph.NodeID) []Ask {
	if start >= graph.Unreachable {
		start = graph.VirtualRoot
	}
	if old := m.screens[Tree]; old != nil && old.node == start {
		m.goTo(old)
		return nil
	}
	p := &place{screen: Tree, node: start, waits: true, orders: []browse.Order{browse.ByRetained, browse.ByOwn, browse.ByCount, browse.ByName}, reload: reloadTree}
	p.title = "What keeps " + report.Count(m.leaks.Items, "item") + " alive"
	m.goTo(p)
	return []Ask{func(b *browse.Browser) Answer {
		root := &line{Entry: b.Tree(start), asked: true, open: true}
		page := b.Below(root.Branch, p.order, 0, perPage)
		return func(*Model) []Ask {
			p.waits = false
			if start != graph.VirtualRoot {
				p.title = "What " + report.Printable(root.Label) + " keeps alive; ← goes up"
			}
			p.roots = []*line{root}
			p.grow(root, page)
			p.flatten()
			if len(p.lines) > 1 && start == graph.VirtualRoot {
				p.selects = 1
			}
			return nil
		}
	}}
}

// reloadTree asks for all lines that are open again, in the order of the place.
func reloadTree(p *place) Ask {
	order := p.order
	open := map[any]int{} // how many lines were below a branch
	var note func(list []*line)
	note = func(list []*line) {
		for _, l := range list {
			if l.open {
				open[l.Branch] = len(l.below)
				note(l.below)
			}
		}
	}
	note(p.roots)
	selected := p.selected()
	return func(b *browse.Browser) Answer {
		var again func(old *line, parent *line) *line
		again = func(old *line, parent *line) *line {
			l := &line{Entry: old.Entry, depth: old.depth, parent: parent}
			n, was := open[l.Branch]
			if !was {
				return l
			}
			l.asked, l.open = true, true
			p.grow(l, b.Below(l.Branch, order, 0, max(n, perPage)))
			for i, child := range l.below {
				if child.kind == entryLine {
					l.below[i] = again(child, l)
				}
			}
			return l
		}
		var roots []*line
		for _, old := range p.roots {
			roots = append(roots, again(old, nil))
		}
		return func(*Model) []Ask {
			p.waits, p.roots = false, roots
			p.lines = nil
			p.flatten()
			for i, l := range p.lines {
				if selected != nil && l.kind == entryLine && l.Branch == selected.Branch {
					p.selects = i
				}
			}
			return nil
		}
	}
}

// showTypes lists the types.
func (m *Model) showTypes() []Ask {
	return m.showTypeList("What is in memory, by type, with what each keeps alive", (*browse.Browser).Types)
}

// showContents lists what an item keeps alive, or what several do, by type.
func (m *Model) showContents(of browse.Entry) []Ask {
	title := "What " + report.Printable(cmp.Or(of.Path, of.Label)) + " keeps alive, by type"
	if of.Count > 1 {
		title = "What " + report.Count(of.Count, "item") + " like " + report.Printable(cmp.Or(of.Path, of.Label)) + " keep alive, by type"
	}
	return m.showTypeList(title,
		func(b *browse.Browser, order browse.Order) []browse.Entry { return b.Contents(&of, order) })
}

func (m *Model) showTypeList(title string, ask func(*browse.Browser, browse.Order) []browse.Entry) []Ask {
	p := &place{screen: Types, title: title, node: graph.None, orders: []browse.Order{browse.ByRetained, browse.ByOwn, browse.ByCount, browse.ByName}}
	p.reload = func(p *place) Ask {
		order := p.order
		return func(b *browse.Browser) Answer {
			list := ask(b, order)
			return func(*Model) []Ask {
				p.waits = false
				p.lines = make([]*line, len(list))
				for i, e := range list {
					p.lines[i] = &line{Entry: e, isType: true}
				}
				p.selects, p.top = 0, 0
				return nil
			}
		}
	}
	p.waits = true
	m.goTo(p)
	return []Ask{p.reload(p)}
}

// showMembers lists the items of a type.
func (m *Model) showMembers(of browse.Entry) []Ask {
	asks := m.showList(report.Count(of.Count, "item")+" of type "+report.Printable(of.Label)+", with the variables that lead there",
		func(b *browse.Browser, order browse.Order, after *browse.Page) browse.Page {
			return b.Members(&of, order, after, perPage)
		})
	m.at.sameType = true
	return asks
}

// showFolded lists the items that a line of the tree stands for.
func (m *Model) showFolded(of browse.Entry) []Ask {
	return m.showList(report.Count(of.Count, "item")+" like "+report.Printable(cmp.Or(of.Path, of.Label)),
		func(b *browse.Browser, order browse.Order, after *browse.Page) browse.Page {
			return b.Folded(&of, order, after, perPage)
		})
}

// showFound lists the items that have a text.
func (m *Model) showFound(text string) []Ask {
	title := "All items"
	if text != "" {
		title = "Items with “" + report.Printable(text) + "” in class, key or variable"
	}
	return m.showList(title,
		func(b *browse.Browser, order browse.Order, after *browse.Page) browse.Page {
			return b.Find(text, order, after, perPage)
		})
}

// showList shows a list of items, page by page.
func (m *Model) showList(title string, ask func(*browse.Browser, browse.Order, *browse.Page) browse.Page) []Ask {
	p := &place{screen: Types, items: true, title: title, node: graph.None,
		orders: []browse.Order{browse.ByRetained, browse.ByOwn, browse.ByCount, browse.ByName}}
	p.reload = func(p *place) Ask {
		order := p.order
		return func(b *browse.Browser) Answer {
			page := ask(b, order, nil)
			return func(*Model) []Ask {
				p.waits = false
				p.lines, p.selects, p.top = nil, 0, 0
				p.extend(0, page, false, func(b *browse.Browser, after *browse.Page) browse.Page { return ask(b, order, after) })
				if len(p.lines) == 0 {
					p.lines = []*line{{kind: textLine, text: "There is none."}}
				}
				return nil
			}
		}
	}
	p.waits = true
	m.goTo(p)
	return []Ask{p.reload(p)}
}

// extend puts a page into the list of a place, at a number, and behind it a line
// for what is not loaded.
func (p *place) extend(at int, page browse.Page, holders bool, next func(*browse.Browser, *browse.Page) browse.Page) {
	var lines []*line
	for _, e := range page.Entries {
		lines = append(lines, &line{Entry: e, holder: holders})
	}
	if page.More > 0 {
		more := &line{kind: moreLine, left: page.More}
		more.more = func() Ask {
			return func(b *browse.Browser) Answer {
				following := next(b, &page)
				return func(*Model) []Ask {
					p.waits = false
					for i, l := range p.lines {
						if l == more {
							p.lines = append(p.lines[:i:i], p.lines[i+1:]...)
							p.extend(i, following, holders, next)
							break
						}
					}
					return nil
				}
			}
		}
		lines = append(lines, more)
	}
	p.lines = append(p.lines[:at:at], append(lines, p.lines[at:]...)...)
}

// showItem shows an item: itself, what would free it, the others of its class,
// what holds it, and what it holds.
func (m *Model) showItem(n graph.NodeID) []Ask {
	if old := m.screens[Item]; old != nil && old.node == n {
		m.goTo(old)
		return nil
	}
	p := &place{screen: Item, node: n, waits: true, orders: []browse.Order{browse.ByRetained, browse.ByOwn, browse.ByCount, browse.ByName}}
	p.reload = func(p *place) Ask {
		order := p.order
		return func(b *browse.Browser) Answer {
			it := b.Item(n)
			holders, children := b.Holders(n, order, nil, perPage), b.Children(n, order, nil, perPage)
			return func(*Model) []Ask {
				p.waits = false
				p.title = itemTitle(&it)
				p.lines = itemLines(&it)
				heading := "Nothing in the dump refers to it."
				if it.Holders > 0 {
					heading = "Held by " + report.Count(it.Holders, "reference") + ":"
				}
				p.lines = append(p.lines, &line{kind: textLine, text: heading})
				p.extend(len(p.lines), holders, true, func(b *browse.Browser, after *browse.Page) browse.Page {
					return b.Holders(n, order, after, perPage)
				})
				heading = "It holds nothing."
				if it.Data.ChildrenCount > 0 {
					heading = "Holds " + report.Count(it.Data.ChildrenCount, "item") + ":"
				}
				p.lines = append(p.lines, &line{kind: textLine, text: heading})
				p.extend(len(p.lines), children, false, func(b *browse.Browser, after *browse.Page) browse.Page {
					return b.Children(n, order, after, perPage)
				})
				p.settle()
				return nil
			}
		}
	}
	m.goTo(p)
	return []Ask{p.reload(p)}
}

func itemTitle(it *browse.Item) string {
	title := report.Printable(cmp.Or(it.Class, it.Type, "(missing)"))
	if it.Data.Handle != "" {
		title += " #" + report.Printable(it.Data.Handle)
	}
	return title + " " + report.Printable(it.ID)
}

// itemLines are the lines on an item itself.
func itemLines(it *browse.Item) []*line {
	lines := []*line{{Entry: it.Entry}}
	say := func(format string, parts ...any) {
		lines = append(lines, &line{kind: textLine, text: fmt.Sprintf(format, parts...)})
	}
	if it.Data.Missing {
		say("The dump names it, but does not have it.")
	} else if it.Data.Allocated != nil {
		say("Allocated %s, the dump says %s; with all that would be freed %s", report.Size(*it.Data.Allocated), report.Size(it.Data.Size), report.Size(it.Retained))
	}
	if it.Data.IsRoot {
		say("It is a root: %s", report.Printable(rootName(&it.Data)))
	}
	if !it.Reachable {
		say("No root leads to it: garbage in a cycle, or held by what a dump does not show.")
	}
	if d := it.Declared; d != nil {
		say("Declared in %s:%d", report.Printable(d.File), d.Line)
	}
	if it.Above.Node < graph.Unreachable {
		lines = append(lines, &line{kind: textLine, text: "Freed with:"}, &line{Entry: it.Above})
	} else if it.Reachable && !it.Data.IsRoot {
		say("Several roots hold it: no single item would free it.")
	}
	if it.Alike > 1 {
		lines = append(lines, &line{kind: textLine, text: "All of its type:"}, &line{Entry: it.AlikeEntry, isType: true})
	}
	return lines
}

func rootName(it *analysis.Item) string {
	switch {
	case it.Frame == "":
		return it.Symbol
	case it.Symbol == "":
		return it.Frame
	}
	return it.Symbol + " of " + it.Frame
}

// showPaths shows the paths to an item from the roots, and where a cut would free
// it.
func (m *Model) showPaths(n graph.NodeID) []Ask {
	if old := m.screens[Paths]; old != nil && old.node == n {
		m.goTo(old)
		return nil
	}
	p := &place{screen: Paths, node: n, waits: true, title: "Looking for paths …"}
	m.goTo(p)
	return []Ask{func(b *browse.Browser) Answer {
		e, found := b.Entry(n), b.Paths(n)
		return func(*Model) []Ask {
			p.waits = false
			p.title = pathsTitle(&e, &found)
			p.lines = pathLines(&found)
			p.notes = found.RefPaths
			p.settle()
			return nil
		}
	}}
}

func pathsTitle(e *browse.Entry, found *browse.Paths) string {
	name := report.Printable(e.Label)
	switch n := len(found.RefPaths.Paths) + found.Cut; {
	case n == 0:
		return "No root leads to " + name
	case found.WeakOnly:
		return "Only weak references lead to " + name
	case n == 1:
		return "1 root leads to " + name
	default:
		return report.Count(uint64(n), "root") + " lead to " + name
	}
}

func pathLines(found *browse.Paths) []*line {
	var lines []*line
	add := func(list []browse.Entry) {
		for i, e := range list {
			l := &line{Entry: e, depth: i}
			if e.Node == graph.None {
				l.kind, l.text = textLine, report.Count(e.Count, "step")+" left out"
			}
			lines = append(lines, l)
		}
	}
	for i, steps := range found.Steps {
		path := &found.RefPaths.Paths[i]
		text := fmt.Sprintf("Path %d of %d", i+1, len(found.Steps)+found.Cut)
		switch {
		case path.Weak:
			text += ", by weak references"
		case !path.Reliable:
			text += ", with references that may be false (~>)"
		}
		lines = append(lines, &line{kind: textLine, text: text + ":"})
		add(steps)
	}
	if found.Cut > 0 {
		lines = append(lines, &line{kind: textLine, text: report.Count(uint64(found.Cut), "more path") + " not shown"})
	}
	if len(found.Cuts) > 0 {
		lines = append(lines, &line{kind: textLine, text: "To free it, cut what leads to any of these:"})
		for _, e := range found.Cuts {
			l := &line{Entry: e}
			if e.Node == graph.None {
				l.kind, l.text = textLine, report.Count(e.Count, "item")+" left out"
			}
			lines = append(lines, l)
		}
	}
	return lines
}
