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

// drawLines prints a path from the root on. php-meminfo names a root wherever
// it meets one, and a key by the type of the item that holds it: nothing for a
// scalar, which is its own path only.
func drawLines(out sheet, p *query.Path, clip *clipper) {
	var line strings.Builder
	indent := 0
	edge := func(parent *analysis.Item, key string, entry bool) {
		key = clip.name(key)
		if parent.IsRoot {
			line.WriteString("(" + clip.name(parent.Frame) + ")$" + clip.name(parent.Symbol))
		}
		if parent.Type == "object" || entry {
			out.line(line.String())
			line.Reset()
			if len(p.Steps) <= indentUpTo {
				line.WriteString(strings.Repeat(" ", indent))
			}
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
	if len(p.Steps) == 1 {
		edge(&p.Steps[0].Item, self, false)
	}
	for i := 1; i < len(p.Steps); i++ {
		edge(&p.Steps[i-1].Item, p.Steps[i].Key, p.Steps[i].Entry)
	}
	out.line(line.String())
}

// drawBoxes prints a path from the item up to the root.
func drawBoxes(out sheet, p *query.Path, clip *clipper) {
	last := len(p.Steps) - 1
	for i := last; i > 0; i-- {
		drawBox(out, &p.Steps[i].Item, clip)
		drawArrow(out, clip.name(p.Steps[i].Key))
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
