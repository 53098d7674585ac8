package explore

import (
	"cmp"
	"strings"

	"memtrail/graph"
	"memtrail/report"
)

// The least terminal that something can be shown on, and the widths from which on
// columns have room.
const (
	leastWidth, leastHeight = 30, 7
	ownFrom                 = 76 // columns: own bytes are shown
	barFrom                 = 48 // columns: bars are shown
	shareFrom               = 36 // columns: shares are shown
	helpFrom                = 11 // rows: the titles of the columns are shown
)

// layout is where things are on the screen, in rows from 0 on.
type layout struct {
	title             []string
	head              bool
	listFrom, list    int
	paneFrom, pane    int
	expression, lower int
}

// layout divides the screen: names of the screens, title, titles of columns, list,
// text, expression, keys.
func (m *Model) layout() layout {
	v := layout{expression: m.height - 2, lower: m.height - 1, head: m.height >= helpFrom}
	v.title = m.title()
	v.listFrom = 1 + len(v.title)
	if v.head {
		v.listFrom++
	}
	v.list = max(v.expression-v.listFrom, 1)
	if m.hasPane() {
		rows := min(len(m.at.lines), max(v.list/3, 1))
		v.paneFrom = v.listFrom + rows + 1
		v.pane = max(v.list-rows-1, 0)
		v.list = rows
	}
	return v
}

// title is the title in one line, or in two where there is room.
func (m *Model) title() []string {
	most := 1
	if m.height >= 20 {
		most = 2
	}
	width := m.width - 1
	lines := report.Wrap(m.at.title, width)
	if len(lines) > most {
		lines = report.Wrap(m.at.title, width-len(" …"))[:most]
		lines[most-1] += " …"
	}
	for i := range lines {
		lines[i] = report.Shorten(lines[i], width)
	}
	return lines
}

// hasPane reports whether a text stands below the list.
func (m *Model) hasPane() bool {
	return m.at.screen == Suspects || m.at.screen == Paths && m.at.notes != nil && len(m.notes()) > 0
}

// notes are what is to be known of paths.
func (m *Model) notes() []string {
	list := report.RefPathNotes(m.at.notes, max(m.width-2, leastWidth))
	if len(list) == 1 && list[0] == "" {
		return nil
	}
	return list
}

// View draws the state in the styles given: as many rows as the screen has, none
// of them wider.
func (m *Model) View(s *Styles) string {
	if m.width < leastWidth || m.height < leastHeight {
		return strings.Join(report.Wrap("The terminal is too small; q quits.", max(m.width, 8)), "\n")
	}
	if m.mode == reading {
		return m.helpView(s)
	}
	v := m.layout()
	m.scroll(&v)
	rows := []string{m.tabs(s)}
	for _, t := range v.title {
		rows = append(rows, s.Title(t))
	}
	if v.head {
		rows = append(rows, s.Dim(m.columnTitles()))
	}
	for i := range v.list {
		rows = append(rows, m.row(m.at.top+i, s))
	}
	if m.hasPane() {
		rows = append(rows, s.Dim(strings.Repeat("─", m.width)))
		text := m.paneText()
		m.at.pane.top = max(0, min(m.at.pane.top, len(text)-v.pane))
		for i := range v.pane {
			row := ""
			if n := m.at.pane.top + i; n < len(text) {
				row = text[n]
			}
			if i == v.pane-1 && m.at.pane.top+v.pane < len(text) {
				row = "↓ J shows more"
			}
			rows = append(rows, report.Shorten(row, m.width))
		}
	}
	rows = append(rows, s.Expression(m.expression()), m.lowest(s))
	return strings.Join(rows[:min(len(rows), m.height)], "\n")
}

// scroll moves the list so far that the selection is on the screen.
func (m *Model) scroll(v *layout) {
	p := m.at
	if p.selected() != nil {
		p.top = min(p.top, p.selects)
		p.top = max(p.top, p.selects-v.list+1)
		if first := p.selects; p.top > 0 && first == p.top && noneBefore(p) {
			p.top = max(0, p.selects-v.list+1) // text in front is to be read
		}
	}
	p.top = max(0, min(p.top, len(p.lines)-v.list))
}

// noneBefore reports whether no line before the selection can be selected.
func noneBefore(p *place) bool {
	for _, l := range p.lines[:p.selects] {
		if l.selectable() {
			return false
		}
	}
	return true
}

// tabs are the names of the screens and, where there is room, of the dump.
func (m *Model) tabs(s *Styles) string {
	var b strings.Builder
	spans := m.tabSpans()
	for i := range screenNames {
		name := m.tabName(Screen(i))
		if Screen(i) == m.at.screen {
			name = s.Tab("[" + name + "]")
		} else {
			name = " " + name + " "
		}
		b.WriteString(name)
	}
	used := spans[len(spans)-1][1]
	if free := m.width - used - 2; free > 8 {
		name := report.Shorten(baseName(m.name), free)
		b.WriteString(strings.Repeat(" ", m.width-used-report.TextWidth(name)) + s.Dim(name))
	}
	return b.String()
}

func (m *Model) tabName(s Screen) string {
	const longNames = 52
	name := string(rune('1'+s)) + " " + screenNames[s]
	if m.width < longNames {
		return name[:3]
	}
	return name
}

// tabSpans are the columns of the names of the screens, from and to.
func (m *Model) tabSpans() (spans [numScreens][2]int) {
	at := 0
	for i := range spans {
		width := len(m.tabName(Screen(i))) + 2
		spans[i] = [2]int{at, at + width}
		at += width
	}
	return spans
}

func baseName(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}

// Columns of a row.
const (
	markWidth  = 2
	sizeWidth  = 9
	shareWidth = 8
	barWidth   = 10
	leastLabel = 12
)

// numbersWidth is how many columns stand before what a row is about.
func (m *Model) numbersWidth() int {
	n := markWidth + sizeWidth + 1
	if m.width >= shareFrom {
		n += shareWidth
	}
	if m.width >= ownFrom {
		n += sizeWidth + 1
	}
	if m.width >= barFrom {
		n += barWidth + 1
	}
	return n
}

// numbers lays out the columns that there is room for.
func (m *Model) numbers(retained, share, own string) string {
	text := left(retained, sizeWidth)
	if m.width >= shareFrom {
		text += left(share, shareWidth)
	}
	if m.width >= ownFrom {
		text += left(own, sizeWidth+1)
	}
	return text + " "
}

// columnTitles are the titles, and what is sorted by.
func (m *Model) columnTitles() string {
	text := fit(strings.Repeat(" ", markWidth)+m.numbers("Retained", "Share", "Own"), m.numbersWidth()) + "What"
	if len(m.at.orders) > 0 {
		text = fit(text, m.width-len("  by ")-len(m.at.orderName())) + "  by " + m.at.orderName()
	}
	return report.Shorten(text, m.width)
}

// row draws a line of the list.
func (m *Model) row(i int, s *Styles) string {
	if i >= len(m.at.lines) {
		if i == 0 && m.at.waits {
			return "  Looking …"
		}
		return ""
	}
	l := m.at.lines[i]
	mark := "  "
	if i == m.at.selects && l.selectable() {
		mark = "> "
	}
	switch l.kind {
	case textLine:
		indent := strings.Repeat(" ", markWidth)
		if m.at.screen == Tree {
			indent = strings.Repeat(" ", m.numbersWidth()) + m.indent(l.depth)
		}
		return s.Dim(indent + report.Shorten(l.text, max(m.width-len(indent), 1)))
	case moreLine:
		indent := m.numbersWidth() - markWidth + len(m.indent(l.depth))
		return m.finish(i, s, mark+strings.Repeat(" ", indent)+"… "+report.Grouped(l.left)+" more", "", "")
	}
	own := report.Size(l.Own)
	if l.suspect == nil && l.Type == "" {
		own = ""
	}
	numbers := mark + m.numbers(report.Size(l.Retained), report.Percent(l.Share), own)
	what := m.what(l, m.width-m.numbersWidth())
	if m.width < barFrom {
		return m.finish(i, s, numbers, "", what)
	}
	return m.finish(i, s, numbers, bar(l.Share), " "+what)
}

// finish styles a row: the selected one as a whole, of others the bar.
func (m *Model) finish(i int, s *Styles, before, drawn, after string) string {
	if i == m.at.selects {
		return s.Selected(fit(before+drawn+after, m.width))
	}
	if drawn != "" {
		drawn = s.Bar(drawn)
	}
	return before + drawn + after
}

// indent is what stands before a line of a tree: two columns a level, of very many
// levels one.
func (m *Model) indent(depth int) string {
	room := max(m.width-m.numbersWidth()-leastLabel-2, 0)
	if 2*depth <= room {
		return strings.Repeat("  ", depth)
	}
	return strings.Repeat(" ", min(depth, room))
}

// what says what a row is about: how it is held, its class, and how many it is.
func (m *Model) what(l *line, width int) string {
	label, kind, count := l.Label, cmp.Or(l.Class, l.Type), ""
	lead := ""
	switch {
	case l.suspect != nil:
		kind = l.text
	case l.isType:
		kind = ""
		if l.Class == "" {
			kind = "type"
		}
		count = "×" + report.Grouped(l.Count)
	case l.Branch != nil:
		lead = m.indent(l.depth) + "▸ "
		switch {
		case l.open:
			lead = m.indent(l.depth) + "▾ "
		case l.Leaf:
			lead = m.indent(l.depth) + "  "
		}
		if l.Branch.Node.Label == "(shared)" && l.Path != "" {
			label = "(shared) " + l.Path
		}
	case l.holder:
		// Who holds it comes first: how is the same in most rows.
		label, kind = cmp.Or(l.Class, l.Type), l.Label
	case m.at.sameType:
		kind = ""
	case m.at.screen == Paths:
		lead = m.indent(l.depth)
	}
	if (l.Branch != nil || l.holder) && l.Count > 1 {
		count = "×" + report.Grouped(l.Count)
	}
	if l.Weak {
		count = "weak"
	}
	if l.Node == graph.None && !l.isType && l.suspect == nil && l.Branch == nil {
		kind = ""
	}
	return lead + fitWhat(report.Printable(label), report.Printable(kind), count, max(width-report.TextWidth(lead), leastLabel))
}

// fitWhat puts label, class and count into a width: a long class gives way first,
// then the label.
func fitWhat(label, kind, count string, width int) string {
	const leastKind = 10
	rest := width
	if count != "" {
		rest -= report.TextWidth(count) + 2
	}
	need := report.TextWidth(label)
	if kind != "" {
		need += 2 + report.TextWidth(kind)
	}
	if excess := need - rest; excess > 0 && kind != "" {
		kind = report.Shorten(kind, max(report.TextWidth(kind)-excess, leastKind))
		need = report.TextWidth(label) + 2 + report.TextWidth(kind)
	}
	if excess := need - rest; excess > 0 {
		label = report.Shorten(label, max(report.TextWidth(label)-excess, 4))
	}
	text := label
	if kind != "" {
		text += "  " + kind
	}
	if report.TextWidth(text) > rest {
		text = report.Shorten(text, max(rest, 1))
	}
	if count != "" {
		text += "  " + count
	}
	return text
}

// bar shows a share in ten cells, each of which is drawn to an eighth. Whatever is
// there is seen.
func bar(share float64) string {
	const eighths = "▏▎▍▌▋▊▉"
	n := int(share*8*barWidth + 0.5)
	if share > 0 {
		n = max(n, 1)
	}
	n = min(max(n, 0), 8*barWidth)
	text := strings.Repeat("█", n/8)
	cells := n / 8
	if part := n % 8; part > 0 {
		text += string([]rune(eighths)[part-1])
		cells++
	}
	return text + strings.Repeat("·", barWidth-cells)
}

// paneText is the text below the list.
func (m *Model) paneText() []string {
	width := max(m.width-1, leastWidth)
	if m.at.screen == Paths {
		return m.notes()
	}
	var text []string
	if l := m.at.selected(); l != nil && l.suspect != nil {
		place, _ := report.SuspectTitle(l.suspect)
		text = report.Wrap(report.Shorten(place, width), width)
		text = append(text, report.SuspectLines(m.leaks, l.suspect, m.name, width)...)
		text = append(text, "")
	}
	return append(text, report.LeaksCaveats(m.leaks, width)...)
}

// expression is the last line but one: what PHP calls the item of the line.
func (m *Model) expression() string {
	l := m.at.selected()
	if l == nil {
		return ""
	}
	return report.Shorten(l.expression(), m.width)
}

// lowest is the last line: what is typed, what happened, or what can be pressed.
func (m *Model) lowest(s *Styles) string {
	switch {
	case m.mode == finding:
		prompt := m.prompt()
		return report.Shorten(prompt+report.Printable(m.input.Value()), m.width)
	case m.status != "":
		return s.Note(report.Shorten(m.status, m.width))
	case m.at.waits:
		return s.Note(report.Shorten("Looking …", m.width))
	}
	return s.Dim(m.shortHelp())
}

func (m *Model) prompt() string {
	if m.everywhere {
		return "find in all: "
	}
	return "/"
}

// left writes a text at the right end of a column.
func left(text string, width int) string {
	return strings.Repeat(" ", max(width-report.TextWidth(text), 0)) + text
}

// fit fills or cuts a text to a width.
func fit(text string, width int) string {
	if report.TextWidth(text) > width {
		return report.Shorten(text, width)
	}
	return text + strings.Repeat(" ", width-report.TextWidth(text))
}

// Cursor is where the cursor is while a text is typed, from 0 on.
func (m *Model) Cursor() (column, row int, ok bool) {
	if m.mode != finding {
		return 0, 0, false
	}
	before := string([]rune(m.input.Value())[:m.input.Position()])
	return min(report.TextWidth(m.prompt()+report.Printable(before)), m.width-1), m.height - 1, true
}
