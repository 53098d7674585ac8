package explore

import (
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"memtrail/analysis/browse"
	"memtrail/analysis/leaks"
	"memtrail/analysis/query"
	"memtrail/graph"
)

// A Screen is one of the five.
type Screen int

// The screens, by the keys 1 to 5.
const (
	Suspects Screen = iota
	Tree
	Types
	Item
	Paths
	numScreens
)

var screenNames = [numScreens]string{"suspects", "tree", "types", "item", "paths"}

// An Ask is a question about the dump.
type Ask func(*browse.Browser) Answer

// An Answer changes the state by what was found out, and may ask for more.
type Answer func(*Model) []Ask

// Model is the state of the explorer. Update changes it; it is not to be copied.
type Model struct {
	name  string // of the dump, as it was typed
	leaks *leaks.Leaks

	screens [numScreens]*place // where each screen was left
	types   *place             // the list of all types
	start   graph.NodeID       // item that it begins with; graph.None for the suspects
	at      *place
	back    []*place // where one came from, the last at the end

	width, height int
	mode          mode
	input         textinput.Model // what to find
	helpTop       int
	found         string // what was looked for
	everywhere    bool   // in all of the dump
	status        string // shown in the last line until the next key
	clipboard     string // to be copied; "" for nothing
	quit, suspend bool
}

// mode says what keys mean.
type mode uint8

const (
	walking mode = iota
	finding      // a text is typed
	reading      // of the help
)

// New makes the state in which the explorer begins. name is that of the dump, for
// commands to be copied.
func New(name string, found *leaks.Leaks) *Model {
	m := &Model{name: name, leaks: found, start: graph.None, width: 80, height: 24, input: textinput.New()}
	m.input.CharLimit = 1000
	m.input.SetVirtualCursor(false)
	m.at = suspectsPlace(found)
	m.screens[Suspects] = m.at
	return m
}

// place is a screen with what is on it: a list, and what of it is selected. Going
// back finds it as it was left.
type place struct {
	screen   Screen
	title    string
	node     graph.NodeID // that it is about; graph.None for none
	sameType bool         // of which is in the title
	items    bool         // the list is of items, on the screen of types
	lines    []*line      // as shown; of a tree those below opened lines, too
	roots    []*line      // of the tree
	selects  int          // number of the selected line
	top      int          // first line on the screen
	order    browse.Order
	orders   []browse.Order
	waits    bool // an answer is to come
	pane     pane
	reload   func(*place) Ask
	notes    *query.RefPaths // of paths: what is to be known of them
}

// pane is the text beside the list of suspects.
type pane struct{ top int }

// lineKind says what a line is.
type lineKind uint8

const (
	entryLine lineKind = iota
	textLine           // is no entry, and cannot be selected
	moreLine           // stands for what was not loaded yet
)

// line is a line of a place.
type line struct {
	browse.Entry
	kind    lineKind
	text    string // of text, and of what is no name of the dump
	depth   int
	parent  *line
	below   []*line // of a tree, once they were asked for
	asked   bool
	open    bool
	holder  bool           // the class comes first, then how it holds
	more    func() Ask     // of more
	suspect *leaks.Suspect // of the list of suspects
	left    uint64         // of more
	isType  bool           // it stands for a type
}

func (l *line) selectable() bool { return l.kind != textLine }

// selected is the line that the keys are about; nil where there is none.
func (p *place) selected() *line {
	if p.selects < 0 || p.selects >= len(p.lines) || !p.lines[p.selects].selectable() {
		return nil
	}
	return p.lines[p.selects]
}

// settle moves the selection to a line that can be selected, the nearest behind
// it or else before it.
func (p *place) settle() {
	p.selects = max(0, min(p.selects, len(p.lines)-1))
	for i := p.selects; i < len(p.lines); i++ {
		if p.lines[i].selectable() {
			p.selects = i
			return
		}
	}
	for i := min(p.selects, len(p.lines)-1); i >= 0; i-- {
		if p.lines[i].selectable() {
			p.selects = i
			return
		}
	}
}

// move moves the selection by a number of lines that can be selected. It reports
// whether there was one.
func (p *place) move(by int) bool {
	step := 1
	if by < 0 {
		step, by = -1, -by
	}
	moved := false
	for i := p.selects + step; i >= 0 && i < len(p.lines) && by > 0; i += step {
		if p.lines[i].selectable() {
			p.selects = i
			by--
			moved = true
		}
	}
	return moved
}

// goTo shows a place, and remembers the one before.
func (m *Model) goTo(p *place) {
	const longest = 200 // a walk of an hour
	if m.at != p {
		m.back = append(m.back, m.at)
		if len(m.back) > longest {
			m.back = m.back[1:]
		}
	}
	m.at = p
	m.screens[p.screen] = p
}

// goBack shows the place before.
func (m *Model) goBack() {
	if len(m.back) == 0 {
		m.status = "This is where you began."
		return
	}
	m.at = m.back[len(m.back)-1]
	m.back = m.back[:len(m.back)-1]
	m.screens[m.at.screen] = m.at
}

// StartAt has the explorer begin with an item.
func (m *Model) StartAt(n graph.NodeID) { m.start = n }

// Init asks for what the first screen needs, or for what the others begin with, so
// that it is there by the time it is asked for.
func (m *Model) Init() []Ask {
	if m.start != graph.None {
		return m.showItem(m.start)
	}
	return []Ask{func(b *browse.Browser) Answer {
		b.Warm()
		return nil
	}}
}

// Update changes the state by what happened: a message of package tea, or an
// answer. It returns what is to be asked.
func (m *Model) Update(msg tea.Msg) []Ask {
	m.clipboard, m.suspend = "", false
	switch msg := msg.(type) {
	case Answer:
		if msg != nil {
			return msg(m)
		}
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.PasteMsg:
		if m.mode == finding {
			m.input, _ = m.input.Update(msg)
		}
	case tea.KeyPressMsg:
		m.status = ""
		return m.press(msg)
	case tea.MouseClickMsg:
		if msg.Button == tea.MouseLeft && m.mode == walking {
			m.status = ""
			return m.click(msg.X, msg.Y)
		}
	case tea.MouseWheelMsg:
		const lines = 3
		switch msg.Button {
		case tea.MouseWheelUp:
			return m.wheel(-lines, msg.Y)
		case tea.MouseWheelDown:
			return m.wheel(lines, msg.Y)
		}
	}
	return nil
}
