package explore

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"memtrail/analysis/browse"
	"memtrail/analysis/paths"
	"memtrail/report"
)

// keys are what can be pressed, with their help.
var keys = struct {
	up, down, pageUp, pageDown, first, last key.Binding
	enter, leave, back                      key.Binding
	screen, find, findAll, next, previous   key.Binding
	sort, paths, tree, each, types, copy    key.Binding
	paneUp, paneDown, help, suspend, quit   key.Binding
}{
	up:       bind("↑ k", "one line up", "up", "k"),
	down:     bind("↓ j", "one line down", "down", "j"),
	pageUp:   bind("PgUp", "a screen up", "pgup", "ctrl+b"),
	pageDown: bind("PgDn Space", "a screen down", "pgdown", "ctrl+f", "space"),
	first:    bind("g Home", "first line", "g", "home"),
	last:     bind("G End", "last line", "G", "end"),
	enter:    bind("→ l Enter", "open, go in", "right", "l", "enter"),
	leave:    bind("← h", "close; to what holds it", "left", "h"),
	back:     bind("Backspace", "back to where you were", "backspace"),
	screen:   bind("1 … 5", "suspects, tree, types; item and paths of the line", "1", "2", "3", "4", "5"),
	find:     bind("/", "find: a text, an expression or an id", "/"),
	findAll:  bind("f", "find a class or key in all of the dump; nothing: all items", "f"),
	next:     bind("n", "find the next line", "n"),
	previous: bind("N", "find the line before", "N"),
	sort:     bind("s", "sort by something else", "s"),
	paths:    bind("p", "paths to the line: why it is in memory", "p"),
	tree:     bind("t", "tree below the line", "t"),
	each:     bind("m", "the members: each item of a ×n line", "m"),
	types:    bind("b", "breakdown: what it keeps alive, by type", "b"),
	copy:     bind("c", "copy the expression", "c"),
	paneUp:   bind("K", "the text below: up", "K", "shift+up"),
	paneDown: bind("J", "the text below: down", "J", "shift+down"),
	help:     bind("?", "this help", "?"),
	suspend:  bind("^Z", "stop, fg goes on", "ctrl+z"),
	quit:     bind("q", "quit", "q", "ctrl+c"),
}

func bind(name, what string, pressed ...string) key.Binding {
	return key.NewBinding(key.WithKeys(pressed...), key.WithHelp(name, what))
}

// press does what a key stands for.
func (m *Model) press(k tea.KeyPressMsg) []Ask {
	switch {
	case m.mode == finding:
		return m.edit(k)
	case key.Matches(k, keys.quit) && (m.mode == walking || k.String() == "ctrl+c"):
		m.quit = true
		return nil
	case key.Matches(k, keys.suspend):
		m.suspend = true
		return nil
	case m.mode == reading:
		m.read(k)
		return nil
	}
	if by, ok := m.distance(k); ok {
		return m.moveBy(by)
	}
	return m.act(k)
}

// distance is how far a key moves the selection.
func (m *Model) distance(k tea.KeyPressMsg) (int, bool) {
	screenful := max(m.layout().list-1, 1)
	const all = 1 << 30
	for _, x := range []struct {
		key key.Binding
		by  int
	}{{keys.up, -1}, {keys.down, 1}, {keys.pageUp, -screenful}, {keys.pageDown, screenful}, {keys.first, -all}, {keys.last, all}} {
		if key.Matches(k, x.key) {
			return x.by, true
		}
	}
	return 0, false
}

// moveBy moves the selection. A line that stands for others is replaced by them
// once it is reached.
func (m *Model) moveBy(by int) []Ask {
	p := m.at
	if !p.move(by) {
		// Text at an end has no selection, but is to be read.
		p.top = max(0, p.top+max(-m.layout().list, min(by, m.layout().list)))
	}
	p.pane.top = 0
	if l := p.selected(); l != nil && l.kind == moreLine {
		return m.load(p, l)
	}
	return nil
}

// act does what keys other than those that move do.
func (m *Model) act(k tea.KeyPressMsg) []Ask {
	switch p := m.at; {
	case key.Matches(k, keys.enter):
		return m.enter()
	case key.Matches(k, keys.leave):
		return m.leave()
	case key.Matches(k, keys.back):
		m.goBack()
	case key.Matches(k, keys.screen):
		return m.switchTo(Screen(k.String()[0] - '1'))
	case key.Matches(k, keys.paths):
		return m.switchTo(Paths)
	case key.Matches(k, keys.tree):
		return m.treeHere()
	case key.Matches(k, keys.each):
		return m.members()
	case key.Matches(k, keys.types):
		return m.contents()
	case key.Matches(k, keys.find), key.Matches(k, keys.findAll):
		m.mode, m.everywhere = finding, key.Matches(k, keys.findAll)
		m.input.Reset()
		m.input.Focus()
	case key.Matches(k, keys.next):
		m.findNext(1)
	case key.Matches(k, keys.previous):
		m.findNext(-1)
	case key.Matches(k, keys.sort):
		return m.sort()
	case key.Matches(k, keys.copy):
		m.copy()
	case key.Matches(k, keys.paneDown):
		p.pane.top++
	case key.Matches(k, keys.paneUp):
		p.pane.top = max(p.pane.top-1, 0)
	case key.Matches(k, keys.help):
		m.mode, m.helpTop = reading, 0
	}
	return nil
}

// read moves through the help, or closes it.
func (m *Model) read(k tea.KeyPressMsg) {
	switch by, moves := m.distance(k); {
	case moves:
		m.helpTop = max(0, min(m.helpTop+by, len(m.help())-1))
	default:
		m.mode = walking
	}
}

// edit takes a key of what is to be found.
func (m *Model) edit(k tea.KeyPressMsg) []Ask {
	switch k.String() {
	case "esc", "ctrl+c":
		m.mode = walking
	case "enter":
		m.mode = walking
		if text := strings.TrimSpace(m.input.Value()); text != "" || m.everywhere {
			return m.find(text)
		}
	default:
		m.input, _ = m.input.Update(k)
	}
	return nil
}

// find goes to what a text names: an item by an expression or its id, else the
// next line that has it, else to a list of the dump's items that have it.
func (m *Model) find(text string) []Ask {
	m.found = text
	if id, _ := paths.LooksLikeID(text); id || paths.LooksLikeExpression(text) {
		return []Ask{func(b *browse.Browser) Answer {
			n, err := b.Locate(text)
			return func(m *Model) []Ask {
				if err != nil {
					m.status = report.Printable(upperFirst(err.Error()))
					return nil
				}
				return m.showItem(n)
			}
		}}
	}
	if !m.everywhere && m.findNext(1) {
		return nil
	}
	m.status = ""
	return m.showFound(text)
}

// findNext selects the next line that has the text looked for, in one direction,
// and from the other end on.
func (m *Model) findNext(step int) bool {
	p := m.at
	if m.found == "" {
		m.status = "/ finds."
		return false
	}
	for i := 1; i <= len(p.lines); i++ {
		at := ((p.selects+step*i)%len(p.lines) + len(p.lines)) % len(p.lines)
		if l := p.lines[at]; l.kind == entryLine && l.has(strings.ToLower(m.found)) {
			p.selects, p.pane.top = at, 0
			return true
		}
	}
	m.status = "No line shown has “" + report.Printable(m.found) + "”; f finds it in all of the dump."
	return false
}

// has reports whether a line has a text, given in lower case.
func (l *line) has(text string) bool {
	for _, s := range []string{l.Label, l.Class, l.Type, l.ID, l.text} {
		if strings.Contains(strings.ToLower(s), text) {
			return true
		}
	}
	return false
}

// copy puts the expression of the line into the clipboard.
func (m *Model) copy() {
	l := m.at.selected()
	text := ""
	if l != nil {
		text = l.expression()
	}
	if text == "" {
		m.status = "This line has no expression."
		return
	}
	m.clipboard = text
	m.status = "Copied " + report.Printable(text)
}

// expression is how PHP, or else the dump, calls the item of a line.
func (l *line) expression() string {
	if l.Path != "" {
		return l.Path
	}
	return l.ID
}

// click selects the line under the mouse, and opens it if it is selected. On the
// names of the screens it goes there.
func (m *Model) click(x, y int) []Ask {
	if y == 0 {
		for s, span := range m.tabSpans() {
			if x >= span[0] && x < span[1] {
				return m.switchTo(Screen(s))
			}
		}
		return nil
	}
	v := m.layout()
	i := m.at.top + y - v.listFrom
	if y < v.listFrom || y >= v.listFrom+v.list || i >= len(m.at.lines) || !m.at.lines[i].selectable() {
		return nil
	}
	if i == m.at.selects {
		return m.enter()
	}
	m.at.selects, m.at.pane.top = i, 0
	return nil
}

// wheel moves through the list, or what else is under the mouse.
func (m *Model) wheel(by, y int) []Ask {
	v := m.layout()
	switch {
	case m.mode == reading:
		m.helpTop = max(0, min(m.helpTop+by, len(m.help())-1))
	case m.mode == walking && v.pane > 0 && y >= v.paneFrom:
		m.at.pane.top = max(0, m.at.pane.top+by)
	case m.mode == walking:
		return m.moveBy(by)
	}
	return nil
}

func upperFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
