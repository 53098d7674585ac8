package report

import (
	"strings"

	"memtrail/analysis"
	"memtrail/analysis/query"
)

// self is php-meminfo's key for the path of an item that is a root itself.
const self = "<self>"

// draw prints what php-meminfo prints of the paths.
func (r refPaths) draw(out sheet, o Options, clip *clipper) {
	for i := range r.Paths {
		p := &r.Paths[i]
		switch {
		case p.Rank > 0 || len(p.Steps) == 0:
		case o.Verbose:
			out.info("Path from " + p.Steps[0].Item.ID)
			drawBoxes(out, p, clip)
		default:
			out.info("Path to " + p.Steps[0].Item.ID)
			drawLines(out, p, clip)
		}
	}
}

// Each step is indented by two more than the one before, so the output grows
// with the square of the path's length: a list of a million nodes would take a
// terabyte. Paths longer than this are not indented at all.
const indentUpTo = 10_000

// gapText stands for the steps that a path leaves out.
func gapText(p *query.Path) string { return "… " + plural(p.Left, "more step") + " …" }

// drawLines prints a path from the root on. php-meminfo names a root wherever
// it meets one, and a key by the type of the item that holds it: nothing for a
// scalar, which is its own path only.
func drawLines(out sheet, p *query.Path, clip *clipper) {
	var line strings.Builder
	indent := 0
	margin := func() {
		if p.Len() <= indentUpTo {
			line.WriteString(strings.Repeat(" ", indent))
		}
	}
	end := func() {
		out.line(line.String())
		line.Reset()
	}
	edge := func(parent *analysis.Item, key string, entry bool) {
		key = clip.name(key)
		if parent.IsRoot {
			line.WriteString("(" + clip.name(parent.Frame) + ")$" + clip.name(parent.Symbol))
		}
		if parent.Type == "object" || entry {
			end()
			margin()
		}
		switch {
		case entry && digits(key):
			line.WriteString("[" + key + "]") // of the map's own
		case entry:
			line.WriteString(key)
		case parent.Type == "object":
			line.WriteString("->" + key)
		case parent.Type == "array":
			line.WriteString(`["` + key + `"]`)
		}
		indent += 2
	}
	if p.Len() == 1 {
		edge(&p.Steps[0].Item, self, false)
	}
	gap, cut := p.Gap()
	from := p.Step(0)
	for i := 1; i < p.Len(); i++ {
		to := p.Step(i)
		if cut && i == gap {
			end()
			margin()
			line.WriteString(gapText(p))
			if to.Item.IsRoot || to.Item.Type != "object" && !p.Step(i+1).Entry { // else the next step ends the line
				end()
				margin()
			}
		} else {
			edge(&from.Item, to.Key, to.Entry)
		}
		from = to
	}
	end()
}

// drawBoxes prints a path from the item up to the root.
func drawBoxes(out sheet, p *query.Path, clip *clipper) {
	gap, cut := p.Gap()
	last := p.Len() - 1
	for i := last; i > 0; i-- {
		if cut && i == gap {
			out.line(centre(gapText(p)))
			continue
		}
		s := p.Step(i)
		drawBox(out, &s.Item, clip)
		drawArrow(out, clip.name(s.Key))
	}
	if last == 0 {
		drawBox(out, &p.Steps[0].Item, clip)
		drawArrow(out, self)
	}
	drawBox(out, &p.Steps[0].Item, clip)
}

func drawBox(out sheet, it *analysis.Item, clip *clipper) {
	data := append(cell{"Id: " + it.ID}, itemData(it, clip)...)
	if it.HasChildren {
		data = append(data, "Children count: "+ungrouped(it.ChildrenCount))
	}
	out.table(grid{
		columns:  columns(""),
		headless: true,
		rows:     rowsOf(data, func(_ int, line *string) []cell { return []cell{{*line}} }),
	})
}

func drawArrow(out sheet, key string) {
	for _, text := range []string{"^", "|", key, "|", "|"} {
		out.line(centre(printable(text)))
	}
}

// centre pads text on both sides like PHP's str_pad, which counts bytes.
func centre(text string) string {
	const width = 20
	pad := max(width-len(text), 0)
	return strings.Repeat(" ", pad/2) + text + strings.Repeat(" ", pad-pad/2)
}
