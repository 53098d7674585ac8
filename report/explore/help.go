package explore

import (
	"strings"

	"charm.land/bubbles/v2/key"

	"memtrail/report"
)

// help are the lines of the help.
func (m *Model) help() []string {
	k := &keys
	groups := []struct {
		title string
		keys  []key.Binding
	}{
		{"Moving", []key.Binding{k.up, k.down, k.pageUp, k.pageDown, k.first, k.last, k.enter, k.leave, k.back}},
		{"Screens", []key.Binding{k.screen, k.paths, k.tree, k.each, k.types}},
		{"Finding", []key.Binding{k.find, k.next, k.previous, k.findAll, k.sort}},
		{"Other", []key.Binding{k.copy, k.paneDown, k.paneUp, k.help, k.suspend, k.quit}},
	}
	const width = 13
	var list []string
	add := func(first, text string) {
		for i, row := range report.Wrap(text, max(m.width-width-2, 10)) {
			if i > 0 {
				first = ""
			}
			list = append(list, fit("  "+first, width)+" "+row)
		}
	}
	for _, g := range groups {
		list = append(list, g.title)
		for _, b := range g.keys {
			add(b.Help().Key, b.Help().Desc)
		}
	}
	list = append(list, "Columns")
	add("Retained", "would be freed with it; the bar and Share are of what is explained")
	add("Own", "it takes itself")
	add("×n", "so many of one kind that are held in one way are one line")
	add("~>", "the reference may be false: PHP reused the address while dumping")
	add("(shared)", "several variables hold it, so it is below none of them")
	add("Mouse", "a click selects, a second one opens, the wheel moves")
	return list
}

// helpView draws the help.
func (m *Model) helpView(s *Styles) string {
	list := m.help()
	rows := max(m.height-2, 1)
	top := max(0, min(m.helpTop, len(list)-rows))
	out := []string{s.Title("Keys")}
	for i := range rows {
		row := ""
		if top+i < len(list) {
			row = report.Shorten(list[top+i], m.width)
		}
		out = append(out, row)
	}
	text := "any other key goes on"
	if top+rows < len(list) {
		text = "↓ shows more, any other key goes on"
	}
	return strings.Join(append(out, s.Dim(report.Shorten(text, m.width))), "\n")
}

// shortHelp names as many keys as fit.
func (m *Model) shortHelp() string {
	list := []string{"? help", "q quit", "→ open", "← back", "/ find"}
	switch m.at.screen {
	case Suspects:
		list = append(list, "p paths", "J K text", "c copy")
	case Tree:
		list[2], list[3] = "→ open", "← close"
		list = append(list, "4 item", "p paths", "b breakdown", "m members", "s sort", "c copy", "f find all")
	case Paths:
		list = append(list, "c copy", "t tree")
	default:
		list = append(list, "p paths", "t tree", "s sort", "c copy", "f find all")
	}
	text := list[0]
	for _, item := range list[1:] {
		if report.TextWidth(text)+3+report.TextWidth(item) > m.width {
			break
		}
		text += " · " + item
	}
	return text
}
