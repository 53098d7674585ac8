package report

import (
	"net/url"
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/leaks"
)

// hyperlink makes a text of a page a link to a file, as terminals know them: OSC
// 8, https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda.
type hyperlink struct{ text, target string }

// linkSources makes links of what a page will say of the code of a place. Only a
// terminal that shows colours has them.
func linkSources(out sheet, c *analysis.Changes, d *analysis.Declared, m []leaks.Maker, all bool) {
	t := terminalOf(out)
	if t == nil || !t.color {
		return
	}
	t.links = t.links[:0]
	add := func(text, file string) {
		if strings.HasPrefix(file, "/") {
			t.links = append(t.links, hyperlink{printable(text), (&url.URL{Scheme: "file", Path: file}).String()})
		}
	}
	if c != nil {
		for i := range c.Adds {
			add(siteFile(&c.Adds[i], all), c.Adds[i].File)
		}
		for i := range c.Removes {
			add(siteFile(&c.Removes[i], all), c.Removes[i].File)
		}
	}
	for i := range m {
		if d := m[i].Source; d != nil {
			add(makerFile(d, all), d.File)
		}
	}
	if d != nil {
		add(declaredFile(d), d.File)
	}
}

// terminalOf is the terminal below other sheets; nil if there is none.
func terminalOf(out sheet) *terminal {
	for {
		switch s := out.(type) {
		case *terminal:
			return s
		case flowing:
			out = s.sheet
		default:
			return nil
		}
	}
}

// withLinks makes links of the texts in a line that is escaped already.
func withLinks(line string, links []hyperlink) string {
	const begin, end = "\x1b]8;;", "\x1b\\"
	seen := map[string]bool{}
	for _, l := range links {
		if l.text == "" || seen[l.text] {
			continue
		}
		seen[l.text] = true
		line = strings.ReplaceAll(line, l.text, begin+l.target+end+l.text+begin+end)
	}
	return line
}
